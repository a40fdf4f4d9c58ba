//! A package is the set of files of one model, installed or not; a supply is where missing packages come from.

use std::{fmt, path::PathBuf};

use super::{Bundle, CatalogRepository, Fetch, Model, Remote, Repository};

/// The files of one model, as a model reference names them.
#[derive(Debug, Clone)]
pub enum Package<'a> {
    /// A single-file model of the catalogue.
    File(&'a Model),
    /// A repository on a hub, with its catalogue entry if it has one.
    Repository(Repository, Option<&'a CatalogRepository>),
    /// A bundle of the catalogue.
    Bundle(&'a Bundle),
    /// The user's own folder or GGUF file.
    Own(PathBuf),
}

impl fmt::Display for Package<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(model) => out.write_str(&model.name),
            Self::Repository(repository, _) => repository.fmt(out),
            Self::Bundle(bundle) => out.write_str(&bundle.name),
            Self::Own(path) => path.display().fmt(out),
        }
    }
}

impl Package<'_> {
    /// How large a package is that is not installed, where it comes from, and its licence.
    pub fn offer(&self) -> String {
        let megabytes = |bytes: u64| bytes / 1_000_000;
        match self {
            Self::File(model) => {
                format!("{} MB from PyPI, licence: {}", megabytes(model.file.bytes), model.licence)
            }
            Self::Repository(repository, known) => {
                let licence = known.map_or("see its card", |known| &known.licence);
                format!("from {repository}, licence: {licence}")
            }
            Self::Bundle(bundle) => {
                let mirror = &bundle.mirror;
                format!(
                    "{} MB from {mirror} or Mozilla's service, licence: {}",
                    megabytes(bundle.bytes()),
                    bundle.licence
                )
            }
            Self::Own(path) => format!("your own {}", path.display()),
        }
    }
}

/// The sources of missing files.
pub struct Supply<'a> {
    /// No downloads: a model that is not installed is an error.
    pub offline: bool,
    /// Source of the wheels that contain the chunks of single-file models.
    pub wheels: Box<dyn Fetch + 'a>,
    /// Returns the hub of the repositories. It reads the access token, so only a pull calls it.
    pub remote: Box<dyn Fn() -> Remote + Sync + 'a>,
    /// Address of Mozilla's service with the records of Firefox's models.
    pub records: String,
}
