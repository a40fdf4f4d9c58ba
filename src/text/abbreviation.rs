//! Abbreviations of the three languages: what a full stop behind one says about the end of a sentence.

use super::words::{
    CALENDAR, CLOSING, DATING, INITIAL, JOINING, LEANING, LEANING_FRENCH, LEANING_RUSSIAN, NUMBERING,
    STARTERS,
};
use crate::lang::Language;

/// What a full stop behind a word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dot {
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
    /// "г." behind a number: a year, which ends the sentence unless the sentence has only just begun.
    Year,
    /// Can end a sentence, and stands before a small letter or a number as well: "etc.", "руб."
    Closing,
}

/// Judges the full stop behind `word`; `before` is the word ahead of it, with its own full stop if it has one.
pub(super) fn judge(word: &str, before: &str, language: Language) -> Dot {
    let list = |list: &[&str]| list.contains(&word);
    let spaced = spaced(word, before);
    if let Some(dot) = spaced {
        return dot;
    }
    match language {
        Language::French if list(LEANING_FRENCH) => return Dot::Leaning,
        Language::Russian if word == "г" && before.chars().next_back().is_some_and(char::is_numeric) => {
            return Dot::Year;
        }
        Language::Russian if matches!(word, "г" | "Г") => return Dot::Leaning,
        Language::Russian if list(LEANING_RUSSIAN) => return Dot::Leaning,
        _ => {}
    }
    if matches!(word, "a.m" | "p.m" | "A.M" | "P.M") {
        Dot::Clock
    } else if list(LEANING) {
        Dot::Leaning
    } else if list(INITIAL) || is_initials(word) {
        Dot::Initial
    } else if list(NUMBERING) {
        Dot::Numbering
    } else if list(CLOSING) {
        Dot::Closing
    } else {
        Dot::Stop
    }
}

/// Abbreviations of two letters that are written with white space between: "т. е.", "т. д.", "н. э.", "p. ex."
fn spaced(word: &str, before: &str) -> Option<Dot> {
    match (before, word) {
        ("т.", "е" | "к" | "н") | ("p.", "ex") => Some(Dot::Leaning),
        ("т.", "д" | "п") | ("н.", "э") => Some(Dot::Closing),
        _ => None,
    }
}

/// True for "J", "U.S", "А.С", "J.-P": capital letters, one by one.
fn is_initials(word: &str) -> bool {
    word.split('.').all(|part| {
        let mut letters = part.trim_start_matches('-').chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    })
}

/// True if `word` begins sentences, and is not likely to be the next part of a name.
pub(super) fn is_starter(word: &str) -> bool {
    STARTERS.contains(&word)
}

/// True for a word that can stand behind a time of day.
pub(super) fn follows_clock(word: &str) -> bool {
    CALENDAR.contains(&word) || (word.chars().count() >= 2 && word.chars().all(char::is_uppercase))
}

/// True for a word that does not begin a sentence, though it has a capital: "Yahoo! Inc."
pub(super) fn is_suffix(word: &str) -> bool {
    matches!(word, "Inc" | "Ltd" | "Corp" | "Jr" | "Sr")
}

/// True for a small word that joins what stands on both its sides.
pub(super) fn is_joining(word: &str) -> bool {
    JOINING.contains(&word)
}

/// True for a word that begins a Russian date: "В 2018 г. ..."
pub(super) fn is_dating(word: &str) -> bool {
    DATING.contains(&word)
}
