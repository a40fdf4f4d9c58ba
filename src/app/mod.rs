//! Turns the arguments into running parts: fetches and loads the models, and starts their engines. Commands, tests and benches
//! start here.

pub mod check;
mod models;
pub mod progress;
mod reload;

pub use self::{
    models::{hub, load, model, supply, translator},
    reload::{names, reload},
};
use crate::{
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
    #[error("{0} does not support adapters")]
    NoAdapters(String),
    #[error("{0} runs only on the CPU; remove --gpu")]
    NoGpu(String),
    #[error("this command runs one model, but {0} models or adapters were given")]
    OneModel(usize),
    #[error(transparent)]
    Panic(#[from] tokio::task::JoinError),
}
