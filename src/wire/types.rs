//! Converts the types that the services share (`types.proto`).

use std::{ops::Range, time::Duration};

use super::{AnswerError, FieldError, proto};
use crate::{
    fidelity::{Finding, Warning},
    lang::{Language, Pair, UnknownLanguage},
    text::{Format, LineBreaks},
    translate::{Alignment, Alternative, Hop, MOST_TERMS, Match, Segment, Term, TermError, Usage, UsedTerm},
};

/// Converts each item of a list.
pub(super) fn each<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}

/// Converts a count. A count over the contract's maximum becomes the maximum, which is also refused.
pub(super) fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The language of a field; `None` if the field is empty.
pub(super) fn language(field: &str, code: &str) -> Result<Option<Language>, FieldError> {
    let wrong = |error: UnknownLanguage| FieldError::new(field, error.to_string());
    (!code.is_empty()).then(|| code.parse().map_err(wrong)).transpose()
}

/// The meaning of line ends in a field.
pub(super) fn line_breaks(field: &str, value: i32) -> Result<LineBreaks, FieldError> {
    let known = proto::LineBreaks::try_from(value).map_err(|_| FieldError::new(field, "unknown value"))?;
    Ok(Option::from(known).unwrap_or_default())
}

/// The field for a language; empty for `None`.
pub(super) fn code(language: Option<Language>) -> String {
    language.map(|language| language.to_string()).unwrap_or_default()
}

/// The format of a request; `Auto` if it is not given.
pub(super) fn format(format: i32) -> Result<Format, FieldError> {
    let format = proto::Format::try_from(format).map_err(|_| FieldError::new("format", "unknown format"))?;
    Ok(Option::from(format).unwrap_or_default())
}

impl From<(Language, f32)> for proto::DetectedLanguage {
    fn from((language, confidence): (Language, f32)) -> Self {
        Self { language: language.to_string(), confidence }
    }
}

/// `None` for a language that this version does not know.
pub(super) fn detected(detected: Option<proto::DetectedLanguage>) -> Option<(Language, f32)> {
    let proto::DetectedLanguage { language, confidence } = detected?;
    Some((language.parse().ok()?, confidence))
}

impl From<Pair> for proto::LanguagePair {
    fn from(pair: Pair) -> Self {
        Self { source_language: pair.source.to_string(), target_language: pair.target.to_string() }
    }
}

impl TryFrom<proto::LanguagePair> for Pair {
    type Error = UnknownLanguage;

    fn try_from(pair: proto::LanguagePair) -> Result<Self, UnknownLanguage> {
        Ok(Self { source: pair.source_language.parse()?, target: pair.target_language.parse()? })
    }
}

impl From<Hop> for proto::Hop {
    fn from(hop: Hop) -> Self {
        Self { pair: Some(hop.pair.into()), model: hop.model }
    }
}

/// Converts a route. Hops between unknown languages are left out.
pub(super) fn hops(route: Vec<proto::Hop>) -> Vec<Hop> {
    let known = |hop: proto::Hop| Some(Hop { pair: hop.pair?.try_into().ok()?, model: hop.model });
    route.into_iter().filter_map(known).collect()
}

/// The model that wrote the final text.
pub(super) fn last_model(route: &[Hop]) -> String {
    route.last().map(|hop| hop.model.clone()).unwrap_or_default()
}

impl From<Range<u64>> for proto::ByteRange {
    fn from(Range { start, end }: Range<u64>) -> Self {
        Self { start, end }
    }
}

pub(super) fn range(range: Option<proto::ByteRange>) -> Result<Range<u64>, AnswerError> {
    let range = range.ok_or(AnswerError("a segment or sentence without byte ranges"))?;
    Ok(range.start..range.end)
}

impl From<Segment> for proto::Segment {
    fn from(segment: Segment) -> Self {
        let found = warnings(segment.warnings());
        Self {
            source: Some(segment.source.into()),
            target: Some(segment.target.into()),
            score: segment.score,
            warnings: found,
            findings: each(segment.findings),
            alternatives: each(segment.alternatives),
            alignments: each(segment.alignments),
            terms: each(segment.terms),
            matches: each(segment.matches),
            copied: segment.copied,
        }
    }
}

impl TryFrom<proto::Segment> for Segment {
    type Error = AnswerError;

    fn try_from(segment: proto::Segment) -> Result<Self, AnswerError> {
        Ok(Self {
            findings: segment.findings.into_iter().filter_map(Into::into).collect(),
            source: range(segment.source)?,
            target: range(segment.target)?,
            score: segment.score,
            copied: segment.copied,
            alternatives: each(segment.alternatives),
            terms: segment.terms.into_iter().map(UsedTerm::try_from).collect::<Result<_, _>>()?,
            matches: each(segment.matches),
            alignments: segment.alignments.into_iter().map(Alignment::try_from).collect::<Result<_, _>>()?,
        })
    }
}

impl From<Term> for proto::Term {
    fn from(Term { source, target }: Term) -> Self {
        Self { source, target }
    }
}

/// Checks the number of values of a repeated field; `what` they are called.
pub(super) fn at_most<T>(most: usize, field: &str, values: &[T], what: &str) -> Result<(), FieldError> {
    if values.len() <= most {
        return Ok(());
    }
    let problem = format!("it has {} {what}, more than the limit of {most}", values.len());
    Err(FieldError::new(field, problem))
}

/// Checks the terms of a field.
pub(super) fn terms(field: &str, terms: &[proto::Term]) -> Result<Vec<Term>, FieldError> {
    at_most(MOST_TERMS, field, terms, "terms")?;
    let wrong = |at: usize, error: TermError| FieldError::new(format!("{field}[{at}]"), error.to_string());
    let term = |(at, proto::Term { source, target }): (usize, &proto::Term)| {
        Term::new(source, target).map_err(|error| wrong(at, error))
    };
    terms.iter().enumerate().map(term).collect()
}

impl From<UsedTerm> for proto::UsedTerm {
    fn from(UsedTerm { term, source, target }: UsedTerm) -> Self {
        Self { term: Some(term.into()), source: Some(source.into()), target: target.map(Into::into) }
    }
}

impl TryFrom<proto::UsedTerm> for UsedTerm {
    type Error = AnswerError;

    fn try_from(used: proto::UsedTerm) -> Result<Self, AnswerError> {
        let proto::Term { source, target } = used.term.unwrap_or_default();
        Ok(Self {
            term: Term { source, target },
            source: range(used.source)?,
            target: used.target.map(|target| target.start..target.end),
        })
    }
}

impl From<Finding> for proto::Finding {
    fn from(Finding { warning, expected, found }: Finding) -> Self {
        Self { warning: proto::Warning::from(warning).into(), expected, found }
    }
}

/// `None` for a warning that this version does not know.
impl From<proto::Finding> for Option<Finding> {
    fn from(finding: proto::Finding) -> Self {
        let warning = Option::<Warning>::from(finding.warning())?;
        Some(Finding { warning, expected: finding.expected, found: finding.found })
    }
}

pub(super) fn warnings(warnings: impl IntoIterator<Item = Warning>) -> Vec<i32> {
    warnings.into_iter().map(|warning| proto::Warning::from(warning).into()).collect()
}

impl From<Alignment> for proto::Alignment {
    fn from(Alignment { source, target, weight }: Alignment) -> Self {
        Self { source: Some(source.into()), target: Some(target.into()), weight }
    }
}

impl TryFrom<proto::Alignment> for Alignment {
    type Error = AnswerError;

    fn try_from(proto::Alignment { source, target, weight }: proto::Alignment) -> Result<Self, AnswerError> {
        Ok(Self { source: range(source)?, target: range(target)?, weight })
    }
}

impl From<Alternative> for proto::Alternative {
    fn from(Alternative { text, score }: Alternative) -> Self {
        Self { text, score }
    }
}

impl From<proto::Alternative> for Alternative {
    fn from(proto::Alternative { text, score }: proto::Alternative) -> Self {
        Self { text, score }
    }
}

impl From<Match> for proto::Match {
    fn from(Match { source, target, similarity }: Match) -> Self {
        Self { source, target, similarity }
    }
}

impl From<proto::Match> for Match {
    fn from(proto::Match { source, target, similarity }: proto::Match) -> Self {
        Self { source, target, similarity }
    }
}

impl From<Usage> for proto::Usage {
    fn from(usage: Usage) -> Self {
        // Cannot fail: times are far below the range of a protobuf duration.
        let duration = |duration: Duration| duration.try_into().ok();
        Self {
            source_tokens: usage.source_tokens,
            target_tokens: usage.target_tokens,
            queued: duration(usage.queued),
            computing: duration(usage.computing),
            remembered: usage.remembered,
            matched: usage.matched,
        }
    }
}

impl From<proto::Usage> for Usage {
    fn from(usage: proto::Usage) -> Self {
        let duration = |duration: Option<prost_types::Duration>| {
            duration.unwrap_or_default().try_into().unwrap_or_default()
        };
        Self {
            source_tokens: usage.source_tokens,
            target_tokens: usage.target_tokens,
            queued: duration(usage.queued),
            computing: duration(usage.computing),
            remembered: usage.remembered,
            matched: usage.matched,
        }
    }
}
