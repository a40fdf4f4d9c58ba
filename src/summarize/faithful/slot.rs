//! Where a name or another word stands: between which words. Another one in the same place is another story.

use std::collections::{HashMap, HashSet};

use crate::lang::{Before, Grammar, Language, Name, Weight, Word};

/// Words between a name and the word that its place is known by.
const REACH: usize = 3;

/// A side of a name, and the word there that says something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Slot {
    /// The word before it and the preposition between, if there is one.
    Behind(String, Option<String>),
    Before(String),
    /// The words on both sides as they are, whatever they say; nothing where the clause ends.
    Between(String, String),
}

/// The names of a sentence by their places. A day is one too here, so that no name takes its place.
#[derive(Debug, Default)]
pub(super) struct Slots {
    names: HashMap<Slot, Vec<Name>>,
    /// Places of pronouns, which stand for names.
    pronouns: HashSet<Slot>,
    /// Stems of verbs, and of other words between words of which one says something too.
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

    /// Whether a name stands here where only others stand in the sources.
    pub(super) fn contradict(&self, language: Language, sources: &[&Slots]) -> bool {
        self.names.iter().any(|(slot, names)| {
            let others = || sources.iter().filter_map(|source| source.names.get(slot)).flatten();
            others().next().is_some()
                && names.iter().any(|name| !others().any(|other| name.is(language, other)))
        })
    }

    /// A word that stands here where only others stand in a source, and that is not `said` there at all.
    pub(super) fn other_word(&self, sources: &[&Slots], said: impl Fn(&String) -> bool) -> Option<&String> {
        let replaced = |slot: &Slot| sources.iter().any(|source| source.words.contains_key(slot));
        let held = self.words.iter().filter(|(slot, _)| replaced(slot));
        held.flat_map(|(_, stems)| stems).filter(|stem| !said(stem)).min()
    }

    /// Whether a name stands here where a pronoun stands in the source.
    pub(super) fn stands_for_pronoun(&self, name: &Name, source: &Slots) -> bool {
        let held = self.names.iter().filter(|(_, names)| names.iter().any(|other| other.place == name.place));
        held.into_iter().any(|(slot, _)| source.pronouns.contains(slot))
    }
}

/// The place behind another word.
fn behind(grammar: &Grammar, words: &[Word], names: &[Name], name: &Name) -> Option<Slot> {
    // In "met the Italian minister" nobody met Italians.
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

/// The place before another word, of a name that may have to do with it. What a passive does is left to roles.
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

/// The place between two words of a clause.
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
