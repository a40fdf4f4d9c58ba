//! Writes quotation marks and apostrophes in the style of a language.

use std::ops::Range;

use super::{
    NO_BREAK, is_space,
    quotes::{Mark, Side},
};
use crate::lang::{Language, Pair};

/// The two marks of a quotation.
type Quotes = (&'static str, &'static str);

/// The output with these marks and without the removed ones, and with the apostrophes of the source.
pub(super) fn rendered(
    pair: Pair,
    source: &str,
    output: &str,
    marks: &[Mark],
    removed: &[Range<usize>],
    curly: bool,
) -> String {
    let apostrophe = apostrophe(source);
    // The start of a quotation from an earlier sentence is not here, but what it contains is inside.
    let mut depth = marks.iter().filter(|mark| mark.side == Side::Close && mark.mate.is_none()).count();
    let mut text = String::with_capacity(output.len() + 4 * marks.len());
    let mut at = 0;
    for mark in marks {
        push(&mut text, output, at..mark.place.start, apostrophe, removed);
        if mark.side == Side::Close {
            depth = depth.saturating_sub(1);
        }
        let (open, close) = quotes(pair.target, depth, curly);
        let is_spaced = open == "«" && pair.target == Language::French;
        at = mark.place.end;
        match mark.side {
            Side::Open => {
                text.push_str(open);
                at += output[at..].len() - output[at..].trim_start_matches(is_space).len();
                if is_spaced {
                    text.push(NO_BREAK);
                }
                depth += 1;
            }
            Side::Close => {
                text.truncate(text.trim_end_matches(is_space).len());
                if is_spaced {
                    text.push(NO_BREAK);
                }
                text.push_str(close);
            }
        }
    }
    push(&mut text, output, at..output.len(), apostrophe, removed);
    text
}

/// Appends the text between two marks.
fn push(
    text: &mut String,
    output: &str,
    between: Range<usize>,
    apostrophe: Option<char>,
    removed: &[Range<usize>],
) {
    let mut at = between.start;
    let copy = |text: &mut String, part: &str| {
        let mut letters = part.chars().peekable();
        while let Some(c) = letters.next() {
            let inner =
                text.ends_with(char::is_alphanumeric) && letters.peek().is_some_and(|c| c.is_alphanumeric());
            match (c, apostrophe) {
                ('\'' | '’', Some(apostrophe)) => text.push(apostrophe),
                ('"', _) if inner => text.push(apostrophe.unwrap_or('\'')),
                _ => text.push(c),
            }
        }
    };
    for place in removed.iter().filter(|place| between.start <= place.start && place.end <= between.end) {
        copy(text, &output[at..place.start]);
        at = place.end;
        // The space inside of a French closing mark goes with it.
        let joins = output[at..].starts_with(|c: char| !c.is_alphanumeric() && !is_space(c));
        if &output[place.clone()] == "»" && (joins || at == output.len()) {
            text.truncate(text.trim_end_matches(is_space).len());
        }
        // One of the two spaces around the mark goes with it.
        if text.is_empty() || text.ends_with(is_space) {
            at += output[at..between.end].len() - output[at..between.end].trim_start().len();
        }
    }
    copy(text, &output[at.min(between.end)..between.end]);
}

/// The apostrophe of a text; `None` if it has both or gives no hint.
fn apostrophe(source: &str) -> Option<char> {
    let has = |mark: char| {
        source.match_indices(mark).any(|(at, _)| {
            source[..at].ends_with(char::is_alphabetic)
                && source[at + mark.len_utf8()..].starts_with(char::is_alphabetic)
        })
    };
    match (has('\''), has('’')) {
        (true, false) => Some('\''),
        (false, true) => Some('’'),
        (false, false) if is_curly(source) => Some('’'),
        _ => None,
    }
}

/// Whether a text has the marks of a printer and not those of a typewriter.
pub(super) fn is_curly(text: &str) -> bool {
    !text.contains('"') && text.contains(['“', '”', '„', '«', '»', '‘', '’'])
}

/// The marks of a quotation at a depth; 0 is outside.
fn quotes(language: Language, depth: usize, curly: bool) -> Quotes {
    match (language, depth.is_multiple_of(2)) {
        (Language::French | Language::Russian, true) => ("«", "»"),
        (Language::French, false) => ("“", "”"),
        (Language::Russian, false) => ("„", "“"),
        (Language::English, outer) => match (outer, curly) {
            (true, true) => ("“", "”"),
            (true, false) => ("\"", "\""),
            (false, true) => ("‘", "’"),
            (false, false) => ("'", "'"),
        },
    }
}

/// Puts commas behind the closing marks of French and Russian, and full stops behind those of Russian.
pub(super) fn without_loose_marks(pair: Pair, text: String) -> String {
    let closers: &[&str] = match pair.target {
        Language::English => return text,
        Language::French => &["\u{a0}»", "”"],
        Language::Russian => &["»", "“"],
    };
    let stops: &[&str] = if pair.target == Language::Russian { &[",", "."] } else { &[","] };
    let mut text = text;
    for close in closers {
        for stop in stops {
            let inside = format!("{stop}{close}");
            let mut from = 0;
            while let Some(at) = text[from..].find(&inside).map(|at| from + at) {
                let end = at + inside.len();
                from = end;
                // An ellipsis stays inside; „ … “ in Russian ends with the mark that opens in other languages.
                if text[..at].ends_with(['.', ',']) || text[end..].starts_with(char::is_alphanumeric) {
                    continue;
                }
                let again = text[end..].starts_with([',', '.']);
                text.replace_range(
                    at..end,
                    &if again { (*close).to_owned() } else { format!("{close}{stop}") },
                );
                from = at + close.len();
            }
        }
    }
    text
}
