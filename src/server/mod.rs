//! The gRPC server: a file for each service; `connections` and `calls` for the limits of all of them; `keys` for who may call; `web` for
//! pages; `http` for clients that do not speak gRPC; `admin` for the operator; and `stack`, which puts them together.

mod admin;
mod articles;
mod batch;
mod calls;
mod connections;
pub mod error;
mod follow;
mod glossary;
mod http;
mod inbound;
mod info;
pub mod keys;
mod monitor;
mod stack;
mod summarization;
mod translation;
mod web;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use tonic::Extensions;

use self::keys::Key;
pub use self::{
    admin::run as administer,
    calls::CallLimits,
    connections::{ConnectionLimits, Tls, TlsError, TlsFiles},
    keys::{Keys, KeysError},
    monitor::Monitor,
    stack::{ServeError, Server},
    web::{Origin, OriginError},
};
use crate::{engine::Arrival, translate::Translator, wire::FieldError};

/// Limits on connections, calls and requests.
#[derive(Debug, Clone)]
pub struct Limits {
    pub connections: ConnectionLimits,
    pub calls: CallLimits,
    /// Longest text of a unary call.
    pub max_text_bytes: usize,
    /// The longest time that a unary call may wait for its model.
    pub longest_wait: Duration,
    /// Time that running calls have to finish after the signal to stop.
    pub drain: Duration,
    /// Longest time without a message in either direction of a stream.
    pub idle: Duration,
}

/// Answers the calls of all services. Cheap to clone.
#[derive(Clone)]
struct Service {
    translator: watch::Receiver<Translator>,
    limits: Arc<Limits>,
}

impl Service {
    /// The models that `select` finds by the name in `field`.
    fn models(
        &self,
        select: fn(&Translator, &str) -> Option<Translator>,
        field: &str,
        name: &str,
    ) -> Result<Translator, FieldError> {
        let loaded = self.translator.borrow();
        select(&loaded, name).ok_or_else(|| {
            let names: Vec<&str> =
                loaded.engines().iter().map(|engine| engine.model().name.as_str()).collect();
            FieldError::new(field, format!("this model is not loaded; loaded models: {}", names.join(", ")))
        })
    }

    /// How a unary call with a text of so many characters wants to wait.
    fn arrival(&self, extensions: &Extensions, chars: usize) -> Arrival {
        let caller = calls::caller(extensions);
        match keys::of(extensions).is_some_and(Key::is_batch) {
            true => Arrival::stream(caller),
            false => Arrival::text(caller, chars, calls::deadline(extensions), self.limits.longest_wait),
        }
    }

    /// Refuses a text that is empty or too long for a unary call.
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
