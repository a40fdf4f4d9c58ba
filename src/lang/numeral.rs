//! Reads numbers of several words: "two hundred and twenty", "soixante-dix-sept", "две тысячи двадцать". Word by word, these
//! would be several wrong numbers.

use super::{
    grammar::Grammar,
    tables::{Alone, Numbers},
    word::{Before, Word},
};

/// Powers of ten in `Numbers::scales`.
const HUNDRED: i32 = 2;
const THOUSAND: i32 = 3;

/// Reads the number that begins at the word `at`; returns its value and how many words it has.
pub fn number(grammar: &Grammar, words: &[Word], at: usize) -> Option<(u32, usize)> {
    let reader = Reader { grammar, words };
    let (mut value, mut count) = match reader.below_thousand(at) {
        Some(read) => read,
        None => reader.stands_alone(at, THOUSAND).then_some((1, 0))?,
    };
    if reader.is_scale(at + count, THOUSAND) && (count == 0 || reader.is_joined(at + count)) {
        value *= 1000;
        count += 1;
        let and = reader.and(at + count, value);
        let next = at + count + and;
        if reader.is_joined(next)
            && let Some((rest, more)) = reader.below_thousand(next)
            && !reader.is_scale(next + more, THOUSAND)
        {
            value += rest;
            count += and + more;
        }
    }
    Some((value, count))
}

/// The words of a sentence.
struct Reader<'a> {
    grammar: &'a Grammar,
    words: &'a [Word],
}

impl Reader<'_> {
    fn numbers(&self) -> &'static Numbers {
        &self.grammar.tables.numbers
    }

    fn small(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.small.as_str())
    }

    fn is_scale(&self, at: usize, power: i32) -> bool {
        self.numbers().scales.iter().any(|(name, of)| *of == power && *name == self.small(at))
    }

    /// Whether only a space or a hyphen stands before a word.
    fn is_joined(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| matches!(word.before, Before::Blank | Before::Hyphen))
    }

    /// Whether a word for a hundred or a thousand means exactly one: "a hundred", but not "several hundred" or "5 hundred".
    fn stands_alone(&self, at: usize, power: i32) -> bool {
        let previous = at.checked_sub(1).map_or("", |previous| self.small(previous));
        self.is_scale(at, power)
            && !previous.starts_with(|c: char| c.is_ascii_digit())
            && match self.numbers().alone {
                Alone::Behind(words) => words.contains(&previous),
                Alone::Words { words, not_behind } => {
                    !not_behind.contains(&previous) && words.contains(&self.small(at))
                }
                Alone::BeforeNumber => self.is_joined(at + 1) && self.below_thousand(at + 1).is_some(),
            }
    }

    /// Number of joiners ("and") before the next part of a number: 0 or 1.
    fn and(&self, at: usize, value: u32) -> usize {
        let part = self.numbers().joiner.as_ref().is_some_and(|joiner| {
            self.small(at) == joiner.word && value >= joiner.least && value.is_multiple_of(joiner.multiple)
        });
        usize::from(part && self.is_joined(at))
    }

    fn below_thousand(&self, at: usize) -> Option<(u32, usize)> {
        let word = |at: usize| self.grammar.number_word(self.small(at));
        let mut value = match word(at) {
            Some(value) => value,
            None => self.stands_alone(at, HUNDRED).then_some(100)?,
        };
        let mut count = 1;
        loop {
            let next = at + count;
            if (2..20).contains(&value) && self.is_joined(next) && self.is_scale(next, HUNDRED) {
                value *= 100;
                count += 1;
                continue;
            }
            let and = self.and(next, value);
            let next = next + and;
            // "Two hundred and three hundred" are two numbers.
            if !self.is_joined(next) || self.is_scale(next + 1, HUNDRED) {
                break;
            }
            let one = self.numbers().one.contains(&self.small(next)).then_some(1);
            let Some(sum) = one.or_else(|| word(next)).and_then(|part| self.together(value, part)) else {
                break;
            };
            value = sum;
            count += 1 + and;
        }
        Some((value, count))
    }

    /// Combines two adjacent number words, if they form one number.
    fn together(&self, value: u32, next: u32) -> Option<u32> {
        let twenties = self.numbers().twenties;
        match (value % 100, next) {
            (4, 20) if twenties => Some(value - 4 + 80),
            (60 | 80, 10..20) | (10, 7..10) if twenties => Some(value + next),
            (0, 1..100) if value >= 100 => Some(value + next),
            (20.., 1..10) if value.is_multiple_of(10) => Some(value + next),
            _ => None,
        }
    }
}
