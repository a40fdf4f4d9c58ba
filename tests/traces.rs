//! A call that comes with a trace becomes a part of it, with the stages of its segments below.

use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::{Span, status::StatusCode},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport};
use triglot::wire::proto::translation_service_client::TranslationServiceClient;

use crate::support::{self, process};

/// Keeps what it gets.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes =
            request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        self.0.lock().expect("no test panicked").extend(scopes.flat_map(|scope| scope.spans));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let service = TraceServiceServer::new(collector.clone());
        let serve = transport::Server::builder().add_service(service);
        tokio::spawn(serve.serve_with_incoming(TcpListenerStream::new(listener)));
        (collector, url)
    }

    /// All spans of a server that makes two calls, one of them in vain, and ends.
    async fn spans(&self, url: &str, flags: &[&str], trace: &str) -> Vec<Span> {
        let flags = [&["--model", "copy", "--otlp", url], flags].concat();
        let (mut server, address) = process::serving(&flags);
        let mut client = TranslationServiceClient::connect(address).await.expect("it listens");
        for text in ["The harbour was closed.", ""] {
            let mut request = Request::new(support::request(text));
            request.metadata_mut().insert("traceparent", trace.parse().expect("it is a value"));
            let answer = client.translate(request).await;
            assert_eq!(answer.is_ok(), !text.is_empty());
        }
        drop(client);
        let pid = server.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("it runs").success());
        let ended = tokio::task::spawn_blocking(move || server.wait()).await.expect("it does not panic");
        assert!(ended.expect("it ends").success());
        self.0.lock().expect("no test panicked").clone()
    }
}

#[tokio::test]
async fn the_spans_of_a_call_are_in_its_trace() {
    let (collector, url) = Collector::start().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let spans = collector.spans(&url, &[], trace).await;
    // They come in the order in which they ended, which is that of two threads.
    let mut calls: Vec<_> = spans.iter().filter(|span| span.name == "call").collect();
    calls.sort_by_key(|span| span.start_time_unix_nano);
    let [translated, failed] = calls[..] else { panic!("{calls:?}") };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for call in [translated, failed] {
        assert_eq!(hex(&call.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(hex(&call.parent_span_id), "00f067aa0ba902b7");
    }
    let code = |span: &Span| span.status.clone().unwrap_or_default().code();
    assert_eq!((code(translated), code(failed)), (StatusCode::Unset, StatusCode::Error));
    for name in ["tokenise", "queue", "prefill", "decode", "checks"] {
        let stage =
            spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:?}"));
        assert_eq!(stage.parent_span_id, translated.span_id, "{name}");
        assert!(stage.start_time_unix_nano <= stage.end_time_unix_nano, "{stage:?}");
    }
    assert!(!format!("{spans:?}").contains("harbour"), "{spans:?}");
}

#[tokio::test]
async fn a_trace_that_is_not_recorded_elsewhere_is_not_recorded_here() {
    let (collector, url) = Collector::start().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    assert_eq!(collector.spans(&url, &[], trace).await, []);
}

#[tokio::test]
async fn a_collector_that_is_away_harms_no_call() {
    let (collector, _) = Collector::start().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(collector.spans("http://127.0.0.1:9", &["--otlp-ratio", "0.5"], trace).await, []);
}
