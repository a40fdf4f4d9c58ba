//! A remembered result as bytes, for the memory on disk.
//!
//! The encoding is protobuf's, so a later version can add fields. The bytes come from a file: what does not decode is no record.

use std::ops::Range;

use prost::Message;
use serde::{
    Deserialize,
    de::{IntoDeserializer, value},
};

use super::{Alignment, Alternative, Usage, UsedTerm, memory::Remembered, sentence::Outcome};
use crate::fidelity::{Finding, Warning, terms::Term};

#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
    #[prost(float, optional, tag = "2")]
    score: Option<f32>,
    #[prost(message, repeated, tag = "3")]
    findings: Vec<FindingRecord>,
    #[prost(message, repeated, tag = "4")]
    alternatives: Vec<AlternativeRecord>,
    #[prost(message, repeated, tag = "5")]
    alignments: Vec<AlignmentRecord>,
    #[prost(message, repeated, tag = "6")]
    terms: Vec<TermRecord>,
}

#[derive(Clone, PartialEq, Message)]
struct FindingRecord {
    /// The name of the warning's variant.
    #[prost(string, tag = "1")]
    warning: String,
    #[prost(string, tag = "2")]
    expected: String,
    #[prost(string, tag = "3")]
    found: String,
}

#[derive(Clone, PartialEq, Message)]
struct AlternativeRecord {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(float, tag = "2")]
    score: f32,
}

/// Two byte ranges and a weight.
#[derive(Clone, PartialEq, Message)]
struct AlignmentRecord {
    #[prost(uint64, tag = "1")]
    source_start: u64,
    #[prost(uint64, tag = "2")]
    source_end: u64,
    #[prost(uint64, tag = "3")]
    target_start: u64,
    #[prost(uint64, tag = "4")]
    target_end: u64,
    #[prost(float, tag = "5")]
    weight: f32,
}

/// A term and its byte ranges.
#[derive(Clone, PartialEq, Message)]
struct TermRecord {
    #[prost(string, tag = "1")]
    source: String,
    #[prost(string, tag = "2")]
    target: String,
    #[prost(uint64, tag = "3")]
    source_start: u64,
    #[prost(uint64, tag = "4")]
    source_end: u64,
    /// Both absent if the translation lacks the term.
    #[prost(uint64, optional, tag = "5")]
    target_start: Option<u64>,
    #[prost(uint64, optional, tag = "6")]
    target_end: Option<u64>,
}

/// The bytes of a result, without its usage.
pub(super) fn encoded((text, outcome): &Remembered) -> Vec<u8> {
    let finding = |Finding { warning, expected, found }: &Finding| FindingRecord {
        warning: format!("{warning:?}"),
        expected: expected.clone(),
        found: found.clone(),
    };
    let alternative =
        |other: &Alternative| AlternativeRecord { text: other.text.clone(), score: other.score };
    let alignment = |Alignment { source, target, weight }: &Alignment| AlignmentRecord {
        source_start: source.start,
        source_end: source.end,
        target_start: target.start,
        target_end: target.end,
        weight: *weight,
    };
    let term = |UsedTerm { term, source, target }: &UsedTerm| TermRecord {
        source: term.source.clone(),
        target: term.target.clone(),
        source_start: source.start,
        source_end: source.end,
        target_start: target.as_ref().map(|target| target.start),
        target_end: target.as_ref().map(|target| target.end),
    };
    let record = Record {
        text: text.clone(),
        score: outcome.score,
        findings: outcome.findings.iter().map(finding).collect(),
        alternatives: outcome.alternatives.iter().map(alternative).collect(),
        alignments: outcome.alignments.iter().map(alignment).collect(),
        terms: outcome.terms.iter().map(term).collect(),
    };
    record.encode_to_vec()
}

/// The result in the bytes; `None` if they have none that this version knows.
pub(super) fn decoded(bytes: &[u8]) -> Option<Remembered> {
    let Record { text, score, findings, alternatives, alignments, terms } = Record::decode(bytes).ok()?;
    let length = text.as_ref().map_or(0, String::len) as u64;
    let finding = |FindingRecord { warning, expected, found }: FindingRecord| {
        let name: value::StrDeserializer<'_, value::Error> = warning.as_str().into_deserializer();
        Some(Finding { warning: Warning::deserialize(name).ok()?, expected, found })
    };
    let inside = |target: &Range<u64>| target.start <= target.end && target.end <= length;
    let alignment = |link: AlignmentRecord| {
        let (source, target) = (link.source_start..link.source_end, link.target_start..link.target_end);
        let is_valid = source.start <= source.end && inside(&target);
        is_valid.then_some(Alignment { source, target, weight: link.weight })
    };
    let alternatives =
        alternatives.into_iter().map(|AlternativeRecord { text, score }| Alternative { text, score });
    let term = |used: TermRecord| {
        let source = used.source_start..used.source_end;
        let target = match (used.target_start, used.target_end) {
            (Some(start), Some(end)) => Some(start..end),
            (None, None) => None,
            _ => return None,
        };
        let is_valid = source.start <= source.end && target.iter().all(inside);
        let term = Term { source: used.source, target: used.target };
        is_valid.then_some(UsedTerm { term, source, target })
    };
    let outcome = Outcome {
        score,
        findings: findings.into_iter().map(finding).collect::<Option<_>>()?,
        alternatives: alternatives.collect(),
        alignments: alignments.into_iter().map(alignment).collect::<Option<_>>()?,
        terms: terms.into_iter().map(term).collect::<Option<_>>()?,
        usage: Usage::default(),
    };
    Some((text, outcome))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn remembered() -> impl Strategy<Value = Remembered> {
        let warning = prop_oneof![
            Just(Warning::Repetition),
            Just(Warning::NumberMissing),
            Just(Warning::HalfTranslated),
            Just(Warning::LowScore)
        ];
        let finding =
            (warning, ".*", ".*").prop_map(|(warning, expected, found)| Finding { warning, expected, found });
        let alternative = (".*", -9f32..0.0).prop_map(|(text, score)| Alternative { text, score });
        let alignment = (0u64..9, 0u64..9, 0f32..1.0).prop_map(|(start, length, weight)| Alignment {
            source: start..start + length,
            target: 0..0,
            weight,
        });
        let target = prop_oneof![Just(None), Just(Some(0u64..0))];
        let term = (".*", ".*", 0u64..9, target).prop_map(|(source, words, start, target)| UsedTerm {
            term: Term { source, target: words },
            source: start..start + 1,
            target,
        });
        let outcome = (
            option::of(-9f32..0.0),
            vec(finding, 0..3),
            vec(alternative, 0..3),
            vec(alignment, 0..3),
            vec(term, 0..3),
        );
        (option::of(".*"), outcome).prop_map(|(text, (score, findings, alternatives, alignments, terms))| {
            (text, Outcome { score, findings, alternatives, alignments, terms, usage: Usage::default() })
        })
    }

    proptest! {
        #[test]
        fn a_record_comes_back(remembered in remembered()) {
            let back = decoded(&encoded(&remembered)).expect("it decodes");
            prop_assert_eq!(format!("{:?}", back), format!("{:?}", remembered));
        }

        #[test]
        fn any_bytes_decode_or_are_no_record(bytes in vec(any::<u8>(), 0..200)) {
            decoded(&bytes);
        }
    }

    #[test]
    fn a_record_of_an_unknown_warning_is_no_record() {
        let finding = FindingRecord { warning: "Sarcasm".to_owned(), ..FindingRecord::default() };
        let record = Record { findings: vec![finding], ..Record::default() };
        assert!(decoded(&record.encode_to_vec()).is_none());
    }

    #[test]
    fn a_range_outside_of_the_text_is_no_record() {
        let link = AlignmentRecord { target_end: 4, ..AlignmentRecord::default() };
        let record = |text: &str| Record {
            text: Some(text.to_owned()),
            alignments: vec![link.clone()],
            ..Record::default()
        };
        assert!(decoded(&record("five.").encode_to_vec()).is_some());
        assert!(decoded(&record("two").encode_to_vec()).is_none());
    }
}
