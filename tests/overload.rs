//! A full engine refuses new calls at once, with a retry delay. Cancelled calls free it.

use std::time::Duration;

use tonic::Code;
use tonic_types::StatusExt;
use triglot::{
    engine::{Arrival, Caller, Engine, EngineOptions, Job, LoadedModel},
    lang::{Language, Pair},
    wire::proto::translation_service_client::TranslationServiceClient,
};

use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_cancelled_calls_free_it() {
    let (gate, model) = support::gated();
    // "All is well." has four tokens of three bytes. Its output may have three times as many tokens, plus sixteen.
    let options = EngineOptions { queue_tokens: 4 + 3 * 4 + 16, ..support::engine_options() };
    let translator = support::translator_with(model, options);
    let engine = translator.engines()[0].clone();
    let client = TranslationServiceClient::new(support::serve(translator).await);

    let mut first = client.clone();
    let running = tokio::spawn(async move { first.translate(support::request("All is well.")).await });
    support::until(|| engine.load().tokens > 0).await;
    let status = client.clone().translate(support::request("Is it full?")).await.expect_err("it is full");
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert!(details.retry_info().is_some_and(|info| info.retry_delay.is_some()));

    running.abort();
    // The caller is gone. The current step ends, and the segment leaves before the next step.
    let leaves = || {
        let _ = gate.send(());
        engine.load().tokens == 0
    };
    support::until(leaves).await;
    drop(gate);
    let answer = client.clone().translate(support::request("All is well.")).await.expect("it is free again");
    assert_eq!(answer.into_inner().translation, "All is well.");
}

/// A caller that stops reading its stream must not block others.
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_stream_holds_no_tokens_of_the_queue() {
    let options = EngineOptions { queue_tokens: 200, ..support::engine_options() };
    let translator = support::translator_with(LoadedModel::copy(), options);
    let engine = translator.engines()[0].clone();
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let text = support::stream_text("All is well in the harbour.\n".repeat(1000).as_bytes());
    let messages = std::iter::once(support::stream_start()).chain(std::iter::repeat_n(text, 1000));
    let stalled = client.translate_stream(tokio_stream::iter(messages)).await.expect("it begins");
    // Its answers fill the window of the stream, then it stops, and the engine stays idle.
    let mut idle = 0;
    while idle < 50 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        idle = if engine.load().tokens == 0 { idle + 1 } else { 0 };
    }
    // This call uses the same connection.
    let answer = client.translate(support::request("All is well.")).await.expect("there is room");
    assert_eq!(answer.into_inner().translation, "All is well.");
    drop(stalled);
}

/// Room in the queue of one model does not help another model.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_model_refuses_although_another_one_is_idle() {
    let (gate, mut full) = support::gated();
    full.info.name = "full".to_owned();
    let options = EngineOptions { queue_tokens: 4 + 3 * 4 + 16, ..support::engine_options() };
    let full = Engine::start(full, options.clone()).expect("it starts");
    let idle = Engine::start(LoadedModel::copy(), options).expect("it starts");
    let translator = support::translator_of(vec![full.clone(), idle]);
    let client = TranslationServiceClient::new(support::serve(translator).await);
    let mut first = client.clone();
    let running = tokio::spawn(async move { first.translate(support::request("All is well.")).await });
    support::until(|| full.load().tokens > 0).await;
    let status = client.clone().translate(support::request("Is it full?")).await.expect_err("it is full");
    assert_eq!(status.code(), Code::ResourceExhausted);
    drop(gate);
    running.await.expect("it ends").expect("it translates");
}

/// One call with many sentences must not fill the whole queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_leaves_room_for_other_calls() {
    let (gate, model) = support::gated();
    // A sentence of four tokens takes 32 tokens of the queue.
    let options = EngineOptions { queue_tokens: 256, ..support::engine_options() };
    let translator = support::translator_with(model, options);
    let engine = translator.engines()[0].clone();
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let text = "All is well.\n".repeat(40);
    let mut other = client.clone();
    let long = tokio::spawn({
        let text = text.clone();
        async move { other.translate(support::request(&text)).await.expect("it translates") }
    });
    support::until(|| engine.load().tokens > 0).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    engine.admit(&Arrival::stream(Caller::default())).expect("there is room for a short call");
    let short = tokio::spawn(async move { client.translate(support::request("All is well.")).await });
    drop(gate);
    assert_eq!(
        short.await.expect("it ends").expect("it translates").into_inner().translation,
        "All is well."
    );
    assert_eq!(long.await.expect("it ends").into_inner().translation, text);
}

/// The sentence is split into clauses.
#[tokio::test]
async fn a_sentence_larger_than_the_queue_is_translated() {
    let options = EngineOptions { queue_tokens: 64, ..support::engine_options() };
    let translator = support::translator_with(LoadedModel::copy(), options);
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let text = "The council, which met on Monday, said that the bridge, closed since May, would open again.";
    let answer = client.translate(support::request(text)).await.expect("it translates");
    assert_eq!(answer.into_inner().translation, text);
}

#[tokio::test(flavor = "multi_thread")]
async fn bulk_segments_leave_room_for_interactive_ones() {
    let (gate, model) = support::gated();
    // A segment of four tokens takes 32 tokens of the queue. Of 256, bulk segments may take 192.
    let options = EngineOptions { queue_tokens: 256, ..support::engine_options() };
    let engine = Engine::start(model, options).expect("it starts");
    let pair = Pair { source: Language::English, target: Language::French };
    let run = |engine: &Engine| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.run(&Job::new(pair, "All is well.")).await.expect("it runs").text })
    };
    let long: Vec<_> = (0..8).map(|_| run(&engine)).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let arrival = Arrival::text(Caller::default(), 12, None, Duration::from_secs(10));
    let short = run(&engine.admit(&arrival).expect("there is room for a short call"));
    drop(gate);
    assert_eq!(short.await.expect("it ends"), "All is well.");
    for long in long {
        assert_eq!(long.await.expect("it ends"), "All is well.");
    }
    assert!(engine.load().tokens == 0);
}
