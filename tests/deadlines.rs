//! A stream ends when its call's deadline passes, and when its client falls silent.

use std::{sync::mpsc, time::Duration};

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming};
use triglot::{
    engine::LoadedModel,
    proto::{
        TranslateStreamRequest, TranslateStreamResponse, TranslateStreamStart,
        translate_stream_request::Request as Message, translation_service_client::TranslationServiceClient,
    },
    server::Limits,
};

use crate::support;

fn start() -> TranslateStreamRequest {
    let start = TranslateStreamStart {
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        options: None,
    };
    TranslateStreamRequest { request: Some(Message::Start(start)) }
}

async fn end(mut answers: Streaming<TranslateStreamResponse>) -> Status {
    loop {
        match answers.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended as if all were well"),
            Err(status) => return status,
        }
    }
}

/// tonic's client, unlike others, leaves a stream's deadline to the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_a_stream_that_has_begun() {
    let (gate, gated) = mpsc::channel::<()>();
    let model = support::hooked(move |_| {
        let _ = gated.recv();
        Ok(())
    });
    let translator = support::translator(model);
    let engine = translator.engines()[0].clone();
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let text = Message::Text(b"All is well.".to_vec());
    let text = TranslateStreamRequest { request: Some(text) };
    let mut request = Request::new(tokio_stream::iter([start(), text]));
    request.set_timeout(Duration::from_millis(300));
    let answers = client.translate_stream(request).await.expect("it begins").into_inner();
    assert_eq!(end(answers).await.code(), Code::DeadlineExceeded);
    drop(gate);
    while !engine.is_idle() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_client_is_given_up() {
    let limits = Limits { idle: Duration::from_millis(200), ..support::limits() };
    let channel = support::serve_with(support::translator(LoadedModel::copy()), limits).await;
    let mut client = TranslationServiceClient::new(channel);
    let (send, messages) = tokio::sync::mpsc::channel(4);
    send.send(start()).await.expect("the stream is open");
    let answers = client.translate_stream(ReceiverStream::new(messages)).await.expect("it begins");
    let status = end(answers.into_inner()).await;
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().contains("nothing came in"), "{status:?}");
}
