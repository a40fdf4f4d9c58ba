//! A model as the engine takes it: network, vocabulary, prompt, and what is known about it.

use std::{collections::BTreeSet, sync::Arc};

use super::Prompt;
use crate::{
    decode::Patience,
    lang::{Language, Pair},
    model::{Network, ShortlistId},
    tokenizer::Tokenizer,
};

/// The shortlist of a target language, in the order in which [`LoadedModel`] restricts its network.
pub fn shortlist(language: Language) -> ShortlistId {
    ShortlistId(Language::ALL.iter().position(|other| *other == language).unwrap_or_default())
}

/// What a model is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelInfo {
    pub name: String,
    /// SHA-256 of the weights, hexadecimal; empty without weights.
    pub sha256: String,
    pub licence: String,
    pub pairs: BTreeSet<Pair>,
    /// The languages in which it writes summaries of texts.
    pub summarises: BTreeSet<Language>,
    /// What is merged into the weights.
    pub adapter: Option<AdapterInfo>,
}

/// What an adapter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterInfo {
    /// SHA-256 of its weights, hexadecimal.
    pub sha256: String,
    /// Empty where nobody says.
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
    /// Most tokens of a question, where the network has a bound of its own.
    pub longest_source: Option<usize>,
    /// Most tokens of an answer, the same.
    pub longest_output: Option<usize>,
}

/// Search settings from the model's own configuration; as in [`SearchOptions`](crate::decode::SearchOptions).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchDefaults {
    /// Unless the caller says otherwise.
    pub beam_size: usize,
    pub prune: f32,
    pub patience: Patience,
    pub length_penalty: f32,
    /// So many tokens in a row must not occur twice in an answer.
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
