//! The end of a sentence: a full stop, a question mark or an ellipsis as in the source, and none if the source has none.

use std::ops::Range;

use super::is_space;
use crate::lang::{
    Language, Pair,
    abbreviation::{Dot, judge},
};

/// The output with the final stop and the ellipses of the source.
pub(super) fn restored(pair: Pair, source: &str, output: String) -> String {
    let output = ellipses(source, output);
    let (before, after) = (tail(source), tail(&output));
    let (expected, found) = (stops(&source[before.clone()]), stops(&output[after.clone()]));
    let Some(stop) = wanted(pair, source, &before, &expected, &output, &after, &found) else { return output };
    // The closing marks behind the stop in the source stay behind it.
    let behind = closers(source[before.clone()].rsplit(is_stop).next().unwrap_or_default()).len();
    let closers = closers(&output[after.clone()]);
    let inside = closers.len() - if expected.is_empty() { 0 } else { behind.min(closers.len()) };
    let mut text = output[..after.start].to_owned();
    text.extend(closers[..inside].iter().copied());
    text.push_str(&stop);
    text.extend(closers[inside..].iter().copied());
    text
}

/// The stop that the output should have instead of its own; `None` to leave it.
fn wanted(
    pair: Pair,
    source: &str,
    before: &Range<usize>,
    expected: &str,
    output: &str,
    after: &Range<usize>,
    found: &str,
) -> Option<String> {
    let is_abbreviated = |language: Language, text: &str, at: usize| {
        let mut words = text[..at].split(is_space).rev();
        let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '.').to_owned();
        let (word, previous) = (words.next().map(bare).unwrap_or_default(), words.next().unwrap_or_default());
        judge(&word, previous, language) != Dot::Stop
    };
    if same(expected, found) || !output[..after.start].contains(char::is_alphanumeric) {
        return None;
    }
    if expected.is_empty() {
        let is_abbreviation = found == "." && is_abbreviated(pair.target, output, after.start);
        // A headline that asks may have no mark in the source.
        return (!is_abbreviation && !found.contains('?')).then(String::new);
    }
    // The full stop of an abbreviation is not the end of a sentence, or not only.
    if expected == "." && is_abbreviated(pair.source, source, before.start) {
        return None;
    }
    // «Кто?». is right: the sentence around the question has a full stop of its own.
    let stopped = pair.target == Language::Russian && found.strip_suffix('.') == Some(expected);
    (!stopped).then(|| expected.to_owned())
}

/// Whether two stops are the same, however the ellipsis is written.
fn same(one: &str, other: &str) -> bool {
    one.replace('…', "...") == other.replace('…', "...")
}

/// The punctuation at the end of a text, with closing marks and the spaces between them.
pub(super) fn tail(text: &str) -> Range<usize> {
    let body = text.trim_end_matches(|c| is_space(c) || is_stop(c) || is_closer(c));
    let start = body.len();
    // The space after the last word belongs to the mark behind it.
    start..text.len()
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | ',' | ':' | ';')
}

fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '“' | '»' | '›' | ')' | ']' | '}')
}

/// The stops of a tail.
fn stops(tail: &str) -> String {
    tail.chars().filter(|c| is_stop(*c)).collect()
}

/// The closing marks of a tail, each with the space before it.
fn closers(tail: &str) -> Vec<&str> {
    let mut closers = Vec::new();
    let mut start = 0;
    for (at, c) in tail.char_indices() {
        if is_closer(c) {
            closers.push(&tail[start..at + c.len_utf8()]);
        }
        if is_closer(c) || is_stop(c) {
            start = at + c.len_utf8();
        }
    }
    closers
}

/// Writes ellipses as the source does: one character or three full stops.
fn ellipses(source: &str, output: String) -> String {
    match (source.contains('…'), source.contains("...")) {
        (true, false) if output.contains("...") => output.replace("...", "…"),
        (false, true) if output.contains('…') => output.replace('…', "..."),
        _ => output,
    }
}
