//! Who does what, and who says so, as far as the order of words tells.
//!
//! Nothing here parses. A predicate is any word that says something and is no name; who does it is the nearest name before
//! it in its clause that no preposition governs. That is often wrong, and wrong in the same way in a sentence and in the one
//! it was made from; where the two differ, the summary sentence is not trusted.

use std::collections::HashSet;

use crate::lang::{Before, Grammar, Language, Name, Speech, Weight, Word};

/// Words that say something between an actor and the last predicate that is compared.
const NEAR: usize = 3;
/// Words behind a predicate in which its patient or its agent is looked for.
const REACH: usize = 24;
/// Words of a clause that a speaker without a name is looked for in.
const SPEAKER: usize = 4;

/// What a predicate is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Predicate {
    Word(String),
    /// Speech that is reported and no more, in whichever words.
    Says,
}

/// A predicate with those about it.
#[derive(Debug)]
struct Frame {
    predicate: Predicate,
    /// Names of who does it.
    actors: Vec<Name>,
    /// Name of who it is done to.
    patient: Option<Name>,
    /// Stems of a speaker who is not named.
    nouns: Vec<String>,
    /// The actor is near enough for the frame to be compared.
    near: bool,
}

/// The frames of a sentence.
#[derive(Debug, Default)]
pub(super) struct Roles {
    frames: Vec<Frame>,
}

/// A sentence of the article, as roles are looked for in it.
pub(super) struct Source<'a> {
    pub roles: &'a Roles,
    /// Its own names and those of the sentence before it, which its pronouns may stand for.
    pub names: Vec<&'a Name>,
    /// The same for the stems of all words.
    pub contents: Vec<&'a HashSet<String>>,
}

impl Roles {
    pub(super) fn of(grammar: &Grammar, words: &[Word], names: &[Name]) -> Self {
        let in_name = |at: usize| names.iter().any(|name| name.place.contains(&at));
        let mut frames = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if let Some(length) = attribution(grammar, words, at) {
                frames.push(attributed(words, names, at + length));
                continue;
            }
            let speech = grammar.speech(word);
            let silent = word.weight == Weight::None || (word.weight == Weight::Light && speech.is_none());
            // Who tells something is not told by "to tell".
            let infinitive = speech.is_some() && at > 0 && is_infinitive(&words[at - 1]);
            if !silent && !infinitive && !in_name(at) && !grammar.names_day(words, at) {
                frames.push(frame(grammar, words, names, at, speech));
            }
        }
        Self { frames }
    }

    /// Whether somebody says something here, and is named.
    pub(super) fn tell_speaker(&self) -> bool {
        self.frames.iter().any(|frame| frame.predicate == Predicate::Says && !frame.actors.is_empty())
    }

    /// Whether someone does or says here what another does or says in the sources.
    /// `spoken` are the sources in whose neighbourhood speech may be attributed to someone.
    pub(super) fn contradict(
        &self,
        language: Language,
        sources: &[Source<'_>],
        spoken: &[Source<'_>],
    ) -> bool {
        self.frames.iter().any(|frame| {
            let sources = if frame.predicate == Predicate::Says { spoken } else { sources };
            !frame.is_in(language, sources)
        })
    }
}

impl Frame {
    fn is_in(&self, language: Language, sources: &[Source<'_>]) -> bool {
        let mut alike = sources
            .iter()
            .flat_map(|source| source.roles.frames.iter().map(move |frame| (source, frame)))
            .filter(|(_, frame)| frame.predicate == self.predicate)
            .peekable();
        let attributed =
            self.predicate == Predicate::Says && (!self.actors.is_empty() || !self.nouns.is_empty());
        if alike.peek().is_none() {
            // A verb that the article has not is a matter of content; speech that nobody there utters is an invention.
            return !(attributed && self.near);
        }
        alike.any(|(source, other)| {
            (!self.near || self.actors.iter().all(|actor| other.may_be_done_by(language, actor, source)))
                && self.patient.as_ref().is_none_or(|patient| {
                    let is = |name: &Name| name.is(language, patient);
                    other.patient.as_ref().is_some_and(is) || !other.actors.iter().any(is)
                })
                && (self.nouns.is_empty()
                    || !self.actors.is_empty()
                    || other.may_be_said_by(&self.nouns, source))
        })
    }

    fn may_be_done_by(&self, language: Language, actor: &Name, source: &Source<'_>) -> bool {
        let is = |other: &Name| {
            // Where cases tell who does it, as in Russian, and not the order.
            actor.is(language, other)
                && (!language.tables().endings.cases
                    || actor.words.iter().any(|word| other.words.contains(word)))
        };
        if !self.actors.is_empty() {
            return self.actors.iter().any(is);
        }
        let patient = self.patient.as_ref().is_some_and(|patient| patient.is(language, actor));
        let mut named = source.names.iter().filter(|name| actor.is(language, name)).peekable();
        !patient && named.peek().is_some() && !named.all(|name| name.governed)
    }

    fn may_be_said_by(&self, nouns: &[String], source: &Source<'_>) -> bool {
        let shared = nouns.iter().any(|noun| self.nouns.contains(noun));
        let unknown = self.nouns.is_empty()
            && nouns.iter().any(|noun| source.contents.iter().any(|stems| stems.contains(noun)));
        shared || unknown
    }
}

/// The words of a phrase like "according to" that begins `at`.
fn attribution(grammar: &Grammar, words: &[Word], at: usize) -> Option<usize> {
    let begins = |phrase: &&&[&str]| {
        let here = words.get(at..at + phrase.len());
        here.is_some_and(|here| here.iter().map(|word| word.small.as_str()).eq(phrase.iter().copied()))
    };
    grammar.tables.reporting.according.iter().find(begins).map(|phrase| phrase.len())
}

/// What is said according to who is named from `at` on.
fn attributed(words: &[Word], names: &[Name], at: usize) -> Frame {
    let end = clause_end(words, at);
    let actors: Vec<Name> =
        names.iter().filter(|name| (at..end).contains(&name.place.start)).take(1).cloned().collect();
    let nouns = stems(words.get(at..end).unwrap_or_default().iter(), |index| {
        names.iter().any(|name| name.place.contains(&(at + index)))
    });
    Frame { predicate: Predicate::Says, actors, patient: None, nouns, near: true }
}

fn frame(grammar: &Grammar, words: &[Word], names: &[Name], at: usize, speech: Option<Speech>) -> Frame {
    let start = clause_start(words, at);
    let end = clause_end(words, at + 1);
    let says = |range: std::ops::Range<usize>| {
        words[range].iter().filter(|word| word.weight != Weight::None).count()
    };
    let before = names.iter().rev().filter(|name| name.place.start >= start && name.place.end <= at);
    let near_by = |name: &&Name| name.place.start < end.min(at + REACH);
    let behind = || names.iter().filter(|name| name.place.start > at).take_while(near_by);
    let small =
        |at: usize, list: &[&str]| words.get(at).is_some_and(|word| list.contains(&word.small.as_str()));

    let mut actors: Vec<Name> = Vec::new();
    for name in before.filter(|name| !name.governed) {
        let joined = actors.last().is_none_or(|last| {
            last.place.start == name.place.end + 1 && small(name.place.end, grammar.tables.words.and)
        });
        if joined {
            actors.push(name.clone());
        }
    }
    let near = actors.first().is_some_and(|actor| {
        let between = says(actor.place.end..at);
        // A noun beside a name ("Russian pilots") is done by nobody, if a verb comes soon.
        let noun = speech.is_none() && !grammar.is_verbal(words, at);
        let verbs = (at + 1..end.min(at + 4)).any(|behind| grammar.is_verbal(words, behind));
        between < NEAR && !(noun && (between > 0 || verbs))
    });
    let mut patient = behind().find(|name| !name.governed && says(at + 1..name.place.start) < NEAR).cloned();

    let passive = words[start..at]
        .iter()
        .rev()
        .take(3)
        .any(|word| grammar.tables.words.being.contains(&word.small.as_str()));
    let agent = behind().find(|name| {
        (at + 1..name.place.start).any(|between| small(between, grammar.tables.words.by))
            && says(at + 1..name.place.start) < NEAR
    });
    if let Some(agent) = agent.filter(|_| passive) {
        patient = actors.into_iter().next();
        actors = vec![agent.clone()];
        return Frame {
            predicate: predicate(words, at, speech),
            actors,
            patient,
            nouns: Vec::new(),
            near: true,
        };
    }

    let mut nouns = Vec::new();
    let mut near = near;
    if speech.is_some() {
        let is_name = |index: usize| names.iter().any(|name| name.place.contains(&index));
        let ahead = &words[start..at];
        nouns = stems(ahead.iter().rev().take(SPEAKER), |index| is_name(at - 1 - index));
        // "..., said Anna Smirnova": nobody stands before the verb.
        let alone = words[start].before != Before::Start
            && actors.is_empty()
            && nouns.is_empty()
            && !ahead.iter().any(is_subject);
        if alone {
            let who = behind().find(|name| !name.governed && says(at + 1..name.place.start) < SPEAKER);
            actors.extend(who.cloned());
            near = !actors.is_empty();
            patient = None;
            let to = who.map_or(end, |name| name.place.start);
            nouns = stems(words.get(at + 1..to).unwrap_or_default().iter().take(SPEAKER), |index| {
                is_name(at + 1 + index)
            });
        } else {
            near |= actors.is_empty() && !nouns.is_empty();
        }
    }
    Frame { predicate: predicate(words, at, speech), actors, patient, nouns, near }
}

fn predicate(words: &[Word], at: usize, speech: Option<Speech>) -> Predicate {
    match speech {
        Some(Speech::Says) => Predicate::Says,
        Some(Speech::Claims) | None => Predicate::Word(words[at].stem.clone()),
    }
}

/// Stems of words that say something, names left out.
fn stems<'a>(words: impl Iterator<Item = &'a Word>, is_name: impl Fn(usize) -> bool) -> Vec<String> {
    let said = words.enumerate().filter(|(index, word)| word.weight != Weight::None && !is_name(*index));
    said.map(|(_, word)| word.stem.clone()).take(SPEAKER).collect()
}

/// Whether a verb behind this word is done by nobody yet.
fn is_infinitive(before: &Word) -> bool {
    Language::any_lists(&before.small, |tables| tables.words.infinitive)
}

/// Whether it is a pronoun for who does something.
fn is_subject(word: &Word) -> bool {
    Language::any_lists(&word.small, |tables| tables.words.subjects)
}

fn clause_start(words: &[Word], at: usize) -> usize {
    (0..=at).rev().find(|at| matches!(words[*at].before, Before::Clause | Before::Start)).unwrap_or(0)
}

fn clause_end(words: &[Word], at: usize) -> usize {
    (at..words.len())
        .find(|at| matches!(words[*at].before, Before::Clause | Before::Start))
        .unwrap_or(words.len())
}
