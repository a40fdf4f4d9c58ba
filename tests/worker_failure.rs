//! A step that fails or panics is an error for the calls of its batch, and for no other call.

use tonic::Code;
use triglot::{model::ModelError, wire::proto::translation_service_client::TranslationServiceClient};

use crate::support;

#[tokio::test]
async fn a_failed_step_fails_its_calls_and_not_the_next_ones() {
    let model = support::hooked(|feeds| {
        // The first three bytes of the text are its first token.
        match feeds.first().and_then(|feed| feed.tokens.first()).map(|id| id.to_be_bytes()) {
            Some([_, b'P', b'a', b'n']) => panic!("as the text wanted"),
            Some([_, b'F', b'a', b'i']) => Err(ModelError::Format("as the text wanted".to_owned())),
            _ => Ok(()),
        }
    });
    let translator = support::translator(model);
    let engine = translator.engines()[0].clone();
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    for (text, failures) in [("Panic now.", 1), ("Fail now.", 2)] {
        let status = client.translate(support::request(text)).await.expect_err("the worker failed");
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(engine.meter().failures.get(), failures);
        let answer = client.translate(support::request("All is well.")).await.expect("the worker is back");
        assert_eq!(answer.into_inner().translation, "All is well.");
    }
    assert!(engine.load().tokens == 0, "failed segments gave their tokens back");
}

#[tokio::test]
async fn the_worker_ends_with_the_last_engine() {
    let (guard, gone) = std::sync::mpsc::channel::<()>();
    let model = support::hooked(move |_| {
        let _held = &guard;
        Ok(())
    });
    drop(support::translator(model));
    // The thread drops the network, and with it the guard.
    let ended = gone.recv_timeout(std::time::Duration::from_secs(10));
    assert_eq!(ended, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
}
