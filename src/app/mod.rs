//! Turns the arguments into running parts: fetches and loads the models, and starts their engines. Commands, tests and benches
//! start here.

mod backend;
pub mod check;
pub mod default_model;
mod models;
pub mod progress;
mod reload;

pub use self::{
    backend::{articles, backend},
    models::{hub, load, load_again, load_unchecked, model, supply, translator, try_out},
    reload::{names, reload},
};
use std::path::PathBuf;

use crate::{
    client::ClientError,
    database::DatabaseError,
    engine::EngineError,
    hub::HubError,
    loader::LoadError,
    model::gpu::GpuError,
    translate::{TranslateError, TranslatorError},
};

/// Why the models in the arguments cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Gpu(#[from] GpuError),
    #[error(transparent)]
    Translator(#[from] TranslatorError),
    #[error(transparent)]
    Translate(#[from] TranslateError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{0} does not support adapters")]
    NoAdapters(String),
    #[error("{0} runs only on the CPU; remove --gpu")]
    NoGpu(String),
    #[error(
        "{model} failed its check and is not used: {verdict}; please report the output of `triglot models check --full --model {model}`"
    )]
    Failed { model: String, verdict: String },
    #[error("{path} is not valid: {reason}; `triglot models use MODEL` writes it anew")]
    Decision { path: PathBuf, reason: String },
    #[error("this command runs one model, but {0} models or adapters were given")]
    OneModel(usize),
    #[error(
        "--adapter cannot be used with --server; name the model with its adapter: --model gemma3-270m+news"
    )]
    ServersAdapter,
    #[error("cannot derive a model name from {0}")]
    Nameless(String),
    #[error(transparent)]
    Panic(#[from] tokio::task::JoinError),
}
