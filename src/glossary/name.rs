//! The names of glossaries.

use std::{fmt, str::FromStr};

/// Most characters of a name.
const MOST_CHARS: usize = 64;

/// The name of a glossary: 1 to 64 of the letters a to z, digits, dots, hyphens and underscores; first a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GlossaryName(String);

/// A text that is no name of a glossary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has 1 to {MOST_CHARS} of the letters a to z, digits, dots, hyphens and underscores, and begins with a letter or a digit"
)]
pub struct NameError;

impl GlossaryName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GlossaryName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        let simple = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let allowed = name.bytes().all(|c| simple(c) || matches!(c, b'.' | b'-' | b'_'));
        let is_name = name.len() <= MOST_CHARS && allowed && name.bytes().next().is_some_and(simple);
        if is_name { Ok(Self(name.to_owned())) } else { Err(NameError) }
    }
}

impl fmt::Display for GlossaryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_has_safe_characters() {
        for name in ["a", "7", "press-en-fr", "bank_2.1", &"a".repeat(64)] {
            assert_eq!(name.parse::<GlossaryName>().unwrap().as_str(), name);
        }
        for name in ["", ".", "..", "-a", "_", "A", "a/b", "a b", "a\0", "é", "пресса", &"a".repeat(65)]
        {
            assert_eq!(name.parse::<GlossaryName>(), Err(NameError), "{name:?}");
        }
    }
}
