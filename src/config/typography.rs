//! Whose typography a translation has.

use clap::ValueEnum;

use crate::translate;

/// The values of `--typography`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Typography {
    /// That of the target language.
    Target,
    /// What the model writes.
    Keep,
}

impl From<Typography> for translate::Typography {
    fn from(value: Typography) -> Self {
        match value {
            Typography::Target => Self::Target,
            Typography::Keep => Self::Keep,
        }
    }
}
