//! Translates a sentence hop by hop: each model reads the output of the one before.

use std::ops::Range;

use super::{
    Alternative, Request, TranslateError, Usage, protected::translate_protected, route::HopEngine,
    terms::UsedTerm, wanted::Wanted,
};
use crate::{
    engine::{Alignment, EngineError, Job, MIN_WEIGHT, Prepared},
    fidelity::{Finding, Warning},
    text::split_clauses,
};

/// The result of a segment, beside its text.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub score: Option<f32>,
    pub findings: Vec<Finding>,
    /// Alternatives to the whole segment, not to a part of it.
    pub alternatives: Vec<Alternative>,
    /// Byte ranges in the sentence and in its translation.
    pub alignments: Vec<Alignment>,
    /// The caller's terms of the sentence, with such ranges.
    pub terms: Vec<UsedTerm>,
    pub usage: Usage,
}

impl Outcome {
    /// Adds the result of another hop or another part. The combined score is the minimum.
    pub(super) fn add(&mut self, other: Self) {
        self.score = [self.score, other.score].into_iter().flatten().reduce(f32::min);
        self.findings.extend(other.findings);
        self.findings.sort_unstable();
        self.findings.dedup();
        self.usage += other.usage;
    }

    /// The same findings for a sentence whose translation is not used.
    pub fn withdrawn(mut self) -> Self {
        self.findings.push(Warning::Untranslated.into());
        self.terms.iter_mut().for_each(|term| term.target = None);
        Self { findings: self.findings, usage: self.usage, terms: self.terms, ..Self::default() }
    }

    /// Maps the ranges of the alignments and the terms to other texts.
    pub fn place(
        &mut self,
        source: impl Fn(Range<usize>) -> Range<usize>,
        target: impl Fn(Range<usize>) -> Range<usize>,
    ) {
        for link in &mut self.alignments {
            link.source = through(&link.source, &source);
            link.target = through(&link.target, &target);
        }
        for term in &mut self.terms {
            term.source = through(&term.source, &source);
            term.target = term.target.take().map(|range| through(&range, &target));
        }
    }

    /// Whether there is no translation.
    pub fn is_untranslated(&self) -> bool {
        self.findings.iter().any(|finding| finding.warning == Warning::Untranslated)
    }

    /// The result of a sentence that stays in its language.
    pub fn untranslated(usage: Usage) -> Self {
        Self { findings: vec![Warning::Untranslated.into()], usage, ..Self::default() }
    }
}

/// The job for the engine of a hop.
pub(super) fn job(hop: &HopEngine, request: &Request, text: String) -> Job {
    // Only the last hop writes the target language.
    let alternatives = if hop.pair.target == request.target { request.alternatives } else { 0 };
    let alignments = request.alignments;
    Job {
        beam_size: request.beam_size,
        max_output_ratio: request.max_output_ratio,
        alternatives,
        alignments,
        ..Job::new(hop.pair, text)
    }
}

/// Whether a text is too long for an engine, and can be split.
pub(super) fn is_too_long(error: &EngineError, text: &str) -> bool {
    let too_long = matches!(error, EngineError::SourceTooLong { .. } | EngineError::TooLong { .. });
    too_long && text.chars().nth(1).is_some()
}

/// Translates a sentence that is prepared for the first hop. If a hop gives no usable output, there is no translation; the
/// intermediate text helps nobody.
pub(super) async fn translate_route(
    route: &[HopEngine],
    request: &Request,
    wanted: &Wanted,
    prepared: Prepared,
) -> Result<(Option<String>, Outcome), TranslateError> {
    let mut outcome = Outcome::default();
    let mut text = prepared.job().text.clone();
    let mut first = Some(prepared);
    for hop in route {
        let is_first = first.is_some();
        let parts = match first.take() {
            Some(prepared) => vec![(0..text.len(), prepared)],
            None => split_to_fit(hop, request, &text, 0..text.len())?,
        };
        let whole = parts.len() == 1;
        let (mut alignments, mut translation, mut end) = (Vec::new(), String::new(), 0);
        for (range, mut prepared) in parts {
            if !whole && prepared.job().alternatives > 0 {
                prepared = hop.engine.prepare(Job { alternatives: 0, ..prepared.job().clone() })?;
            }
            translation.push_str(&text[end..range.start]);
            end = range.end;
            let (part, mut found) = translate_protected(&hop.engine, wanted, prepared).await?;
            let (before, written) = (range.start as u64, translation.len() as u64);
            alignments.extend(found.alignments.drain(..).map(|link| shifted(link, before, written)));
            translation.push_str(&part);
            outcome.alternatives.clone_from(&found.alternatives);
            outcome.add(found);
        }
        text = translation;
        outcome.alignments = match is_first {
            true => alignments,
            false => composed(&outcome.alignments, &alignments),
        };
        if outcome.is_untranslated() {
            return Ok((None, Outcome::untranslated(outcome.usage)));
        }
    }
    Ok((Some(text), outcome))
}

/// Prepares the output of a hop for the next one. A text that is too long for it is split into clauses.
fn split_to_fit(
    hop: &HopEngine,
    request: &Request,
    text: &str,
    range: Range<usize>,
) -> Result<Vec<(Range<usize>, Prepared)>, TranslateError> {
    let part = &text[range.clone()];
    match hop.engine.prepare(job(hop, request, part.to_owned())) {
        Ok(prepared) => Ok(vec![(range, prepared)]),
        Err(error) if is_too_long(&error, part) => {
            let mut parts = Vec::new();
            for Range { start, end } in split_clauses(part, part.chars().count().div_ceil(2)) {
                parts.extend(split_to_fit(hop, request, text, range.start + start..range.start + end)?);
            }
            Ok(parts)
        }
        Err(error) => Err(error.into()),
    }
}

/// An alignment in the texts around it.
pub(super) fn shifted(
    Alignment { source, target, weight }: Alignment,
    before: u64,
    written: u64,
) -> Alignment {
    Alignment {
        source: source.start + before..source.end + before,
        target: target.start + written..target.end + written,
        weight,
    }
}

/// A range of an alignment after a change of its text.
pub(super) fn through(range: &Range<u64>, map: impl Fn(Range<usize>) -> Range<usize>) -> Range<u64> {
    let Range { start, end } = map(range.start as usize..range.end as usize);
    start as u64..end as u64
}

/// From the source to the target through the words between: weights along a way multiply, those of several ways add up.
fn composed(first: &[Alignment], second: &[Alignment]) -> Vec<Alignment> {
    let mut all: Vec<Alignment> = Vec::new();
    for link in second {
        for before in first.iter().filter(|before| before.target == link.source) {
            let weight = before.weight * link.weight;
            match all.iter_mut().find(|other| other.source == before.source && other.target == link.target) {
                Some(other) => other.weight = (other.weight + weight).min(1.0),
                None => {
                    all.push(Alignment { source: before.source.clone(), target: link.target.clone(), weight })
                }
            }
        }
    }
    all.retain(|link| link.weight >= MIN_WEIGHT);
    all
}
