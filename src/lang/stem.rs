//! Stems and stop words: which words are forms of one, and which say little.

use std::{borrow::Cow, collections::HashSet};

use rust_stemmers::Stemmer;

use super::language::Language;

/// The stemmer of a language and its stop words, ready for look-ups.
pub struct Stems {
    stemmer: Stemmer,
    stop_words: HashSet<&'static str>,
}

impl Stems {
    /// Those of a language.
    pub fn new(language: Language) -> Self {
        let stop_words = stop_words::lookup(language.code()).unwrap_or_default();
        Self {
            stemmer: Stemmer::create(language.tables().stemmer),
            stop_words: stop_words.iter().copied().collect(),
        }
    }

    /// The stem of a word in small letters.
    pub fn stem<'a>(&self, word: &'a str) -> Cow<'a, str> {
        self.stemmer.stem(word)
    }

    /// Whether a word in small letters is in the language's list. The list is long, and has words in it that say something.
    pub fn is_stop_word(&self, word: &str) -> bool {
        self.stop_words.contains(word)
    }
}
