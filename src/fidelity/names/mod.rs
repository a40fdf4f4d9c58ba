//! Names: one person has one name in a text, in the spelling of newspapers.
//!
//! A small model bends names that it has never seen, and differently each time. This room compares the names of a sentence and of
//! its translation by their sound, puts the right spelling in place of a wrong one where a rule can know it, and reports the rest. A
//! rule that is not sure changes nothing: the translation may be right.

mod agree;
mod inflect;
mod places;
mod sides;
mod sound;
mod spell;
mod translated;

use std::ops::Range;

use self::{agree::wrong, sides::Sides, spell::is_slavic};
use super::{Finding, Warning};
use crate::{
    lang::{Grammar, Language, Pair, Word, same_word, words},
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
}

/// What is wrong with the names of a translation.
#[derive(Debug, Clone, Default)]
pub struct Mended {
    /// Replacements of wrong names.
    pub edits: Edits,
    /// Names that no rule can mend.
    pub findings: Vec<Finding>,
    pub log: Vec<String>,
}

impl Names {
    /// Compares the names of a sentence and its translation. `terms` are words of the source whose spelling the caller has given.
    pub fn mend(&mut self, pair: Pair, source: &str, target: &str, terms: &[&str]) -> Mended {
        let (from, to) = (read(pair.source, source), read(pair.target, target));
        let is_known = |word: &Word| self.get(pair.source, &word.small).is_some();
        let Some(mut sides) = Sides::new(pair, &from, &to, is_known) else { return Mended::default() };
        let given = |word: &str| terms.iter().any(|term| words_of(term).any(|other| same_word(pair.source, &other, word)));
        sides.parts.retain(|part| !given(&from[part.at].small));
        #[cfg(any())] { eprintln!("{:?} orph {:?}", sides.parts.iter().map(|p| (&from[p.at].small, p.is_spelled, p.same.map(|s|&to[s].small))).collect::<Vec<_>>(), sides.orphans.iter().map(|o| &to[*o].small).collect::<Vec<_>>()); }
        let wrong = wrong(self, &sides);
        let mut mended = Mended::default();
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for fault in &wrong {
            let (word, found) = (&from[fault.part.at], &target[to[fault.at].place.clone()]);
            let with = fault.with(&sides);
            mended.log.push(format!("{} {} | {found} -> {with:?} {:.2}", fault.rule, word.small, sides.likeness(fault.part.at, fault.at)));
            match with {
                Some(with) => edits.push((to[fault.at].place.clone(), with)),
                None if fault.rule == "usual" || fault.may_be_adjective(&sides) => {}
                None => {
                    let warning = if fault.part.same.is_some() { Warning::NameInconsistent } else { Warning::NameLost };
                    let expected = fault.name.clone().unwrap_or_else(|| source[word.place.clone()].to_owned());
                    mended.findings.push(Finding { warning, expected, found: found.to_owned() });
                }
            }
        }
        edits.sort_by_key(|(place, _)| place.start);
        mended.edits = edits.into_iter().collect();
        for fault in &wrong {
            if let Some(name) = &fault.name {
                self.learn(pair, Known { source: from[fault.part.at].small.clone(), target: name.clone(), is_sure: true });
            }
        }
        for part in sides.parts.iter().filter(|part| part.is_spelled) {
            let (Some(at), word) = (part.same, &from[part.at].small) else { continue };
            let target = target[to[at].place.clone()].to_owned();
            self.learn(pair, Known { source: word.clone(), target, is_sure: sides.is_person(part) || is_slavic(pair, word) });
        }
        mended
    }

    fn get(&self, language: Language, small: &str) -> Option<&Known> {
        self.0.iter().find(|known| same_word(language, &known.source, small))
    }

    /// Remembers a name at its first mention.
    fn learn(&mut self, pair: Pair, known: Known) {
        if self.0.len() < MOST_NAMES && self.get(pair.source, &known.source).is_none() {
            self.0.push(known);
        }
    }
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
    term.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(crate::lang::small)
}
