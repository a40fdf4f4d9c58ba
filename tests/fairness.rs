//! Callers share a server: one of them who sends much does not keep others out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::StreamExt;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt;
use triglot::{
    engine::{EngineOptions, LoadedModel},
    server::Limits,
    wire::proto::{
        TranslateStreamRequest, translate_stream_response::Response,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{self, keys};

/// A server for two callers, and what each of them sends as its authorization.
async fn serve(model: LoadedModel, limits: Limits) -> (Channel, [String; 2]) {
    let [(archive, first), (agency, second)] = ["archive", "agency"].map(|name| {
        let (secret, entry) = keys::key(name, |_| {});
        (format!("Bearer {secret}"), entry)
    });
    let keys = keys::fixed(&[&first, &second]);
    let options = EngineOptions { batch_rows: 2, ..support::engine_options() };
    let translator = support::translator_with(model, options);
    (support::connect(support::serve_for(keys, translator, limits).await).await, [archive, agency])
}

fn by<M>(authorization: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", authorization.parse().expect("it is a value"));
    request
}

/// The copying model, with so much time for each step.
fn slow(step: Duration) -> LoadedModel {
    support::hooked(move |_| {
        std::thread::sleep(step);
        Ok(())
    })
}

/// A stream whose pieces are counted, until it is dropped.
async fn count(
    server: Channel,
    messages: Request<impl futures::Stream<Item = TranslateStreamRequest> + Send + 'static>,
    pieces: Arc<AtomicUsize>,
) {
    let answers = TranslationServiceClient::new(server).translate_stream(messages).await;
    let mut answers = answers.expect("it begins").into_inner();
    while let Some(answer) = answers.next().await {
        if let Some(Response::Piece(_)) = answer.expect("it goes on").response {
            pieces.fetch_add(1, Relaxed);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_streams_of_one_caller_get_as_much_as_one_of_another() {
    let (server, [archive, agency]) = serve(slow(Duration::from_millis(1)), support::limits()).await;
    let counts = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let mut running = Vec::new();
    for (stream, (key, counted)) in
        [(&archive, 0), (&archive, 0), (&archive, 0), (&agency, 1)].into_iter().enumerate()
    {
        let text: String = (0..4000).map(|line| format!("All is well, {stream} of {line}.\n")).collect();
        let messages = [support::stream_start(), support::stream_text(text.as_bytes())];
        let messages = by(key, tokio_stream::iter(messages));
        let counted = count(server.clone(), messages, counts[counted].clone());
        running.push(AbortOnDropHandle::new(tokio::spawn(counted)));
    }
    let got = || counts.each_ref().map(|count| count.load(Relaxed));
    // When all have begun.
    support::until(|| got().into_iter().sum::<usize>() > 100).await;
    let before = got();
    support::until(|| got().into_iter().sum::<usize>() > 600).await;
    let [archive, agency] = [0, 1].map(|caller| got()[caller] - before[caller]);
    assert!(agency * 10 >= (archive + agency) * 4, "{archive} and {agency}");
    drop(running);
}

/// Eight clauses, about as many as a tenth of the deadline has time for.
async fn translate(server: &Channel, key: &str, name: &str) -> Result<(), Status> {
    let mut request = by(key, support::request(&format!("{}and so on, {name}.", "all is well, ".repeat(8))));
    request.set_timeout(Duration::from_secs(5));
    TranslationServiceClient::new(server.clone()).translate(request).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_asks_seldom_finds_room_beside_one_who_always_asks() {
    let (server, [archive, agency]) = serve(slow(Duration::from_millis(10)), support::limits()).await;
    let refused = Arc::new(AtomicUsize::new(0));
    let many = (0..40).map(|task| {
        let (server, archive, refused) = (server.clone(), archive.clone(), refused.clone());
        AbortOnDropHandle::new(tokio::spawn(async move {
            for call in 0.. {
                if translate(&server, &archive, &format!("{call} of {task}")).await.is_err() {
                    refused.fetch_add(1, Relaxed);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }))
    });
    let many: Vec<_> = many.collect();
    // The server knows its speed, and has no time for all.
    support::until(|| refused.load(Relaxed) > 500).await;
    for call in ["one", "two"] {
        let mut tries = 0;
        while let Err(status) = translate(&server, &agency, call).await
            && status.code() == Code::ResourceExhausted
        {
            tries += 1;
            assert!(tries < 3, "{status:?}");
            let retry = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
            tokio::time::sleep(retry.expect("it says when to retry")).await;
        }
    }
    drop(many);
}
