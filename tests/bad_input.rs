//! An invalid request is answered with INVALID_ARGUMENT and the name of the field.

use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;
use triglot::wire::proto::{
    DetectLanguageRequest, TranslateOptions, TranslateRequest, TranslateStreamRequest, TranslateStreamStart,
    translate_stream_request::Request, translation_service_client::TranslationServiceClient,
};

use crate::support;

fn request(source: &str, target: &str, text: &str) -> TranslateRequest {
    TranslateRequest {
        text: text.to_owned(),
        source_language: source.to_owned(),
        target_language: target.to_owned(),
        options: None,
        format: 0,
    }
}

fn field(status: &Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    let violations = &details.bad_request().expect("a field is named").field_violations;
    violations[0].field.clone()
}

async fn refused(client: &mut TranslationServiceClient<Channel>, request: TranslateRequest) -> Status {
    client.translate(request).await.expect_err("it is refused")
}

#[tokio::test]
async fn every_invalid_field_is_named() {
    let mut client = support::copying_client().await;
    let options =
        |options| TranslateRequest { options: Some(options), ..request("en", "fr", "Hello there.") };
    let long = "word ".repeat(30_000);
    let cases = [
        ("target_language", request("en", "", "Hello there.")),
        ("target_language", request("en", "de", "Hello there.")),
        ("source_language", request("xx", "fr", "Hello there.")),
        ("target_language", request("en", "en", "Hello there.")),
        ("text", request("en", "fr", "")),
        ("text", request("en", "fr", &long)),
        ("options.alternatives", options(TranslateOptions { alternatives: 8, ..Default::default() })),
        (
            "options.alternatives",
            options(TranslateOptions { beam_size: 2, alternatives: 2, ..Default::default() }),
        ),
        ("options.beam_size", options(TranslateOptions { beam_size: 9, ..Default::default() })),
        ("options.model", options(TranslateOptions { model: "other".to_owned(), ..Default::default() })),
        (
            "options.max_output_ratio",
            options(TranslateOptions { max_output_ratio: f32::NAN, ..Default::default() }),
        ),
        ("options.line_breaks", options(TranslateOptions { line_breaks: 9, ..Default::default() })),
        (
            "options.fallback_language",
            options(TranslateOptions { fallback_language: "de".to_owned(), ..Default::default() }),
        ),
        ("source_language", request("", "fr", "OK")),
        (
            "source_language",
            request("", "fr", "Der Bürgermeister hat am Montag im Rathaus mit den Bürgern gesprochen."),
        ),
        (
            "target_language",
            request("", "en", "The mayor spoke on Monday in the town hall and nobody answered her."),
        ),
    ];
    for (expected, request) in cases {
        let shown = format!("{:.80?}", request);
        assert_eq!(field(&refused(&mut client, request).await), expected, "{shown}");
    }
}

#[tokio::test]
async fn an_unsupported_language_is_answered_with_the_supported_ones() {
    let mut client = support::copying_client().await;
    let status = refused(&mut client, request("en", "de", "Hello there.")).await;
    assert!(["en", "fr", "ru"].iter().all(|code| status.message().contains(code)), "{}", status.message());
}

#[tokio::test]
async fn text_that_is_not_utf8_is_an_invalid_argument() {
    let channel = support::serve(support::translator(triglot::engine::LoadedModel::copy())).await;
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.expect("the server answers");
    let path = "/triglot.v1.TranslationService/DetectLanguage".parse().expect("it is a path");
    // The same message, but with `bytes` instead of `string`.
    #[derive(Clone, PartialEq, prost::Message)]
    struct Raw {
        #[prost(bytes, tag = "1")]
        text: Vec<u8>,
    }
    let codec = tonic_prost::ProstCodec::<Raw, Raw>::default();
    let request = tonic::Request::new(Raw { text: b"caf\xe9 et th\xe9".to_vec() });
    let status = grpc.unary(request, path, codec).await.expect_err("it is refused");
    assert_eq!(field(&status), "text");
}

#[tokio::test]
async fn a_stream_must_begin_with_a_start_and_be_utf8() {
    let mut client = support::copying_client().await;
    let start = || {
        Request::Start(TranslateStreamStart {
            source_language: "en".to_owned(),
            target_language: "fr".to_owned(),
            ..TranslateStreamStart::default()
        })
    };
    let text = |bytes: &[u8]| Request::Text(bytes.to_vec());
    for (messages, expected) in [
        (vec![text(b"Hello.")], "request"),
        (vec![start(), start()], "request"),
        (vec![start(), text(b"Hello \xff there.")], "text"),
        (
            vec![
                Request::Start(TranslateStreamStart {
                    target_language: "fr".to_owned(),
                    ..Default::default()
                }),
                text(b"OK"),
            ],
            "start.source_language",
        ),
        (vec![start(), text("é".as_bytes()[..1].into())], "text"),
    ] {
        let messages = messages.into_iter().map(|request| TranslateStreamRequest { request: Some(request) });
        let status = match client.translate_stream(tokio_stream::iter(messages)).await {
            Err(status) => status,
            Ok(answers) => {
                let mut answers = answers.into_inner();
                loop {
                    match answers.message().await {
                        Ok(Some(_)) => {}
                        Ok(None) => panic!("the stream ended without an error"),
                        Err(status) => break status,
                    }
                }
            }
        };
        assert_eq!(field(&status), expected);
    }
}

#[tokio::test]
async fn an_empty_text_cannot_be_detected() {
    let mut client = support::copying_client().await;
    let status = client.detect_language(DetectLanguageRequest::default()).await.expect_err("it is refused");
    assert_eq!(field(&status), "text");
}
