//! Turns the arguments into running parts: fetches and loads the models, and starts their engines. Commands, tests and benches
//! start here.

mod backend;
pub mod check;
mod models;
pub mod progress;
mod reload;

pub use self::{
    backend::backend,
    models::{hub, load, model, supply, translator},
    reload::{names, reload},
};
use crate::{
    client::ClientError,
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
