//! From arguments to a running engine: fetch and check the model, load it, start the worker.

use super::{CliError, progress::Bar};
use crate::{
    config::{EngineArguments, HubArguments},
    engine::{Engine, LoadedModel, ModelInfo, Prompt},
    hub::{Hub, PipFetch},
    translate::Translator,
};

/// The models of the data folder.
pub fn hub(arguments: &HubArguments) -> Result<Hub, CliError> {
    Ok(Hub::new(arguments.data_dir())?)
}

/// The client that fetches.
pub fn fetch(arguments: &HubArguments) -> PipFetch {
    PipFetch { python: arguments.python.clone() }
}

/// Loads the model that the arguments name, fetching it first if need be.
pub fn model(arguments: &EngineArguments) -> Result<LoadedModel, CliError> {
    if arguments.model == LoadedModel::COPY {
        return Ok(LoadedModel::copy());
    }
    let hub = hub(&arguments.hub)?;
    let model = hub.model(&arguments.model)?;
    let path = hub.ready(model, arguments.hub.offline, &fetch(&arguments.hub), &Bar::default())?;
    let info = ModelInfo {
        name: model.name.clone(),
        sha256: model.file.sha256.clone(),
        licence: model.licence.clone(),
        pairs: model.directions()?,
    };
    Ok(LoadedModel::load(&model.architecture, &path, info, Prompt::from_manifest(model.manifest()?)?)?)
}

/// A translator with its engine.
pub fn translator(arguments: &EngineArguments) -> Result<Translator, CliError> {
    let engine = Engine::start(model(arguments)?, arguments.options())?;
    tracing::debug!(model = engine.model().name, threads = engine.options().threads, "the engine runs");
    Ok(Translator::new(engine, arguments.limits()))
}
