//! Gives a translation the typography of its language: quotes, dashes, spaces, the end of the sentence, numbers.
//!
//! The model writes the words; these rules change only what stands between letters and digits. They read the source as well,
//! because an ellipsis, an apostrophe or the opening mark of a long quotation stays as the author wrote it.
//!
//! Rules: Lexique des règles typographiques en usage à l'Imprimerie nationale (French), ГОСТ 7.32 and Мильчин (Russian). Before
//! `; ! ?`, French has a narrow no-break space (U+202F), before `:` and inside « » a no-break space (U+00A0).

mod ends;
mod marks;
mod numbers;
mod quotes;
mod render;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::Finding;
use crate::{
    lang::Pair,
    text::{Edits, Span, SpanKind, spans},
};

const NO_BREAK: char = '\u{a0}';
const NARROW: char = '\u{202f}';
/// Most rounds of all rules; the second one seldom changes anything.
const ROUNDS: usize = 4;

/// Whose typography a translation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Typography {
    /// That of the target language.
    #[default]
    Target,
    /// What the model writes.
    Keep,
}

/// The edits that give an output the typography of its language, and findings for quotation marks that had to be removed.
/// Letters, digits and addresses stay as they are. A second application changes nothing: the result is what no rule changes any more.
pub fn typography(pair: Pair, source: &str, output: &str) -> (Edits, Vec<Finding>) {
    let has_words = |text: &str| text.contains(char::is_alphanumeric);
    if !has_words(source) || !has_words(output) {
        return (Edits::default(), Vec::new());
    }
    let (source, before) = (masked(source), masked(output));
    let mut findings = Vec::new();
    let mut text = before.clone();
    // A rule may need what a later one writes: a question mark at the end, for example, is where a quotation ends.
    for _ in 0..ROUNDS {
        let next = round(pair, &source, &text, &mut findings);
        if next == text {
            return (between(&before, &text), findings);
        }
        text = next;
    }
    // Each rule undoes what another did, as with a heap of marks that nobody can pair. What the model wrote is no worse.
    (Edits::default(), Vec::new())
}

/// Applies each rule once.
fn round(pair: Pair, source: &str, output: &str, findings: &mut Vec<Finding>) -> String {
    let text = quotes::paired(pair, source, output, findings);
    let text = ends::restored(pair, source, text);
    let text = render::without_loose_marks(pair, text);
    let text = marks::dashes(pair, source, text);
    let text = marks::spaces(pair.target, &text);
    numbers::formatted(pair, source, text)
}

/// A text with `x` in place of each byte that is the same in every language, so no rule applies to it. The straight quotes of code
/// belong to the code.
fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for Span { place: Range { mut start, mut end }, kind } in spans(text) {
        let is_code =
            matches!(kind, SpanKind::Markup | SpanKind::Code | SpanKind::Placeholder | SpanKind::Format);
        if is_code && text[at..start].ends_with('"') && text[end..].starts_with('"') {
            (start, end) = (start - 1, end + 1);
        }
        masked.push_str(&text[at..start]);
        masked.extend(std::iter::repeat_n('x', end - start));
        at = end;
    }
    masked.push_str(&text[at..]);
    masked
}

/// The edits from one text to another with the same letters and digits: one for each gap that differs.
fn between(before: &str, after: &str) -> Edits {
    let mut edits = Edits::default();
    for (one, other) in gaps(before).zip(gaps(after)) {
        let (old, new) = (&before[one.clone()], &after[other]);
        if old != new {
            let head: usize =
                old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
            let (old, new) = (&old[head..], &new[head..]);
            let tail = old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b);
            let tail: usize = tail.map(|(c, _)| c.len_utf8()).sum();
            edits.push(one.start + head..one.end - tail, &new[..new.len() - tail]);
        }
    }
    edits
}

/// The ranges before, between and after the letters and digits of a text.
fn gaps(text: &str) -> impl Iterator<Item = Range<usize>> {
    let ends =
        text.char_indices().filter(|(_, c)| c.is_alphanumeric()).map(|(at, c)| (at, at + c.len_utf8()));
    let mut start = 0;
    ends.chain([(text.len(), text.len())]).map(move |(at, end)| std::mem::replace(&mut start, end)..at)
}

/// White space, also the one that does not break.
fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// The last character before `at` that is no space.
fn visible_before(text: &str, at: usize) -> Option<char> {
    text[..at].trim_end().chars().next_back()
}

/// The first character from `at` on that is no space.
fn visible_after(text: &str, at: usize) -> Option<char> {
    text[at..].trim_start().chars().next()
}
