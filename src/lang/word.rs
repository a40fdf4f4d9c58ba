//! A word of a sentence, as it is read: its forms, its place, and how much it says.

use std::ops::Range;

use super::language::Language;

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    Blank,
    Hyphen,
    Apostrophe,
    /// Only quotation marks: a name does not go on behind them, a clause does.
    Quote,
    /// A comma or a bracket: a clause begins or ends.
    Clause,
    /// The sentence begins here, or one that was glued to it.
    Start,
}

/// How much a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Nothing by itself: an article, an auxiliary, a pronoun, a number (numbers are compared on their own).
    None,
    /// Something, though it is among the stop words of the language: "open", "war".
    Light,
    Full,
}

/// A word.
#[derive(Debug)]
pub struct Word {
    /// Its bytes in the sentence.
    pub place: Range<usize>,
    /// In small letters, `ё` as `е`.
    pub small: String,
    pub stem: String,
    /// As it is compared in names: small, or large if it is an abbreviation, without its full stops.
    pub name: String,
    pub before: Before,
    pub capital: bool,
    /// It would have a capital anyhow.
    pub initial: bool,
    pub weight: Weight,
}

impl Word {
    pub fn is_abbreviation(&self) -> bool {
        self.name.chars().nth(1).is_some() && self.name.chars().all(char::is_uppercase)
    }
}

/// A text in small letters, those that are written in two ways in one of them: `ё` as `е`.
pub fn small(text: &str) -> String {
    let alike = Language::ALL.into_iter().flat_map(|language| language.tables().alike);
    alike.fold(text.to_lowercase(), |small, (letter, other)| small.replace(*letter, other))
}
