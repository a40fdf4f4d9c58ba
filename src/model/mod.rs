//! The networks. They map token ids to logits; text, search and scheduling are elsewhere.
//!
//! A network holds rows. A row is one growing sequence and its state, such as keys and values. Rows of any length share a step. A
//! row's logits do not depend on other rows. Weights are shared and read-only.

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

/// Why a network cannot be loaded or cannot run a step.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("cannot use the model file: {0}")]
    Format(String),
    #[error("the computation failed: {}", plain(.0))]
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

/// candle's error in one line, without the backtrace that it may have.
pub fn plain(error: &candle_core::Error) -> String {
    match error {
        candle_core::Error::WithBacktrace { inner, .. } => plain(inner),
        other => other.to_string().replace('\n', ": "),
    }
}

/// The output tokens of a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Tokens that are always allowed.
    pub common: Vec<u32>,
    /// Tokens that are allowed only if the row has read them, mostly parts of names.
    pub copied: Vec<u32>,
}

/// One of the vocabularies given to [`Network::restrict`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortlistId(pub usize);

/// The input of a row in a step.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a> {
    /// The row that grows.
    pub row: RowId,
    /// Tokens to append; at least one.
    pub tokens: &'a [u32],
    /// The vocabulary of the next token.
    pub shortlist: ShortlistId,
}

/// Scores of the candidates for a row's next token.
#[derive(Debug, Clone)]
pub struct Logits {
    /// The candidates that are always allowed.
    pub ids: Arc<[u32]>,
    /// The candidates that are allowed because the row has read them; disjoint from `ids`.
    pub copied: Arc<[u32]>,
    /// Unnormalised log-probabilities of `ids`, then of `copied`.
    pub values: Vec<f32>,
}

impl Logits {
    /// All candidates with their values.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        self.ids.iter().chain(&*self.copied).copied().zip(self.values.iter().copied())
    }
}

/// A network that continues sequences of ids.
pub trait Network: Send {
    /// Sets the vocabularies for feeds: `ShortlistId(i)` refers to `vocabularies[i]`. Logits may list its tokens in another order.
    /// Call this once, before the first step.
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError>;

    /// Reads `tokens` once. Any number of rows can start after this prefix.
    fn prefix(&mut self, tokens: &[u32]) -> Result<PrefixId, ModelError>;

    /// Opens a row that starts after `prefix`.
    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError>;

    /// Opens a copy of `row`.
    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError>;

    /// Removes a row; does nothing if it does not exist.
    fn close(&mut self, row: RowId);

    /// Removes all rows and prefixes. Needed after a failed step.
    fn reset(&mut self);

    /// The attention of each answer token on each source token, `[answer + 1, source]`; the last row is the end token. `None` if
    /// the network has no attention that aligns them.
    fn align(&mut self, source: &[u32], answer: &[u32]) -> Result<Option<Vec<Vec<f32>>>, ModelError> {
        let _ = (source, answer);
        Ok(None)
    }

    /// Appends the tokens of each feed to its row. Returns the logits in the order of `feeds`.
    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError>;
}
