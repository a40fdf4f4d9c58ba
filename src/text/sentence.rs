//! Finds the ends of the sentences in a block.
//!
//! Every run of `.`, `!`, `?` and `…` is a candidate, together with the closing quotes, brackets and footnote marks after it.
//! The word before it and the word after it decide. The code looks at a bounded range around each candidate, so the time is
//! linear for any text.

use super::{floor, is_blank};
use crate::lang::{
    Language,
    abbreviation::{self, Dot},
};

/// The longest word that may be an abbreviation, in characters.
const WORD: usize = 24;
/// How far to look for signs of a web address around a full stop without white space, in characters.
const GLUED: usize = 64;

/// The ends of all sentences of `text` except the last, in bytes, ascending.
pub(super) fn sentence_ends(text: &str, language: Language) -> Vec<usize> {
    let mut ends = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut worded = false;
    while let Some(mark) = terminator(text, at) {
        // Marks without a word before them belong to the next sentence.
        worded |= text[at..mark].contains(char::is_alphanumeric);
        let run = run_end(text, mark);
        let end = closers_end(text, run);
        if worded && (Candidate { text, start, mark, run, end, language }).is_end() {
            ends.push(end);
            start = end;
            worded = false;
        }
        at = end;
    }
    ends
}

/// Whether `text`, which has no white space at its end, ends with the end of a sentence.
pub(super) fn ends_sentence(text: &str, language: Language) -> bool {
    let body = text.trim_end_matches(|c| is_closer(c) || is_blank(c));
    let run = body.trim_end_matches(is_terminator);
    match &body[run.len()..] {
        "" => body.ends_with(']') && footnoted(body),
        "." => abbreviation::judge(word_before(run), token_before(run), language) == Dot::Stop,
        _ => true,
    }
}

/// Whether `text` ends with a terminator and a footnote mark.
fn footnoted(text: &str) -> bool {
    let inner = text.trim_end_matches(']').trim_end_matches(|c: char| c.is_ascii_digit());
    inner.strip_suffix('[').is_some_and(|body| body.ends_with(is_terminator))
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…')
}

fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '“' | '»' | '›' | ')' | ']' | '}')
}

fn terminator(text: &str, from: usize) -> Option<usize> {
    text[from..].find(is_terminator).map(|at| from + at)
}

fn run_end(text: &str, mark: usize) -> usize {
    text.len() - text[mark..].trim_start_matches(is_terminator).len()
}

/// The end of the closing marks at `at`: quotes, brackets, footnote marks, and further terminators.
fn closers_end(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let taken = rest.len() - rest.trim_start_matches(|c| is_closer(c) || is_terminator(c)).len();
        let taken = if taken > 0 { taken } else { footnote(rest).max(spaced_closer(rest)) };
        if taken == 0 {
            return at;
        }
        at += taken;
    }
}

/// The length in bytes of a footnote mark: `[12]`, or superscript digits.
fn footnote(rest: &str) -> usize {
    if let Some(inner) = rest.strip_prefix('[') {
        let digits = inner.bytes().take(4).take_while(u8::is_ascii_digit).count();
        return if digits > 0 && inner[digits..].starts_with(']') { digits + 2 } else { 0 };
    }
    rest.len() - rest.trim_start_matches(['¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹', '⁰']).len()
}

/// The length in bytes of a French closing quote with the space before it.
fn spaced_closer(rest: &str) -> usize {
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (Some(space @ (' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')), Some(quote @ ('»' | '›'))) => {
            space.len_utf8() + quote.len_utf8()
        }
        _ => 0,
    }
}

/// The last word of `text`, with the dots, hyphens and digits in it.
fn word_before(text: &str) -> &str {
    tail(text, |c| {
        is_blank(c) || matches!(c, '(' | '[' | '{' | '«' | '“' | '„' | '"' | '\'' | '’' | '‘' | '—' | '/')
    })
}

/// The token before the last word of `text`.
fn token_before(text: &str) -> &str {
    let before = &text[..text.len() - word_before(text).len()];
    let mut trimmed = before;
    // A phrase has at most two blanks between words.
    for _ in 0..2 {
        trimmed = trimmed.strip_suffix(is_blank).unwrap_or(trimmed);
    }
    tail(trimmed, |c| is_blank(c) || matches!(c, '(' | '«' | '"'))
}

/// The longest suffix of `text` without a border; empty if it is longer than [`WORD`].
fn tail(text: &str, is_border: impl Fn(char) -> bool) -> &str {
    let mut from = text.len();
    for (count, (at, c)) in text.char_indices().rev().enumerate() {
        if is_border(c) {
            return &text[from..];
        }
        if count >= WORD {
            return "";
        }
        from = at;
    }
    text
}

/// A place where a sentence may end.
struct Candidate<'a> {
    text: &'a str,
    /// Start of the sentence; start and end of the terminators; end of the closing marks.
    start: usize,
    mark: usize,
    run: usize,
    end: usize,
    language: Language,
}

impl Candidate<'_> {
    fn is_end(&self) -> bool {
        let rest = &self.text[self.end..];
        let next = rest.trim_start_matches(is_blank);
        if next.is_empty() {
            return false;
        }
        if next.len() == rest.len() {
            return self.is_glued();
        }
        // The first letter or digit after quotes, brackets and dashes.
        let lead = next.char_indices().take(12).find(|(_, c)| c.is_alphanumeric());
        let Some((at, lead)) = lead else {
            // A last quote or bracket after a space stays with what it closes.
            return next.char_indices().nth(12).is_some();
        };
        if lead.is_lowercase() {
            return false;
        }
        let word = word_after(&next[at..]);
        if abbreviation::is_suffix(word) {
            return false;
        }
        let mark = &self.text[self.mark..self.run];
        if mark != "." {
            // "sold for... 1.6 million" is one sentence.
            return !(lead.is_numeric() && (mark.starts_with("..") || mark.starts_with('…')));
        }
        // In "J. A. Smith", the next word is another initial.
        let initial = word.chars().count() == 1 && next[at + word.len()..].starts_with('.');
        self.is_full_stop(lead, word, initial)
    }

    /// Judges one full stop by the words around it.
    fn is_full_stop(&self, lead: char, next: &str, initial_follows: bool) -> bool {
        let ahead = &self.text[self.start..self.mark];
        // "1. First" at the start is an item number.
        let item = ahead.trim_start_matches(is_blank);
        if item.len() <= 3 && item.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        let dot = abbreviation::judge(word_before(ahead), token_before(ahead), self.language);
        if lead.is_numeric() {
            return dot == Dot::Stop;
        }
        match dot {
            Dot::Stop | Dot::Closing => true,
            Dot::Numbering => !abbreviation::is_roman(next),
            Dot::Leaning => false,
            Dot::Initial => abbreviation::is_starter(next) && !initial_follows,
            Dot::Clock => !abbreviation::follows_clock(next),
            Dot::Year => !is_date_ahead(ahead),
        }
    }

    /// Whether the white space after the full stop is missing, as in "harbour.The": lower-case letters before it, a capitalised
    /// word after it, and no other dots or signs of an address around it.
    fn is_glued(&self) -> bool {
        let (before, after) = (&self.text[self.start..self.mark], &self.text[self.end..]);
        let mut back = before.chars().rev();
        let mut front = after.chars();
        let small = |c: Option<char>| c.is_some_and(char::is_lowercase);
        if !(small(back.next()) && small(back.next())) {
            return false;
        }
        if !(front.next().is_some_and(char::is_uppercase) && small(front.next())) {
            return false;
        }
        let is_address = |c: char| matches!(c, '/' | '@' | '_' | ':' | '\\' | '=' | '&');
        let dotted = |c: char| is_address(c) || c == '.';
        let back = before.chars().rev().take(GLUED).take_while(|&c| !is_blank(c));
        let mut front = after.chars().take(GLUED).take_while(|&c| !is_blank(c)).peekable();
        let clean_back = !back.into_iter().any(dotted);
        let mut clean_front = true;
        while let Some(c) = front.next() {
            let inner_dot = c == '.' && front.peek().is_some_and(|c| c.is_alphanumeric());
            if is_address(c) || inner_dot {
                clean_front = false;
            }
        }
        let dot = abbreviation::judge(word_before(before), "", self.language);
        clean_back && clean_front && (dot == Dot::Stop || !self.text[self.mark..].starts_with('.'))
    }
}

/// Whether the text before "г." is only a date that opens the sentence.
fn is_date_ahead(ahead: &str) -> bool {
    let mut words = ahead.split(is_blank).filter(|word| !word.is_empty());
    words.next().is_some_and(abbreviation::is_dating) && words.take(5).count() <= 4
}

fn word_after(text: &str) -> &str {
    let end =
        text.char_indices().take(WORD).find(|&(_, c)| !(c.is_alphanumeric() || matches!(c, '\'' | '’')));
    &text[..end.map_or(floor(text, 4 * WORD), |(at, _)| at)]
}
