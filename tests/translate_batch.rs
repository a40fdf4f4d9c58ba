//! `TranslateBatch`: several texts in one call, each with its own languages, options and error.

use prost::Message;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;
use triglot::{
    engine::{Engine, EngineOptions, LoadedModel},
    wire::proto::{
        GetInfoRequest, TranslateBatchRequest, TranslateOptions, TranslateRequest,
        info_service_client::InfoServiceClient, translate_batch_result::Result as Outcome,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support;

/// The results of a batch.
async fn translated(channel: &Channel, requests: Vec<TranslateRequest>) -> Result<Vec<Outcome>, Status> {
    let mut client = TranslationServiceClient::new(channel.clone());
    let answer = client.translate_batch(TranslateBatchRequest { requests }).await?.into_inner();
    Ok(answer.results.into_iter().map(|result| result.result.expect("no result is empty")).collect())
}

fn to(source: &str, target: &str, text: &str) -> TranslateRequest {
    TranslateRequest {
        text: text.to_owned(),
        source_language: source.to_owned(),
        target_language: target.to_owned(),
        ..TranslateRequest::default()
    }
}

#[tokio::test]
async fn each_text_has_the_result_that_it_has_alone() {
    let channel = support::serve(support::translator(support::reversing())).await;
    let requests = vec![
        to("en", "fr", "The harbour was closed. The mayor spoke."),
        to("ru", "en", "Мэр уехал домой."),
        to("", "ru", "The talks ended on Monday, and nobody knows what comes next."),
        TranslateRequest {
            options: Some(TranslateOptions { beam_size: 2, alternatives: 1, ..TranslateOptions::default() }),
            ..to("fr", "en", "La mer est calme.")
        },
    ];
    let mut alone = TranslationServiceClient::new(channel.clone());
    for (request, result) in
        requests.iter().zip(translated(&channel, requests.clone()).await.expect("it is answered"))
    {
        let Outcome::Response(mut response) = result else { panic!("{request:?}: {result:?}") };
        let mut expected = alone.translate(request.clone()).await.expect("it is translated").into_inner();
        // The times of two runs differ.
        (response.usage, expected.usage) = (None, None);
        assert_eq!(response, expected);
    }
}

#[tokio::test]
async fn a_text_that_fails_has_its_error_in_its_place() {
    let channel = support::serve(support::translator(LoadedModel::copy())).await;
    let requests = vec![
        to("en", "xx", "All is well."),
        to("en", "fr", "All is well."),
        to("en", "en", "All is well."),
        to("en", "fr", ""),
    ];
    let results = translated(&channel, requests.clone()).await.expect("it is answered");
    let mut alone = TranslationServiceClient::new(channel.clone());
    let mut failed = Vec::new();
    for (request, result) in requests.into_iter().zip(results) {
        match (alone.translate(request).await, result) {
            (Ok(_), Outcome::Response(_)) => failed.push(None),
            (Err(status), Outcome::Error(error)) => {
                assert_eq!((error.code, &*error.message), (i32::from(status.code()), status.message()));
                let whole =
                    Status::with_details(status.code(), status.message(), error.encode_to_vec().into());
                let fields = fields(&whole);
                assert_eq!(fields, self::fields(&status));
                failed.push(fields.first().cloned());
            }
            (alone, result) => panic!("{alone:?} is not {result:?}"),
        }
    }
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(failed, [named("target_language"), None, named("target_language"), named("text")]);
}

/// The fields that a status names.
fn fields(status: &Status) -> Vec<String> {
    let violations = status.get_details_bad_request().map(|details| details.field_violations);
    violations.into_iter().flatten().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn no_text_and_too_many_are_errors() {
    let channel = support::serve(support::translator(LoadedModel::copy())).await;
    let info = InfoServiceClient::new(channel.clone()).get_info(GetInfoRequest {}).await;
    let most = info.expect("it answers").into_inner().limits.expect("it has limits").max_batch_texts as usize;
    let texts = |count| vec![to("en", "fr", "All is well."); count];
    assert_eq!(translated(&channel, texts(most)).await.expect("they are translated").len(), most);
    for count in [0, most + 1] {
        let status = translated(&channel, texts(count)).await.expect_err("it is no batch");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(fields(&status), ["requests"]);
    }
}

#[tokio::test]
async fn a_full_model_refuses_only_its_own_texts() {
    let (gate, full) = support::gated();
    let free = support::reversing();
    let options = EngineOptions { queue_tokens: 4 + 3 * 4 + 16, ..support::engine_options() };
    let full = Engine::start(full, options).expect("it starts");
    let free = Engine::start(free, support::engine_options()).expect("it starts");
    let translator = support::translator_of(vec![full.clone(), free]);
    let channel = support::serve(translator).await;
    let mut client = TranslationServiceClient::new(channel.clone());
    let running = tokio::spawn(async move { client.translate(support::request("All is well.")).await });
    support::until(|| full.load().tokens > 0).await;
    let named = |model: &str| TranslateRequest {
        options: Some(TranslateOptions { model: model.to_owned(), ..TranslateOptions::default() }),
        ..to("en", "fr", "All is well.")
    };
    let results =
        translated(&channel, vec![named("copy"), named("reversing")]).await.expect("it is answered");
    let [Outcome::Error(error), Outcome::Response(_)] = &results[..] else { panic!("{results:?}") };
    assert_eq!(error.code, i32::from(Code::ResourceExhausted));
    drop(gate);
    running.await.expect("it ends").expect("it is translated");
}
