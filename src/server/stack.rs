//! The whole policy of the listener, from the outside to the inside: what a connection may use, the layers that each call goes
//! through, the services, and the end.

use std::{sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    time,
};
use tonic::{
    codec::CompressionEncoding::Gzip,
    server::NamedService,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::layer::layer_fn;

use super::{Limits, Service};
use crate::{
    telemetry::Trace,
    translate::Translator,
    wire::proto::{
        DESCRIPTORS, glossary_service_server::GlossaryServiceServer, info_service_server::InfoServiceServer,
        summarization_service_server::SummarizationServiceServer,
        translation_service_server::TranslationServiceServer,
    },
};

/// A silent peer is pinged after this time, and has the same time to answer.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Calls that run on one connection at once.
const CALLS: u32 = 200;
/// Unread bytes of one call. The connection's window holds those of all calls, so that a stream that is slowed down never blocks
/// another one.
const UNREAD: u32 = 128 << 10;

/// Largest message of a unary call, as a multiple of its longest text. A text that is somewhat too long is then refused with its
/// size and its field, and not as a message.
const MESSAGE_FACTOR: usize = 4;
/// Smallest limit for messages, since texts of streams have none.
const LEAST_MESSAGE: usize = 1 << 20;

/// Services with a health status of their own, and the server as a whole.
const HEALTH: [&str; 5] = [
    "",
    TranslationServiceServer::<Service>::NAME,
    SummarizationServiceServer::<Service>::NAME,
    GlossaryServiceServer::<Service>::NAME,
    InfoServiceServer::<Service>::NAME,
];

/// Why a server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the connection to clients failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    #[error("cannot set up gRPC reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    #[error("some calls were still running {0:?} after the signal to stop")]
    Drain(Duration),
}

/// Serves until `stop` completes. Then the health status is NOT_SERVING, new calls are refused, and running calls have
/// `limits.drain` to finish. A call keeps the translator that it started with; later calls use the newest one.
pub async fn serve(
    listener: TcpListener,
    translator: watch::Receiver<Translator>,
    limits: Limits,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let drain = limits.drain;
    let message_bytes = limits.max_text_bytes.saturating_mul(MESSAGE_FACTOR).max(LEAST_MESSAGE);
    let service = Service { translator, limits: Arc::new(limits) };
    let (health, health_service) = tonic_health::server::health_reporter();
    for name in HEALTH {
        health.set_service_status(name, ServingStatus::Serving).await;
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let (stopping, stopped) = oneshot::channel::<()>();
    let server = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE))
        .max_concurrent_streams(CALLS)
        .initial_stream_window_size(UNREAD)
        .initial_connection_window_size(CALLS * UNREAD)
        // The first layer is the outermost one.
        .layer(layer_fn(Trace))
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(
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
        // The limits on a glossary keep it below the usual limit on messages.
        .add_service(
            GlossaryServiceServer::new(service.clone()).accept_compressed(Gzip).send_compressed(Gzip),
        )
        .add_service(InfoServiceServer::new(service))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), async move {
            stop.await;
            tracing::info!("stopping: new calls are refused, running calls finish");
            retire(health).await;
            drop(stopping);
        });
    let deadline = async {
        // The sender is dropped when the server begins to stop.
        let _ = stopped.await;
        time::sleep(drain).await;
    };
    tokio::select! {
        result = server => Ok(result?),
        () = deadline => Err(ServeError::Drain(drain)),
    }
}

/// Tells all watchers NOT_SERVING, then ends their streams, which would delay the stop.
async fn retire(mut health: HealthReporter) {
    for name in HEALTH {
        health.set_service_status(name, ServingStatus::NotServing).await;
        health.clear_service_status(name).await;
    }
}
