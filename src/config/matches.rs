//! Which units of the translation memory a text gets.

use clap::ValueEnum;

use crate::translate;

/// The values of `--matches`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Matches {
    /// None.
    None,
    /// A unit whose source is a segment is its translation.
    Exact,
    /// Units of similar segments are printed, too, with --json.
    Similar,
}

impl From<Matches> for translate::Matches {
    fn from(value: Matches) -> Self {
        match value {
            Matches::None => Self::None,
            Matches::Exact => Self::Exact,
            Matches::Similar => Self::Similar,
        }
    }
}
