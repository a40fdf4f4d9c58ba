//! The loaded models of a server, each with an engine of its own, and which of them a request goes to.

use std::{collections::BTreeSet, sync::Arc};

use super::Translator;
use crate::lang::Pair;

/// Why models cannot be served side by side.
#[derive(Debug, thiserror::Error)]
pub enum TranslatorsError {
    #[error("no model is loaded")]
    None,
    #[error("two models are called {0:?}; requests could not tell them apart")]
    SameName(String),
}

/// At least one model, each by a name of its own. Cheap to clone.
#[derive(Clone)]
pub struct Translators {
    all: Arc<[Translator]>,
}

impl Translators {
    /// The first one serves the requests that name no model.
    pub fn new(all: Vec<Translator>) -> Result<Self, TranslatorsError> {
        if all.is_empty() {
            return Err(TranslatorsError::None);
        }
        let mut names = BTreeSet::new();
        match all.iter().find(|translator| !names.insert(translator.name())) {
            Some(twin) => Err(TranslatorsError::SameName(twin.name().to_owned())),
            None => Ok(Self { all: all.into() }),
        }
    }

    /// All of them, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &Translator> {
        self.all.iter()
    }

    /// The model that serves the requests that name none.
    pub fn first(&self) -> &Translator {
        &self.all[0]
    }

    /// The model of this name; the first one for an empty name.
    pub fn named(&self, name: &str) -> Option<&Translator> {
        if name.is_empty() { Some(self.first()) } else { self.iter().find(|other| other.name() == name) }
    }

    /// The directions that any of them translates.
    pub fn pairs(&self) -> BTreeSet<Pair> {
        self.iter().flat_map(|translator| translator.engine().model().pairs.iter().copied()).collect()
    }
}
