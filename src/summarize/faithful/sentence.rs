//! What the checks compare of a sentence: all of it for a sentence to check, less for a sentence that the article keeps.

use std::collections::HashSet;

use super::{facts::Facts, negation::Polarity, role::Roles, slot::Slots};
use crate::lang::{
    Grammar, Language, Name, Named, Quantity, Weight, Word, all_named, names, quantities, same_word,
};

/// A sentence with everything that was read from it.
pub(super) struct ReadSentence {
    pub words: Vec<Word>,
    pub names: Vec<Name>,
    pub quantities: Vec<Quantity>,
    pub named: Vec<(usize, Named)>,
    pub polarity: Polarity,
    pub roles: Roles,
    pub slots: Slots,
}

impl ReadSentence {
    /// `ordinary`: whether a word has its capital only because it begins the sentence.
    pub fn new(
        grammar: &Grammar,
        sentence: &str,
        words: Vec<Word>,
        ordinary: impl Fn(&Word) -> bool,
    ) -> Self {
        let names = names(grammar, &words, ordinary);
        Self {
            quantities: quantities(grammar, sentence, &words),
            named: all_named(grammar, &words),
            polarity: Polarity::of(grammar, &words),
            roles: Roles::of(grammar, &words, &names),
            slots: Slots::of(grammar, &words, &names),
            names,
            words,
        }
    }

    /// All words, in the form for comparing names.
    pub fn forms(&self) -> HashSet<String> {
        self.words.iter().map(|word| word.name.clone()).collect()
    }
}

/// A sentence of the article.
pub(super) struct IndexedSentence {
    /// Its number in the article.
    pub number: u64,
    /// Stems of the content words.
    pub content: HashSet<String>,
    /// All words, in the form for comparing names.
    pub forms: HashSet<String>,
    pub names: Vec<Name>,
    pub facts: Facts,
    pub polarity: Polarity,
    pub roles: Roles,
    pub slots: Slots,
}

impl IndexedSentence {
    pub fn new(number: u64, sentence: ReadSentence) -> Self {
        let mut facts = Facts::default();
        facts.add(&sentence.quantities, &sentence.named);
        let content = sentence.words.iter().filter(|word| word.weight != Weight::None);
        Self {
            number,
            content: content.map(|word| word.stem.clone()).collect(),
            forms: sentence.forms(),
            facts,
            names: sentence.names,
            polarity: sentence.polarity,
            roles: sentence.roles,
            slots: sentence.slots,
        }
    }

    pub fn names_somebody(&self) -> bool {
        self.names.iter().any(|name| !name.governed)
    }

    pub fn has_name(&self, language: Language, name: &Name) -> bool {
        self.names.iter().any(|other| name.is(language, other))
            || name.words.iter().all(|word| self.forms.iter().any(|form| same_word(language, word, form)))
    }
}
