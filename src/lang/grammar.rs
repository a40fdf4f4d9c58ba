//! Looks up what a word does in a sentence. It indexes the tables of a language.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use super::{
    language::Language,
    stem::Stems,
    tables::{Forms, List, Noun, Tables},
    unit::is_unit,
    word::{Weight, Word},
};

/// Longest day or month that may also be a person's name, in letters.
const SHORT: usize = 5;

/// The meaning of a word that can stand in place of a number: a day, a month, an ordinal or an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// From 0 for Monday.
    Weekday(u8),
    /// From 1 for January.
    Month(u8),
    /// A day relative to the day of writing, by its index in the table.
    Relative(u8),
    /// From 1 for the first.
    Ordinal(u8),
    /// Dozens, hundreds, a half: by its index in the table.
    Amount(u8),
}

impl Named {
    pub fn is_date(self) -> bool {
        !matches!(self, Self::Ordinal(_) | Self::Amount(_))
    }
}

/// The kinds of verbs that report speech; see `tables::Reporting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    Says,
    Claims,
}

/// The words of a language, indexed by their function.
pub struct Grammar {
    pub language: Language,
    pub tables: &'static Tables,
    stems: Stems,
    functions: HashSet<&'static str>,
    deniers: HashSet<String>,
    speech: HashMap<String, Speech>,
    named: HashMap<String, Named>,
    numbers: HashMap<&'static str, u32>,
}

impl Grammar {
    /// Returns the grammar of a language, which is built once.
    pub fn of(language: Language) -> &'static Self {
        static MADE: [OnceLock<Grammar>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        MADE[language as usize].get_or_init(|| Grammar::new(language))
    }

    fn new(language: Language) -> Self {
        let (tables, stemmer) = (language.tables(), Stems::new(language));
        let stems = |words: List| -> HashSet<String> {
            words.iter().map(|word| stemmer.stem(word).into_owned()).collect()
        };
        let says = stems(tables.reporting.says).into_iter().map(|stem| (stem, Speech::Says));
        let claims = stems(tables.reporting.claims).into_iter().map(|stem| (stem, Speech::Claims));
        let numbered = |groups: Forms, first: u8| {
            (first..).zip(groups).flat_map(|(number, forms)| forms.iter().map(move |form| (*form, number)))
        };
        let nouns = |nouns: &'static [Noun], first: u8| {
            let words = |noun: &Noun| noun.forms().chain(noun.short.iter().map(|short| (*short).to_owned()));
            (first..).zip(nouns).flat_map(move |(number, noun)| words(noun).map(move |form| (form, number)))
        };
        let weekdays = nouns(tables.calendar.weekdays, 0).map(|(form, day)| (form, Named::Weekday(day)));
        let months = nouns(tables.calendar.months, 1).map(|(form, month)| (form, Named::Month(month)));
        let relative =
            (0..).zip(tables.calendar.relative_days).map(|(number, form)| (*form, Named::Relative(number)));
        let ordinals =
            numbered(tables.numbers.ordinals, 1).map(|(form, place)| (form, Named::Ordinal(place)));
        let amounts = numbered(tables.numbers.amounts, 0).map(|(form, amount)| (form, Named::Amount(amount)));
        let counted = |groups, first, times: u32| {
            numbered(groups, first).map(move |(form, number)| (form, u32::from(number) * times))
        };
        let numbers = counted(tables.numbers.from_two, 2, 1).chain(counted(tables.numbers.tens, 2, 10));
        let functions = [
            tables.words.auxiliaries,
            tables.words.prepositions,
            tables.negation.negators,
            tables.words.being,
        ];
        Self {
            language,
            tables,
            functions: functions.into_iter().flatten().copied().collect(),
            deniers: stems(tables.negation.deniers),
            speech: says.chain(claims).collect(),
            named: weekdays
                .chain(months)
                .chain(relative.chain(ordinals).chain(amounts).map(|(form, named)| (form.to_owned(), named)))
                .collect(),
            numbers: numbers.chain(counted(tables.numbers.hundreds, 1, 100)).collect(),
            stems: stemmer,
        }
    }

    /// Returns the stem of a word in small letters.
    pub fn stem(&self, small: &str) -> String {
        self.stems.stem(small).into_owned()
    }

    /// Returns the weight of a word in small letters.
    pub fn weight(&self, small: &str) -> Weight {
        let letters = small.chars().count();
        let counted = small.starts_with(|c: char| c.is_ascii_digit()) || self.numbers.contains_key(small);
        if letters < 2 || counted || self.functions.contains(small) || is_unit(small) {
            return Weight::None;
        }
        match self.stems.is_stop_word(small) {
            true if letters <= 3 => Weight::None,
            true => Weight::Light,
            false => Weight::Full,
        }
    }

    /// Whether a word denies the words after it.
    pub fn denies(&self, word: &Word) -> bool {
        self.deniers.contains(&word.stem)
    }

    /// Returns how a verb reports speech; `None` for all other words.
    pub fn speech(&self, word: &Word) -> Option<Speech> {
        self.speech.get(&word.stem).copied()
    }

    /// Whether a word at the start of a sentence looks like an ordinary word, not like a name: it has the ending of a plural or a
    /// participle, or is a word for people.
    pub fn may_begin(&self, word: &Word) -> bool {
        let endings = self.tables.endings.no_names;
        let small = word.small.as_str();
        let shape = small.chars().count() > 4 && endings.iter().any(|ending| small.ends_with(ending));
        shape || self.tables.names.people.contains(&small)
    }

    /// Whether the word `at` looks like a verb, by its ending or by an auxiliary before it.
    pub fn is_verbal(&self, words: &[Word], at: usize) -> bool {
        let word = &words[at];
        let ends = || self.tables.endings.verbs.iter().any(|ending| word.small.ends_with(ending));
        let helped = || at > 0 && self.tables.words.helpers.contains(&words[at - 1].small.as_str());
        word.weight != Weight::None && (ends() || helped())
    }

    /// Returns the value of a number word.
    pub fn number_word(&self, small: &str) -> Option<u32> {
        self.numbers.get(small).copied()
    }

    /// Whether the word `at` names a day or a month.
    pub fn names_day(&self, words: &[Word], at: usize) -> bool {
        self.named(words, at).is_some_and(Named::is_date)
    }

    /// Returns the meaning of the word `at`. Where days and months have capitals, a short one such as "May", "Sun" or "March" may
    /// be a person's name, so it needs a number beside it or a word of `Capitals::behind` before it.
    pub fn named(&self, words: &[Word], at: usize) -> Option<Named> {
        let word = words.get(at)?;
        let named = self.named.get(word.small.as_str()).copied()?;
        let Some(capitals) = &self.tables.calendar.capitals else { return Some(named) };
        if !matches!(named, Named::Weekday(_) | Named::Month(_)) {
            return Some(named);
        }
        if !word.capital {
            return None;
        }
        let sure = word.small.len() > SHORT || capitals.sure.contains(&word.small.as_str());
        let previous = at.checked_sub(1).and_then(|previous| words.get(previous));
        let beside = [previous, words.get(at + 1)].into_iter().flatten();
        let numbered = beside.into_iter().any(|word| word.small.starts_with(|c: char| c.is_ascii_digit()));
        let dated = previous.is_some_and(|word| capitals.behind.contains(&word.small.as_str()));
        (sure || numbered || dated).then_some(named)
    }
}
