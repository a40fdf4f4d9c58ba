//! Abbreviations of the three languages: whether the full stop after one ends the sentence.

use super::{
    language::Language,
    tables::{FullStops, List, Tables},
    word::small,
};

/// The meaning of a full stop after a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dot {
    /// The end of a sentence, if the next word can begin one.
    Stop,
    /// Never the end: a title, or an abbreviation that needs the next word.
    Leaning,
    /// Not the end if a number follows: "No. 5", "Jan. 5", "ст. 5".
    Numbering,
    /// An initial or an acronym: the end only if the next word often begins sentences.
    Initial,
    /// A time of day: the end unless a day, a month or a time zone follows.
    Clock,
    /// A year, such as "г." after a number: the end unless only a date stands before it.
    Year,
    /// Often the end, but a small letter or a number can follow: "etc.", "руб."
    Closing,
}

/// Classifies the full stop after `word`. `before` is the previous word, with its full stop if it has one.
pub fn judge(word: &str, before: &str, language: Language) -> Dot {
    let own = &language.tables().full_stops;
    let counted = before.chars().next_back().is_some_and(char::is_numeric);
    // At the start of a sentence an abbreviation has a capital.
    let plain = uncapitalised(word);
    let any = |list: fn(&'static FullStops) -> List| {
        Language::any_lists(word, |tables: &'static Tables| list(&tables.full_stops))
    };
    let any_plain = |list: fn(&'static FullStops) -> List| {
        Language::any_lists(&plain, |tables: &'static Tables| list(&tables.full_stops))
    };
    if let Some(dot) = spaced(word, before) {
        dot
    } else if own.year.contains(&word) && counted {
        Dot::Year
    } else if own.units.contains(&word) && counted {
        Dot::Closing
    } else if own.leaning.contains(&word) || own.leaning.contains(&plain.as_str()) {
        Dot::Leaning
    } else if any(|list| list.clock) {
        Dot::Clock
    } else if any(|list| list.leaning_everywhere) || any_plain(|list| list.leaning_everywhere) {
        Dot::Leaning
    } else if any(|list| list.initial) || is_initials(word) {
        Dot::Initial
    } else if any(|list| list.numbering) || any_plain(|list| list.numbering) {
        Dot::Numbering
    } else if any(|list| list.closing) {
        Dot::Closing
    } else {
        Dot::Stop
    }
}

/// A word of two letters or more without its capital; a single capital is an initial.
fn uncapitalised(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => word.to_owned(),
    }
}

/// Classifies abbreviations of two words with white space between them: "т. е.", "т. д.", "н. э.", "p. ex."
fn spaced(word: &str, before: &str) -> Option<Dot> {
    Language::ALL.into_iter().find_map(|language| {
        let stops = &language.tables().full_stops;
        if stops.spaced_leaning.contains(&(before, word)) {
            Some(Dot::Leaning)
        } else {
            stops.spaced_closing.contains(&(before, word)).then_some(Dot::Closing)
        }
    })
}

/// Whether a word consists of single capital letters: "J", "U.S", "А.С", "J.-P".
fn is_initials(word: &str) -> bool {
    word.split('.').all(|part| {
        let mut letters = part.trim_start_matches('-').chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    })
}

/// Whether a word often begins sentences, and seldom continues a name.
pub fn is_starter(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.words.starters)
}

/// Whether a capitalised word is a small word, and so begins a sentence and no name: "The", "Selon", "Он", and "L" of "L'eau".
pub fn opens_sentence(word: &str) -> bool {
    let small = small(word);
    let is_stop_word = |language: Language| {
        stop_words::lookup(language.code()).unwrap_or_default().contains(&small.as_str())
    };
    is_starter(word)
        || Language::ALL.into_iter().any(is_stop_word)
        || Language::any_lists(&small, |tables| tables.words.articles)
        || Language::any_lists(&small, |tables| tables.words.subjects)
        || Language::any_lists(&small, |tables| tables.words.prepositions)
}

/// Whether a word is a number in Roman numerals, and no pronoun.
pub fn is_roman(word: &str) -> bool {
    !is_starter(word)
        && !word.is_empty()
        && word.chars().all(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C' | 'M'))
}

/// Whether a word can follow a time of day.
pub fn follows_clock(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.full_stops.after_clock)
        || (word.chars().count() >= 2 && word.chars().all(char::is_uppercase))
}

/// Whether a word continues a name and does not begin a sentence, although it has a capital: "Yahoo! Inc."
pub fn is_suffix(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.full_stops.suffixes)
}

/// Whether a line that ends with this small word continues on the next line.
pub fn is_joining(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.words.line_joiners)
        || Language::any_lists(word, |tables| tables.words.clause_openers)
}

/// Whether a word begins a date with a year: "В 2018 г. ..."
pub fn is_dating(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.full_stops.dating)
}
