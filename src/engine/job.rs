//! A segment in the engine, as its caller sees it: a [`Job`] becomes [`Prepared`], then an [`Output`].

use std::time::Duration;

use super::{Alignment, Encoded};
use crate::{decode::Finish, lang::Pair};

/// Largest beam that a job may have.
pub const MAX_BEAM_SIZE: u32 = 8;
/// Default of the maximum length of an output, as a multiple of its source tokens.
pub const DEFAULT_OUTPUT_RATIO: f32 = 3.0;
/// Output tokens that are allowed in addition to the ratio.
pub const LENGTH_ALLOWANCE: usize = 16;

/// A text with so many tokens costs little, whatever they are.
const DENSE: usize = 64;

/// A segment to translate.
#[derive(Debug, Clone)]
pub struct Job {
    /// One of the model's directions.
    pub pair: Pair,
    /// One line, without white space at its edges.
    pub text: String,
    /// Number of hypotheses, at least 1; `None`: the model's default.
    pub beam_size: Option<usize>,
    /// Maximum length of the output, as a multiple of the source tokens, plus [`LENGTH_ALLOWANCE`].
    pub max_output_ratio: f32,
    /// Minimum length of the output, as a multiple of the source tokens; 0: no minimum.
    pub min_output_ratio: f32,
    /// No sequence of this many tokens may occur twice in the output, or both in the output and in the source or the examples
    /// of the prompt. `None`: the model's default.
    pub no_repeat_ngram: Option<usize>,
    /// Number of hypotheses wanted beside the best one: the beam has at least one more, and nothing is pruned.
    pub alternatives: usize,
    /// Whether to align the words of the output with those of the text.
    pub alignments: bool,
}

impl Job {
    /// A job with the default search of the model and default limits.
    pub fn new(pair: Pair, text: impl Into<String>) -> Self {
        Self {
            pair,
            text: text.into(),
            beam_size: None,
            max_output_ratio: DEFAULT_OUTPUT_RATIO,
            min_output_ratio: 0.0,
            no_repeat_ngram: None,
            alternatives: 0,
            alignments: false,
        }
    }
}

/// A job as tokens of the engine's model. The model can read it at once, and the queue can hold it.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) job: Job,
    pub(super) encoded: Encoded,
    pub(super) beam_size: usize,
    pub(super) max_new_tokens: usize,
    /// Tokens that it takes in the queue. Every token may need memory for keys and values, so the queue is bounded in tokens.
    pub(super) queue_tokens: u32,
}

impl Prepared {
    /// The job.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Whether it has more tokens than characters: the vocabulary lacks most of them, and the model would read bytes. A text with few
    /// tokens is never dense.
    pub fn is_dense(&self) -> bool {
        let tokens = self.encoded.source.len();
        tokens > DENSE && tokens > self.job.text.chars().count()
    }

    /// The same segment for a second try. The output must not repeat `no_repeat_ngram` tokens of itself, its source or the
    /// examples, and must have at least `min_output_ratio` tokens for each source token.
    pub fn for_retry(mut self, no_repeat_ngram: usize, min_output_ratio: f32) -> Self {
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
    /// All other finished hypotheses of the beam with another text, best first; there may be some even if none is wanted.
    pub alternatives: Vec<Alternative>,
    /// Empty unless the job asks for them and the network has an attention that aligns.
    pub alignments: Vec<Alignment>,
    pub source_tokens: usize,
    pub target_tokens: usize,
    /// Time from the submission to the first step.
    pub queued: Duration,
    /// Time from the first step to the last.
    pub computing: Duration,
}

/// Another translation of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub text: String,
    /// Mean log-probability of a token.
    pub score: f32,
    /// As those of [`Output`].
    pub alignments: Vec<Alignment>,
}
