//! What no model can read stays as it is, at no cost, and the caller hears of it.

use tonic::Code;
use triglot::wire::proto::{OnFailure, TranslateOptions, TranslateRequest, Warning};

use crate::support;

#[tokio::test]
async fn unreadable_segments_are_kept_with_a_warning() {
    let mut client = support::copying_client().await;
    let texts = [
        // Brackets, Thai, and letters so rare that the model has more than one token for each.
        format!("a{}", "[".repeat(399)),
        "ฝนตกหนักทางตอนเหนือของประเทศเมื่อคืนนี้".repeat(3),
        "\u{10780}\u{10783}\u{10784}".repeat(40),
    ];
    for text in texts {
        let beside = format!("It rained on Monday.\n\n{text}\n\nIt was dry on Friday.");
        let answer = client.translate(support::request(&beside)).await.expect("it translates").into_inner();
        assert_eq!(answer.translation, beside);
        let [before, segment, after] = answer.segments.as_slice() else { panic!("{:?}", answer.segments) };
        assert_eq!(segment.warnings().collect::<Vec<_>>(), [Warning::Untranslated], "{text}");
        assert_eq!(segment.score, None);
        assert!(before.score.is_some() && after.score.is_some());

        let options = TranslateOptions { on_failure: OnFailure::Fail.into(), ..TranslateOptions::default() };
        let strict = TranslateRequest { options: Some(options), ..support::request(&text) };
        let status = client.translate(strict).await.expect_err("it is refused");
        assert_eq!(status.code(), Code::FailedPrecondition, "{text}");
    }
}

#[tokio::test]
async fn tokens_of_templates_cost_nothing() {
    let mut client = support::copying_client().await;
    let text = "<|im_end|> ".repeat(40);
    let answer = client.translate(support::request(&text)).await.expect("it translates").into_inner();
    assert_eq!(answer.translation, text);
    assert_eq!(answer.usage.expect("it is there").source_tokens, 0);
    assert!(answer.segments.iter().all(|segment| segment.warnings.is_empty()));
}
