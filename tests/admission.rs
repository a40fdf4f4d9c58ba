//! A unary call for which there is no time is refused at once, and others go on.

use std::time::Duration;

use tonic::{Code, Request};
use tonic_types::StatusExt;
use triglot::{
    engine::EngineOptions,
    server::Limits,
    wire::proto::{TranslateRequest, translation_service_client::TranslationServiceClient},
};

use crate::support;

fn within(seconds: u64, text: &str) -> Request<TranslateRequest> {
    let mut request = Request::new(support::request(text));
    request.set_timeout(Duration::from_secs(seconds));
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_would_be_late_is_refused_before_it_waits() {
    // A step reads or writes a token of three bytes, so the model does less than 600 characters a second.
    let model = support::hooked(|_| {
        std::thread::sleep(Duration::from_millis(5));
        Ok(())
    });
    let options = EngineOptions { batch_rows: 1, ..support::engine_options() };
    let translator = support::translator_with(model, options);
    let engine = translator.engines()[0].clone();
    let limits = Limits { longest_wait: Duration::from_secs(10), ..support::limits() };
    let mut client = TranslationServiceClient::new(support::serve_with(translator, limits).await);
    let lines = |count: usize| (0..count).map(|line| format!("All is well, {line}.\n")).collect::<String>();
    let long = lines(5000);

    // Nobody knows its speed yet; now it shows it.
    let calls = (0..4).map(|_| {
        let (mut client, text) = (client.clone(), lines(40));
        async move { client.translate(support::request(&text)).await }
    });
    futures::future::try_join_all(calls).await.expect("they translate");

    let status = client.translate(within(10, &long)).await.expect_err("it takes minutes");
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    let details = status.get_error_details();
    let retry = details.retry_info().and_then(|info| info.retry_delay).expect("it says when to retry");
    assert!(retry > Duration::from_secs(10), "{retry:?}");
    assert!(engine.load().tokens == 0);

    // Without a deadline, it waits like a stream, and short calls go first.
    let mut other = client.clone();
    let running = tokio::spawn(async move { other.translate(support::request(&long)).await });
    support::until(|| engine.load().tokens > 0).await;
    let answer = client.translate(within(30, "All is well.")).await.expect("it goes first");
    assert_eq!(answer.into_inner().translation, "All is well.");
    let answer = client.translate(support::request("All is well.")).await.expect("its turn comes");
    assert_eq!(answer.into_inner().translation, "All is well.");
    assert!(!running.is_finished());
    running.abort();
    support::until(|| engine.load().tokens == 0).await;
}
