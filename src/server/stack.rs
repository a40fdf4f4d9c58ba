//! Puts the server together, from the outside to the inside: the connections, the layers that each call goes through, the services;
//! and ends it.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use futures::{
    Stream, StreamExt,
    future::{OptionFuture, join},
};
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::{codec::CompressionEncoding::Gzip, server::NamedService, service::Routes};
use tonic_health::{ServingStatus, server::HealthReporter};

use super::{
    Keys, Limits, Monitor, Origin, Service, Tls,
    calls::{Calls, Guarded},
    connections::{Connections, Entrance, Open},
    http::{self, HttpError},
    web::Web,
};
use crate::{
    telemetry::Trace,
    translate::Translator,
    wire::proto::{
        DESCRIPTORS, glossary_service_server::GlossaryServiceServer, info_service_server::InfoServiceServer,
        summarization_service_server::SummarizationServiceServer,
        translation_service_server::TranslationServiceServer,
    },
};

/// Largest message of a unary call, as a multiple of its longest text. A text that is somewhat too long is then refused with its
/// size and its field, and not as a message.
const MESSAGE_FACTOR: usize = 4;
/// Smallest limit for messages, gRPC's usual one: texts of streams have no other, and glossaries are not texts.
const LEAST_MESSAGE: usize = 4 << 20;

/// Services with a health status of their own, and the server as a whole.
const HEALTH: [&str; 5] = [
    "",
    TranslationServiceServer::<Service>::NAME,
    SummarizationServiceServer::<Service>::NAME,
    GlossaryServiceServer::<Service>::NAME,
    InfoServiceServer::<Service>::NAME,
];

/// Time for the last answers to leave when the server ends before its calls. Only a slow peer needs it.
const LAST: Duration = Duration::from_secs(3);

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot set up HTTP: {0}")]
    Http(#[from] HttpError),
    #[error("cannot set up gRPC reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// What a server is made of.
pub struct Server {
    pub listener: TcpListener,
    /// For clients that do not speak gRPC.
    pub http: Option<TcpListener>,
    pub tls: Option<Tls>,
    /// With keys, all calls but those of health need one.
    pub keys: Option<Keys>,
    /// Origins of pages that may call.
    pub origins: Vec<Origin>,
    /// Whether clients may ask for the contract.
    pub reflection: bool,
    pub translator: watch::Receiver<Translator>,
    pub limits: Limits,
    pub monitor: Monitor,
}

impl Server {
    /// A server without encryption, for everybody but pages.
    pub fn new(listener: TcpListener, translator: watch::Receiver<Translator>, limits: Limits) -> Self {
        let monitor = Monitor::default();
        Self {
            listener,
            http: None,
            tls: None,
            keys: None,
            origins: Vec::new(),
            reflection: true,
            translator,
            limits,
            monitor,
        }
    }

    /// Serves until the first of `signals`. Then the health status is NOT_SERVING, new calls are refused, and running calls have
    /// `limits.drain` to finish, or until the second signal; a call that is still running then ends with UNAVAILABLE. A call keeps
    /// the translator that it started with; later calls use the newest one.
    pub async fn run(self, signals: impl Stream<Item = ()> + Send) -> Result<(), ServeError> {
        let Self { listener, http, tls, keys, origins, reflection, translator, limits, monitor } = self;
        let mut signals = pin!(signals);
        let drain = limits.drain;
        let (stopping, stopped) = (CancellationToken::new(), CancellationToken::new());
        let message_bytes = limits.max_text_bytes.saturating_mul(MESSAGE_FACTOR).max(LEAST_MESSAGE);
        let calls = Arc::new(Calls::new(keys, &limits, message_bytes, stopping.clone(), stopped.clone()));
        let (health, health_service) = tonic_health::server::health_reporter();
        for name in HEALTH {
            health.set_service_status(name, ServingStatus::Serving).await;
        }
        let limits_of_connections = limits.connections.clone();
        let max_text_bytes = limits.max_text_bytes;
        let routes = routes(translator.clone(), limits, message_bytes).add_service(health_service);
        let routes = if reflection { with_reflection(routes)? } else { routes }.prepare();
        let services = |open: Open| {
            let inner = Guarded { calls: calls.clone(), open, routes: routes.clone() };
            Trace { inner, meter: monitor.calls().clone() }
        };
        let accepting =
            Connections::new(limits_of_connections, monitor.connections().clone(), stopping.clone());
        let grpc = Entrance { listener, tls: tls.clone(), http1: !origins.is_empty() };
        let grpc = accepting.accept(grpc, |open| Web::new(services(open), &origins));
        let doors = http.is_some().then(|| http::router(&calls, &translator, max_text_bytes, &origins));
        let doors = http.zip(doors.transpose()?).map(|(listener, doors)| {
            let entrance = Entrance { listener, tls, http1: true };
            accepting.accept(entrance, move |open| {
                http::Connected::new(services(open.clone()), doors.clone(), open)
            })
        });
        let doors = OptionFuture::from(doors);
        let mut connections = pin!(join(grpc, doors));
        monitor.begin(translator);
        tokio::select! {
            _ = connections.as_mut() => return Ok(()),
            _ = signals.next() => {}
        }
        monitor.stop();
        tracing::info!("stopping: new calls are refused, running calls finish");
        retire(health).await;
        stopping.cancel();
        tokio::select! {
            _ = connections.as_mut() => return Ok(()),
            () = sleep(drain) => tracing::warn!(?drain, "the time is over; calls that still run end now"),
            () = next(signals) => tracing::warn!("a second signal; calls that still run end now"),
        }
        stopped.cancel();
        // What has not left by then goes with the connections.
        let _ = timeout(LAST, connections).await;
        Ok(())
    }
}

/// The next signal. A stream that is over has none.
async fn next(mut signals: Pin<&mut impl Stream<Item = ()>>) {
    if signals.next().await.is_none() {
        std::future::pending().await
    }
}

/// The services of the contract.
fn routes(translator: watch::Receiver<Translator>, limits: Limits, message_bytes: usize) -> Routes {
    let service = Service { translator, limits: Arc::new(limits) };
    Routes::new(
        TranslationServiceServer::new(service.clone())
            .max_decoding_message_size(message_bytes)
            .accept_compressed(Gzip)
            .send_compressed(Gzip),
    )
    .add_service(
        SummarizationServiceServer::new(service.clone())
            .max_decoding_message_size(message_bytes)
            .accept_compressed(Gzip)
            .send_compressed(Gzip),
    )
    .add_service(
        GlossaryServiceServer::new(service.clone())
            .max_decoding_message_size(message_bytes)
            .accept_compressed(Gzip)
            .send_compressed(Gzip),
    )
    .add_service(InfoServiceServer::new(service))
}

/// The same services with those of reflection.
fn with_reflection(routes: Routes) -> Result<Routes, ServeError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    Ok(routes.add_service(reflection().build_v1()?).add_service(reflection().build_v1alpha()?))
}

/// Tells all watchers NOT_SERVING, then ends their streams, which would delay the stop.
async fn retire(mut health: HealthReporter) {
    for name in HEALTH {
        health.set_service_status(name, ServingStatus::NotServing).await;
        health.clear_service_status(name).await;
    }
}
