//! The facts of a sentence that a rule can compare with those of its translation: numbers with what they measure, days, months,
//! times of day, and whether it negates.
//!
//! A reader makes the same facts of a sentence in any language: 5 тыс., 5 000 and five thousand have one value, 2 p.m. is 14 h.
//! The comparison reports what differs as faults. A fault has an edit if a rule knows what the translation should have: its number
//! is replaced, or its currency, day, month or time. A false warning on a right translation costs trust, so doubtful facts
//! (a "second", a "dozen", "both") can only excuse a difference, never be one.

mod calendar;
mod clock;
mod compare;
mod figure;
mod leftover;
mod measured;
mod numbers;
mod polarity;
mod token;
mod write;

use std::ops::Range;

use self::{
    clock::{Around, Time},
    figure::{Figure, Measured},
    write::Edit,
};
use super::{Finding, Warning};
use crate::{
    lang::{Grammar, Language, MOST_WORDS, Measures, Pair, SIGNS, Word},
    text::Edits,
};

/// Most rounds of repairs: a wrong number may hide a wrong currency.
const ROUNDS: usize = 3;

/// A sentence with its facts.
struct Facts<'a> {
    language: Language,
    text: &'a str,
    grammar: &'static Grammar,
    measures: &'static Measures,
    tokens: Vec<Word>,
    figures: Vec<Figure>,
    times: Vec<Time>,
    /// Words and signs for measures, beside a number or not.
    mentions: Vec<Measured>,
}

/// A difference between a sentence and its translation.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    finding: Finding,
    /// The replacement in the translation that removes it, if a rule knows one.
    edit: Option<Edit>,
}

impl Fault {
    fn new(warning: Warning, expected: &str, found: &str) -> Self {
        let finding = Finding { warning, expected: expected.to_owned(), found: found.to_owned() };
        Self { finding, edit: None }
    }

    fn with(mut self, edit: Option<Edit>) -> Self {
        self.edit = edit;
        self
    }
}

impl<'a> Facts<'a> {
    fn read(language: Language, text: &'a str) -> Self {
        let (grammar, measures) = (Grammar::of(language), Measures::of(language));
        let mut tokens = token::tokens(grammar, text);
        tokens.truncate(MOST_WORDS);
        let around = Around { text, tokens: &tokens, measures };
        let (figures, times) = figure::figures(grammar, &around);
        let mut facts =
            Self { language, text, grammar, measures, tokens, figures, times, mentions: Vec::new() };
        facts.mentions = facts.mentions();
        facts
    }

    fn mentions(&self) -> Vec<Measured> {
        let words = self.tokens.iter().filter_map(|word| {
            let found = self.measures.measures(&word.small);
            let form = found.first()?.1;
            let meanings = found.iter().map(|(measure, _)| *measure).collect();
            Some(Measured { meanings, place: word.place.clone(), form })
        });
        let signs = self.text.char_indices().filter_map(|(at, c)| {
            let (_, meanings) = SIGNS.iter().find(|(sign, _)| *sign == c)?;
            Some(Measured { meanings: meanings.to_vec(), place: at..at + c.len_utf8(), form: None })
        });
        let phrases = self.tokens.windows(2).filter_map(|pair| {
            let phrases = self.measures.tables.phrases.iter();
            let mut named =
                phrases.filter(|(first, second, _)| pair[0].small == *first && pair[1].small == *second);
            let (.., measure) = named.next()?;
            Some(Measured {
                meanings: vec![*measure],
                place: pair[0].place.start..pair[1].place.end,
                form: None,
            })
        });
        words
            .chain(signs)
            .chain(phrases)
            .chain(self.figures.iter().flat_map(|figure| figure.measured.clone()))
            .collect()
    }

    /// The text of a place.
    fn at(&self, place: &Range<usize>) -> &'a str {
        &self.text[place.clone()]
    }
}

/// What is wrong with the facts of a translation.
pub fn findings(pair: Pair, source: &str, translation: &str) -> Vec<Finding> {
    let (source, translation) = (Facts::read(pair.source, source), Facts::read(pair.target, translation));
    compare::faults(&source, &translation).into_iter().map(|fault| fault.finding).collect()
}

/// The replacements that remove faults of a translation, as far as rules know them. Empty if there is none.
pub fn repairs(pair: Pair, source: &str, translation: &str) -> Edits {
    // A copy stays a copy, so that it has its warning.
    if source.split_whitespace().eq(translation.split_whitespace()) {
        return Edits::default();
    }
    let source = Facts::read(pair.source, source);
    let read = |text: &str| -> (usize, Vec<Edit>, Vec<Edit>) {
        let facts = Facts::read(pair.target, text);
        let faults = compare::faults(&source, &facts);
        let count = faults.len();
        (count, faults.into_iter().filter_map(|fault| fault.edit).collect(), write::styled(&facts))
    };
    let mut edits = Edits::default();
    let mut text = translation.to_owned();
    let (mut count, mut wrong, mut style) = read(&text);
    for _ in 0..ROUNDS {
        if wrong.is_empty() && style.is_empty() {
            break;
        }
        let less = !wrong.is_empty();
        let round = disjoint(wrong.iter().chain(&style).cloned().collect());
        let next = round.apply(&text);
        let after = read(&next);
        // A repair that leaves as many faults does no good.
        if after.0 > count || less && after.0 == count {
            wrong.clear();
            continue;
        }
        // A second round is rare: one replacement of all that changed.
        edits = if edits.is_empty() { round } else { whole(translation, &next) };
        if next == text {
            break;
        }
        text = next;
        (count, wrong, style) = after;
    }
    edits
}

/// The replacements that do not overlap an earlier one.
fn disjoint(mut edits: Vec<Edit>) -> Edits {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut end = 0;
    let keep = |(range, _): &Edit| {
        let kept = range.start >= end;
        end = if kept { range.end } else { end };
        kept
    };
    edits.into_iter().filter(keep).collect()
}

/// One replacement of what differs between two texts.
fn whole(before: &str, after: &str) -> Edits {
    let common = |pair: &(char, char)| pair.0 == pair.1;
    let start: usize = before.chars().zip(after.chars()).take_while(common).map(|(c, _)| c.len_utf8()).sum();
    let (left, right) = (&before[start..], &after[start..]);
    let tail: usize =
        left.chars().rev().zip(right.chars().rev()).take_while(common).map(|(c, _)| c.len_utf8()).sum();
    [(start..before.len() - tail, right[..right.len() - tail].to_owned())].into_iter().collect()
}
