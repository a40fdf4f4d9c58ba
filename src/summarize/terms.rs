//! What a sentence is about: the stems of its words that carry meaning.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::lang::{Language, Stems, small};

/// Terms that a sentence is known by, at most; more are in no sentence of a newspaper.
const MOST: usize = 64;

/// A term, by a hash with fixed keys: what is kept of a sentence stays small whatever its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term(u64);

impl Term {
    pub(super) fn new(stem: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        stem.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Finds the terms of sentences in one language.
pub(super) struct Terms(Stems);

impl Terms {
    pub(super) fn new(language: Language) -> Self {
        Self(Stems::new(language))
    }

    /// The terms of a sentence, in its order: stems in small letters, numbers as they are. Single letters and stop words
    /// are none.
    pub(super) fn of(&self, sentence: &str) -> Vec<Term> {
        small(sentence)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().nth(1).is_some() && !self.0.is_stop_word(word))
            .map(|word| Term::new(&self.0.stem(word)))
            .take(MOST)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_words_are_one_term_and_small_words_are_none() {
        for (language, one, other) in [
            (Language::English, "The bridges were closed.", "They are closing a bridge"),
            (Language::French, "Les ponts sont fermés.", "le pont fermé"),
            (Language::Russian, "Мосты закрыты.", "мостами, закрытый"),
        ] {
            let terms = Terms::new(language);
            let (mut one, mut other) = (terms.of(one), terms.of(other));
            one.sort();
            other.sort();
            assert_eq!(one, other, "{language}");
            assert_eq!(one.len(), 2, "{language}: {one:?}");
        }
    }
}
