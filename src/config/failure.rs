//! What becomes of a translation that the checks doubt.

use clap::{Args, ValueEnum};

use crate::translate;

#[derive(Debug, Args)]
pub struct FailureArguments {
    /// What becomes of a segment with a warning.
    #[arg(long, env = "TRIGLOT_ON_FAILURE", value_enum, default_value_t = OnFailure::Flag)]
    pub on_failure: OnFailure,

    /// Minimum score of a segment (the mean log-probability of a token, at most 0); a lower one is a warning [default: none].
    #[arg(long, env = "TRIGLOT_MIN_SCORE", allow_negative_numbers = true, value_parser = score)]
    pub min_score: Option<f32>,
}

/// The values of `--on-failure`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum OnFailure {
    /// The translation stands.
    Flag,
    /// The source text stands in its place.
    Source,
    /// The command fails.
    Fail,
}

impl From<OnFailure> for translate::OnFailure {
    fn from(value: OnFailure) -> Self {
        match value {
            OnFailure::Flag => Self::Flag,
            OnFailure::Source => Self::Source,
            OnFailure::Fail => Self::Fail,
        }
    }
}

fn score(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|score| *score <= 0.0).ok_or_else(|| "it must be at most 0".to_owned())
}
