//! Counts the calls of a server, under the names that gRPC servers use for Prometheus
//! ([go-grpc-middleware](https://github.com/grpc-ecosystem/go-grpc-middleware), `providers/prometheus`).

use std::{collections::HashMap, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use tonic::Code;

/// Upper ends of the buckets of durations, in seconds.
const DURATIONS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// A method, as labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Method {
    /// `unary`, `client_stream`, `server_stream` or `bidi_stream`.
    pub grpc_type: &'static str,
    pub grpc_service: String,
    pub grpc_method: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    grpc_type: &'static str,
    grpc_service: String,
    grpc_method: String,
    grpc_code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    reason: String,
}

/// Counts calls.
#[derive(Debug)]
pub struct CallMeter {
    /// By path.
    methods: HashMap<String, Method>,
    started: Family<Method, Counter>,
    handled: Family<Ended, Counter>,
    seconds: Family<Method, Histogram, fn() -> Histogram>,
    refused: Family<Refused, Counter>,
}

impl CallMeter {
    /// Counts the calls of these methods one by one, and all others together: a client could invent any number of names.
    pub fn new(methods: impl IntoIterator<Item = Method>) -> Self {
        let path = |method: &Method| format!("/{}/{}", method.grpc_service, method.grpc_method);
        Self {
            methods: methods.into_iter().map(|method| (path(&method), method)).collect(),
            started: Family::default(),
            handled: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
            refused: Family::default(),
        }
    }

    /// Names the counts.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("grpc_server_started", "Calls that began", self.started.clone());
        registry.register("grpc_server_handled", "Calls that ended", self.handled.clone());
        let help = "Seconds from the beginning of a call to the end of its response";
        registry.register("grpc_server_handling_seconds", help, self.seconds.clone());
        registry.register(
            "triglot_refusals",
            "Calls that the server had no room or no leave for",
            self.refused.clone(),
        );
    }

    pub(super) fn begin(&self, path: &str) -> Method {
        let unknown = || Method {
            grpc_type: "unary",
            grpc_service: "unknown".to_owned(),
            grpc_method: "unknown".to_owned(),
        };
        let method = self.methods.get(path).cloned().unwrap_or_else(unknown);
        self.started.get_or_create(&method).inc();
        method
    }

    pub(super) fn end(&self, method: Method, code: Code, took: Duration) {
        self.seconds.get_or_create(&method).observe(took.as_secs_f64());
        let Method { grpc_type, grpc_service, grpc_method } = method;
        let ended = Ended { grpc_type, grpc_service, grpc_method, grpc_code: name(code) };
        self.handled.get_or_create(&ended).inc();
    }

    pub(super) fn refuse(&self, reason: &str) {
        self.refused.get_or_create(&Refused { reason: reason.to_owned() }).inc();
    }
}

/// The name of a status as Go's servers write it, which dashboards expect.
fn name(code: Code) -> String {
    match code {
        Code::Ok => "OK".to_owned(),
        Code::Cancelled => "Canceled".to_owned(),
        other => format!("{other:?}"),
    }
}
