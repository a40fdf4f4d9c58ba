//! What a rule can know about a sentence and its translation, whatever the model.
//!
//! A model never gets the last word on what can be checked. This room has no model: it reads two texts. `translate` asks it what the
//! model should read, what is wrong with an output, and how to mend it; the caller gets a finding for what cannot be mended.

mod case;
mod checks;
mod clean;
mod facts;
mod names;
mod numero;
pub mod protect;
mod readable;
mod reading;
mod tags;
pub mod terms;
mod typography;

use serde::Deserialize;

pub use self::{
    case::{Case, capitalised, lower, restore},
    checks::findings,
    clean::clean,
    facts::repairs,
    names::Names,
    readable::is_readable,
    reading::Reading,
    tags::{Link, Signs, restored},
    typography::{Typography, typography},
};

/// A possible fault of a segment; `Warning` in `types.proto` describes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Warning {
    Repetition,
    LengthLimit,
    Untranslated,
    NumberMissing,
    NumberAdded,
    Copied,
    WrongLanguage,
    AddressMissing,
    Shortened,
    Currency,
    Unit,
    Date,
    Time,
    Negation,
    HalfTranslated,
    UnpairedQuote,
    LowScore,
    NameLost,
    NameInconsistent,
    TermMissing,
}

impl Warning {
    /// Whether the translation as a whole is in doubt, and not a word of it.
    pub fn is_grave(self) -> bool {
        matches!(
            self,
            Self::Repetition | Self::Untranslated | Self::Copied | Self::WrongLanguage | Self::Shortened
        )
    }

    /// Whether a fact is wrong that another translation may have right.
    pub fn is_of_fact(self) -> bool {
        matches!(
            self,
            Self::NumberMissing
                | Self::NumberAdded
                | Self::Currency
                | Self::Unit
                | Self::Date
                | Self::Time
                | Self::Negation
                | Self::HalfTranslated
        )
    }
}

/// A fault that was found, with the words that show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub warning: Warning,
    /// What the source has and the translation should have; empty if the fault is not about certain words.
    pub expected: String,
    /// What the translation has in its place; empty for nothing.
    pub found: String,
}

impl From<Warning> for Finding {
    fn from(warning: Warning) -> Self {
        Self { warning, expected: String::new(), found: String::new() }
    }
}
