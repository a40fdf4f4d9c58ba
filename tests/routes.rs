//! Routes through several models: the first model that has a direction translates it. Between French and Russian, two models
//! translate through English if no model has the direction. The answer contains the route.

use triglot::{
    engine::{Engine, LoadedModel},
    lang::Pair,
    wire::proto::{
        self, ListLanguagePairsRequest, TranslateOptions, TranslateRequest, TranslateResponse, Warning,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support;

type Client = TranslationServiceClient<tonic::transport::Channel>;

/// A copy model with this name and these directions.
fn copying(name: &str, pairs: &[&str]) -> LoadedModel {
    let mut model = LoadedModel::copy();
    model.info.name = name.to_owned();
    model.info.pairs = pairs.iter().map(|pair| pair.parse().expect("it is a direction")).collect();
    model
}

async fn client(models: Vec<LoadedModel>) -> Client {
    let start = |model| Engine::start(model, support::engine_options()).expect("the engine starts");
    let engines = models.into_iter().map(start).collect();
    TranslationServiceClient::new(support::serve(support::translator_of(engines)).await)
}

async fn translate(
    client: &mut Client,
    pair: &str,
    model: &str,
    text: &str,
) -> Result<TranslateResponse, tonic::Status> {
    let Pair { source, target } = pair.parse().expect("it is a direction");
    let request = TranslateRequest {
        text: text.to_owned(),
        source_language: source.to_string(),
        target_language: target.to_string(),
        options: Some(TranslateOptions { model: model.to_owned(), ..TranslateOptions::default() }),
        format: 0,
    };
    client.translate(request).await.map(tonic::Response::into_inner)
}

fn route(answer: &TranslateResponse) -> Vec<String> {
    let hop = |hop: &proto::Hop| {
        let pair = hop.pair.clone().unwrap_or_default();
        format!("{}-{} {}", pair.source_language, pair.target_language, hop.model)
    };
    answer.route.iter().map(hop).collect()
}

#[tokio::test]
async fn the_first_model_that_has_a_direction_translates_it() {
    let models = vec![copying("a", &["en-fr"]), copying("b", &["en-fr", "fr-en"]), copying("c", &["en-ru"])];
    let mut client = client(models).await;
    for (pair, model, expected) in [
        ("en-fr", "", vec!["en-fr a"]),
        ("en-fr", "b", vec!["en-fr b"]),
        ("fr-en", "", vec!["fr-en b"]),
        ("fr-ru", "", vec!["fr-en b", "en-ru c"]),
    ] {
        let answer = translate(&mut client, pair, model, "All is well.\n").await.expect("it translates");
        assert_eq!(route(&answer), expected);
        assert_eq!(answer.translation, "All is well.\n");
        assert_eq!(expected.last().expect("a hop").split(' ').nth(1), Some(answer.model.as_str()));
    }
    let answer = client.list_language_pairs(ListLanguagePairsRequest {}).await.expect("it answers");
    let pairs: Vec<String> = answer
        .into_inner()
        .pairs
        .into_iter()
        .map(|pair| format!("{}-{}", pair.source_language, pair.target_language))
        .collect();
    assert_eq!(pairs, ["en-fr", "en-ru", "fr-en", "fr-ru"]);
    // No model translates from Russian into English; and a named model is used alone.
    for (pair, model) in [("ru-fr", ""), ("fr-ru", "b")] {
        let status =
            translate(&mut client, pair, model, "All is well.").await.expect_err("there is no route");
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        assert!(status.message().contains(pair), "{}", status.message());
    }
}

#[tokio::test]
async fn a_direct_model_is_preferred_to_two_hops() {
    let models = vec![copying("a", &["ru-en", "en-fr"]), copying("b", &["ru-fr"])];
    let answer =
        translate(&mut client(models).await, "ru-fr", "", "Всё хорошо.").await.expect("it translates");
    assert_eq!(route(&answer), ["ru-fr b"]);
}

#[tokio::test]
async fn the_second_model_reads_the_output_of_the_first() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/marian-tiny");
    let marian = support::loaded_model(&["--model", folder]).expect("the model loads");
    let mut client = client(vec![copying("first", &["ru-en"]), marian]).await;
    // The first model copies, so the second one reads English.
    let text = "The mayor opened two schools in Paris.\n\nThe police closed the airport.\n";
    let answer = translate(&mut client, "ru-fr", "", text).await.expect("it translates");
    assert_eq!(answer.translation.lines().count(), 3);
    assert!(answer.translation.starts_with("Le maire"), "{}", answer.translation);
    assert_eq!(route(&answer), ["ru-en first", "en-fr marian-tiny"]);
    let [first, second] = answer.segments.as_slice() else { panic!("{:?}", answer.segments) };
    let range = |range: Option<proto::ByteRange>| range.map(|range| range.start as usize..range.end as usize);
    assert_eq!(&text[range(first.source).expect("a range")], "The mayor opened two schools in Paris.");
    assert!(second.score.is_some_and(|score| score < 0.0), "the lower score of both");
    // The warning of the first hop stays, although the final text is no copy.
    assert!(second.warnings().any(|warning| warning == Warning::Copied));
}

#[tokio::test]
async fn the_source_is_kept_if_a_hop_gives_nothing() {
    let mut silent = copying("silent", &["en-ru"]);
    // It stops where it would copy the first token, "Tou".
    silent.stops = silent.tokenizer.encode("Tou").expect("it is text").into();
    let mut client = client(vec![copying("first", &["fr-en"]), silent]).await;
    let answer = translate(&mut client, "fr-ru", "", "Tout va bien.").await.expect("it translates");
    assert_eq!(answer.translation, "Tout va bien.");
    assert_eq!(answer.segments[0].score, None);
    assert_eq!(answer.segments[0].warnings().collect::<Vec<_>>(), [Warning::Untranslated]);
}

#[tokio::test]
async fn a_model_is_found_without_the_name_of_its_only_adapter() {
    let named = |names: &[&str]| client(names.iter().map(|name| copying(name, &["en-fr"])).collect());
    let mut one = named(&["gemma+news", "other"]).await;
    let answer = translate(&mut one, "en-fr", "gemma", "Rain.").await.expect("it is translated");
    assert_eq!(answer.model, "gemma+news");
    let mut exact = named(&["gemma+news", "gemma"]).await;
    let answer = translate(&mut exact, "en-fr", "gemma", "Rain.").await.expect("it is translated");
    assert_eq!(answer.model, "gemma");
    let mut two = named(&["gemma+news", "gemma+sport"]).await;
    let refused = translate(&mut two, "en-fr", "gemma", "Rain.").await.expect_err("the name is ambiguous");
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
}
