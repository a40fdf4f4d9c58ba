//! Cuts a long sentence into parts of about equal length, between clauses where possible.

use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

use super::is_blank;
use crate::lang::Language;

/// Costs of cutting at a comma, before a clause opener, and at any other space. A cut costs its distance from the wanted
/// length, as a share of that length, plus one of these.
const COMMA: f32 = 0.2;
const OPENER: f32 = 0.35;
const SPACE: f32 = 0.6;

/// Byte ranges of the parts of `text`, each of at most `max_chars` characters and without white space at its edges.
pub fn split_clauses(text: &str, max_chars: usize) -> Vec<Range<usize>> {
    let max_chars = max_chars.max(1);
    let mut parts = Vec::new();
    let mut start = 0;
    let mut left = text.chars().count();
    while left > max_chars {
        let rest = &text[start..];
        let cut = cut(rest, left, max_chars);
        let body = rest[..cut].trim_end_matches(is_blank);
        parts.push(start..start + body.len());
        let next = rest[cut..].trim_start_matches(is_blank);
        start = text.len() - next.len();
        left -= rest[..rest.len() - next.len()].chars().count();
    }
    parts.push(start..text.len());
    parts
}

/// Where the first part of `text` ends, in bytes: never 0, and at most `max_chars` characters in.
fn cut(text: &str, chars: usize, max_chars: usize) -> usize {
    let wanted = chars.div_ceil(chars.div_ceil(max_chars));
    let mut best: Option<(f32, usize)> = None;
    let mut before = ' ';
    let mut previous = ' ';
    for (count, (at, c)) in text.char_indices().enumerate().take(max_chars + 1) {
        // No part is shorter than a third of the wanted length.
        if is_blank(c) && !is_blank(previous) && count * 3 >= wanted && at > 0 {
            let cost = cost(before, previous, &text[at..]) + wanted.abs_diff(count) as f32 / wanted as f32;
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, at));
            }
        }
        (before, previous) = (previous, c);
    }
    best.map_or_else(|| last_resort(text, max_chars), |(_, at)| at)
}

/// The cost of a cut at white space. `before` and `previous` are the two characters before it.
fn cost(before: char, previous: char, from: &str) -> f32 {
    let next = from.trim_start_matches(is_blank);
    if matches!(previous, ';' | ':') || next.starts_with(['—', '–']) {
        return 0.0;
    }
    let quoted_comma = before == ',' && matches!(previous, '"' | '”' | '»' | '’');
    if previous == ',' || quoted_comma {
        return COMMA;
    }
    let word = next.split(|c: char| !c.is_alphabetic()).next().unwrap_or(next);
    if Language::any_lists(word, |tables| tables.words.clause_openers) { OPENER } else { SPACE }
}

/// The last boundary between grapheme clusters within `max_chars`; a longer cluster is cut inside.
pub(super) fn last_resort(text: &str, max_chars: usize) -> usize {
    let end = |count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    // One more character shows whether a cluster ends exactly at the limit.
    let window = &text[..end(max_chars + 1)];
    match window.grapheme_indices(true).next_back() {
        Some((at, _)) if at > 0 && at <= end(max_chars) => at,
        _ => end(max_chars),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, max: usize) -> Vec<&str> {
        split_clauses(text, max).into_iter().map(|part| &text[part]).collect()
    }

    #[test]
    fn cuts_are_between_clauses_and_parts_are_balanced() {
        let text =
            "The court heard the first witness on Monday; the second one, who lives abroad, spoke later.";
        assert_eq!(
            cut(text, 60),
            [
                "The court heard the first witness on Monday;",
                "the second one, who lives abroad, spoke later."
            ]
        );
        let words = "word ".repeat(21);
        let parts = cut(words.trim_end(), 100);
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.len() >= 40), "{parts:?}");
    }

    #[test]
    fn a_text_without_spaces_is_cut_between_graphemes() {
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 3), ["e\u{301}", "e\u{301}", "e\u{301}"]);
        let marks = format!("e{}", "\u{301}".repeat(9));
        assert!(cut(&marks, 4).iter().all(|part| part.chars().count() <= 4));
        assert_eq!(cut("abcdef", 0).len(), 6);
    }
}
