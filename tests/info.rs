//! The description of a server: version, models, limits, directions, health and reflection.

use tonic::{Code, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use triglot::{
    engine::LoadedModel,
    wire::proto::{
        DetectLanguageRequest, GetInfoRequest, ListLanguagePairsRequest, detect_language_response::Outcome,
        info_service_client::InfoServiceClient, translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{self, process};

#[tokio::test]
async fn a_server_describes_itself() {
    let channel = support::serve(support::translator(LoadedModel::copy())).await;

    let info = InfoServiceClient::new(channel.clone()).get_info(GetInfoRequest {}).await;
    let info = info.expect("it answers").into_inner();
    assert_eq!(info.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(info.models[0].name, "copy");
    assert_eq!(info.limits.expect("the answer has limits").max_text_bytes, 100_000);

    let mut translation = TranslationServiceClient::new(channel.clone());
    let pairs = translation.list_language_pairs(ListLanguagePairsRequest {}).await.expect("it answers");
    let pairs: Vec<String> = pairs
        .into_inner()
        .pairs
        .into_iter()
        .map(|pair| format!("{}-{}", pair.source_language, pair.target_language))
        .collect();
    assert_eq!(pairs, ["en-fr", "en-ru", "fr-en", "fr-ru", "ru-en", "ru-fr"]);

    for (text, expected) in [
        ("Мэр выступил в понедельник, но никто ему не ответил.", Outcome::Known),
        ("Der Bürgermeister hat am Montag im Rathaus mit den Bürgern gesprochen.", Outcome::Foreign),
        ("Paris", Outcome::Unknown),
    ] {
        let request = DetectLanguageRequest { text: text.to_owned() };
        let answer = translation.detect_language(request).await.expect("it answers").into_inner();
        assert_eq!(answer.outcome(), expected, "{text}");
        assert_eq!(answer.detected_language.is_some(), expected == Outcome::Known);
    }

    let request = HealthCheckRequest { service: "triglot.v1.TranslationService".to_owned() };
    let health = HealthClient::new(channel.clone()).check(request).await.expect("it answers").into_inner();
    assert_eq!(health.status(), ServingStatus::Serving);

    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .expect("it answers")
        .into_inner();
    let answer = answers.message().await.expect("it answers").and_then(|answer| answer.message_response);
    let Some(MessageResponse::ListServicesResponse(services)) = answer else { panic!("{answer:?}") };
    let names: Vec<String> = services.service.into_iter().map(|service| service.name).collect();
    for name in [
        "triglot.v1.TranslationService",
        "triglot.v1.SummarizationService",
        "triglot.v1.InfoService",
        "grpc.health.v1.Health",
    ] {
        assert!(names.iter().any(|other| other == name), "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_can_be_turned_off() {
    let (mut server, address) = process::serving(&["--model", "copy", "--no-reflection"]);
    let channel =
        Channel::from_shared(address).expect("it is an address").connect().await.expect("it listens");
    let mut reflection = ServerReflectionClient::new(channel);
    let status = reflection.server_reflection_info(tokio_stream::empty()).await.expect_err("it is off");
    assert_eq!(status.code(), Code::Unimplemented);
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
