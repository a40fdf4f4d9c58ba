//! Names: one person has one name in a text, in the spelling of newspapers.
//!
//! A small model bends names that it has never seen, and differently each time. This room compares the names of a sentence and of
//! its translation by their sound, puts the right spelling in place of a wrong one where a rule can know it, and reports the rest. A
//! rule that is not sure changes nothing: the translation may be right.

mod agree;
mod form;
mod inflect;
mod places;
mod sides;
mod sound;
mod spell;
mod translated;

use std::ops::Range;

use self::{agree::wrong, form::is_slavic, sides::Sides};
use super::{Finding, Warning, clean::is_cyrillic};
use crate::{
    lang::{Grammar, Language, Pair, Word, same_word, small, words},
    text::{Edits, spans},
};

/// Most names of a text that are remembered.
const MOST_NAMES: usize = 1000;

/// The names of a text so far, with the spelling of the first mention.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<Known>);

/// A name that was mentioned.
#[derive(Debug, Clone)]
struct Known {
    /// A word of the source in small letters.
    source: String,
    /// Its spelling in the target, in the nominative as far as it is known.
    target: String,
    /// Whether it is surely a name and no word with a capital: a surname after a given name, or a word with a Slavic ending.
    is_sure: bool,
    /// Whether both a man and a woman have the surname: Иванов and Иванова.
    is_shared: bool,
}

/// What is wrong with the names of a translation.
#[derive(Debug, Clone, Default)]
pub struct Mended {
    /// Replacements of wrong names.
    pub edits: Edits,
    /// Names that no rule can mend.
    pub findings: Vec<Finding>,
}

impl Names {
    /// Compares the names of a sentence and its translation. `terms` are words of the source whose spelling the caller has given.
    pub fn mend(&mut self, pair: Pair, source: &str, target: &str, terms: &[&str]) -> Mended {
        let (from, to) = (read(pair.source, source), read(pair.target, target));
        let is_known = |word: &Word| self.get(pair.source, &word.small).is_some();
        let Some(mut sides) = Sides::new(pair, &from, &to, is_known) else { return Mended::default() };
        let given = |word: &str| {
            terms.iter().any(|term| words_of(term).any(|other| same_word(pair.source, &other, word)))
        };
        sides.parts.retain(|part| !given(&from[part.at].small));
        let wrong = wrong(self, &sides);
        let mut mended = Mended::default();
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for fault in &wrong {
            let (word, place) = (&from[fault.part.at], to[fault.at].place.clone());
            match fault.with(&sides) {
                Some(with) => edits.push((place, with)),
                None if !fault.is_sure => {}
                None => mended.findings.push(Finding {
                    warning: if fault.part.same.is_some() {
                        Warning::NameInconsistent
                    } else {
                        Warning::NameLost
                    },
                    expected: fault.name.clone().unwrap_or_else(|| source[word.place.clone()].to_owned()),
                    found: target[place].to_owned(),
                }),
            }
        }
        edits.sort_by_key(|(place, _)| place.start);
        mended.edits = edits.into_iter().collect();
        for fault in &wrong {
            if let Some(name) = &fault.name {
                self.learn(pair, &from[fault.part.at].small, name, true);
            }
        }
        for part in sides.parts.iter().filter(|part| part.is_spelled) {
            let (Some(at), source) = (part.same, sides.word(part)) else { continue };
            let target = &target[to[at].place.clone()];
            // A name that is left in another alphabet is no example.
            if pair.target.is_latin() == target.starts_with(is_cyrillic) {
                continue;
            }
            let is_other = |known: &Known| is_pair(&small(&known.target), &small(target));
            match self.get_mut(pair.source, source) {
                Some(known) => known.is_shared |= part.name.len() > 1 && is_other(known),
                None => self.learn(
                    pair,
                    source,
                    target,
                    sides.is_person(part)
                        || is_slavic(pair, source)
                        || (part.name.len() > 1 && sides.is_respelled()),
                ),
            }
        }
        mended
    }

    fn get(&self, language: Language, small: &str) -> Option<&Known> {
        self.0.iter().find(|known| same_word(language, &known.source, small))
    }

    fn get_mut(&mut self, language: Language, small: &str) -> Option<&mut Known> {
        self.0.iter_mut().find(|known| same_word(language, &known.source, small))
    }

    /// Remembers a name at its first mention.
    fn learn(&mut self, pair: Pair, source: &str, target: &str, is_sure: bool) {
        if self.0.len() < MOST_NAMES && self.get(pair.source, source).is_none() {
            let (source, target) = (source.to_owned(), target.to_owned());
            self.0.push(Known { source, target, is_sure, is_shared: false });
        }
    }
}

/// Whether two surnames are those of a man and of a woman: Ivanov and Ivanova.
fn is_pair(one: &str, other: &str) -> bool {
    one.strip_suffix('a') == Some(other) || other.strip_suffix('a') == Some(one)
}

/// The words of a text; those of addresses and the like are no names.
fn read(language: Language, text: &str) -> Vec<Word> {
    let kept = spans(text);
    let mut words = words(Grammar::of(language), text);
    for word in &mut words {
        let inside = |place: &Range<usize>| place.start < word.place.end && word.place.start < place.end;
        word.capital &= !kept.iter().any(|span| inside(&span.place));
    }
    words
}

fn words_of(term: &str) -> impl Iterator<Item = String> {
    term.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(small)
}
