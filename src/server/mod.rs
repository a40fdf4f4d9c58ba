//! The gRPC server: the services, health and reflection, on one listener, until it is told to stop.

pub mod error;
mod inbound;
mod info;
mod summarization;
mod translation;

use std::{io, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, time};
use tonic::{
    codec::CompressionEncoding::Gzip,
    transport::{Server, server::TcpIncoming},
};

use crate::{
    translate::Translator,
    wire::{
        FieldError,
        proto::{
            DESCRIPTORS, info_service_server::InfoServiceServer,
            summarization_service_server::SummarizationServiceServer,
            translation_service_server::TranslationServiceServer,
        },
    },
};

/// A message may be so many times as large as the longest text, so that a text that is too long is mostly refused by
/// name, with its size, rather than as a message.
const MESSAGE_FACTOR: usize = 4;
/// Bytes that any message may have: streams have no longest text.
const LEAST_MESSAGE: usize = 1 << 20;

/// Calls on one connection, and bytes of each that may lie unread. The connection's window holds them all, so that a stream
/// that is slowed down stops no other call beside it.
const CALLS: u32 = 200;
const UNREAD: u32 = 128 << 10;

/// After so long a silent peer is asked whether it is still there, and has as long to answer.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Names under which health is told.
const TRANSLATION: &str = "triglot.v1.TranslationService";
const SUMMARIZATION: &str = "triglot.v1.SummarizationService";
const INFO: &str = "triglot.v1.InfoService";

/// What requests may ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest text of a unary call.
    pub max_text_bytes: usize,
    /// How long calls may go on after the server was told to stop.
    pub drain: Duration,
    /// How long a stream may be silent both ways.
    pub idle: Duration,
}

/// Why a server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the connection to clients failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    #[error("cannot set up gRPC reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    #[error("some calls were still running {0:?} after the signal to stop")]
    Drain(Duration),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves until `stop` is done, then lets running calls finish. Those who watch the health are told NOT_SERVING then, and
/// nothing new is taken. A call keeps the translator that it began with; later ones get what is there by then.
pub async fn serve(
    listener: TcpListener,
    translator: watch::Receiver<Translator>,
    limits: Limits,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let limits = Arc::new(limits);
    let message_bytes = limits.max_text_bytes.saturating_mul(MESSAGE_FACTOR).max(LEAST_MESSAGE);
    let service = Service { translator, limits: Arc::clone(&limits) };
    let translation = TranslationServiceServer::new(service.clone())
        .max_decoding_message_size(message_bytes)
        .accept_compressed(Gzip)
        .send_compressed(Gzip);
    let summarization = SummarizationServiceServer::new(service.clone())
        .max_decoding_message_size(message_bytes)
        .accept_compressed(Gzip)
        .send_compressed(Gzip);
    let info = InfoServiceServer::new(service);
    let (mut health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<TranslationServiceServer<Service>>().await;
    health.set_serving::<SummarizationServiceServer<Service>>().await;
    health.set_serving::<InfoServiceServer<Service>>().await;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE))
        .max_concurrent_streams(CALLS)
        .initial_stream_window_size(UNREAD)
        .initial_connection_window_size(CALLS * UNREAD)
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(translation)
        .add_service(summarization)
        .add_service(info)
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), async move {
            stop.await;
            tracing::info!("stopping: new calls are refused, running calls finish");
            health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
            health.set_not_serving::<TranslationServiceServer<Service>>().await;
            health.set_not_serving::<SummarizationServiceServer<Service>>().await;
            health.set_not_serving::<InfoServiceServer<Service>>().await;
            // Ends the streams of those who watch, which would hold up the end.
            for service in ["", TRANSLATION, SUMMARIZATION, INFO] {
                health.clear_service_status(service).await;
            }
            drop(stopping);
        });
    let deadline = async {
        // An error: the other end was dropped, which is the sign.
        let _ = stopped.await;
        time::sleep(limits.drain).await;
    };
    tokio::select! {
        result = server => Ok(result?),
        () = deadline => Err(ServeError::Drain(limits.drain)),
    }
}

/// Answers the calls of all services. Cheap to clone.
#[derive(Clone)]
struct Service {
    translator: watch::Receiver<Translator>,
    limits: Arc<Limits>,
}

impl Service {
    /// The models that `select` finds by the name in a field, with the call's own share of their queues.
    fn models(
        &self,
        select: fn(&Translator, &str) -> Option<Translator>,
        field: &str,
        name: &str,
    ) -> Result<Translator, FieldError> {
        let loaded = self.translator.borrow();
        select(&loaded, name).map(|models| models.for_call()).ok_or_else(|| {
            let names: Vec<&str> =
                loaded.engines().iter().map(|engine| engine.model().name.as_str()).collect();
            FieldError::new(field, format!("this model is not loaded; loaded models: {}", names.join(", ")))
        })
    }

    /// Turns a text away that is empty or does not belong into a unary call.
    fn check_text(&self, text: &str) -> Result<(), FieldError> {
        let most = self.limits.max_text_bytes;
        if text.is_empty() {
            return Err(FieldError::new("text", "it must not be empty"));
        }
        if text.len() > most {
            let problem =
                format!("it has {} bytes, more than the limit of {most}; use the streaming call", text.len());
            return Err(FieldError::new("text", problem));
        }
        Ok(())
    }
}
