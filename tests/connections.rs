//! Connections are counted, and a silent, idle or old one ends.

use std::{
    io::{BufRead, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use futures::{StreamExt, stream};
use tokio::task::spawn_blocking;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;
use triglot::{
    engine::LoadedModel,
    server::{CallLimits, ConnectionLimits},
    wire::proto::translation_service_client::TranslationServiceClient,
};

use crate::support::{self, process};

/// What a client of HTTP/2 sends first: the preface and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// The type of a GOAWAY frame.
const GOAWAY: u8 = 7;

/// A server whose connections have these limits.
async fn server(change: impl FnOnce(&mut ConnectionLimits)) -> SocketAddr {
    let mut limits = support::limits();
    change(&mut limits.connections);
    support::serve_at(support::translator(LoadedModel::copy()), limits).await
}

/// Sends this, and returns all that the server sends until it closes the connection.
async fn until_closed(server: SocketAddr, first: &'static [u8]) -> Vec<u8> {
    let read = move || {
        let mut stream = TcpStream::connect(server).expect("it listens");
        stream.write_all(first).expect("it is open");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("it can be set");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the server closes it");
        bytes
    };
    spawn_blocking(read).await.expect("it ends")
}

/// The types of frames.
fn types(mut bytes: &[u8]) -> Vec<u8> {
    let mut types = Vec::new();
    while let [a, b, c, kind, ..] = *bytes {
        types.push(kind);
        bytes = &bytes[9 + u32::from_be_bytes([0, a, b, c]) as usize..];
    }
    types
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let server = server(|limits| limits.handshake = Duration::from_millis(100)).await;
    until_closed(server, b"").await;
    until_closed(server, &PREFACE[..20]).await;
}

#[tokio::test]
async fn a_connection_without_calls_is_told_to_go_and_closed() {
    let server = server(|limits| limits.idle = Duration::from_millis(100)).await;
    assert!(types(&until_closed(server, PREFACE).await).contains(&GOAWAY));
}

#[tokio::test]
async fn an_old_connection_is_told_to_go_and_its_call_finishes() {
    let (gate, model) = support::gated();
    let mut limits = support::limits();
    limits.connections.age = Some(Duration::from_millis(100));
    let server = support::serve_at(support::translator(model), limits).await;
    assert!(types(&until_closed(server, PREFACE).await).contains(&GOAWAY));

    let mut client = TranslationServiceClient::new(support::connect(server).await);
    let call = tokio::spawn(async move { client.translate(support::request("All is well.")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(gate);
    call.await.expect("it ends").expect("it is translated");
}

#[tokio::test]
async fn connections_of_one_peer_are_bounded() {
    let server = server(|limits| limits.per_peer = 1).await;
    let client = TranslationServiceClient::new(support::connect(server).await);
    client.clone().translate(support::request("All is well.")).await.expect("the first one is served");
    assert_eq!(until_closed(server, b"").await, b"", "the second one is closed");
    drop(client);
    let served = move || {
        let mut stream = TcpStream::connect(server).expect("it listens");
        // Settings come from a server that serves the connection.
        stream.read(&mut [0]).is_ok_and(|bytes| bytes > 0)
    };
    spawn_blocking(move || while !served() {}).await.expect("the place is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_bounded_but_not_health_checks() {
    let (gate, model) = support::gated();
    let translator = support::translator(model);
    let engine = translator.engines()[0].clone();
    let mut limits = support::limits();
    limits.calls = CallLimits { calls: 1, streams: 1, ..limits.calls };
    let channel = support::serve_with(translator, limits).await;
    let mut client = TranslationServiceClient::new(channel.clone());
    let mut first = client.clone();
    let running = tokio::spawn(async move { first.translate(support::request("All is well.")).await });
    support::until(|| engine.load().tokens > 0).await;
    let refused = client.translate(support::request("All is well.")).await.expect_err("one call may run");
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert!(refused.get_error_details().retry_info().is_some());
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.expect("a check is not refused");

    let start = || stream::iter([support::stream_start()]).chain(stream::pending());
    let open = client.translate_stream(start()).await.expect("one stream may run beside it");
    let refused = client.translate_stream(start()).await.expect_err("one stream may run");
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    drop((gate, open));
    running.await.expect("it ends").expect("it is translated");
    client.translate(support::request("All is well.")).await.expect("the place is free again");
}

/// Without a file for a connection, the server waits, says so, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_file_left_says_so_and_recovers() {
    let mut few = Command::new("sh");
    few.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_triglot")]);
    let (mut server, address, log) = process::logging(few, &["--model", "copy", "--handshake-seconds", "1"]);
    let at = address.trim_start_matches("http://").to_owned();
    let idle: Vec<_> = (0..100).map(|_| TcpStream::connect(&at).expect("the system accepts it")).collect();
    let said =
        move || log.lines().any(|line| line.is_ok_and(|line| line.contains("cannot accept connections")));
    assert!(spawn_blocking(said).await.expect("it ends"), "the log says it");
    let mut client = TranslationServiceClient::connect(address).await.expect("silent connections end");
    client.translate(support::request("All is well.")).await.expect("it is translated");
    drop(idle);
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
