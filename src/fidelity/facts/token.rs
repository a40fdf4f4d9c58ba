//! The words of a sentence, with digits and letters apart: "18h30" is three of them.

use crate::lang::{Before, Grammar, Weight, Word, small, words};

/// Splits a sentence into words, and each word between its digits and its letters.
pub(super) fn tokens(grammar: &Grammar, text: &str) -> Vec<Word> {
    let mut tokens = Vec::new();
    for word in words(grammar, text) {
        let digit = |c: char| c.is_ascii_digit();
        let written = &text[word.place.clone()];
        if !written.contains(digit) || !written.contains(|c| !digit(c)) {
            tokens.push(word);
            continue;
        }
        let (mut start, mut before) = (word.place.start, word.before);
        while start < word.place.end {
            let rest = &text[start..word.place.end];
            let first = rest.starts_with(digit);
            let end = rest.find(|c| digit(c) != first).map_or(word.place.end, |length| start + length);
            let part = &text[start..end];
            tokens.push(Word {
                place: start..end,
                small: small(part),
                stem: String::new(),
                name: part.to_owned(),
                before,
                capital: part.chars().next().is_some_and(char::is_uppercase),
                initial: false,
                weight: Weight::None,
            });
            (start, before) = (end, Before::Blank);
        }
    }
    tokens
}

/// Whether only a space, a hyphen or an apostrophe stands before a word.
pub(super) fn follows(word: &Word) -> bool {
    matches!(word.before, Before::Blank | Before::Hyphen | Before::Apostrophe)
}
