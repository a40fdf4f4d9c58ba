//! The networks. Ids go in, logits come out; no text, no search, no threads of its own.
//!
//! A network holds rows. A row is one growing sequence with its keys and values; rows of any length share a step, and
//! what a row answers does not depend on the rows beside it. Weights are shared and read-only.

pub mod adapter;
pub mod bergamot;
pub mod checkpoint;
pub mod copy;
pub mod decoder;
pub mod encoder_decoder;
mod float;
mod gguf;
pub mod gpu;
pub mod int8;
pub mod linear;
pub mod mapped;
pub mod marian;
mod pickle;
mod post_norm;
mod rows;
mod shortlists;
pub mod t5;
pub mod vector;

use std::sync::Arc;

pub use rows::{PrefixId, RowId};

/// What can go wrong in a network.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("cannot use the model file: {0}")]
    Format(String),
    #[error("the computation failed: {0}")]
    Compute(#[from] candle_core::Error),
    #[error("row, prefix or shortlist {0} does not exist")]
    Unknown(usize),
    #[error("cannot use the adapter: {0}")]
    Adapter(#[from] adapter::AdapterError),
    #[error("cannot use the checkpoint: {0}")]
    Checkpoint(#[from] checkpoint::CheckpointError),
    #[error("cannot use the Marian model file: {0}")]
    Marian(#[from] bergamot::ModelFileError),
    #[error("cannot use the lexical shortlist: {0}")]
    Shortlist(#[from] bergamot::ShortlistError),
    #[error("token {0} is outside the vocabulary")]
    Token(u32),
    #[error("the row has {tokens} tokens, but the network has {most} positions")]
    TooLong { tokens: usize, most: usize },
    #[error("an encoder-decoder does not support prefixes")]
    Prefix,
}

/// What may come out in a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Tokens that may come anywhere.
    pub common: Vec<u32>,
    /// Tokens that may come where the row has read them: names, above all.
    pub copied: Vec<u32>,
}

/// One of the vocabularies given to [`Network::restrict`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortlistId(pub usize);

/// What a row reads in a step.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a> {
    /// The row that grows.
    pub row: RowId,
    /// What it grows by; at least one token.
    pub tokens: &'a [u32],
    /// The tokens that may come next.
    pub shortlist: ShortlistId,
}

/// Scores of the tokens that may come next in a row, behind the last token fed.
#[derive(Debug, Clone)]
pub struct Logits {
    /// The tokens that may come anywhere.
    pub ids: Arc<[u32]>,
    /// The tokens that may come because this row has read them, none of them among `ids`.
    pub copied: Arc<[u32]>,
    /// Unnormalised log-probabilities, of `ids` and then of `copied`.
    pub values: Vec<f32>,
}

impl Logits {
    /// Every token with its value.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        self.ids.iter().chain(&*self.copied).copied().zip(self.values.iter().copied())
    }
}

/// A network that continues sequences of ids.
pub trait Network: Send {
    /// Sets the vocabularies that feeds may ask for: `ShortlistId(i)` is `vocabularies[i]` in an order of the
    /// network's own. Called once, before the first step.
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError>;

    /// Reads `tokens` once, for any number of rows to begin with.
    fn prefix(&mut self, tokens: &[u32]) -> Result<PrefixId, ModelError>;

    /// Opens a row that begins behind `prefix`.
    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError>;

    /// Opens a row that has read what `row` has read.
    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError>;

    /// Forgets a row. A row that does not exist is already forgotten.
    fn close(&mut self, row: RowId);

    /// Forgets all rows and prefixes, as after a failed step.
    fn reset(&mut self);

    /// How much each token of an answer comes from each token of its source, `[answer + 1, source]`; the last row is the end.
    /// `None`: the network has no attention that says so.
    fn align(&mut self, source: &[u32], answer: &[u32]) -> Result<Option<Vec<Vec<f32>>>, ModelError> {
        let _ = (source, answer);
        Ok(None)
    }

    /// Every row reads its tokens; the answers come in the order of `feeds`.
    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError>;
}
