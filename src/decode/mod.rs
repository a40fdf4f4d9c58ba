//! Search: which tokens a segment's translation is made of, given a network's logits. No network and no text in here.
//!
//! One search serves greedy decoding (a beam of one) and beam search. The caller keeps a row for every live hypothesis,
//! feeds it, and hands all logits to [`Search::advance`]; the answer says how the rows go on. Nothing is random, so the
//! same logits give the same tokens.

mod beam;
mod repetition;

use std::sync::Arc;

pub use beam::Search;
pub use repetition::loops;

/// How to search.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    /// Hypotheses kept, at least 1.
    pub beam_size: usize,
    /// Tokens written at most, the closing one not counted.
    pub max_new_tokens: usize,
    /// Tokens written at least before a hypothesis may end by itself.
    pub min_new_tokens: usize,
    /// What must not be said again; none: everything may.
    pub no_repeat: Option<NoRepeat>,
    /// Whether going round in circles ends a hypothesis.
    pub stop_loops: bool,
    /// Tokens that end a hypothesis.
    pub stops: Arc<[u32]>,
    /// When a beam search is over.
    pub patience: Patience,
    /// A hypothesis is given up when its log-probability is so much less than that of the best continuation of its step;
    /// infinity: never. Where a network is sure, a beam costs little more than greedy decoding (Freitag and Al-Onaizan 2017,
    /// "Beam Search Strategies for Neural Machine Translation", relative threshold).
    pub prune: f32,
    /// Hypotheses are compared by their log-probability, divided by this power of their length; 1 is the mean of a token, and
    /// less favours short ones.
    pub length_penalty: f32,
}

impl SearchOptions {
    /// With no bans, and over as soon as the beam is full.
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

/// When a beam search is over. Greedy decoding is over when its hypothesis ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// As soon as as many hypotheses as the beam has have ended by themselves.
    #[default]
    Full,
    /// When the beam is full of ended hypotheses and no live one, ended now, would be better than the worst of them. This is
    /// how Transformers searches unless it is told to stop early, whose choice is kept token by token: an end counts only
    /// among the best continuations, as many as the beam has, and at the bound on length every hypothesis ends for free.
    Hopeless,
}

/// A ban on saying again what was said.
#[derive(Debug, Clone)]
pub struct NoRepeat {
    /// So many tokens in a row must not occur twice.
    pub ngram: usize,
    /// Tokens that count as said, beside the hypothesis' own.
    pub said: Arc<[u32]>,
}

/// Why a hypothesis ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The network ended it.
    Stopped,
    /// It reached [`SearchOptions::max_new_tokens`].
    Length,
    /// It went round in circles; the tokens end where the first round does.
    Repetition,
}

/// A finished sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Tokens, without the one that ended it.
    pub tokens: Vec<u32>,
    /// Mean log-probability of a token, the closing one included.
    pub score: f32,
    /// Why it ended.
    pub finish: Finish,
}

/// A live hypothesis of the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// Which of the last step's hypotheses it continues.
    pub parent: usize,
    /// The token it adds.
    pub token: u32,
}

/// What comes after a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Advance {
    /// Feed these; hypothesis `i` of the next step is `branches[i]`.
    Continue(Vec<Branch>),
    /// The best hypotheses, best first: at least one, and at most as many as the beam has.
    Done(Vec<Hypothesis>),
}
