//! From arguments to running engines: fetch and check the model, merge its adapters, load, start the workers.

use std::{collections::BTreeSet, path::Path};

use candle_core::Device;

use super::{CliError, progress::Bar};
use crate::{
    config::{EngineArguments, HubArguments},
    engine::{AdapterInfo, CommonTokens, Engine, LoadError, LoadedModel, ModelInfo, Prompt},
    hub::{
        AdapterChoice, AdapterFiles, CatalogRepository, Found, Hub, Model, ModelFolder, ModelReference,
        PipFetch, Remote, Repository,
    },
    model::{adapter::Adapter, gpu::gpu},
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
    let several = arguments.adapters.len();
    if several > 1 {
        return Err(CliError::OneModel(several));
    }
    let [model] =
        <[LoadedModel; 1]>::try_from(models(arguments)?).map_err(|_| CliError::OneModel(several))?;
    Ok(model)
}

/// A translator with its engine.
pub fn translator(arguments: &EngineArguments) -> Result<Translator, CliError> {
    run(arguments, model(arguments)?)
}

/// A translator for each adapter that the arguments name.
pub fn translators(arguments: &EngineArguments) -> Result<Translators, CliError> {
    let models = models(arguments)?.into_iter();
    Ok(Translators::new(models.map(|model| run(arguments, model)).collect::<Result<_, _>>()?)?)
}

fn run(arguments: &EngineArguments, model: LoadedModel) -> Result<Translator, CliError> {
    let engine = Engine::start(model, arguments.options())?;
    tracing::debug!(model = engine.model().name, threads = engine.options().threads, "the engine runs");
    Ok(Translator::new(engine, arguments.limits()))
}

/// Loads the model with each of the adapters.
fn models(arguments: &EngineArguments) -> Result<Vec<LoadedModel>, CliError> {
    let device = arguments.gpu.then(gpu).transpose()?;
    if matches!(&arguments.model, ModelReference::Named(name) if name == LoadedModel::COPY) {
        let copy = |adapter: &AdapterChoice| match adapter {
            AdapterChoice::Own | AdapterChoice::None => Ok(LoadedModel::copy()),
            _ => Err(CliError::NoWeights),
        };
        return arguments.adapters.iter().map(copy).collect();
    }
    // Packing the weights is work for as many threads as decoding is.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.options().threads).build();
    let pool = pool.map_err(std::io::Error::other)?;
    let hub = hub(&arguments.hub)?;
    let model = match hub.find(&arguments.model)? {
        Found::File(model) => model,
        Found::Repository(repository, known) => {
            return pool.install(|| folder(arguments, || pulled(&hub, arguments, &repository, known)));
        }
        Found::Folder(path) => {
            return pool.install(|| folder(arguments, || Ok(ModelFolder::open(&path, &Bar::default())?)));
        }
    };
    // First what is quickly seen to be wrong.
    let adapters = arguments.adapters.iter().map(|choice| chosen(&hub, model, choice));
    let adapters = adapters.collect::<Result<Vec<_>, _>>()?;
    let load = |path: &Path| {
        adapters.into_iter().map(|adapter| load(model, path, adapter, device.as_ref())).collect()
    };
    if !hub.is_installed(model) {
        let path = hub.ready(model, arguments.hub.offline, &fetch(&arguments.hub), &Bar::default())?;
        return pool.install(|| load(&path));
    }
    // Checking takes one core and loading takes what is left; nothing of the model goes to work before both are done.
    let path = hub.path(model);
    let check = || hub.verify(model, &Bar::default());
    let (checked, loaded) = pool.install(|| rayon::join(check, || load(&path)));
    checked?;
    loaded
}

/// Loads a model as hubs publish it, once `find` has found its folder.
fn folder(
    arguments: &EngineArguments,
    find: impl FnOnce() -> Result<ModelFolder, CliError>,
) -> Result<Vec<LoadedModel>, CliError> {
    if arguments.adapters.iter().any(|choice| !matches!(choice, AdapterChoice::Own | AdapterChoice::None)) {
        return Err(CliError::NoAdapters(arguments.model.to_string()));
    }
    if arguments.gpu {
        return Err(CliError::NoGpu(arguments.model.to_string()));
    }
    let folder = find()?;
    match folder.architecture()?.as_str() {
        "marian" => {
            let ModelFolder { name, path, licence, sha256 } = folder;
            let info = ModelInfo { name, sha256, licence, pairs: BTreeSet::new(), adapter: None };
            Ok(vec![LoadedModel::marian(&path, info, arguments.precision())?])
        }
        other => Err(LoadError::Architecture(other.to_owned()).into()),
    }
}

/// The checked folder of a repository, fetched first if need be.
fn pulled(
    hub: &Hub,
    arguments: &EngineArguments,
    repository: &Repository,
    known: Option<&CatalogRepository>,
) -> Result<ModelFolder, CliError> {
    if let Some(known) = known.filter(|known| !LoadedModel::runs(&known.architecture)) {
        return Err(LoadError::Architecture(known.architecture.clone()).into());
    }
    let offline = arguments.hub.offline;
    let snapshot = hub.ready_snapshot(repository, offline, &Remote::from_environment(), &Bar::default())?;
    let name = known.filter(|known| known.source == *repository);
    let name = name.map_or_else(|| repository.to_string(), |known| known.name.clone());
    Ok(ModelFolder::checked(name, hub.licence(&snapshot.lock), snapshot))
}

/// Loads a model from its checked file.
fn load(
    model: &Model,
    path: &Path,
    adapter: Option<Chosen>,
    device: Option<&Device>,
) -> Result<LoadedModel, CliError> {
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
    let common = model.common()?.map(CommonTokens);
    Ok(LoadedModel::load(&model.architecture, path, adapter.as_ref(), common, info, prompt, device)?)
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
        AdapterInfo { sha256: self.files.sha256(), licence: self.licence.clone() }
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
