//! Models by name: which there are, whether they are installed, and how they get here. Nothing is used before its
//! digest was checked.

mod adapter;
mod catalog;
mod fetch;
mod install;

use std::path::{Path, PathBuf};

pub use self::{
    adapter::{AdapterChoice, AdapterFiles, CatalogAdapter},
    catalog::{Catalog, CatalogError, Chunk, Model, ModelFile},
    fetch::{Fetch, PipFetch},
    install::Progress,
};

/// What can go wrong between a model's name and its file.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("no model is called {name:?}; there are: {known}")]
    UnknownModel { name: String, known: String },
    #[error(
        "{model} has no adapter called {name:?}; there are: {known} (a folder is named with a slash, as in ./{name})"
    )]
    UnknownAdapter { model: String, name: String, known: String },
    #[error("{model} is not installed in {folder}; `triglot models pull {model}` fetches it{offline}", offline = if *.offline { " (not with --offline)" } else { "" })]
    NotInstalled { model: String, folder: PathBuf, offline: bool },
    #[error(
        "{path} is not the file that the catalogue describes: {reason}; remove it or pull the model again"
    )]
    Altered { path: PathBuf, reason: String },
    #[error("{package} could not be fetched: {reason}")]
    Fetch { package: String, reason: String },
    #[error("{archive} is not usable: {reason}")]
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

    /// All models that are known.
    pub fn models(&self) -> &[Model] {
        &self.catalog.models
    }

    /// A model by name.
    pub fn model(&self, name: &str) -> Result<&Model, HubError> {
        self.catalog.models.iter().find(|model| model.name == name).ok_or_else(|| HubError::UnknownModel {
            name: name.to_owned(),
            known: self.catalog.models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join(", "),
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
            return Err(HubError::NotInstalled {
                model: model.name.clone(),
                folder: self.data_dir.clone(),
                offline: false,
            });
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
            return Err(HubError::NotInstalled {
                model: model.name.clone(),
                folder: self.data_dir.clone(),
                offline,
            });
        }
        self.pull(model, fetch, progress)
    }
}
