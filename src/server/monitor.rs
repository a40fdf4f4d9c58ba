//! What the operator can see of a server while it loads, runs and stops.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use prometheus_client::metrics::gauge::Gauge;
use prost::Message;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};
use tokio::sync::watch;

use crate::{
    telemetry::{CallMeter, Method},
    translate::Translator,
    wire::proto::DESCRIPTORS,
};

/// The state of a server. Cheap to clone.
#[derive(Clone)]
pub struct Monitor(Arc<State>);

struct State {
    calls: Arc<CallMeter>,
    connections: Gauge,
    is_ready: AtomicBool,
    translator: OnceLock<watch::Receiver<Translator>>,
}

impl Default for Monitor {
    fn default() -> Self {
        Self(Arc::new(State {
            calls: Arc::new(CallMeter::new(methods())),
            connections: Gauge::default(),
            is_ready: AtomicBool::new(false),
            translator: OnceLock::new(),
        }))
    }
}

impl Monitor {
    /// Whether the server takes calls: its models are loaded, and it is not stopping.
    pub fn is_ready(&self) -> bool {
        self.0.is_ready.load(Relaxed)
    }

    pub(super) fn begin(&self, translator: watch::Receiver<Translator>) {
        // A second server with this monitor would not be seen; there is none.
        let _ = self.0.translator.set(translator);
        self.0.is_ready.store(true, Relaxed);
    }

    pub(super) fn stop(&self) {
        self.0.is_ready.store(false, Relaxed);
    }

    pub(super) fn calls(&self) -> &Arc<CallMeter> {
        &self.0.calls
    }

    /// The number of open connections.
    pub(super) fn connections(&self) -> &Gauge {
        &self.0.connections
    }

    /// The newest translator; `None` while the first models load.
    pub(super) fn translator(&self) -> Option<Translator> {
        self.0.translator.get().map(|newest| newest.borrow().clone())
    }
}

/// The methods of all services.
fn methods() -> Vec<Method> {
    let sets = [
        DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ];
    let mut methods = Vec::new();
    for file in
        sets.into_iter().filter_map(|set| FileDescriptorSet::decode(set).ok()).flat_map(|set| set.file)
    {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            methods.extend(service.method.iter().map(|method| Method {
                grpc_type: kind(method),
                grpc_service: name.clone(),
                grpc_method: method.name().to_owned(),
            }));
        }
    }
    methods
}

fn kind(method: &MethodDescriptorProto) -> &'static str {
    match (method.client_streaming(), method.server_streaming()) {
        (false, false) => "unary",
        (true, false) => "client_stream",
        (false, true) => "server_stream",
        (true, true) => "bidi_stream",
    }
}
