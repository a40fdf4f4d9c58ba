//! Stems, which are equal for the forms of a word, and stop words, which carry little meaning.

use std::{borrow::Cow, collections::HashSet};

use rust_stemmers::Stemmer;

use super::language::Language;

/// The stemmer and the stop words of a language.
pub struct Stems {
    stemmer: Stemmer,
    stop_words: HashSet<&'static str>,
}

impl Stems {
    /// Creates the stemmer and the stop words of a language.
    pub fn new(language: Language) -> Self {
        let stop_words = stop_words::lookup(language.code()).unwrap_or_default();
        Self {
            stemmer: Stemmer::create(language.tables().stemmer),
            stop_words: stop_words.iter().copied().collect(),
        }
    }

    /// Returns the stem of a word in small letters.
    pub fn stem<'a>(&self, word: &'a str) -> Cow<'a, str> {
        self.stemmer.stem(word)
    }

    /// Whether a word in small letters is a stop word. The list is long and also contains words that carry meaning.
    pub fn is_stop_word(&self, word: &str) -> bool {
        self.stop_words.contains(word)
    }
}
