//! The registered glossaries that a request names. A glossary is read from its file and stemmed once for each of its revisions.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::task::spawn_blocking;

use super::{Request, Terms, TranslateError};
use crate::{
    database::DatabaseError,
    engine::EngineError,
    fidelity::terms::Glossary,
    glossary::{GlossaryError, GlossaryFile, GlossaryName, Registered},
    lang::Pair,
};

/// Most glossaries of a request.
pub const MOST_NAMED: usize = 16;
/// Terms of the glossaries that are kept ready.
const READY_TERMS: u64 = 100_000;

/// Why a registered glossary cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GlossaryProblem {
    #[error("there are no glossaries: no glossary file is open")]
    NoFile,
    #[error("there is no glossary {0}")]
    Unknown(GlossaryName),
    #[error("the glossary {name} is for {pair}, so it has no terms for this text")]
    Pair { name: GlossaryName, pair: Pair },
    #[error(transparent)]
    Database(DatabaseError),
}

/// The glossaries of a file, if there is one. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Glossaries {
    file: Option<Arc<GlossaryFile>>,
    /// Each with its revision.
    ready: Cache<GlossaryName, (u64, Arc<Glossary>)>,
}

impl Glossaries {
    /// The glossaries of a file; without one, no request can name any.
    pub fn new(file: Option<GlossaryFile>) -> Self {
        let ready = Cache::builder()
            .weigher(|_, (_, glossary): &(u64, Arc<Glossary>)| {
                u32::try_from(glossary.terms().count() + 1).unwrap_or(u32::MAX)
            })
            .max_capacity(READY_TERMS)
            .build();
        Self { file: file.map(Arc::new), ready }
    }

    /// The file.
    pub fn file(&self) -> Option<&Arc<GlossaryFile>> {
        self.file.as_ref()
    }

    /// The terms of a request with those of the glossaries that it names, which come after its own.
    ///
    /// # Errors
    /// [`TranslateError::Glossary`] for the first one that cannot be used.
    pub(super) async fn terms(&self, request: &Request) -> Result<Terms, TranslateError> {
        if request.glossaries.is_empty() {
            return Ok(request.terms.clone());
        }
        let (all, names) = (self.clone(), request.glossaries.clone());
        let (source, target) = (request.source, request.target);
        let read = spawn_blocking(move || {
            let each = names.into_iter().enumerate().map(|(place, name)| {
                let fits =
                    |pair: Pair| source.is_none_or(|source| source == pair.source) && target == pair.target;
                let found = all.glossary(&name).and_then(|glossary| match glossary.pair() {
                    pair if fits(pair) => Ok(glossary),
                    pair => Err(GlossaryProblem::Pair { name, pair }),
                });
                found.map_err(|problem| TranslateError::Glossary { place, problem })
            });
            each.collect::<Result<Vec<_>, _>>()
        });
        let registered = read.await.map_err(|_| EngineError::WorkerLost)??;
        Ok(request.terms.with(registered))
    }

    /// A glossary. Reads the disk.
    fn glossary(&self, name: &GlossaryName) -> Result<Arc<Glossary>, GlossaryProblem> {
        let file = self.file.as_ref().ok_or(GlossaryProblem::NoFile)?;
        let problem = |error| match error {
            GlossaryError::Database(error) => GlossaryProblem::Database(error),
            _ => GlossaryProblem::Unknown(name.clone()),
        };
        let revision = file.heading(name).map_err(problem)?.revision;
        if let Some((ready, glossary)) = self.ready.get(name)
            && ready == revision
        {
            return Ok(glossary);
        }
        let Registered { heading, terms } = file.get(name).map_err(problem)?;
        let glossary = Arc::new(Glossary::new(heading.pair, terms));
        self.ready.insert(name.clone(), (heading.revision, Arc::clone(&glossary)));
        Ok(glossary)
    }
}
