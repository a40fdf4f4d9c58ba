//! A sentence with all that is looked at in it, as it is checked and as the article keeps it.

use std::collections::HashSet;

use super::{facts::Facts, negation::Polarity, role::Roles, slot::Slots};
use crate::lang::{
    Grammar, Language, Name, Named, Quantity, Weight, Word, all_named, names, quantities, same_word,
};

/// A sentence as it was read.
pub(super) struct Written {
    pub words: Vec<Word>,
    pub names: Vec<Name>,
    pub quantities: Vec<Quantity>,
    pub named: Vec<(usize, Named)>,
    pub polarity: Polarity,
    pub roles: Roles,
    pub slots: Slots,
}

impl Written {
    /// `ordinary` tells words that would have no capital if they did not begin a sentence.
    pub fn of(grammar: &Grammar, sentence: &str, words: Vec<Word>, ordinary: impl Fn(&Word) -> bool) -> Self {
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

    pub fn forms(&self) -> HashSet<String> {
        self.words.iter().map(|word| word.name.clone()).collect()
    }
}

/// A sentence of the article.
pub(super) struct Indexed {
    /// Its number in the article.
    pub number: u64,
    /// Stems of words that say something.
    pub content: HashSet<String>,
    /// All its words, as in names.
    pub forms: HashSet<String>,
    pub names: Vec<Name>,
    pub facts: Facts,
    pub polarity: Polarity,
    pub roles: Roles,
    pub slots: Slots,
}

impl Indexed {
    pub fn new(number: u64, written: Written) -> Self {
        let mut facts = Facts::default();
        facts.add(&written.quantities, &written.named);
        let said = written.words.iter().filter(|word| word.weight != Weight::None);
        Self {
            number,
            content: said.map(|word| word.stem.clone()).collect(),
            forms: written.forms(),
            facts,
            names: written.names,
            polarity: written.polarity,
            roles: written.roles,
            slots: written.slots,
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
