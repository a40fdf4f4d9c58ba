//! Who does what, and who says what, judged by word order.
//!
//! There is no parser here. A predicate is any content word that is not a name; its actor is the nearest name before it in the
//! clause that no preposition governs. That is often wrong, but it is wrong in the same way for a summary sentence and its
//! source. Where the two differ, the summary sentence is refused.

use std::collections::HashSet;

use crate::lang::{Before, Grammar, Language, Name, Speech, Weight, Word};

/// Actor and predicate are compared if fewer content words than this are between them.
const NEAR: usize = 3;
/// Words after a predicate in which its patient or agent may come.
const REACH: usize = 24;
/// Words of a clause in which an unnamed speaker may come.
const SPEAKER: usize = 4;

/// Predicates are equal if they have the same stem, or if both only report speech.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Predicate {
    Word(String),
    /// A verb that reports speech without a judgement.
    Says,
}

/// A predicate with its arguments.
#[derive(Debug)]
struct Frame {
    predicate: Predicate,
    /// Names of the actors.
    actors: Vec<Name>,
    /// Name of the patient: the one to whom it is done.
    patient: Option<Name>,
    /// Stems that describe an unnamed speaker.
    nouns: Vec<String>,
    /// The actor is near enough to compare.
    near: bool,
}

/// The frames of a sentence.
#[derive(Debug, Default)]
pub(super) struct Roles {
    frames: Vec<Frame>,
}

/// What the comparison of roles reads of a sentence of the article.
pub(super) struct Source<'a> {
    pub roles: &'a Roles,
    /// The names of the sentence and of its context, for which its pronouns may stand.
    pub names: Vec<&'a Name>,
    /// The stems of the content words of the sentence and of its context.
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
            // An infinitive such as "to tell" has no speaker.
            let infinitive = speech.is_some() && at > 0 && is_infinitive(&words[at - 1]);
            if !silent && !infinitive && !in_name(at) && !grammar.names_day(words, at) {
                frames.push(frame(grammar, words, names, at, speech));
            }
        }
        Self { frames }
    }

    /// Whether the sentence reports speech and names the speaker.
    pub(super) fn name_speaker(&self) -> bool {
        self.frames.iter().any(|frame| frame.predicate == Predicate::Says && !frame.actors.is_empty())
    }

    /// Whether a frame contradicts the sources. Frames of speech are compared with `spoken` instead, which may include
    /// neighbours of the sources.
    pub(super) fn contradict(
        &self,
        language: Language,
        sources: &[Source<'_>],
        spoken: &[Source<'_>],
    ) -> bool {
        self.frames.iter().any(|frame| {
            let sources = if frame.predicate == Predicate::Says { spoken } else { sources };
            !frame.agrees(language, sources)
        })
    }
}

impl Frame {
    fn agrees(&self, language: Language, sources: &[Source<'_>]) -> bool {
        let mut alike = sources
            .iter()
            .flat_map(|source| source.roles.frames.iter().map(move |frame| (source, frame)))
            .filter(|(_, frame)| frame.predicate == self.predicate)
            .peekable();
        let attributed =
            self.predicate == Predicate::Says && (!self.actors.is_empty() || !self.nouns.is_empty());
        if alike.peek().is_none() {
            // A verb that the sources do not have lowers the share of content; attributed speech without a source is invented.
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
            // In a language with cases, such as Russian, the case marks the actor, so one word must have the same form.
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

/// The frame of "according to" a speaker who is named from `at` on.
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
        // A noun beside a name ("Russian pilots") has no actor if a verb follows soon.
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
        // "..., said Anna Smirnova": the speaker follows the verb.
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

/// Stems of content words that are not in names.
fn stems<'a>(words: impl Iterator<Item = &'a Word>, is_name: impl Fn(usize) -> bool) -> Vec<String> {
    let said = words.enumerate().filter(|(index, word)| word.weight != Weight::None && !is_name(*index));
    said.map(|(_, word)| word.stem.clone()).take(SPEAKER).collect()
}

/// Whether a verb after this word is an infinitive.
fn is_infinitive(before: &Word) -> bool {
    Language::any_lists(&before.small, |tables| tables.words.infinitive)
}

/// Whether it is a subject pronoun.
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
