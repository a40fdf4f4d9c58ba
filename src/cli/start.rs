//! From arguments to running engines: fetch and check the model, merge its adapters, load, start the workers.

use sha2::{Digest, Sha256};

use super::{CliError, progress::Bar};
use crate::{
    config::{EngineArguments, HubArguments},
    engine::{AdapterInfo, Engine, LoadedModel, ModelInfo, Prompt},
    hub::{AdapterChoice, AdapterFiles, Hub, Model, PipFetch},
    model::adapter::Adapter,
    translate::{Translator, Translators},
};

/// The models of the data folder.
pub fn hub(arguments: &HubArguments) -> Result<Hub, CliError> {
    Ok(Hub::new(arguments.data_dir())?)
}

/// The client that fetches.
pub fn fetch(arguments: &HubArguments) -> PipFetch {
    PipFetch { python: arguments.python.clone() }
}

/// Loads the one model that the arguments name, fetching it first if need be.
pub fn model(arguments: &EngineArguments) -> Result<LoadedModel, CliError> {
    match arguments.adapters.len() {
        0 | 1 => load(arguments, arguments.adapters.first()),
        several => Err(CliError::OneModel(several)),
    }
}

/// A translator with its engine.
pub fn translator(arguments: &EngineArguments) -> Result<Translator, CliError> {
    run(arguments, model(arguments)?)
}

/// A translator for each adapter that the arguments name, or for the one model without any.
pub fn translators(arguments: &EngineArguments) -> Result<Translators, CliError> {
    let several = if arguments.adapters.is_empty() {
        vec![translator(arguments)?]
    } else {
        let load = |choice| run(arguments, load(arguments, Some(choice))?);
        arguments.adapters.iter().map(load).collect::<Result<_, _>>()?
    };
    Ok(Translators::new(several)?)
}

fn run(arguments: &EngineArguments, model: LoadedModel) -> Result<Translator, CliError> {
    let engine = Engine::start(model, arguments.options())?;
    tracing::debug!(model = engine.model().name, threads = engine.options().threads, "the engine runs");
    Ok(Translator::new(engine, arguments.limits()))
}

/// Loads the model with an adapter, its own if none is chosen.
fn load(arguments: &EngineArguments, adapter: Option<&AdapterChoice>) -> Result<LoadedModel, CliError> {
    if arguments.model == LoadedModel::COPY {
        return Ok(LoadedModel::copy());
    }
    let hub = hub(&arguments.hub)?;
    let model = hub.model(&arguments.model)?;
    // First what is quickly seen to be wrong.
    let adapter = chosen(&hub, model, adapter)?;
    let path = hub.ready(model, arguments.hub.offline, &fetch(&arguments.hub), &Bar::default())?;
    let manifest = adapter.as_ref().and_then(|adapter| adapter.files.manifest.as_deref());
    let prompt = match (manifest, &adapter) {
        (Some(manifest), _) => Prompt::from_manifest(manifest)?,
        (None, Some(_)) => Prompt::from_manifest(model.manifest()?)?.without_examples(),
        (None, None) => Prompt::from_manifest(model.manifest()?)?,
    };
    let info = ModelInfo {
        name: adapter
            .as_ref()
            .map_or_else(|| model.name.clone(), |adapter| format!("{}+{}", model.name, adapter.name)),
        sha256: model.file.sha256.clone(),
        licence: model.licence.clone(),
        pairs: model.directions()?,
        adapter: adapter.as_ref().map(Chosen::info),
    };
    let adapter = adapter.map(Chosen::parse).transpose()?;
    Ok(LoadedModel::load(&model.architecture, &path, adapter.as_ref(), info, prompt)?)
}

/// An adapter that was found.
struct Chosen {
    name: String,
    licence: String,
    files: AdapterFiles,
}

fn chosen(hub: &Hub, model: &Model, choice: Option<&AdapterChoice>) -> Result<Option<Chosen>, CliError> {
    let name = match choice {
        Some(AdapterChoice::None) => return Ok(None),
        Some(AdapterChoice::Folder(folder)) => {
            let name =
                folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            return Ok(Some(Chosen { name, licence: String::new(), files: AdapterFiles::read(folder)? }));
        }
        Some(AdapterChoice::Named(name)) => Some(name),
        None => model.adapter.as_ref(),
    };
    let Some(name) = name else { return Ok(None) };
    let adapter = hub.adapter(model, name)?;
    Ok(Some(Chosen { name: name.clone(), licence: adapter.licence.clone(), files: adapter.files()? }))
}

impl Chosen {
    fn info(&self) -> AdapterInfo {
        let digest = Sha256::digest(&self.files.weights);
        AdapterInfo {
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            licence: self.licence.clone(),
        }
    }

    fn parse(self) -> Result<Adapter, CliError> {
        let adapter = Adapter::parse(&self.files.config, &self.files.weights)
            .map_err(|error| CliError::Adapter { name: self.name.clone(), error })?;
        if !adapter.names_base() {
            tracing::warn!(
                adapter = self.name,
                "the adapter does not say which model file it was made for; only its shapes are checked"
            );
        }
        Ok(adapter)
    }
}
