//! Numbers in words, read together: "two hundred and twenty", "soixante-dix-sept", "две тысячи двадцать". Read one by one,
//! their parts would be numbers that nobody wrote.

use super::{
    grammar::Grammar,
    language::Language,
    word::{Before, Word},
};

/// Powers of ten, as the lexicon has them.
const HUNDRED: i32 = 2;
const THOUSAND: i32 = 3;

/// The number that words from `at` on are together, and how many of them.
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
    fn small(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.small.as_str())
    }

    fn is_scale(&self, at: usize, power: i32) -> bool {
        self.grammar.lexicon.scales.iter().any(|(name, of)| *of == power && *name == self.small(at))
    }

    /// Whether nothing but a space or a hyphen is before a word.
    fn is_joined(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| matches!(word.before, Before::Blank | Before::Hyphen))
    }

    /// Whether a word for a hundred or a thousand is one of it, and not some, or what a number before it is multiplied by.
    fn stands_alone(&self, at: usize, power: i32) -> bool {
        let previous = at.checked_sub(1).map_or("", |previous| self.small(previous));
        self.is_scale(at, power)
            && !previous.starts_with(|c: char| c.is_ascii_digit())
            && match self.grammar.language {
                Language::English => matches!(previous, "a" | "one"),
                Language::French => previous != "pour" && matches!(self.small(at), "cent" | "mille"),
                Language::Russian => self.is_joined(at + 1) && self.below_thousand(at + 1).is_some(),
            }
    }

    /// So many words before the next part of a number: one where "and" is part of it.
    fn and(&self, at: usize, value: u32) -> usize {
        let part = match self.grammar.language {
            Language::English => self.small(at) == "and" && value >= 100 && value.is_multiple_of(100),
            Language::French => self.small(at) == "et" && value >= 20 && value.is_multiple_of(10),
            Language::Russian => false,
        };
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
            // "Two hundred and three hundred" are two.
            if !self.is_joined(next) || self.is_scale(next + 1, HUNDRED) {
                break;
            }
            let one = self.grammar.lexicon.one.contains(&self.small(next)).then_some(1);
            let Some(sum) = one.or_else(|| word(next)).and_then(|part| self.together(value, part)) else {
                break;
            };
            value = sum;
            count += 1 + and;
        }
        Some((value, count))
    }

    /// The number of two number words in a row, if they are one.
    fn together(&self, value: u32, next: u32) -> Option<u32> {
        let french = self.grammar.language == Language::French;
        match (value % 100, next) {
            (4, 20) if french => Some(value - 4 + 80),
            (60 | 80, 10..20) | (10, 7..10) if french => Some(value + next),
            (0, 1..100) if value >= 100 => Some(value + next),
            (20.., 1..10) if value.is_multiple_of(10) => Some(value + next),
            _ => None,
        }
    }
}
