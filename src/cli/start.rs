//! From arguments to running engines: fetch and check the models, merge their adapters, load, start the workers.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use candle_core::Device;
use rayon::prelude::*;

use super::{CliError, progress::Bar};
use crate::{
    config::{EngineArguments, HubArguments},
    engine::{AdapterInfo, CommonTokens, Cores, Engine, LoadError, LoadedModel, Manifest, ModelInfo},
    hub::{
        AdapterChoice, AdapterFiles, CatalogRepository, Found, Hub, Model, ModelFolder, ModelReference,
        PipFetch, Remote, Repository, is_gguf, served_name, sha256_file,
    },
    model::{adapter::Adapter, gpu::gpu},
    translate::{Translator, TranslatorError},
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
pub fn model(arguments: &EngineArguments, cores: &Cores) -> Result<LoadedModel, CliError> {
    let several = arguments.models().len().max(arguments.adapters.len());
    if several > 1 {
        return Err(CliError::OneModel(several));
    }
    let [model] =
        <[LoadedModel; 1]>::try_from(models(arguments, cores)?).map_err(|_| CliError::OneModel(several))?;
    Ok(model)
}

/// Loads all models that the arguments name, and starts an engine for each.
pub fn translator(arguments: &EngineArguments) -> Result<Translator, CliError> {
    let cores = Cores::new(arguments.threads())?;
    let engines = models(arguments, &cores)?.into_iter().map(|model| {
        let engine = Engine::start(model, arguments.options(cores.clone()))?;
        tracing::debug!(model = engine.model().name, threads = cores.threads(), "started the engine");
        Ok(engine)
    });
    Ok(Translator::new(engines.collect::<Result<_, CliError>>()?, arguments.limits())?)
}

/// Loads the models side by side, each with all of its adapters, in the order of the arguments.
fn models(arguments: &EngineArguments, cores: &Cores) -> Result<Vec<LoadedModel>, CliError> {
    let device = arguments.gpu.then(gpu).transpose()?;
    let hub = hub(&arguments.hub)?;
    // First what is quickly seen to be wrong.
    let references = arguments.models();
    let again = |index: &usize| references[..*index].contains(&references[*index]);
    if let Some(twin) = (0..references.len()).find(again) {
        return Err(TranslatorError::SameName(references[twin].to_string()).into());
    }
    let found = references.iter().map(|reference| find(&hub, arguments, reference));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let asked = |choice: &&AdapterChoice| !matches!(choice, AdapterChoice::Own | AdapterChoice::None);
    if arguments.adapters.iter().any(|choice| asked(&choice)) && !found.iter().any(Source::takes_adapters) {
        let names = references.iter().map(ToString::to_string).collect::<Vec<_>>();
        return Err(CliError::NoAdapters(names.join(", ")));
    }
    // Packing the weights is work for as many threads as decoding is.
    let load = |source: Source<'_>| match source {
        Source::Copy => Ok(vec![LoadedModel::copy()]),
        Source::File(model, adapters) => file(&hub, arguments, model, adapters, device.as_ref()),
        Source::Repository(repository, known) => {
            folder(arguments, pulled(&hub, arguments, &repository, known)?)
        }
        Source::Folder(path) => folder(arguments, ModelFolder::open(&path, &Bar::default())?),
        Source::Chat(path) => Ok(vec![chat(&path)?]),
    };
    let loaded: Vec<_> = cores.run(|| found.into_par_iter().map(load).collect::<Result<_, CliError>>())?;
    Ok(loaded.into_iter().flatten().collect())
}

/// Where a model comes from.
enum Source<'a> {
    Copy,
    /// A model of the catalogue, once with each adapter.
    File(&'a Model, Vec<Option<Chosen>>),
    Repository(Repository, Option<&'a CatalogRepository>),
    Folder(PathBuf),
    /// The operator's GGUF file.
    Chat(PathBuf),
}

impl Source<'_> {
    fn takes_adapters(&self) -> bool {
        matches!(self, Self::File(model, _) if model.takes_adapters())
    }
}

fn find<'a>(
    hub: &'a Hub,
    arguments: &EngineArguments,
    reference: &ModelReference,
) -> Result<Source<'a>, CliError> {
    if matches!(reference, ModelReference::Named(name) if name == LoadedModel::COPY) {
        return Ok(Source::Copy);
    }
    match hub.find(reference)? {
        Found::File(model) if model.takes_adapters() => {
            let adapters = arguments.adapters.iter().map(|choice| chosen(hub, model, choice));
            Ok(Source::File(model, adapters.collect::<Result<_, _>>()?))
        }
        _ if arguments.gpu => Err(CliError::NoGpu(reference.to_string())),
        Found::File(model) => Ok(Source::File(model, vec![None])),
        Found::Repository(repository, known) => Ok(Source::Repository(repository, known)),
        Found::Folder(path) if is_gguf(&path) => Ok(Source::Chat(path)),
        Found::Folder(path) => Ok(Source::Folder(path)),
    }
}

/// Loads a model of one file, which is fetched or checked first.
fn file(
    hub: &Hub,
    arguments: &EngineArguments,
    model: &Model,
    adapters: Vec<Option<Chosen>>,
    device: Option<&Device>,
) -> Result<Vec<LoadedModel>, CliError> {
    let load = |path: &Path| adapters.into_iter().map(|adapter| load(model, path, adapter, device)).collect();
    if !hub.is_installed(model) {
        return load(&hub.ready(model, arguments.hub.offline, &fetch(&arguments.hub), &Bar::default())?);
    }
    // Checking takes one core and loading takes what is left; nothing of the model goes to work before both are done.
    let path = hub.path(model);
    let (checked, loaded) = rayon::join(|| hub.verify(model, &Bar::default()), || load(&path));
    checked?;
    loaded
}

/// Loads a model as hubs publish it.
fn folder(arguments: &EngineArguments, folder: ModelFolder) -> Result<Vec<LoadedModel>, CliError> {
    let architecture = folder.architecture()?;
    let ModelFolder { name, path, licence, sha256 } = folder;
    // What it does is found in its folder.
    let (pairs, summarises) = (BTreeSet::new(), BTreeSet::new());
    let info = ModelInfo { name, sha256, licence, pairs, summarises, adapter: None };
    match architecture.as_str() {
        "marian" => Ok(vec![LoadedModel::marian(&path, info, arguments.precision())?]),
        "t5" | "mt5" => Ok(vec![LoadedModel::t5(&path, info, arguments.precision())?]),
        other => Err(LoadError::Architecture(other.to_owned()).into()),
    }
}

/// Loads a chat model from the operator's file.
fn chat(path: &Path) -> Result<LoadedModel, CliError> {
    let name = served_name(path);
    let sha256 = sha256_file(path, &Bar::default())?;
    let (pairs, summarises) = (BTreeSet::new(), BTreeSet::new());
    let info = ModelInfo { name, sha256, licence: String::new(), pairs, summarises, adapter: None };
    Ok(LoadedModel::chat(path, info)?)
}

/// The checked folder of a repository, fetched first if need be.
fn pulled(
    hub: &Hub,
    arguments: &EngineArguments,
    repository: &Repository,
    known: Option<&CatalogRepository>,
) -> Result<ModelFolder, CliError> {
    if let Some(known) =
        known.filter(|known| !LoadedModel::runs(&known.architecture, !known.pairs.is_empty()))
    {
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
    let info = ModelInfo {
        name: adapter
            .as_ref()
            .map_or_else(|| model.name.clone(), |adapter| format!("{}+{}", model.name, adapter.name)),
        sha256: model.file.sha256.clone(),
        licence: model.licence.clone(),
        pairs: model.directions()?,
        summarises: BTreeSet::new(),
        adapter: adapter.as_ref().map(Chosen::info),
    };
    let Some(own) = model.manifest()? else {
        return Ok(LoadedModel::chat(path, info)?);
    };
    let manifest = adapter.as_ref().and_then(|adapter| adapter.files.manifest.as_deref());
    let manifest = match (manifest, &adapter) {
        (Some(manifest), _) => Manifest::parse(manifest)?,
        (None, Some(_)) => Manifest::parse(own)?.without_examples(),
        (None, None) => Manifest::parse(own)?,
    };
    let adapter = adapter.map(Chosen::parse).transpose()?;
    let common = model.common()?.map(CommonTokens);
    Ok(LoadedModel::load(&model.architecture, path, adapter.as_ref(), common, info, manifest, device)?)
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
                "the adapter does not name the model file that it was made for; only its shapes are checked"
            );
        }
        Ok(adapter)
    }
}
