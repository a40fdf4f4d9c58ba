//! A request takes memory by what has arrived of it, within a limit for all calls, and must arrive in time.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use futures::{Stream, stream::pending};
use tonic::{
    Code, Request, Response, Status, client::Grpc, codec::CompressionEncoding::Gzip,
    codegen::http::uri::PathAndQuery, transport::Channel,
};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_types::StatusExt;
use triglot::{
    engine::LoadedModel,
    server::Limits,
    wire::proto::{
        TranslateRequest, TranslateResponse, translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{self, process};

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("it is short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), body].concat()
}

/// The headers of a unary call.
fn headers() -> Vec<u8> {
    let header = |name: &str, value: &str| {
        let part = |text: &str| [&[u8::try_from(text.len()).expect("it is short")], text.as_bytes()].concat();
        [vec![0], part(name), part(value)].concat()
    };
    [
        header(":method", "POST"),
        header(":scheme", "http"),
        header(":path", "/triglot.v1.TranslationService/Translate"),
        header(":authority", "x"),
        header("te", "trailers"),
        header("content-type", "application/grpc"),
    ]
    .concat()
}

/// Resident memory of a process, in MiB.
fn resident(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there");
    line.split_whitespace().next().and_then(|kib| kib.parse::<usize>().ok()).expect("it is a number") / 1024
}

#[cfg(target_os = "linux")]
#[test]
fn a_declared_length_takes_no_memory_and_no_place() {
    let (mut server, address) = process::serving(&["--model", "copy", "--max-calls", "10"]);
    let before = resident(server.id());
    let connections: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = TcpStream::connect(address.trim_start_matches("http://")).expect("it listens");
            let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
            bytes.extend(frame(4, 0, 0, &[]));
            for id in (1..400).step_by(2) {
                bytes.extend(frame(1, 4, id, &headers()));
                // One byte of four million.
                bytes.extend(frame(0, 0, id, &[0, 0, 0x40, 0, 0, 0x0a]));
            }
            // Its answer comes after all of these were read.
            bytes.extend(frame(6, 0, 0, b"all read"));
            stream.write_all(&bytes).expect("it is open");
            let mut answers: Vec<u8> = Vec::new();
            while !answers.windows(8).any(|part| part == b"all read") {
                let mut part = [0; 1000];
                let read = stream.read(&mut part).expect("it is open");
                assert!(read > 0, "it is open");
                answers.extend(&part[..read]);
            }
            stream
        })
        .collect();
    // The calls are read by other threads than the frames.
    std::thread::sleep(Duration::from_secs(1));
    let after = resident(server.id());
    assert!(after < before + 150, "{before} MiB, then {after} MiB");
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    runtime.block_on(async {
        let mut client = TranslationServiceClient::connect(address).await.expect("it answers");
        client.translate(support::request("All is well.")).await.expect("it is translated");
    });
    drop(connections);
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_all_requests_is_bounded() {
    let (gate, model) = support::gated();
    let translator = support::translator(model);
    let engine = translator.engines()[0].clone();
    let mut limits = support::limits();
    limits.calls.memory = 100_000;
    let client = TranslationServiceClient::new(support::serve_with(translator, limits).await);
    let text = "All is well. ".repeat(5_000);
    let mut first = client.clone();
    let running = tokio::spawn({
        let request = support::request(&text);
        async move { first.translate(request).await }
    });
    support::until(|| engine.load().tokens > 0).await;
    for gzip in [false, true] {
        let mut client = if gzip { client.clone().send_compressed(Gzip) } else { client.clone() };
        let refused = client.translate(support::request(&text)).await.expect_err("the first has the memory");
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
        assert!(refused.message().contains("memory"), "{refused:?}");
        assert!(refused.get_error_details().retry_info().is_some());
    }
    drop(gate);
    running.await.expect("it ends").expect("it is translated");
    client.clone().translate(support::request(&text)).await.expect("the memory is free again");
}

#[tokio::test]
async fn a_message_is_bounded_with_and_without_compression() {
    let client = support::copying_client().await;
    for gzip in [false, true] {
        let mut client = if gzip { client.clone().send_compressed(Gzip) } else { client.clone() };
        let answer = client.translate(support::request(&"All is well. ".repeat(100))).await;
        answer.expect("a compressed request is read");
        let large = client.translate(support::request(&"a".repeat(5 << 20))).await.expect_err("it is large");
        assert_eq!(large.code(), Code::OutOfRange, "{large:?}");
    }
}

/// Calls `Translate` with any number of messages.
async fn translate(
    channel: Channel,
    messages: impl Stream<Item = TranslateRequest> + Send + 'static,
) -> Result<Response<TranslateResponse>, Status> {
    let mut client = Grpc::new(channel);
    client.ready().await.expect("it is connected");
    let path = PathAndQuery::from_static("/triglot.v1.TranslationService/Translate");
    client.client_streaming(Request::new(messages), path, ProstCodec::default()).await
}

#[tokio::test]
async fn a_request_without_its_message_or_its_end_is_ended() {
    let mut limits = Limits { idle: Duration::from_millis(200), ..support::limits() };
    limits.calls.message = Duration::from_millis(200);
    let channel = support::serve_with(support::translator(LoadedModel::copy()), limits).await;
    let silent = translate(channel.clone(), pending()).await.expect_err("there is no message");
    assert_eq!(silent.code(), Code::DeadlineExceeded, "{silent:?}");
    let one = futures::stream::iter([support::request("All is well.")]);
    let endless = futures::StreamExt::chain(one, pending());
    let endless = translate(channel.clone(), endless).await.expect_err("there is no end");
    assert!(endless.message().contains("the end of the request"), "{endless:?}");

    let mut reflection = ServerReflectionClient::new(channel);
    let answers = reflection.server_reflection_info(pending()).await.expect("it begins");
    let silent = answers.into_inner().message().await.expect_err("there is no message");
    assert_eq!(silent.code(), Code::DeadlineExceeded, "{silent:?}");
}
