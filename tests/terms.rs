//! A caller's terms are in the translation, or a warning says which one is not. The copying model copies what it reads, so it has a
//! term only if the sentence that it reads has the target.

use tonic::Code;
use tonic_types::StatusExt;
use triglot::{
    engine::{Engine, LoadedModel},
    wire::proto::{
        Term, TranslateOptions, TranslateRequest, TranslateResponse, Warning,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support;

async fn translate(
    model: LoadedModel,
    text: &str,
    terms: &[(&str, &str)],
) -> Result<TranslateResponse, tonic::Status> {
    let engine = Engine::start(model, support::engine_options()).expect("the engine starts");
    let channel = support::serve(support::translator_of(vec![engine])).await;
    let term = |(source, target): &(&str, &str)| Term { source: (*source).into(), target: (*target).into() };
    let terms = terms.iter().map(term).collect();
    let request = TranslateRequest {
        text: text.to_owned(),
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        options: Some(TranslateOptions { terms, ..TranslateOptions::default() }),
        format: 0,
    };
    TranslationServiceClient::new(channel).translate(request).await.map(tonic::Response::into_inner)
}

/// The words of each term in the text and in the translation.
fn places<'a>(text: &'a str, answer: &'a TranslateResponse) -> Vec<(&'a str, Option<&'a str>)> {
    let terms = answer.segments.iter().flat_map(|segment| &segment.terms);
    terms
        .map(|term| {
            let source = term.source.expect("a term has a place");
            let target =
                term.target.map(|range| &answer.translation[range.start as usize..range.end as usize]);
            (&text[source.start as usize..source.end as usize], target)
        })
        .collect()
}

#[tokio::test]
async fn the_target_of_a_term_is_in_the_translation() {
    let text = "It rains.\n\nThe key rates of the bank rise.\n";
    let terms = [("rate", "taux"), ("key rate", "taux directeurs")];
    let answer = translate(LoadedModel::copy(), text, &terms).await.expect("it is translated");
    assert!(answer.translation.contains("The taux directeurs of the bank rise."), "{}", answer.translation);
    assert_eq!(places(text, &answer), [("key rates", Some("taux directeurs"))]);
    assert!(!answer.segments[1].warnings().any(|warning| warning == Warning::TermMissing));
}

#[tokio::test]
async fn a_term_without_a_target_stays_unchanged() {
    let text = "The Daily Planet writes this.";
    let answer =
        translate(support::reversing(), text, &[("Daily Planet", "")]).await.expect("it is translated");
    assert!(answer.translation.contains("Daily Planet"), "{}", answer.translation);
    assert_eq!(places(text, &answer), [("Daily Planet", Some("Daily Planet"))]);
}

#[tokio::test]
async fn a_missing_term_is_a_warning() {
    let text = "The key rate of the bank rises again.";
    let mut model = support::saying("Il pleut encore sur la ville.");
    model.info.pairs = LoadedModel::copy().info.pairs;
    let answer = translate(model, text, &[("key rate", "taux directeur")]).await.expect("it is translated");
    assert_eq!(places(text, &answer), [("key rate", None)]);
    let missing = |finding: &&triglot::wire::proto::Finding| finding.warning() == Warning::TermMissing;
    let finding = answer.segments[0].findings.iter().find(missing).expect("it is flagged");
    assert_eq!(finding.expected, "taux directeur");
}

#[tokio::test]
async fn an_invalid_term_is_refused_by_its_place() {
    let status = translate(LoadedModel::copy(), "Rain.", &[("rain", "pluie"), ("…", "x")])
        .await
        .expect_err("it fails");
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_details_bad_request().expect("it has details");
    assert_eq!(details.field_violations[0].field, "options.terms[1]");
}
