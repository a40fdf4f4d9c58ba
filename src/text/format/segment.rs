//! Cuts a finished block into segments. Each is translated or copied as one.

use std::ops::Range;

use super::spans;
use crate::{
    lang::Language,
    text::{Limits, clause, is_blank, sentence, verbatim},
};

/// The segments of a block, in order: its marker, its sentences, and the parts of long sentences.
pub(super) fn segments(text: &str, marker: usize, language: Language, limits: Limits) -> Vec<Range<usize>> {
    segments_around(text, marker, language, limits, &spans::kept(text))
}

/// The same, without a cut in a range of `kept`.
pub(super) fn segments_around(
    text: &str,
    marker: usize,
    language: Language,
    limits: Limits,
    kept: &[Range<usize>],
) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let mut from = text.len() - text.trim_start_matches(is_blank).len();
    if marker > 0 {
        segments.push(from..from + marker);
        from += marker;
    }
    let body = &text[from..];
    let mut ends = sentence::sentence_ends(body, language);
    ends.retain(|end| !kept.iter().any(|kept| kept.start < from + end && from + end < kept.end));
    let mut start = 0;
    for end in ends.into_iter().chain([body.len()]) {
        let sentence = &body[start..end];
        let trimmed = sentence.trim_start_matches(is_blank);
        let begin = from + end - trimmed.len();
        let trimmed = trimmed.trim_end_matches(is_blank);
        if verbatim::is_verbatim(trimmed) {
            segments.extend((!trimmed.is_empty()).then_some(begin..begin + trimmed.len()));
        } else {
            let parts = clause::split_clauses(trimmed, limits.max_segment_chars);
            segments.extend(parts.into_iter().map(|part| begin + part.start..begin + part.end));
        }
        start = end;
    }
    segments
}
