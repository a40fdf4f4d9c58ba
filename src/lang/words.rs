//! Splits a sentence into words, with the properties that follow from their form and their neighbours.

use std::ops::Range;

use super::{
    grammar::Grammar,
    word::{Before, Weight, Word, small},
};

/// Most words of a sentence; [`words`] stops after one more, which shows that there are too many. The time of the checks grows
/// with the square of the number of words.
pub const MOST_WORDS: usize = 500;

/// Splits a sentence into words. An abbreviation with full stops inside (U.S.) is one word; an apostrophe or a hyphen separates
/// words.
pub fn words(grammar: &Grammar, sentence: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut at, mut behind) = (0, 0);
    while let Some(start) = sentence[at..].find(char::is_alphanumeric).map(|start| at + start) {
        let run = sentence[start..].find(|c: char| !c.is_alphanumeric());
        let end = abbreviation_end(sentence, start).unwrap_or(run.map_or(sentence.len(), |run| start + run));
        let before = match words.last() {
            None => Before::Start,
            Some(last) => between(&sentence[behind..start], last),
        };
        let mut word = word(grammar, sentence, start..end, before);
        // A scale such as "million" after a number is part of the number.
        let counted = words.last().is_some_and(|last| last.small.starts_with(|c: char| c.is_ascii_digit()));
        if counted && grammar.tables.numbers.scales.iter().any(|(scale, _)| *scale == word.small) {
            word.weight = Weight::None;
        }
        words.push(word);
        if words.len() > MOST_WORDS {
            break;
        }
        (at, behind) = (end, end);
    }
    words
}

fn word(grammar: &Grammar, sentence: &str, place: Range<usize>, before: Before) -> Word {
    let text = &sentence[place.clone()];
    let letters: String = text.chars().filter(|c| *c != '.').collect();
    let small = small(&letters);
    let capital = letters.chars().next().is_some_and(char::is_uppercase);
    let large = letters.chars().nth(1).is_some() && letters.chars().all(char::is_uppercase);
    let name = if large { letters } else { small.clone() };
    // A capital after a quotation mark or a colon may begin a sentence.
    let initial = matches!(before, Before::Start | Before::Quote)
        || sentence[..place.start]
            .trim_end()
            .ends_with([':', '"', '“', '«', '„', '‘', '\'', '—', '–', '-', '•'])
            && !matches!(before, Before::Hyphen | Before::Apostrophe);
    Word {
        weight: grammar.weight(&small),
        stem: grammar.stem(&small),
        small,
        name,
        capital,
        initial,
        before,
        place,
    }
}

/// Returns the end of an abbreviation such as U.S. that begins at `start`, if there is one.
fn abbreviation_end(sentence: &str, start: usize) -> Option<usize> {
    let (mut end, mut letters) = (start, 0);
    loop {
        let mut rest = sentence[end..].chars();
        match (rest.next(), rest.next()) {
            (Some(letter), Some('.')) if letter.is_uppercase() => {
                end += letter.len_utf8() + 1;
                letters += 1;
            }
            (Some(letter), next)
                if letter.is_uppercase() && letters > 0 && !next.is_some_and(char::is_alphanumeric) =>
            {
                return Some(end + letter.len_utf8());
            }
            _ => return (letters > 1).then_some(end),
        }
    }
}

fn between(gap: &str, last: &Word) -> Before {
    let mut marks = gap.chars().filter(|c| !c.is_whitespace());
    let spaced = gap.contains(char::is_whitespace);
    match marks.next() {
        None => Before::Blank,
        Some('-' | '‐' | '‑') if !spaced => Before::Hyphen,
        Some('\'' | '’') if !spaced => Before::Apostrophe,
        _ if gap.contains(['!', '?', '…']) => Before::Start,
        // A full stop after an initial or a title ends no sentence.
        _ if gap.contains('.') => {
            let short = last.small.chars().count() <= 3 && last.capital;
            if !spaced || short || last.name.len() != last.small.len() {
                Before::Blank
            } else {
                Before::Start
            }
        }
        _ if gap.contains([',', ';', ':', '(', ')', '[', ']', '–', '—', '|']) => Before::Clause,
        _ if gap.contains(['"', '“', '”', '«', '»', '„', '‘', '’', '`', '\'']) => Before::Quote,
        // A currency sign or a per cent sign.
        _ => Before::Blank,
    }
}
