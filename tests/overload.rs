//! A full engine turns new calls away at once, says when to come again, and is free again when its callers have gone.

mod support;

use std::{sync::mpsc, time::Duration};

use tonic::Code;
use tonic_types::StatusExt;
use triglot::{engine::EngineOptions, proto::translation_service_client::TranslationServiceClient};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_cancelled_calls_free_it() {
    let (gate, gated) = mpsc::channel();
    // A step for each time that the gate is opened, and all of them once it is gone.
    let model = support::hooked(move |_| {
        let _ = gated.recv();
        Ok(())
    });
    // "All is well." has four tokens of three bytes.
    let options = EngineOptions { queue_tokens: 4, ..support::engine_options() };
    let translator = support::translator_with(model, options);
    let engine = translator.engine().clone();
    let client = TranslationServiceClient::new(support::serve(translator).await);

    let mut first = client.clone();
    let running = tokio::spawn(async move { first.translate(support::request("All is well.")).await });
    while engine.is_idle() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let status = client.clone().translate(support::request("Is it full?")).await.expect_err("it is full");
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert!(details.retry_info().is_some_and(|info| info.retry_delay.is_some()));

    running.abort();
    // The caller is gone; the step that is under way ends, and the segment leaves before the next.
    while !engine.is_idle() {
        let _ = gate.send(());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(gate);
    let answer = client.clone().translate(support::request("All is well.")).await.expect("it is free again");
    assert_eq!(answer.into_inner().translation, "All is well.");
}
