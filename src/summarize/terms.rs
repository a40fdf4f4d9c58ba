//! The terms of a sentence: the stems of its content words.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::lang::{Language, Stems, small};

/// The most terms of a sentence; no newspaper sentence has more.
const MAX_TERMS: usize = 64;

/// The hash of a term, with fixed keys: a sentence stays small in memory, however long its words are.
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

    /// The terms of a sentence, in order: stems in lower case, and numbers. Single letters and stop words are not terms.
    pub(super) fn of(&self, sentence: &str) -> Vec<Term> {
        small(sentence)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().nth(1).is_some() && !self.0.is_stop_word(word))
            .map(|word| Term::new(&self.0.stem(word)))
            .take(MAX_TERMS)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_forms_are_one_term_and_stop_words_are_not_terms() {
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
