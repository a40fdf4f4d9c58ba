//! What the translation of a sentence should say in a certain way, beside its facts: the caller's terms.

use std::ops::Range;

use crate::{
    fidelity::terms::{Found, Glossary, Terms, verbatim},
    lang::Pair,
};

/// The wishes for one sentence. They hold on every hop where they can be found.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The caller's terms that the sentence has, as a glossary for its hops.
    pub terms: Glossary,
    /// The same terms at their places in the sentence.
    pub found: Vec<Found>,
    /// Words of the sentence that stay unchanged.
    pub kept: Vec<String>,
    /// Words that stand in for terms: each must come back unchanged.
    pub stand_ins: Vec<String>,
}

impl Wanted {
    /// The wishes for a sentence as the first model reads it.
    pub fn new(terms: &Terms, pair: Pair, sentence: &str) -> Self {
        if terms.is_empty() {
            return Self::default();
        }
        let glossary = terms.of(pair);
        let found = glossary.find(sentence);
        let mut kept: Vec<String> = found
            .iter()
            .filter(|term| term.term().is_kept())
            .map(|term| sentence[term.place.clone()].to_owned())
            .collect();
        kept.sort_unstable();
        kept.dedup();
        Self { terms: glossary.only(&found), found, kept, stand_ins: Vec::new() }
    }

    /// The bytes that tell it from another one, for the memory.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.terms.terms().flat_map(|term| [term.source.as_bytes(), term.target.as_bytes()])
    }

    /// The number of terms and stand-ins of a text that its translation by one model lacks.
    pub fn lacking(&self, pair: Pair, text: &str, translation: &str) -> usize {
        let lost = |word: &&String| text.contains(*word) && translation.matches(*word).count() != 1;
        let terms = if self.terms.pair() == pair { self.terms.lacking(text, translation) } else { 0 };
        terms + self.stand_ins.iter().filter(lost).count()
    }

    /// The places in a text of words that stay unchanged, on every hop.
    pub fn kept(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        for words in &self.kept {
            while let Some(place) = verbatim(words, text, &places) {
                places.push(place);
            }
        }
        places.sort_by_key(|place| place.start);
        places
    }
}
