//! A segment on its way through the engine, as its caller sees it: a [`Job`] becomes [`Prepared`], and an [`Output`] comes back.

use std::time::Duration;

use super::{Priority, Question};
use crate::{decode::Finish, lang::Pair};

/// Largest beam that can be asked for.
pub const MAX_BEAM_SIZE: u32 = 8;
/// Longest output of a segment as a multiple of its source's tokens, unless it is said otherwise.
pub const DEFAULT_OUTPUT_RATIO: f32 = 3.0;
/// Output tokens that are always allowed.
pub const LENGTH_ALLOWANCE: usize = 16;

/// A segment to translate.
#[derive(Debug, Clone)]
pub struct Job {
    /// One of the model's.
    pub pair: Pair,
    /// Whose turn it is, of those that wait. What comes out does not depend on it.
    pub priority: Priority,
    /// One line, without white space around it.
    pub text: String,
    /// Hypotheses kept, at least 1; none: as many as the model is best searched with.
    pub beam_size: Option<usize>,
    /// Longest output as a multiple of the source's tokens; [`LENGTH_ALLOWANCE`] comes on top.
    pub max_output_ratio: f32,
    /// Shortest output as a multiple of the source's tokens; 0: any.
    pub min_output_ratio: f32,
    /// Forbids that so many tokens in a row occur twice in the output, or in the output and in the source or the prompt's
    /// examples.
    pub no_repeat_ngram: Option<usize>,
    /// Other translations wanted beside the best one; of a beam, there are at most one fewer than it has hypotheses.
    pub alternatives: usize,
}

impl Job {
    /// With the model's own search, and the defaults of the rest.
    pub fn new(pair: Pair, text: impl Into<String>) -> Self {
        Self {
            pair,
            priority: Priority::default(),
            text: text.into(),
            beam_size: None,
            max_output_ratio: DEFAULT_OUTPUT_RATIO,
            min_output_ratio: 0.0,
            no_repeat_ngram: None,
            alternatives: 0,
        }
    }
}

/// A job in the tokens of an engine's model, which can read it at once and whose queue can hold it.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) job: Job,
    pub(super) question: Question,
    pub(super) beam_size: usize,
    pub(super) max_new_tokens: usize,
    /// Of the queue. Every token may need memory for its keys and values, so what is admitted is bounded in them.
    pub(super) places: u32,
}

impl Prepared {
    /// What was asked.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The same text once more, kept from repeating itself, its source and the examples in so many tokens, and from ending
    /// before it has so many tokens for one of the source.
    pub fn held_apart(mut self, no_repeat_ngram: usize, min_output_ratio: f32) -> Self {
        self.job.no_repeat_ngram = Some(no_repeat_ngram);
        self.job.min_output_ratio = min_output_ratio.min(self.job.max_output_ratio);
        self
    }
}

/// A translated segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub text: String,
    /// Mean log-probability of a token.
    pub score: f32,
    pub finish: Finish,
    /// Other texts that the beam ended with, best first.
    pub alternatives: Vec<Alternative>,
    pub source_tokens: usize,
    pub target_tokens: usize,
    /// From submission to the first step.
    pub queued: Duration,
    /// From the first step to the last.
    pub computing: Duration,
}

/// What a segment could also be translated to.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub text: String,
    /// Mean log-probability of a token.
    pub score: f32,
}
