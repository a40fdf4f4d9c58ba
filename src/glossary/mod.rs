//! Glossaries by name: the terms of a direction that a caller registers once and then names in each request.
//!
//! They are in one file, which they leave and enter whole. A revision tells a writer whether somebody else has changed a glossary
//! since it was read.

mod file;
mod name;

pub use self::{
    file::GlossaryFile,
    name::{GlossaryName, NameError},
};
use crate::{
    database::DatabaseError,
    fidelity::terms::{MOST_TERMS, Term},
    lang::Pair,
};

/// Most glossaries of a file.
pub const MOST_GLOSSARIES: usize = 1_000;
/// Most bytes of the terms of a glossary: a message of gRPC with them stays below the usual limit of 4 MiB.
pub const MOST_BYTES: usize = 3 << 20;

/// What a list says about a glossary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub name: GlossaryName,
    /// The direction of the terms.
    pub pair: Pair,
    /// Larger than that of any earlier state of this or another glossary of the file.
    pub revision: u64,
    /// Number of terms.
    pub terms: usize,
}

/// A glossary with its terms, of which an earlier one counts before a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    pub heading: Heading,
    pub terms: Vec<Term>,
}

/// Why a glossary cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum GlossaryError {
    #[error("there is no glossary {0}")]
    Unknown(GlossaryName),
    #[error("the glossary {0} exists already")]
    Exists(GlossaryName),
    #[error("the glossary {name} has changed: it now has revision {revision}")]
    Changed { name: GlossaryName, revision: u64 },
    #[error("there are {MOST_GLOSSARIES} glossaries already")]
    TooMany,
    #[error("the glossary has more than {MOST_TERMS} terms")]
    TooManyTerms,
    #[error("the terms of the glossary have more than {MOST_BYTES} bytes")]
    TooLarge,
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
