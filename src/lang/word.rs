//! A word of a sentence: its forms, its place, and its weight.

use std::ops::Range;

use super::language::Language;

/// The separator between a word and the previous one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    Blank,
    Hyphen,
    Apostrophe,
    /// Only quotation marks: they end a name, but not a clause.
    Quote,
    /// A comma or a bracket: a clause begins or ends.
    Clause,
    /// The sentence begins here, or another sentence that was not separated from it.
    Start,
}

/// How much meaning a word carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// None by itself: an article, an auxiliary, a pronoun, or a number (numbers are compared separately).
    None,
    /// Some, although it is a stop word of the language: "open", "war".
    Light,
    Full,
}

/// A word.
#[derive(Debug)]
pub struct Word {
    /// Its bytes in the sentence.
    pub place: Range<usize>,
    /// In small letters, with `е` for `ё`.
    pub small: String,
    pub stem: String,
    /// The form for comparing names: an abbreviation in capitals without full stops, any other word in small letters.
    pub name: String,
    pub before: Before,
    pub capital: bool,
    /// Whether any word would have a capital here.
    pub initial: bool,
    pub weight: Weight,
}

impl Word {
    pub fn is_abbreviation(&self) -> bool {
        self.name.chars().nth(1).is_some() && self.name.chars().all(char::is_uppercase)
    }
}

/// Converts a text to small letters, and replaces letters that have two spellings: `ё` becomes `е`.
pub fn small(text: &str) -> String {
    let alike = Language::ALL.into_iter().flat_map(|language| language.tables().alike);
    alike.fold(text.to_lowercase(), |small, (letter, other)| small.replace(*letter, other))
}
