//! A stream ends when the deadline of its call passes, and when its client is silent for too long.

use std::time::Duration;

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming};
use triglot::{
    engine::{EngineOptions, LoadedModel},
    server::Limits,
    wire::proto::{TranslateStreamResponse, translation_service_client::TranslationServiceClient},
};

use crate::support;

/// Counts the answers, and returns the status that ended them.
async fn end(mut answers: Streaming<TranslateStreamResponse>) -> (usize, Status) {
    let mut came = 0;
    loop {
        match answers.message().await {
            Ok(Some(_)) => came += 1,
            Ok(None) => panic!("it ended without an error"),
            Err(status) => return (came, status),
        }
    }
}

/// tonic's client, unlike others, leaves a stream's deadline to the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_a_running_stream() {
    let (gate, model) = support::gated();
    let translator = support::translator(model);
    let engine = translator.engines()[0].clone();
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let text = support::stream_text(b"All is well.");
    let mut request = Request::new(tokio_stream::iter([support::stream_start(), text]));
    request.set_timeout(Duration::from_millis(300));
    let answers = client.translate_stream(request).await.expect("it begins").into_inner();
    assert_eq!(end(answers).await.1.code(), Code::DeadlineExceeded);
    drop(gate);
    support::until(|| engine.load().tokens == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_client_ends_its_stream() {
    let limits = Limits { idle: Duration::from_millis(200), ..support::limits() };
    let channel = support::serve_with(support::translator(LoadedModel::copy()), limits).await;
    let mut client = TranslationServiceClient::new(channel);
    let (send, messages) = tokio::sync::mpsc::channel(4);
    send.send(support::stream_start()).await.expect("the stream is open");
    let answers = client.translate_stream(ReceiverStream::new(messages)).await.expect("it begins");
    let (_, status) = end(answers.into_inner()).await;
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().contains("no message was received"), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_receives_answers_is_not_silent() {
    let model = support::hooked(|_| {
        std::thread::sleep(Duration::from_millis(25));
        Ok(())
    });
    let options = EngineOptions { batch_rows: 1, ..support::engine_options() };
    let limits = Limits { idle: Duration::from_millis(500), ..support::limits() };
    let channel = support::serve_with(support::translator_with(model, options), limits).await;
    let mut client = TranslationServiceClient::new(channel);
    let (send, messages) = tokio::sync::mpsc::channel(4);
    // Each line takes five steps, one after the other. Together they take longer than the idle limit.
    let text = support::stream_text("All is well.\n".repeat(10).as_bytes());
    for message in [support::stream_start(), text] {
        send.send(message).await.expect("the stream is open");
    }
    let answers = client.translate_stream(ReceiverStream::new(messages)).await.expect("it begins");
    let (came, status) = end(answers.into_inner()).await;
    // The last line end may belong to a longer gap, so it is not sent yet.
    assert!(came >= 19, "{came} answers, then {status:?}");
    assert_eq!(status.code(), Code::DeadlineExceeded);
}
