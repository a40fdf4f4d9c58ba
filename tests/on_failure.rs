//! A caller chooses what becomes of a segment with a warning. The copying model copies, which is a warning.

use tonic::Code;
use tonic_types::StatusExt;
use triglot::{
    engine::{Engine, LoadedModel},
    wire::proto::{
        OnFailure, TranslateOptions, TranslateRequest, TranslateResponse, Warning,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support;

const TEXT: &str = "Rain.\n\nThe council meets on the first Monday.\n";

async fn translate(options: TranslateOptions) -> Result<TranslateResponse, tonic::Status> {
    let engine = Engine::start(LoadedModel::copy(), support::engine_options()).expect("the engine starts");
    let channel = support::serve(support::translator_of(vec![engine])).await;
    let request = TranslateRequest {
        text: TEXT.to_owned(),
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        options: Some(options),
    };
    TranslationServiceClient::new(channel).translate(request).await.map(tonic::Response::into_inner)
}

fn on(failure: OnFailure) -> TranslateOptions {
    TranslateOptions { on_failure: failure.into(), ..TranslateOptions::default() }
}

#[tokio::test]
async fn a_flagged_segment_keeps_its_translation() {
    let answer = translate(on(OnFailure::Flag)).await.expect("it is translated");
    let warnings: Vec<Vec<_>> = answer.segments.iter().map(|segment| segment.warnings().collect()).collect();
    assert_eq!(warnings, [vec![], vec![Warning::Copied]]);
    assert!(answer.segments[1].score.is_some());
}

#[tokio::test]
async fn the_source_stands_in_place_of_a_doubtful_translation() {
    let answer = translate(on(OnFailure::Source)).await.expect("it is translated");
    assert_eq!(answer.translation, TEXT);
    let [first, second] = answer.segments.as_slice() else { panic!("{:?}", answer.segments) };
    assert!(first.score.is_some() && first.warnings.is_empty());
    assert_eq!(second.score, None);
    assert_eq!(second.warnings().collect::<Vec<_>>(), [Warning::Untranslated, Warning::Copied]);
}

#[tokio::test]
async fn a_call_that_wants_no_doubtful_translation_fails_and_names_the_segment() {
    let status = translate(on(OnFailure::Fail)).await.expect_err("it fails");
    assert_eq!(status.code(), Code::FailedPrecondition);
    let violations = status.get_details_precondition_failure().expect("it has details").violations;
    let [violation] = violations.as_slice() else { panic!("{violations:?}") };
    assert_eq!((violation.r#type.as_str(), violation.subject.as_str()), ("COPIED", "segment/7..45"));
    assert!(!status.message().contains("council"), "the text of an article is not in a message");
}

#[tokio::test]
async fn a_score_below_the_minimum_is_a_warning() {
    let options = TranslateOptions { min_score: Some(0.0), ..TranslateOptions::default() };
    let answer = translate(options).await.expect("it is translated");
    for segment in &answer.segments {
        let low = segment.warnings().any(|warning| warning == Warning::LowScore);
        assert_eq!(low, segment.score.expect("a model wrote it") < 0.0);
    }
    let wrong = TranslateOptions { min_score: Some(0.5), ..TranslateOptions::default() };
    assert_eq!(translate(wrong).await.expect_err("it is refused").code(), Code::InvalidArgument);
}
