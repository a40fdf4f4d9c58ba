//! HTTP for clients that do not speak gRPC: our own contract as JSON, and the contracts of three other servers, which much software
//! speaks already; and a page to try it.
//!
//! A door only translates between forms. Its requests become calls of the services in this process, through the layers that calls over
//! gRPC go through, so keys, limits, the log and the metrics are the same.

mod contract;
mod deepl;
mod fields;
mod grpc;
mod libretranslate;
mod mtran;
mod openapi;
mod page;
mod status;
mod texts;
mod v1;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    routing::{get, post},
};
use http::{Method, StatusCode, header::CONTENT_TYPE};
use prost_reflect::DescriptorError;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tonic::Status;

pub(super) use self::grpc::Connected;
use self::{contract::Contract, grpc::Grpc};
use super::{
    Origin,
    calls::{Calls, Share},
    web::cors,
};
use crate::translate::Translator;

/// What pages of other places may do.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Why there are no doors.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("the descriptors of the contract are not valid: {0}")]
    Descriptors(#[from] DescriptorError),
    #[error("the contract does not have {0}")]
    Name(&'static str),
}

/// What all doors need. Cheap to clone.
#[derive(Clone)]
struct Doors {
    calls: Arc<Calls>,
    contract: Contract,
    translator: watch::Receiver<Translator>,
    max_text_bytes: usize,
}

/// A request that has been read.
struct Asked {
    grpc: Grpc,
    fields: Map<String, Value>,
    /// What the body takes of the memory of all requests.
    memory: Share,
}

impl Doors {
    /// Reads a request.
    async fn asked(&self, request: Request) -> Result<Asked, Status> {
        let (head, body) = request.into_parts();
        let grpc = Grpc::of(&head)?;
        let (bytes, mut memory) = self.calls.receive(grpc.headers(), body).await?;
        memory.resize(fields::weight(&bytes)).map_err(Status::from)?;
        let content_type =
            head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let fields = fields::read(head.uri.query().unwrap_or_default(), content_type, &bytes)?;
        Ok(Asked { grpc, fields, memory })
    }
}

/// The routes of all doors, for the connections of [`Connected`].
pub(super) fn router(
    calls: &Arc<Calls>,
    translator: &watch::Receiver<Translator>,
    max_text_bytes: usize,
    origins: &[Origin],
) -> Result<Router, HttpError> {
    let contract = Contract::new()?;
    let doors = Doors { calls: calls.clone(), contract, translator: translator.clone(), max_text_bytes };
    let routes = v1::routes(&doors)?
        .route("/translate", post(libretranslate::translate))
        .route("/detect", post(libretranslate::detect))
        .route("/languages", get(libretranslate::languages))
        .route("/frontend/settings", get(libretranslate::settings))
        .route("/health", get(libretranslate::health))
        .route("/translate_file", post(libretranslate::file))
        .route("/suggest", post(libretranslate::suggest))
        .route("/translate/batch", post(mtran::batch))
        .route("/version", get(mtran::version))
        .route("/__heartbeat__", get(mtran::heartbeat))
        .route("/__lbheartbeat__", get(mtran::heartbeat))
        .route("/v2/translate", post(deepl::translate))
        .route("/v2/languages", get(deepl::languages).post(deepl::languages))
        .route("/v2/usage", get(deepl::usage).post(deepl::usage))
        .merge(page::routes())
        .fallback(async || {
            (StatusCode::NOT_FOUND, status::json(&json!({"error": "there is nothing at this address"})))
        })
        .with_state(doors);
    // The page of this server needs no leave, since it comes from here.
    Ok(if origins.is_empty() { routes } else { routes.layer(cors(origins, METHODS)) })
}
