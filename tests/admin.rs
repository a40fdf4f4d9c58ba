//! The operator's listener: whether the server is ready, and its metrics.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tonic::{Code, transport::Channel};
use triglot::{
    engine::LoadedModel,
    server::{self, CallLimits, Limits, Monitor},
    wire::proto::translation_service_client::TranslationServiceClient,
};

use crate::support;

/// A server and its operator's address.
struct Server {
    admin: SocketAddr,
    channel: Channel,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let monitor = Monitor::default();
        let admin = administer(monitor.clone()).await;
        let address = support::serve_seen(support::translator(LoadedModel::copy()), limits, monitor).await;
        Self { admin, channel: support::connect(address).await }
    }

    async fn translate(&self, text: &str) -> Result<(), Code> {
        let mut client = TranslationServiceClient::new(self.channel.clone());
        let answer = client.translate(support::request(text)).await;
        answer.map(drop).map_err(|status| status.code())
    }

    async fn metrics(&self) -> String {
        let (status, metrics) = get(self.admin, "/metrics").await;
        assert_eq!(status, 200);
        metrics
    }
}

async fn administer(monitor: Monitor) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    tokio::spawn(server::administer(listener, monitor));
    address
}

/// The status and the body of an answer.
async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: triglot\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers with text, and closes");
    let (head, body) = answer.split_once("\r\n\r\n").expect("there is a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("there is a status");
    (status, body.to_owned())
}

/// The value of a series, as it is written.
fn value<'a>(metrics: &'a str, series: &str) -> Option<&'a str> {
    metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
}

#[tokio::test]
async fn calls_are_counted_by_method_and_status() {
    let server = Server::start(support::limits()).await;
    server.translate("The harbour was closed.").await.expect("it is translated");
    server.translate("").await.expect_err("there is no text");
    let metrics = server.metrics().await;
    let method =
        "grpc_type=\"unary\",grpc_service=\"triglot.v1.TranslationService\",grpc_method=\"Translate\"";
    for (series, expected) in [
        (format!("grpc_server_started_total{{{method}}}"), "2"),
        (format!("grpc_server_handled_total{{{method},grpc_code=\"OK\"}}"), "1"),
        (format!("grpc_server_handled_total{{{method},grpc_code=\"InvalidArgument\"}}"), "1"),
        (format!("grpc_server_handling_seconds_count{{{method}}}"), "2"),
    ] {
        assert_eq!(value(&metrics, &series), Some(expected), "{series}\n{metrics}");
    }
}

#[tokio::test]
async fn the_work_of_a_model_and_the_memory_are_counted() {
    let server = Server::start(support::limits()).await;
    server.translate("The harbour was closed. The mayor spoke.").await.expect("it is translated");
    // The worker tells what is left in its batch after it has answered.
    let mut metrics = server.metrics().await;
    while value(&metrics, "triglot_batch_rows{model=\"copy\"}") != Some("0") {
        metrics = server.metrics().await;
    }
    for (series, expected) in [
        // A second try of the one that is flagged.
        ("triglot_segments_total{model=\"copy\"}", "3"),
        ("triglot_wait_seconds_count{model=\"copy\",class=\"interactive\"}", "3"),
        ("triglot_memory_misses_total", "0"),
        ("triglot_queue_tokens{model=\"copy\"}", "0.0"),
        ("triglot_worker_failures_total{model=\"copy\"}", "0"),
        ("triglot_warnings_total{kind=\"COPIED\"}", "1"),
        ("triglot_warnings_total{kind=\"NAME_LOST\"}", "0"),
        ("triglot_connections", "1"),
        ("triglot_ready", "1"),
    ] {
        assert_eq!(value(&metrics, series), Some(expected), "{series}\n{metrics}");
    }
    let written = value(&metrics, "triglot_tokens_total{model=\"copy\",kind=\"written\"}");
    assert!(written.is_some_and(|count| count != "0"), "{metrics}");
    assert!(!metrics.contains("harbour"), "{metrics}");
}

#[tokio::test]
async fn methods_that_do_not_exist_share_one_name() {
    let server = Server::start(support::limits()).await;
    for name in ["One", "Two"] {
        let path = format!("/evil.{name}/{name}").parse().expect("it is a path");
        let mut client = tonic::client::Grpc::new(server.channel.clone());
        client.ready().await.expect("it is connected");
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let status =
            client.unary(tonic::Request::new(()), path, codec).await.expect_err("there is no such method");
        assert_eq!(status.code(), Code::Unimplemented);
    }
    let metrics = server.metrics().await;
    let series =
        "grpc_server_started_total{grpc_type=\"unary\",grpc_service=\"unknown\",grpc_method=\"unknown\"}";
    assert_eq!(value(&metrics, series), Some("2"), "{metrics}");
    assert!(!metrics.contains("evil"), "{metrics}");
}

#[tokio::test]
async fn a_refusal_is_counted_with_the_reason_that_the_client_was_told() {
    let calls = CallLimits { calls: 0, ..support::limits().calls };
    let server = Server::start(Limits { calls, ..support::limits() }).await;
    assert_eq!(server.translate("The harbour was closed.").await, Err(Code::ResourceExhausted));
    let metrics = server.metrics().await;
    assert_eq!(value(&metrics, "triglot_refusals_total{reason=\"TOO_MANY_CALLS\"}"), Some("1"), "{metrics}");
}

#[tokio::test]
async fn a_server_is_ready_once_it_takes_calls() {
    let monitor = Monitor::default();
    let admin = administer(monitor.clone()).await;
    assert_eq!(get(admin, "/readyz").await.0, 503);
    assert_eq!(get(admin, "/livez").await, (200, "ok\n".to_owned()));
    assert_eq!(value(&get(admin, "/metrics").await.1, "triglot_ready"), Some("0"));
    let address =
        support::serve_seen(support::translator(LoadedModel::copy()), support::limits(), monitor).await;
    support::connect(address).await;
    assert_eq!(get(admin, "/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(get(admin, "/elsewhere").await.0, 404);
}

#[tokio::test]
async fn the_documents_name_every_metric() {
    let server = Server::start(support::limits()).await;
    server.translate("The harbour was closed.").await.expect("it is translated");
    let documents = include_str!("../docs/operations.md");
    let metrics = server.metrics().await;
    let names = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for name in names.filter(|name| !name.starts_with("process_")) {
        assert!(documents.contains(&format!("`{name}`")), "{name}");
    }
}
