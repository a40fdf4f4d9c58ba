//! A full engine turns new calls away at once, says when to come again, and is free again when its callers have gone.

use std::time::Duration;

use tonic::Code;
use tonic_types::StatusExt;
use triglot::{
    engine::{Engine, EngineOptions, Job, LoadedModel, Priority},
    lang::{Language, Pair},
    wire::proto::translation_service_client::TranslationServiceClient,
};

use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_cancelled_calls_free_it() {
    let (gate, model) = support::gated();
    // "All is well." has four tokens of three bytes, and its answer may have three times as many and sixteen.
    let options = EngineOptions { queue_tokens: 4 + 3 * 4 + 16, ..support::engine_options() };
    let translator = support::translator_with(model, options);
    let engine = translator.engines()[0].clone();
    let client = TranslationServiceClient::new(support::serve(translator).await);

    let mut first = client.clone();
    let running = tokio::spawn(async move { first.translate(support::request("All is well.")).await });
    support::until(|| !engine.is_idle()).await;
    let status = client.clone().translate(support::request("Is it full?")).await.expect_err("it is full");
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert!(details.retry_info().is_some_and(|info| info.retry_delay.is_some()));

    running.abort();
    // The caller is gone; the step that is under way ends, and the segment leaves before the next.
    let leaves = || {
        let _ = gate.send(());
        engine.is_idle()
    };
    support::until(leaves).await;
    drop(gate);
    let answer = client.clone().translate(support::request("All is well.")).await.expect("it is free again");
    assert_eq!(answer.into_inner().translation, "All is well.");
}

/// A caller that has stopped reading its stream must not keep others out.
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_stream_holds_no_places() {
    let options = EngineOptions { queue_tokens: 200, ..support::engine_options() };
    let translator = support::translator_with(LoadedModel::copy(), options);
    let engine = translator.engines()[0].clone();
    let mut client = TranslationServiceClient::new(support::serve(translator).await);
    let text = support::stream_text("All is well in the harbour.\n".repeat(1000).as_bytes());
    let messages = std::iter::once(support::stream_start()).chain(std::iter::repeat_n(text, 1000));
    let stalled = client.translate_stream(tokio_stream::iter(messages)).await.expect("it begins");
    // Its answers fill the stream's window, and then nothing of it moves any more: the engine stays idle.
    let mut idle = 0;
    while idle < 50 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        idle = if engine.is_idle() { idle + 1 } else { 0 };
    }
    // On the same connection.
    let answer = client.translate(support::request("All is well.")).await.expect("there is room");
    assert_eq!(answer.into_inner().translation, "All is well.");
    drop(stalled);
}

/// Room in one model is none in another; and what streams may take leaves room for short calls.
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
    support::until(|| !full.is_idle()).await;
    let status = client.clone().translate(support::request("Is it full?")).await.expect_err("it is full");
    assert_eq!(status.code(), Code::ResourceExhausted);
    drop(gate);
    running.await.expect("it ends").expect("it translates");
}

/// One call has many sentences; it must not have the whole queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_leaves_room_for_others() {
    let (gate, model) = support::gated();
    // A sentence of four tokens needs 32 places.
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
    support::until(|| !engine.is_idle()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    engine.admit().expect("there is room for a short call");
    let short = tokio::spawn(async move { client.translate(support::request("All is well.")).await });
    drop(gate);
    assert_eq!(
        short.await.expect("it ends").expect("it translates").into_inner().translation,
        "All is well."
    );
    assert_eq!(long.await.expect("it ends").into_inner().translation, text);
}

/// It is cut, as one is that the model cannot read at once.
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
async fn streams_leave_room_for_short_calls() {
    let (gate, model) = support::gated();
    // A segment of four tokens needs 32 places; of 256, long texts may take 192.
    let options = EngineOptions { queue_tokens: 256, ..support::engine_options() };
    let engine = Engine::start(model, options).expect("it starts");
    let pair = Pair { source: Language::English, target: Language::French };
    let run = |priority| {
        let engine = engine.clone();
        tokio::spawn(async move {
            engine.run(&Job { priority, ..Job::new(pair, "All is well.") }).await.expect("it runs").text
        })
    };
    let long: Vec<_> = (0..8).map(|_| run(Priority::Bulk)).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    engine.admit().expect("there is room for a short call");
    let short = run(Priority::Interactive);
    drop(gate);
    assert_eq!(short.await.expect("it ends"), "All is well.");
    for long in long {
        assert_eq!(long.await.expect("it ends"), "All is well.");
    }
    assert!(engine.is_idle());
}
