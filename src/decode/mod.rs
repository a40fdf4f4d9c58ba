//! Search: chooses the tokens of an output from the logits of a network. It knows neither the network nor any text.
//!
//! One implementation does greedy decoding (a beam of one) and beam search. The caller keeps a row of the network for each live
//! hypothesis, steps it, and passes all logits to [`Search::advance`], which says how the rows continue. Nothing is random: the
//! same logits give the same tokens.

mod beam;
mod repetition;

use std::sync::Arc;

pub use beam::Search;
pub use repetition::loops;

/// Search settings.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    /// Hypotheses in the beam, at least 1.
    pub beam_size: usize,
    /// The most tokens of a hypothesis, without the stop token.
    pub max_new_tokens: usize,
    /// The least tokens of a hypothesis before a stop token may end it.
    pub min_new_tokens: usize,
    /// Forbids repetition; `None` allows it.
    pub no_repeat: Option<NoRepeat>,
    /// Whether a loop ends a hypothesis.
    pub stop_loops: bool,
    /// Tokens that end a hypothesis.
    pub stops: Arc<[u32]>,
    /// When a beam search ends.
    pub patience: Patience,
    /// Prunes a continuation whose log-probability is this much below the best of its step; infinity never prunes. Where the
    /// network is sure, a beam then costs little more than greedy decoding (relative threshold of Freitag and Al-Onaizan 2017,
    /// "Beam Search Strategies for Neural Machine Translation").
    pub prune: f32,
    /// Hypotheses are ranked by log-probability divided by this power of their length. 1 gives the mean per token; less favours
    /// short hypotheses.
    pub length_penalty: f32,
}

impl SearchOptions {
    /// Default settings: nothing is forbidden, and the search ends when the beam is full.
    pub fn new(beam_size: usize, max_new_tokens: usize, stops: Arc<[u32]>) -> Self {
        Self {
            beam_size,
            max_new_tokens,
            min_new_tokens: 0,
            no_repeat: None,
            stop_loops: false,
            stops,
            patience: Patience::default(),
            prune: f32::INFINITY,
            length_penalty: 1.0,
        }
    }
}

/// When a beam search ends. Greedy decoding ends with its hypothesis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// When `beam_size` hypotheses have ended with a stop token.
    #[default]
    Full,
    /// When `beam_size` hypotheses have ended and no live one, if it ended now, would rank above the worst of them. This is the
    /// search of Transformers without early stopping, with the same choices token by token: a stop token counts only among the
    /// `beam_size` best continuations, and at the maximum length every hypothesis ends without a stop token.
    Hopeless,
}

/// Forbids repeated n-grams.
#[derive(Debug, Clone)]
pub struct NoRepeat {
    /// The length of the n-grams that must not occur twice.
    pub ngram: usize,
    /// Earlier tokens whose n-grams must not occur again either.
    pub said: Arc<[u32]>,
}

/// Why a hypothesis ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// A stop token ended it.
    Stopped,
    /// It reached [`SearchOptions::max_new_tokens`].
    Length,
    /// It ran into a loop. Its tokens end after the first round.
    Repetition,
}

/// A finished sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Its tokens, without the stop token.
    pub tokens: Vec<u32>,
    /// Mean log-probability per token, with the stop token.
    pub score: f32,
    pub finish: Finish,
}

/// A live hypothesis of the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// Index of the hypothesis of the last step that it continues.
    pub parent: usize,
    /// The token that it adds.
    pub token: u32,
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Advance {
    /// Feed these tokens; hypothesis `i` of the next step is `branches[i]`.
    Continue(Vec<Branch>),
    /// The best hypotheses, best first: at least one, at most `beam_size`.
    Done(Vec<Hypothesis>),
}
