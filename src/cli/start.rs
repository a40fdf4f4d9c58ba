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
    match arguments.adapters.as_slice() {
        [] => load(arguments, &AdapterChoice::Own),
        [adapter] => load(arguments, adapter),
        several => Err(CliError::OneModel(several.len())),
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
        let load = |choice| run(arguments, load(arguments, choice)?);
        arguments.adapters.iter().map(load).collect::<Result<_, _>>()?
    };
    Ok(Translators::new(several)?)
}

fn run(arguments: &EngineArguments, model: LoadedModel) -> Result<Translator, CliError> {
    let engine = Engine::start(model, arguments.options())?;
    tracing::debug!(model = engine.model().name, threads = engine.options().threads, "the engine runs");
    Ok(Translator::new(engine, arguments.limits()))
}

/// Loads the model with an adapter.
fn load(arguments: &EngineArguments, adapter: &AdapterChoice) -> Result<LoadedModel, CliError> {
    if arguments.model == LoadedModel::COPY {
        return match adapter {
            AdapterChoice::Own | AdapterChoice::None => Ok(LoadedModel::copy()),
            _ => Err(CliError::NoWeights),
        };
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
    // Packing the weights is work for as many threads as decoding is.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.options().threads).build();
    let pool = pool.map_err(std::io::Error::other)?;
    Ok(pool.install(|| LoadedModel::load(&model.architecture, &path, adapter.as_ref(), info, prompt))?)
}

/// An adapter that was found.
struct Chosen {
    name: String,
    licence: String,
    files: AdapterFiles,
}

fn chosen(hub: &Hub, model: &Model, choice: &AdapterChoice) -> Result<Option<Chosen>, CliError> {
    let name = match choice {
        AdapterChoice::None => return Ok(None),
        AdapterChoice::Folder(folder) => {
            // So that "./" has a name as well.
            let whole = folder.canonicalize();
            let whole = whole.map_err(|error| CliError::File { path: folder.clone(), error })?;
            let name = whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            return Ok(Some(Chosen { name, licence: String::new(), files: AdapterFiles::read(folder)? }));
        }
        AdapterChoice::Named(name) => Some(name),
        AdapterChoice::Own => model.adapter.as_ref(),
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
