//! Abbreviations of the three languages: what a full stop behind one says about the end of a sentence.

use super::{
    language::Language,
    tables::{FullStops, List, Tables},
};

/// What a full stop behind a word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dot {
    /// The end of a sentence, if what follows can begin one.
    Stop,
    /// Never the end: a title or a word that leans on the next one.
    Leaning,
    /// Not the end before a number: "No. 5", "Jan. 5", "ст. 5".
    Numbering,
    /// An initial or an acronym: the end only before a word that is known to begin sentences.
    Initial,
    /// A time of day: the end, unless a day, a month or a time zone follows.
    Clock,
    /// A year, as "г." behind a number, which ends the sentence unless the sentence has only just begun.
    Year,
    /// Can end a sentence, and stands before a small letter or a number as well: "etc.", "руб."
    Closing,
}

/// Judges the full stop behind `word`; `before` is the word ahead of it, with its own full stop if it has one.
pub fn judge(word: &str, before: &str, language: Language) -> Dot {
    let own = &language.tables().full_stops;
    let any = |list: fn(&'static FullStops) -> List| {
        Language::any_lists(word, |tables: &'static Tables| list(&tables.full_stops))
    };
    if let Some(dot) = spaced(word, before) {
        dot
    } else if own.year.contains(&word) && before.chars().next_back().is_some_and(char::is_numeric) {
        Dot::Year
    } else if own.leaning.contains(&word) {
        Dot::Leaning
    } else if any(|list| list.clock) {
        Dot::Clock
    } else if any(|list| list.leaning_everywhere) {
        Dot::Leaning
    } else if any(|list| list.initial) || is_initials(word) {
        Dot::Initial
    } else if any(|list| list.numbering) {
        Dot::Numbering
    } else if any(|list| list.closing) {
        Dot::Closing
    } else {
        Dot::Stop
    }
}

/// Abbreviations of two words that are written with white space between: "т. е.", "т. д.", "н. э.", "p. ex."
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

/// True for "J", "U.S", "А.С", "J.-P": capital letters, one by one.
fn is_initials(word: &str) -> bool {
    word.split('.').all(|part| {
        let mut letters = part.trim_start_matches('-').chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    })
}

/// True if `word` begins sentences, and is not likely to be the next part of a name.
pub fn is_starter(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.words.starters)
}

/// True for a word that can stand behind a time of day.
pub fn follows_clock(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.full_stops.after_clock)
        || (word.chars().count() >= 2 && word.chars().all(char::is_uppercase))
}

/// True for a word that does not begin a sentence, though it has a capital: "Yahoo! Inc."
pub fn is_suffix(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.full_stops.suffixes)
}

/// True for a small word that joins what stands on both its sides.
pub fn is_joining(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.words.line_joiners)
}

/// True for a word that begins a date before a year: "В 2018 г. ..."
pub fn is_dating(word: &str) -> bool {
    Language::any_lists(word, |tables| tables.full_stops.dating)
}
