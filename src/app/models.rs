//! Finds the models in the arguments, checks them, loads them in parallel, and starts their engines.

use std::{num::NonZeroUsize, thread::available_parallelism};

use rayon::prelude::*;

use super::{AppError, check, default_model, progress::Bar};
use crate::{
    config::{
        DEFAULT_MODEL, EngineArguments, GlossaryFileArguments, HubArguments, MemoryArguments,
        MemoryFileArguments,
    },
    engine::{Cores, Engine, EngineOptions, LoadedModel},
    glossary::GlossaryFile,
    hub::{AdapterChoice, AdapterFiles, Bundle, Hub, ModelReference, Package, PipFetch, Remote, Supply},
    loader::{self, Family},
    memory::MemoryFile,
    model::{gpu::gpu, linear::Precision},
    text::Limits,
    translate::{Glossaries, Memory, Translator, TranslatorError},
};

/// Opens the data folder.
pub fn hub(arguments: &HubArguments) -> Result<Hub, AppError> {
    Ok(Hub::new(arguments.data_dir())?)
}

/// The sources of missing models.
pub fn supply(arguments: &HubArguments) -> Supply<'static> {
    Supply {
        offline: arguments.offline,
        wheels: Box::new(PipFetch { python: arguments.python.clone() }),
        remote: Box::new(Remote::from_environment),
        records: arguments.firefox_records.clone(),
    }
}

/// Loads the only model in the arguments, and fetches it first if it is missing; without a name, the built-in one.
///
/// # Errors
/// When the arguments name several models or adapters.
pub fn model(arguments: &EngineArguments, cores: &Cores) -> Result<LoadedModel, AppError> {
    let built_in = [ModelReference::Named(DEFAULT_MODEL.to_owned())];
    let references = match arguments.named_models() {
        [] => &built_in,
        named => named,
    };
    let several = references.len().max(arguments.adapters.len());
    if several > 1 {
        return Err(AppError::OneModel(several));
    }
    let models = models(arguments, references, cores)?;
    let several = models.len();
    let [model] = <[LoadedModel; 1]>::try_from(models).map_err(|_| AppError::OneModel(several))?;
    Ok(model)
}

/// Loads all models in the arguments, or else the default one, starts an engine for each, and opens the memory.
pub fn translator(arguments: &EngineArguments) -> Result<Translator, AppError> {
    // First, because it may fail and models take seconds.
    let (memory, glossaries) = (memory(&arguments.memory)?, glossaries(&arguments.glossaries)?);
    Ok(bare(arguments)?.with_memory(memory).with_glossaries(glossaries))
}

/// A translator without a memory and glossaries.
fn bare(arguments: &EngineArguments) -> Result<Translator, AppError> {
    match arguments.named_models() {
        [] => default_model::translator(arguments),
        references => start(arguments, references),
    }
}

/// The memory of the arguments, with its file open.
fn memory(arguments: &MemoryArguments) -> Result<Memory, AppError> {
    let memory = Memory::new(arguments.memory_bytes);
    let MemoryFileArguments { memory_file, memory_file_bytes } = &arguments.file;
    Ok(match memory_file {
        Some(path) => memory.with_file(MemoryFile::open(path, *memory_file_bytes)?),
        None => memory,
    })
}

/// The glossaries of the arguments, with their file open.
fn glossaries(
    GlossaryFileArguments { glossary_file }: &GlossaryFileArguments,
) -> Result<Glossaries, AppError> {
    Ok(Glossaries::new(glossary_file.as_deref().map(GlossaryFile::open).transpose()?))
}

/// Like [`translator`], but without blocking the runtime: loading takes seconds.
pub async fn load(arguments: &EngineArguments) -> Result<Translator, AppError> {
    let arguments = arguments.clone();
    tokio::task::spawn_blocking(move || translator(&arguments)).await?
}

/// Like [`load`], but keeps the memory and the glossaries of a translator, whose files are open.
pub async fn load_again(arguments: &EngineArguments, old: &Translator) -> Result<Translator, AppError> {
    let arguments = arguments.clone();
    let translator = tokio::task::spawn_blocking(move || bare(&arguments)).await??;
    Ok(translator.with_memory(old.memory().clone()).with_glossaries(old.glossaries().clone()))
}

/// Like [`load`], but does not check models that the arguments name. `triglot models check` does that itself.
pub async fn load_unchecked(arguments: &EngineArguments) -> Result<Translator, AppError> {
    let arguments = arguments.clone();
    let load = move || match arguments.named_models() {
        [] => default_model::translator(&arguments),
        references => start_unchecked(&arguments, references),
    };
    tokio::task::spawn_blocking(load).await?
}

/// Loads models and starts an engine for each. Bundles that have not passed their check yet must pass it.
pub(super) fn start(
    arguments: &EngineArguments,
    references: &[ModelReference],
) -> Result<Translator, AppError> {
    let translator = start_unchecked(arguments, references)?;
    let hub = hub(&arguments.hub)?;
    let members: Vec<_> = references.iter().flat_map(|reference| hub.members(reference)).collect();
    let is_member = |bundle: &&Bundle| members.contains(&ModelReference::Named(bundle.name.clone()));
    for bundle in hub.bundles().iter().filter(is_member).filter(|bundle| !hub.is_checked(bundle)) {
        if let Some(translator) = translator.only(&bundle.name) {
            check::pass(&translator, &bundle.name)?;
            hub.set_checked(bundle);
        }
    }
    Ok(translator)
}

/// Loads an installed bundle and checks its translations, unless it has passed already.
///
/// # Errors
/// When the bundle cannot run or does not pass.
pub fn try_out(hub: &Hub, bundle: &Bundle, supply: &Supply<'_>) -> Result<(), AppError> {
    if hub.is_checked(bundle) {
        return Ok(());
    }
    let files = hub.resolve(&Package::Bundle(bundle), supply, &Bar::default())?;
    let cores = Cores::new(available_parallelism().map_or(1, NonZeroUsize::get))?;
    let model = cores.run(|| loader::load(&files, None, None, Precision::Int8))?;
    let options = EngineOptions { cores, batch_rows: 32, step_tokens: 512, queue_tokens: 1 << 17 };
    let engine = Engine::start(model, options)?;
    check::pass(&Translator::new(vec![engine], Limits::default())?, &bundle.name)?;
    hub.set_checked(bundle);
    Ok(())
}

fn start_unchecked(
    arguments: &EngineArguments,
    references: &[ModelReference],
) -> Result<Translator, AppError> {
    let cores = Cores::new(arguments.threads())?;
    let engines = models(arguments, references, &cores)?.into_iter().map(|model| {
        let engine = Engine::start(model, arguments.options(cores.clone()))?;
        tracing::debug!(model = engine.model().name, threads = cores.threads(), "started the engine");
        Ok(engine)
    });
    Ok(Translator::new(engines.collect::<Result<_, AppError>>()?, arguments.limits())?)
}

/// Loads the models in parallel, each with all of its adapters; returns them in the order of the references.
fn models(
    arguments: &EngineArguments,
    references: &[ModelReference],
    cores: &Cores,
) -> Result<Vec<LoadedModel>, AppError> {
    let device = arguments.gpu.then(gpu).transpose()?;
    let hub = hub(&arguments.hub)?;
    // Checks that need no download come first.
    let references: Vec<ModelReference> =
        references.iter().flat_map(|reference| hub.members(reference)).collect();
    let is_repeated = |index: &usize| references[..*index].contains(&references[*index]);
    if let Some(twin) = (0..references.len()).find(is_repeated) {
        return Err(TranslatorError::SameName(references[twin].to_string()).into());
    }
    let found = references.iter().map(|reference| find(&hub, arguments, reference));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let is_named = |choice: &AdapterChoice| !matches!(choice, AdapterChoice::Own | AdapterChoice::None);
    if arguments.adapters.iter().any(is_named) && !found.iter().any(Found::takes_adapters) {
        let names = references.iter().map(ToString::to_string).collect::<Vec<_>>();
        return Err(AppError::NoAdapters(names.join(", ")));
    }
    let supply = supply(&arguments.hub);
    let load = |found: Found<'_>| {
        let Found::Package { package, adapters, .. } = found else { return Ok(vec![LoadedModel::copy()]) };
        let bar = Bar::default();
        let files = hub.resolve(&package, &supply, &bar)?;
        let loaded = files.checked(&bar, |files| {
            let load = |adapter| loader::load(files, adapter, device.as_ref(), arguments.precision());
            adapters.into_iter().map(load).collect::<Result<Vec<_>, _>>()
        })?;
        Ok(loaded?)
    };
    // Packing the weights uses the same threads as decoding.
    let loaded: Vec<_> = cores.run(|| found.into_par_iter().map(load).collect::<Result<_, AppError>>())?;
    Ok(loaded.into_iter().flatten().collect())
}

/// A model to load.
enum Found<'a> {
    /// The copying model, which has no files.
    Copy,
    /// A package, to load once with each adapter.
    Package { package: Package<'a>, family: Option<Family>, adapters: Vec<Option<AdapterFiles>> },
}

impl Found<'_> {
    fn takes_adapters(&self) -> bool {
        matches!(self, Self::Package { family: Some(family), .. } if family.takes_adapters())
    }
}

fn find<'a>(
    hub: &'a Hub,
    arguments: &EngineArguments,
    reference: &ModelReference,
) -> Result<Found<'a>, AppError> {
    if matches!(reference, ModelReference::Named(name) if name == LoadedModel::COPY) {
        return Ok(Found::Copy);
    }
    let package = hub.find(reference)?;
    let family = Family::expected(&package)?;
    if arguments.gpu && !family.is_some_and(Family::runs_on_gpu) {
        return Err(AppError::NoGpu(reference.to_string()));
    }
    let adapters = match &package {
        Package::File(model) if family.is_some_and(Family::takes_adapters) => {
            let adapters = arguments.adapters.iter().map(|choice| hub.adapter(model, choice));
            adapters.collect::<Result<_, _>>()?
        }
        _ => vec![None],
    };
    Ok(Found::Package { package, family, adapters })
}
