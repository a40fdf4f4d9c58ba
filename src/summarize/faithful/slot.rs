//! The slots of names and other words: the words on their sides. Another name in the same slot is another statement.

use std::collections::{HashMap, HashSet};

use crate::lang::{Before, Grammar, Language, Name, Weight, Word};

/// The farthest content word that identifies a slot, in words from the name.
const REACH: usize = 3;

/// A slot: a side of a name and the content word there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Slot {
    /// After this stem, with the preposition between, if there is one.
    Behind(String, Option<String>),
    /// Before this stem.
    Before(String),
    /// Between these words, content words or not; the second is empty at the end of the clause.
    Between(String, String),
}

/// The names of a sentence by their slots. A day counts as a name here, so that no name can take its slot.
#[derive(Debug, Default)]
pub(super) struct Slots {
    names: HashMap<Slot, Vec<Name>>,
    /// Slots of pronouns, which stand for names.
    pronouns: HashSet<Slot>,
    /// Stems of verbs, and of other content words beside a content word.
    words: HashMap<Slot, HashSet<String>>,
}

impl Slots {
    pub(super) fn of(grammar: &Grammar, words: &[Word], names: &[Name]) -> Self {
        let days = (0..words.len()).filter_map(|at| Some((at, grammar.named(words, at)?)));
        let days = days.filter(|(_, named)| named.is_date());
        let days = days.map(|(at, day)| Name::single(at, format!("{day:?}")));
        let names: Vec<Name> = names.iter().cloned().chain(days).collect();
        let slots_of = |name: &Name| {
            let sides = [behind(grammar, words, &names, name), before(grammar, words, &names, name)];
            sides.into_iter().flatten().chain(between(words, name))
        };
        let mut slots = Self::default();
        for name in &names {
            for slot in slots_of(name) {
                slots.names.entry(slot).or_default().push(name.clone());
            }
        }
        for (at, word) in words.iter().enumerate() {
            if grammar.tables.words.pronouns.contains(&word.small.as_str()) {
                slots.pronouns.extend(slots_of(&Name::single(at, String::new())));
            }
            let beside =
                [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| words.get(at));
            let telling = grammar.is_verbal(words, at)
                || beside.into_iter().any(|beside| beside.weight != Weight::None);
            if word.weight == Weight::Full
                && telling
                && !is_name(&names, at)
                && let Some(slot) = between(words, &Name::single(at, String::new()))
            {
                slots.words.entry(slot).or_default().insert(word.stem.clone());
            }
        }
        slots
    }

    /// Whether a name fills a slot that only other names fill in the sources.
    pub(super) fn contradict(&self, language: Language, sources: &[&Slots]) -> bool {
        self.names.iter().any(|(slot, names)| {
            let others = || sources.iter().filter_map(|source| source.names.get(slot)).flatten();
            others().next().is_some()
                && names.iter().any(|name| !others().any(|other| name.is(language, other)))
        })
    }

    /// A word in a slot that other words fill in a source, if the word is not `said` in any source.
    pub(super) fn other_word(&self, sources: &[&Slots], said: impl Fn(&String) -> bool) -> Option<&String> {
        let replaced = |slot: &Slot| sources.iter().any(|source| source.words.contains_key(slot));
        let held = self.words.iter().filter(|(slot, _)| replaced(slot));
        held.flat_map(|(_, stems)| stems).filter(|stem| !said(stem)).min()
    }

    /// Whether a name fills a slot that a pronoun fills in the source.
    pub(super) fn stands_for_pronoun(&self, name: &Name, source: &Slots) -> bool {
        let held = self.names.iter().filter(|(_, names)| names.iter().any(|other| other.place == name.place));
        held.into_iter().any(|(slot, _)| source.pronouns.contains(slot))
    }
}

/// The slot after another word.
fn behind(grammar: &Grammar, words: &[Word], names: &[Name], name: &Name) -> Option<Slot> {
    // In "met the Italian minister", "Italian" only modifies the patient.
    let modifies = words.get(name.place.end).is_some_and(|next| {
        next.before == Before::Blank
            && next.weight != Weight::None
            && !grammar.is_verbal(words, name.place.end)
    });
    let mut preposition = None;
    for at in (0..name.place.start).rev().take(REACH) {
        if modifies || matches!(words[at + 1].before, Before::Clause | Before::Start) || is_name(names, at) {
            return None;
        }
        let word = &words[at];
        if word.weight != Weight::None {
            let agent = preposition
                .as_ref()
                .is_some_and(|by: &String| grammar.tables.words.by.contains(&by.as_str()));
            if agent && grammar.is_verbal(words, at) {
                return None;
            }
            return Some(Slot::Behind(word.stem.clone(), preposition));
        }
        if preposition.is_none() && grammar.tables.words.prepositions.contains(&word.small.as_str()) {
            preposition = Some(word.small.clone());
        }
    }
    None
}

/// The slot before another word, for a name that no preposition governs. A passive is left to [`super::role`].
fn before(grammar: &Grammar, words: &[Word], names: &[Name], name: &Name) -> Option<Slot> {
    if name.governed {
        return None;
    }
    let behind = words.iter().enumerate().skip(name.place.end).take(REACH);
    let mut behind = behind.take_while(|(at, word)| {
        !matches!(word.before, Before::Clause | Before::Start) && !is_name(names, *at)
    });
    let (at, word) = behind.find(|(_, word)| word.weight != Weight::None)?;
    let passive = |at: usize| grammar.tables.words.being.contains(&words[at].small.as_str());
    let passive = (name.place.end..at).any(passive) && grammar.is_verbal(words, at);
    (!passive).then(|| Slot::Before(word.stem.clone()))
}

/// The slot between two words of a clause.
fn between(words: &[Word], name: &Name) -> Option<Slot> {
    let first =
        words.get(name.place.start).filter(|word| !matches!(word.before, Before::Clause | Before::Start))?;
    let before = words.get(name.place.start.checked_sub(1)?).filter(|_| first.place.start > 0)?;
    let next =
        words.get(name.place.end).filter(|word| !matches!(word.before, Before::Clause | Before::Start));
    Some(Slot::Between(before.small.clone(), next.map_or(String::new(), |next| next.small.clone())))
}

fn is_name(names: &[Name], at: usize) -> bool {
    names.iter().any(|name| name.place.contains(&at))
}
