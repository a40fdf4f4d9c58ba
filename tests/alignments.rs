//! On request, segments link their words to source words, also on routes of two hops.

use triglot::wire::proto::{
    Segment, TranslateOptions, TranslateRequest, TranslateResponse, Typography,
    translation_service_client::TranslationServiceClient,
};

use crate::support;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference");
const ENGLISH: &str =
    "The mayor opened the letter near the sea.\n\n  The court heard about  seven boats at night!  ";
const RUSSIAN: &str = "Мэр открыл письмо у моря.\n Суд слышит лодок ночью.";

/// Translates on a server with the given random models.
async fn translate(
    models: &[&str],
    source: &str,
    target: &str,
    text: &str,
    alignments: bool,
) -> TranslateResponse {
    let flags: Vec<String> = models.iter().map(|model| format!("--model={REFERENCE}/{model}")).collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let translator = support::started(&flags).expect("the models load");
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let request = TranslateRequest {
        text: text.to_owned(),
        source_language: source.to_owned(),
        target_language: target.to_owned(),
        // The typography of the target may add marks to words.
        options: Some(TranslateOptions {
            alignments,
            typography: Typography::Keep.into(),
            ..TranslateOptions::default()
        }),
        format: 0,
    };
    client.translate(request).await.expect("it translates").into_inner()
}

/// Asserts that each alignment links two words of its segment, in the order of the target. Returns the number of alignments.
fn check(text: &str, translation: &str, segments: &[Segment]) -> usize {
    let is_word = |text: &str, start: u64, end: u64| {
        let (before, word, after) =
            (&text[..start as usize], &text[start as usize..end as usize], &text[end as usize..]);
        !word.is_empty()
            && !word.contains(char::is_whitespace)
            && before.chars().next_back().is_none_or(char::is_whitespace)
            && after.chars().next().is_none_or(char::is_whitespace)
    };
    let mut count = 0;
    for segment in segments {
        let mut last = 0;
        for alignment in &segment.alignments {
            let (source, target) =
                (alignment.source.expect("it is set"), alignment.target.expect("it is set"));
            assert!(
                is_word(text, source.start, source.end) && is_word(translation, target.start, target.end)
            );
            let (outer_source, outer_target) =
                (segment.source.expect("it is set"), segment.target.expect("it is set"));
            assert!(outer_source.start <= source.start && source.end <= outer_source.end);
            assert!(outer_target.start <= target.start && target.end <= outer_target.end);
            assert!((0.1..=1.0).contains(&alignment.weight) && last <= target.start);
            last = target.start;
            count += 1;
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn translated_words_are_aligned_with_source_words() {
    let answer = translate(&["bergamot-shared"], "en", "fr", ENGLISH, true).await;
    assert!(check(ENGLISH, &answer.translation, &answer.segments) > 0);
    let plain = translate(&["bergamot-shared"], "en", "fr", ENGLISH, false).await;
    assert_eq!(plain.translation, answer.translation, "alignment does not change the translation");
    assert!(plain.segments.iter().all(|segment| segment.alignments.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn alignments_of_two_hops_are_combined() {
    let answer = translate(&["bergamot-swish", "bergamot-shared"], "ru", "fr", RUSSIAN, true).await;
    assert!(check(RUSSIAN, &answer.translation, &answer.segments) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn marian_models_align_too() {
    let answer = translate(&["marian-tiny"], "en", "fr", ENGLISH, true).await;
    assert!(check(ENGLISH, &answer.translation, &answer.segments) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_cannot_align_gives_no_alignments() {
    let translator = support::translator(triglot::engine::LoadedModel::copy());
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let request = TranslateRequest {
        text: ENGLISH.to_owned(),
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        options: Some(TranslateOptions { alignments: true, ..TranslateOptions::default() }),
        format: 0,
    };
    let answer = client.translate(request).await.expect("it translates").into_inner();
    assert!(answer.segments.iter().all(|segment| segment.alignments.is_empty()));
}
