//! Translates a sentence with the caller's terms.
//!
//! First the model translates the sentence as it stands; of its hypotheses, one with the terms wins. If a term is missing, the
//! model reads the sentence again with the target of the term in place of its source, so that it can copy and inflect it. If that
//! loses the term too, a stand-in such as `[1]` takes its place, which a rule replaces afterwards: then the target has the form in
//! which the caller gave it.

use std::ops::Range;

use super::{
    Alternative, Request, TranslateError,
    memory::Remembered,
    route::HopEngine,
    sentence::{Outcome, job, translate_route},
    wanted::Wanted,
};
use crate::{
    engine::Prepared,
    fidelity::{
        Finding, Warning, capitalised,
        protect::{replaced, stand_ins},
        terms::{Found, Term},
    },
    text::Edits,
};

/// A term of the source and its place in the translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedTerm {
    pub term: Term,
    /// Byte range in the source.
    pub source: Range<u64>,
    /// Byte range in the translation; `None` if the term is missing there.
    pub target: Option<Range<u64>>,
}

impl UsedTerm {
    /// The term in the texts around its sentence.
    pub(super) fn shifted(self, before: u64, written: u64) -> Self {
        Self {
            source: self.source.start + before..self.source.end + before,
            target: self.target.map(|target| target.start + written..target.end + written),
            ..self
        }
    }
}

/// What the model reads in place of the terms that it lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Target,
    StandIn,
}

/// A translation of a sentence, with the place of each term in it.
struct Attempt {
    text: String,
    outcome: Outcome,
    places: Vec<Option<Range<usize>>>,
}

/// Translates a sentence that is prepared for the first hop, with the terms in `wanted`.
pub(super) async fn translate_with_terms(
    route: &[HopEngine],
    request: &Request,
    wanted: &Wanted,
    prepared: Prepared,
) -> Result<Remembered, TranslateError> {
    let found = &wanted.found;
    if found.is_empty() {
        return translate_route(route, request, wanted, prepared).await;
    }
    let source = prepared.job().text.clone();
    let (text, outcome) = match translate_route(route, request, wanted, prepared).await? {
        (Some(text), outcome) => (text, outcome),
        without => return Ok(without),
    };
    let mut best = Attempt::new(wanted, &source, text, outcome);
    for way in [Way::Target, Way::StandIn] {
        let lost = best.lost(found);
        if lost.is_empty() {
            break;
        }
        let Some((text, outcome)) = attempt(route, request, wanted, &source, &lost, way).await? else {
            continue;
        };
        best = best.or(Attempt::new(wanted, &source, text, outcome));
    }
    let Attempt { text, mut outcome, places } = best;
    for (term, _) in found.iter().zip(&places).filter(|(_, place)| place.is_none()) {
        let expected = if term.term().is_kept() { &term.term().source } else { &term.term().target };
        outcome.findings.push(Finding { expected: expected.clone(), ..Warning::TermMissing.into() });
    }
    outcome.terms = used(found, places);
    outcome.findings.sort_unstable();
    outcome.findings.dedup();
    Ok((Some(text), outcome))
}

/// Translates a sentence with something else in place of the lost terms; `None` if that gives no translation.
async fn attempt(
    route: &[HopEngine],
    request: &Request,
    wanted: &Wanted,
    source: &str,
    lost: &[&Found],
    way: Way,
) -> Result<Option<(String, Outcome)>, TranslateError> {
    let mut wanted = wanted.clone();
    let words: Vec<String> = match way {
        Way::Target => lost.iter().map(|term| term.term().target.clone()).collect(),
        Way::StandIn => stand_ins(source, lost.len()),
    };
    if way == Way::StandIn {
        wanted.stand_ins.clone_from(&words);
    }
    let edits: Edits = lost.iter().map(|term| term.place.clone()).zip(words.iter().cloned()).collect();
    let (edited, [first, ..]) = (edits.apply(source), route) else { return Ok(None) };
    // The target is the same word.
    if edited == source {
        return Ok(None);
    }
    // The sentence may become too long.
    let Ok(prepared) = first.engine.prepare(job(first, request, edited)) else {
        return Ok(None);
    };
    let (Some(mut text), mut outcome) = translate_route(route, request, &wanted, prepared).await? else {
        return Ok(None);
    };
    outcome.place(|range| edits.back(range), |range| range);
    if way == Way::StandIn {
        let Some(edits) = restored(&text, &words, lost) else { return Ok(None) };
        text = edits.apply(&text);
        outcome.place(|range| range, |range| edits.forward(range));
        outcome.alternatives.retain_mut(|Alternative { text, .. }| {
            restored(text, &words, lost).map(|edits| *text = edits.apply(text)).is_some()
        });
    }
    Ok(Some((text, outcome)))
}

/// The edits that put targets in place of their stand-ins; `None` unless each stand-in is there once. A target at the start of the
/// sentence begins with a capital.
fn restored(text: &str, words: &[String], lost: &[&Found]) -> Option<Edits> {
    let targets = lost.iter().zip(words).map(|(term, word)| {
        let target = &term.term().target;
        if text.starts_with(word) { capitalised(target) } else { target.clone() }
    });
    replaced(words, targets, text)
}

/// The terms of a sentence with their places in its translation.
pub(super) fn used(found: &[Found], places: Vec<Option<Range<usize>>>) -> Vec<UsedTerm> {
    let used = |(term, target): (&Found, Option<Range<usize>>)| UsedTerm {
        term: term.term().clone(),
        source: wide(&term.place),
        target: target.as_ref().map(wide),
    };
    found.iter().zip(places).map(used).collect()
}

fn wide(range: &Range<usize>) -> Range<u64> {
    range.start as u64..range.end as u64
}

impl Attempt {
    fn new(wanted: &Wanted, source: &str, text: String, outcome: Outcome) -> Self {
        Self { places: wanted.terms.places(&wanted.found, source, &text), text, outcome }
    }

    /// The terms that are missing and may change; the others are kept by rule.
    fn lost<'a>(&self, found: &'a [Found]) -> Vec<&'a Found> {
        let lost = found.iter().zip(&self.places).filter(|(_, place)| place.is_none());
        lost.map(|(term, _)| term).filter(|term| !term.term().is_kept()).collect()
    }

    fn cost(&self) -> (usize, usize) {
        let grave = self.outcome.findings.iter().filter(|finding| finding.warning.is_grave()).count();
        (grave, self.places.iter().filter(|place| place.is_none()).count())
    }

    /// The better one of two attempts, with the usage of both.
    fn or(self, other: Self) -> Self {
        let (usage, used) = (self.outcome.usage, other.outcome.usage);
        let mut best = if other.cost() < self.cost() { other } else { self };
        best.outcome.usage = usage;
        best.outcome.usage += used;
        best
    }
}
