//! The end of a server: calls finish, new ones are refused, and none is left without a status.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    time::Duration,
};

use futures::{StreamExt, channel::mpsc};
use tokio::sync::watch;
use tonic::{Code, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use triglot::{
    engine::{Engine, LoadedModel},
    server::{self, Limits, ServeError},
    translate::Translator,
    wire::proto::translation_service_client::TranslationServiceClient,
};

use crate::support::{self, process};

/// A server that ends when it is told to.
struct Server {
    signals: mpsc::UnboundedSender<()>,
    ended: tokio::task::JoinHandle<Result<(), ServeError>>,
    address: SocketAddr,
    channel: Channel,
    engine: Engine,
}

impl Server {
    async fn start(translator: Translator, drain: Duration) -> Self {
        let engine = translator.engines()[0].clone();
        let limits = Limits { drain, ..support::limits() };
        let (signals, received) = mpsc::unbounded();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let (_, translator) = watch::channel(translator);
        let ended = tokio::spawn(server::Server::new(listener, translator, limits).run(received));
        Self { signals, ended, address, channel: support::connect(address).await, engine }
    }

    fn client(&self) -> TranslationServiceClient<Channel> {
        TranslationServiceClient::new(self.channel.clone())
    }

    fn signal(&self) {
        self.signals.unbounded_send(()).expect("it runs");
    }
}

/// Longer than a test runs.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_finishes_and_a_late_one_is_refused() {
    let (gate, model) = support::gated();
    let server = Server::start(support::translator(model), LONG).await;
    let mut health = HealthClient::new(server.channel.clone());
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("it is served").into_inner();
    let first = watch.message().await.expect("it is served").expect("there is a status");
    assert_eq!(first.status(), ServingStatus::Serving);
    let mut client = server.client();
    let running = tokio::spawn(async move { client.translate(support::request("All is well.")).await });
    support::until(|| server.engine.load().tokens > 0).await;
    server.signal();
    let next = watch.message().await.expect("it is served").expect("there is a status");
    assert_eq!(next.status(), ServingStatus::NotServing);
    let late = server.client().translate(support::request("Too late.")).await.expect_err("it is refused");
    // The client may know before it sends the call.
    assert!(matches!(late.code(), Code::Unavailable | Code::Cancelled), "{late:?}");
    drop(gate);
    running.await.expect("it ends").expect("it is translated");
    server.ended.await.expect("it ends").expect("without an error");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_outlive_the_drain_or_a_second_signal_have_a_status() {
    for (drain, signals) in [(Duration::from_millis(200), 1), (LONG, 2)] {
        let (_gate, model) = support::gated();
        let server = Server::start(support::translator(model), drain).await;
        let (mut client, mut other) = (server.client(), server.client());
        let unary = tokio::spawn(async move { client.translate(support::request("All is well.")).await });
        support::until(|| server.engine.load().tokens > 0).await;
        let messages =
            futures::stream::iter([support::stream_start(), support::stream_text(b"All is well.\n")]);
        let stream = other.translate_stream(messages.chain(futures::stream::pending())).await;
        let mut stream = stream.expect("it begins").into_inner();
        (0..signals).for_each(|_| server.signal());
        let unary = unary.await.expect("it ends").expect_err("it cannot finish");
        let stream = stream.message().await.expect_err("it cannot finish");
        for status in [unary, stream] {
            assert_eq!(status.code(), Code::Unavailable, "{status:?}");
            assert!(status.message().contains("the server stopped"), "{status:?}");
        }
        server.ended.await.expect("it ends").expect("without an error");
    }
}

/// What was translated in the last second is in the memory file, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_sigterm_ends_at_once_and_keeps_the_memory() {
    let folder = tempfile::TempDir::new().expect("a folder can be made");
    let file = folder.path().join("memory");
    let file = file.to_str().expect("its name is text");
    let serve = || process::serving(&["--model", "copy", "--memory-file", file, "--drain-seconds", "600"]);
    let (mut server, address) = serve();
    let channel =
        Channel::from_shared(address).expect("it is an address").connect().await.expect("it answers");
    let mut health = HealthClient::new(channel.clone());
    let mut client = TranslationServiceClient::new(channel);
    let messages = futures::stream::iter([support::stream_start()]).chain(futures::stream::pending());
    let open = client.translate_stream(messages).await.expect("it begins");
    client.translate(support::request("All is well.")).await.expect("it is translated");
    let terminate = || {
        let sent = Command::new("kill").arg(server.id().to_string()).status().expect("kill runs");
        assert!(sent.success());
    };
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("it is served").into_inner();
    terminate();
    // Two signals at once would count as one.
    while watch.message().await.is_ok_and(|status| status.is_some()) {}
    terminate();
    assert!(server.wait().expect("it ends").success());
    let status = open.into_inner().message().await.expect_err("it cannot finish");
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");

    let (mut server, address) = serve();
    let mut client = TranslationServiceClient::connect(address).await.expect("it answers");
    let answer = client.translate(support::request("All is well.")).await.expect("it is translated");
    assert_eq!(answer.into_inner().usage.map(|usage| usage.remembered), Some(1));
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}

#[tokio::test]
async fn a_silent_connection_does_not_hold_the_end() {
    let server = Server::start(support::translator(LoadedModel::copy()), LONG).await;
    let _silent = TcpStream::connect(server.address).expect("it listens");
    server.client().translate(support::request("All is well.")).await.expect("it is translated");
    server.signal();
    server.ended.await.expect("it ends").expect("without an error");
}

/// The port is taken before the models load, which takes seconds.
#[test]
fn a_port_in_use_is_found_first_and_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has an address").to_string();
    let output = process::triglot()
        .args(["serve", "--listen", &address, "--model", "./there-is-no-such-model"])
        .output()
        .expect("the program starts");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&format!("cannot listen on {address}: ")), "{said}");
}
