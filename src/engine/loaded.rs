//! A loaded model, ready for an engine: network, tokenizer, prompt and description.

use std::{collections::BTreeSet, sync::Arc};

use super::Prompt;
use crate::{
    decode::Patience,
    lang::{Language, Pair},
    model::{Network, ShortlistId},
    tokenizer::Tokenizer,
};

/// The shortlist of a target language. A loader restricts its network with one vocabulary per language, in this order.
pub fn shortlist(language: Language) -> ShortlistId {
    ShortlistId(Language::ALL.iter().position(|other| *other == language).unwrap_or_default())
}

/// Describes a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelInfo {
    pub name: String,
    /// SHA-256 of the weights, hexadecimal; empty without weights.
    pub sha256: String,
    pub licence: String,
    pub pairs: BTreeSet<Pair>,
    /// The languages in which the model writes summaries.
    pub summarises: BTreeSet<Language>,
    /// The adapter that is merged into the weights.
    pub adapter: Option<AdapterInfo>,
}

/// Describes an adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterInfo {
    /// SHA-256 of its weights, hexadecimal.
    pub sha256: String,
    /// Empty if unknown.
    pub licence: String,
}

/// A model that is ready to run.
pub struct LoadedModel {
    pub info: ModelInfo,
    pub network: Box<dyn Network>,
    pub tokenizer: Arc<dyn Tokenizer>,
    pub prompt: Prompt,
    /// Tokens that end a segment.
    pub stops: Arc<[u32]>,
    pub search_defaults: SearchDefaults,
    /// Maximum number of tokens that a segment reads after the prefix. `None`: the network has no limit.
    pub longest_source: Option<usize>,
    /// Maximum number of tokens that a segment writes. `None`: the network has no limit.
    pub longest_output: Option<usize>,
}

/// Search settings from the model's own configuration; as in [`SearchOptions`](crate::decode::SearchOptions).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchDefaults {
    /// Used when the job names no beam size.
    pub beam_size: usize,
    pub prune: f32,
    pub patience: Patience,
    pub length_penalty: f32,
    /// No sequence of this many tokens may occur twice in an output.
    pub no_repeat_ngram: Option<usize>,
}

impl Default for SearchDefaults {
    fn default() -> Self {
        Self {
            beam_size: 1,
            prune: f32::INFINITY,
            patience: Patience::default(),
            length_penalty: 1.0,
            no_repeat_ngram: None,
        }
    }
}
