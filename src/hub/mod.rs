//! Models by name: which there are, whether they are installed, and how they get here. [`Hub::resolve`] answers with the
//! files to load from; nothing is used before its digest was checked.

mod adapter;
mod background;
mod bergamot;
mod catalog;
mod fetch;
mod files;
mod install;
mod lock;
mod package;
mod reference;
mod remote;
mod snapshot;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::snapshot::Place;
pub use self::{
    adapter::{AdapterChoice, AdapterFiles, CatalogAdapter},
    bergamot::BergamotFiles,
    catalog::{Catalog, CatalogError, CatalogRepository, Chunk, Model, ModelFile},
    fetch::{Fetch, PipFetch},
    files::ModelFiles,
    install::Progress,
    lock::Lock,
    package::{Package, Supply},
    reference::{ModelReference, ReferenceError, Repository, is_gguf},
    remote::Remote,
};

/// What can go wrong between a model's name and its files.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(
        "unknown model {name:?}; known models: {known} (or give hf:OWNER/NAME, or a folder with a slash, such as ./{name})"
    )]
    UnknownModel { name: String, known: String },
    #[error(
        "{model} has no adapter {name:?}; known adapters: {known} (or give a folder with a slash, such as ./{name})"
    )]
    UnknownAdapter { model: String, name: String, known: String },
    #[error("{model} is not installed in {folder}; to install it, run `triglot models pull {model}`{offline}", offline = if *.offline { " without --offline" } else { "" })]
    NotInstalled { model: String, folder: PathBuf, offline: bool },
    #[error("cannot use {path}: {reason}")]
    Altered { path: PathBuf, reason: String },
    #[error("{path} is not valid: {reason}; delete its folder and pull the model again")]
    Lock { path: PathBuf, reason: String },
    #[error(
        "{file} of {repository} has changed on the hub since commit {revision} was pulled; your files were not changed"
    )]
    Changed { repository: String, file: String, revision: String },
    #[error("cannot access {repository}: {reason}", reason = if *.token { "the token was rejected, or access has not been granted" } else { "it does not exist, or it is private; set HF_TOKEN to use an access token" })]
    Denied { repository: String, token: bool },
    #[error("{repository} does not exist on {endpoint}")]
    UnknownRepository { repository: String, endpoint: String },
    #[error("cannot set up a connection to {endpoint}: {reason}")]
    Remote { endpoint: String, reason: String },
    #[error("cannot fetch {package}: {reason}")]
    Fetch { package: String, reason: String },
    #[error("cannot use the package {archive}: {reason}")]
    Archive { archive: String, reason: String },
    #[error("{path}: {error}")]
    Io { path: PathBuf, error: std::io::Error },
}

impl HubError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Io { path: path.to_owned(), error }
    }
}

/// The installed models below a data folder.
#[derive(Debug, Clone)]
pub struct Hub {
    catalog: Catalog,
    data_dir: PathBuf,
}

impl Hub {
    /// The built-in catalogue over `data_dir`, which need not exist.
    pub fn new(data_dir: PathBuf) -> Result<Self, HubError> {
        Ok(Self::with_catalog(Catalog::built_in()?, data_dir))
    }

    /// The same for another catalogue.
    pub fn with_catalog(catalog: Catalog, data_dir: PathBuf) -> Self {
        Self { catalog, data_dir }
    }

    /// All models that are known and one file.
    pub fn models(&self) -> &[Model] {
        &self.catalog.models
    }

    /// All models that are known and repositories of a hub.
    pub fn repositories(&self) -> &[CatalogRepository] {
        &self.catalog.repositories
    }

    /// What a reference names.
    pub fn find(&self, reference: &ModelReference) -> Result<Package<'_>, HubError> {
        let mut known = self.catalog.repositories.iter();
        Ok(match reference {
            ModelReference::Folder(path) => Package::Own(path.clone()),
            ModelReference::Repository(repository) => {
                Package::Repository(repository.clone(), known.find(|known| known.source.is_same(repository)))
            }
            ModelReference::Named(name) => match known.find(|known| known.name == *name) {
                Some(known) => Package::Repository(known.source.clone(), Some(known)),
                None => Package::File(self.model(name)?),
            },
        })
    }

    /// A model that is one file, by name.
    fn model(&self, name: &str) -> Result<&Model, HubError> {
        let files = self.catalog.models.iter().map(|model| model.name.as_str());
        let repositories = self.catalog.repositories.iter().map(|known| known.name.as_str());
        self.catalog.models.iter().find(|model| model.name == name).ok_or_else(|| HubError::UnknownModel {
            name: name.to_owned(),
            known: files.chain(repositories).collect::<Vec<_>>().join(", "),
        })
    }

    /// The adapters that are known for a model.
    pub fn adapters(&self, model: &Model) -> impl Iterator<Item = &CatalogAdapter> {
        self.catalog.adapters.iter().filter(|adapter| adapter.model == model.name)
    }

    /// The files of the adapter that a model is to have, if it is to have one.
    pub fn adapter(&self, model: &Model, choice: &AdapterChoice) -> Result<Option<AdapterFiles>, HubError> {
        let name = match choice {
            AdapterChoice::None => None,
            AdapterChoice::Folder(folder) => return AdapterFiles::read(folder).map(Some),
            AdapterChoice::Named(name) => Some(name),
            AdapterChoice::Own => model.adapter.as_ref(),
        };
        let Some(name) = name else { return Ok(None) };
        let adapter = self.adapters(model).find(|adapter| adapter.name == *name);
        let adapter = adapter.ok_or_else(|| HubError::UnknownAdapter {
            model: model.name.clone(),
            name: name.clone(),
            known: self.adapters(model).map(|adapter| adapter.name.as_str()).collect::<Vec<_>>().join(", "),
        })?;
        Ok(Some(adapter.files()?))
    }

    /// Where the files of a package are or would be.
    pub fn path(&self, package: &Package<'_>) -> PathBuf {
        match package {
            Package::File(model) => self.folder(model).join(&model.file.name),
            Package::Repository(repository, _) => self.place(repository).folder,
            Package::Own(path) => path.clone(),
        }
    }

    /// Whether something lies where the files of a package belong; its content is not looked at.
    pub fn is_installed(&self, package: &Package<'_>) -> bool {
        match package {
            Package::File(_) => self.path(package).is_file(),
            Package::Repository(repository, _) => self.place(repository).is_taken(),
            Package::Own(path) => path.exists(),
        }
    }

    /// The files to load a package's model from. What is not here is pulled first; a file that is wrong is an error.
    pub fn resolve(
        &self,
        package: &Package<'_>,
        supply: &Supply<'_>,
        progress: &dyn Progress,
    ) -> Result<ModelFiles, HubError> {
        match package {
            Package::File(model) => {
                let installed = self.is_installed(package);
                if !installed {
                    self.pull(package, supply, progress)?;
                }
                Ok(ModelFiles {
                    name: model.name.clone(),
                    path: self.path(package),
                    architecture: Some(model.architecture.clone()),
                    sha256: model.file.sha256.clone(),
                    licence: model.licence.clone(),
                    pairs: model.directions()?,
                    manifest: model.manifest()?,
                    common: model.common()?,
                    // A pull has checked what it brought.
                    unchecked: installed.then(|| model.file.clone()),
                })
            }
            Package::Repository(repository, known) => {
                let place = self.place(repository);
                let lock = match place.is_taken() {
                    true => place.verify(progress)?,
                    false if supply.offline => return Err(self.not_installed(package, true)),
                    false => place.pull(&(supply.remote)(), progress)?,
                };
                let name = known.filter(|known| known.source == *repository);
                let name = name.map_or_else(|| repository.to_string(), |known| known.name.clone());
                ModelFiles::locked(name, place.folder, self.licence(&lock), &lock)
            }
            Package::Own(path) => ModelFiles::own(path, progress),
        }
    }

    /// Checks the files of a package against the catalogue, or against the lock that a pull left, which is given back.
    pub fn verify(&self, package: &Package<'_>, progress: &dyn Progress) -> Result<Option<Lock>, HubError> {
        self.check(package, false, progress)
    }

    /// Fetches what is missing or damaged of a package, checks it and installs it; when offline, it only checks. A repository
    /// that was pulled before stays at its commit, which its lock says; a hub that has something else there now is an error.
    pub fn pull(
        &self,
        package: &Package<'_>,
        supply: &Supply<'_>,
        progress: &dyn Progress,
    ) -> Result<Option<Lock>, HubError> {
        match package {
            _ if supply.offline => self.check(package, true, progress),
            Package::File(model) => {
                install::install(&self.folder(model), model, &*supply.wheels, progress)?;
                Ok(None)
            }
            Package::Repository(repository, _) => {
                self.place(repository).pull(&(supply.remote)(), progress).map(Some)
            }
            Package::Own(_) => self.check(package, false, progress),
        }
    }

    fn check(
        &self,
        package: &Package<'_>,
        offline: bool,
        progress: &dyn Progress,
    ) -> Result<Option<Lock>, HubError> {
        match package {
            Package::Own(folder) => Lock::open(folder, progress).map(Some),
            _ if !self.is_installed(package) => Err(self.not_installed(package, offline)),
            Package::File(model) => {
                install::verify(&self.path(package), &model.file, progress)?;
                Ok(None)
            }
            Package::Repository(repository, _) => self.place(repository).verify(progress).map(Some),
        }
    }

    /// What was pulled of a repository, unchecked; `None` if nothing was.
    pub fn pulled(&self, repository: &Repository) -> Result<Option<Lock>, HubError> {
        let place = self.place(repository);
        if place.is_taken() { place.lock().map(Some) } else { Ok(None) }
    }

    /// The licence of what was pulled: as the catalogue has it, or as the model card says; empty if neither does.
    pub fn licence(&self, lock: &Lock) -> String {
        let known = self.catalog.repositories.iter().find(|known| known.source.is_same(&lock.source));
        known.map_or_else(|| lock.licence.clone(), |known| known.licence.clone())
    }

    /// All repositories that were pulled, unchecked, by name. What is no snapshot of ours is left out.
    pub fn all_pulled(&self) -> Vec<Lock> {
        let Ok(entries) = fs::read_dir(self.snapshots()) else { return Vec::new() };
        let locks = entries.filter_map(|entry| Lock::read(&entry.ok()?.path()).ok());
        let mut locks: Vec<Lock> = locks.filter(|lock| self.place(&lock.source).is_taken()).collect();
        locks.sort_by_key(|lock| lock.source.to_string());
        locks
    }

    fn folder(&self, model: &Model) -> PathBuf {
        self.data_dir.join("models").join(&model.name)
    }

    fn snapshots(&self) -> PathBuf {
        self.data_dir.join("models").join("hf")
    }

    fn place(&self, repository: &Repository) -> Place {
        Place::new(self.snapshots(), repository)
    }

    fn not_installed(&self, package: &Package<'_>, offline: bool) -> HubError {
        HubError::NotInstalled { model: package.to_string(), folder: self.data_dir.clone(), offline }
    }
}
