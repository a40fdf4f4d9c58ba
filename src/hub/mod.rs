//! Models by name: which there are, whether they are installed, and how they get here. Nothing is used before its
//! digest was checked.

mod adapter;
mod background;
mod catalog;
mod fetch;
mod folder;
mod install;
mod lock;
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
    catalog::{Catalog, CatalogError, CatalogRepository, Chunk, Model, ModelFile},
    fetch::{Fetch, PipFetch},
    folder::ModelFolder,
    install::{Progress, sha256_file},
    lock::Lock,
    reference::{ModelReference, ReferenceError, Repository, is_gguf, served_name},
    remote::Remote,
    snapshot::Snapshot,
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

/// What a reference names, whether it is here or not.
#[derive(Debug, Clone)]
pub enum Found<'a> {
    /// A model of the catalogue that is one file.
    File(&'a Model),
    /// A repository of a hub, and what the catalogue says of it if it knows it.
    Repository(Repository, Option<&'a CatalogRepository>),
    /// A folder of the operator's.
    Folder(PathBuf),
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
    pub fn find(&self, reference: &ModelReference) -> Result<Found<'_>, HubError> {
        let mut known = self.catalog.repositories.iter();
        Ok(match reference {
            ModelReference::Folder(path) => Found::Folder(path.clone()),
            ModelReference::Repository(repository) => {
                Found::Repository(repository.clone(), known.find(|known| known.source.is_same(repository)))
            }
            ModelReference::Named(name) => match known.find(|known| known.name == *name) {
                Some(known) => Found::Repository(known.source.clone(), Some(known)),
                None => Found::File(self.model(name)?),
            },
        })
    }

    /// A model that is one file, by name.
    pub fn model(&self, name: &str) -> Result<&Model, HubError> {
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

    /// An adapter of a model by name.
    pub fn adapter(&self, model: &Model, name: &str) -> Result<&CatalogAdapter, HubError> {
        self.adapters(model).find(|adapter| adapter.name == name).ok_or_else(|| HubError::UnknownAdapter {
            model: model.name.clone(),
            name: name.to_owned(),
            known: self.adapters(model).map(|adapter| adapter.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// Where a model's file is or would be.
    pub fn path(&self, model: &Model) -> PathBuf {
        self.folder(model).join(&model.file.name)
    }

    fn folder(&self, model: &Model) -> PathBuf {
        self.data_dir.join("models").join(&model.name)
    }

    /// Whether a file lies where the model's file belongs; its content is not looked at.
    pub fn is_installed(&self, model: &Model) -> bool {
        self.path(model).is_file()
    }

    /// Checks size and digest of an installed file and gives its path.
    pub fn verify(&self, model: &Model, progress: &dyn Progress) -> Result<PathBuf, HubError> {
        let path = self.path(model);
        if !path.is_file() {
            return Err(self.not_installed(&model.name, false));
        }
        install::verify(&path, &model.file, progress)?;
        Ok(path)
    }

    /// Fetches what is missing of a model, checks it and installs it. A file that is there and right stays; one that is
    /// there and wrong is replaced.
    pub fn pull(
        &self,
        model: &Model,
        fetch: &dyn Fetch,
        progress: &dyn Progress,
    ) -> Result<PathBuf, HubError> {
        install::install(&self.folder(model), model, fetch, progress)?;
        Ok(self.path(model))
    }

    /// The checked file of a model that is about to be loaded. Fetches it if it is not there, unless `offline`; a file that
    /// is wrong is an error.
    pub fn ready(
        &self,
        model: &Model,
        offline: bool,
        fetch: &dyn Fetch,
        progress: &dyn Progress,
    ) -> Result<PathBuf, HubError> {
        if self.is_installed(model) {
            return self.verify(model, progress);
        }
        if offline {
            return Err(self.not_installed(&model.name, offline));
        }
        self.pull(model, fetch, progress)
    }

    /// Where a repository's files are or would be.
    pub fn snapshot_folder(&self, repository: &Repository) -> PathBuf {
        self.place(repository).folder
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

    /// Checks a repository's files against the lock that the pull left.
    pub fn verify_snapshot(
        &self,
        repository: &Repository,
        progress: &dyn Progress,
    ) -> Result<Snapshot, HubError> {
        let place = self.place(repository);
        if !place.is_taken() {
            return Err(self.not_installed(&repository.to_string(), false));
        }
        place.verify(progress)
    }

    /// Fetches what is missing or damaged of a repository, checks it and installs it. What was pulled under this
    /// reference before stays at its commit; a hub that has something else there now is an error.
    pub fn pull_snapshot(
        &self,
        repository: &Repository,
        remote: &Remote,
        progress: &dyn Progress,
    ) -> Result<Snapshot, HubError> {
        self.place(repository).pull(remote, progress)
    }

    /// The checked files of a repository whose model is about to be loaded. Fetches them if they are not there, unless
    /// `offline`; a file that is wrong is an error.
    pub fn ready_snapshot(
        &self,
        repository: &Repository,
        offline: bool,
        remote: &Remote,
        progress: &dyn Progress,
    ) -> Result<Snapshot, HubError> {
        match self.place(repository) {
            place if place.is_taken() => place.verify(progress),
            _ if offline => Err(self.not_installed(&repository.to_string(), offline)),
            place => place.pull(remote, progress),
        }
    }

    fn snapshots(&self) -> PathBuf {
        self.data_dir.join("models").join("hf")
    }

    fn place(&self, repository: &Repository) -> Place {
        Place::new(self.snapshots(), repository)
    }

    fn not_installed(&self, model: &str, offline: bool) -> HubError {
        HubError::NotInstalled { model: model.to_owned(), folder: self.data_dir.clone(), offline }
    }
}
