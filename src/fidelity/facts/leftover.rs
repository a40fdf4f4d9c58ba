//! Finds a part of a translation that is still in the source language.

use std::ops::Range;

use super::{Facts, Fault};
use crate::{
    fidelity::Warning,
    lang::{Before, Language, Word},
};

/// The least words of a part that is left in Latin letters.
const LATIN: usize = 3;
/// The least words of a part that is left between two languages with the same letters.
const SAME_LETTERS: usize = 5;
/// The least words of a part that is left in Cyrillic letters.
const CYRILLIC: usize = 2;

/// A fault if a run of words of the translation was not translated: they are the source's, and no name, title or quotation.
pub(super) fn fault(source: &Facts<'_>, target: &Facts<'_>) -> Option<Fault> {
    let run = match (source.language.is_latin(), target.language.is_latin()) {
        (true, true) => copied(source, target),
        (true, false) => foreign(source, target, |c| c.is_ascii_alphabetic(), LATIN),
        _ => foreign(source, target, |c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё'), CYRILLIC),
    }?;
    Some(Fault::new(Warning::HalfTranslated, "", target.at(&run)))
}

/// A run of words in the letters of the source.
fn foreign(
    source: &Facts<'_>,
    target: &Facts<'_>,
    letter: fn(char) -> bool,
    least: usize,
) -> Option<Range<usize>> {
    let is = |word: &Word| word.small.contains(letter);
    runs(target, is)
        .into_iter()
        .find(|run| {
            let small = run.iter().filter(|word| !word.capital && word.small.chars().count() > 1).count();
            let content = |word: &&Word| {
                !word.capital && word.small.chars().count() > 3 && !is_function(source.language, word)
            };
            run.len() >= least
                && small >= 2
                && small * 2 > run.len()
                && run.iter().any(|word| content(&word))
                && !quoted(target, run)
                && run.iter().all(|word| source.tokens.iter().any(|other| other.small == word.small))
                && (letter('а') || run.iter().any(|word| is_function(source.language, word)))
        })
        .map(|run| run[0].place.start..run[run.len() - 1].place.end)
}

/// A run of the source's words between two languages with the same letters.
fn copied(source: &Facts<'_>, target: &Facts<'_>) -> Option<Range<usize>> {
    let (words, others) = (&target.tokens, &source.tokens);
    let mut at = 0;
    while at < words.len() {
        let longest = (0..others.len())
            .map(|from| {
                words[at..]
                    .iter()
                    .zip(&others[from..])
                    .take_while(|(word, other)| word.small == other.small)
                    .count()
            })
            .max()
            .unwrap_or(0);
        let run = &words[at..at + longest];
        let functions = run
            .iter()
            .filter(|word| is_function(source.language, word) && !is_function(target.language, word))
            .count();
        let small =
            run.iter().filter(|word| !word.capital && word.small.contains(char::is_alphabetic)).count();
        if longest >= SAME_LETTERS && functions >= 1 && small >= SAME_LETTERS - 1 && !quoted(target, run) {
            return Some(run[0].place.start..run[longest - 1].place.end);
        }
        at += longest.max(1);
    }
    None
}

/// The longest runs of words that are alike.
fn runs<'a>(facts: &'a Facts<'_>, is: impl Fn(&Word) -> bool) -> Vec<&'a [Word]> {
    facts
        .tokens
        .chunk_by(|one, next| is(one) && is(next) && next.before == Before::Blank)
        .filter(|run| is(&run[0]))
        .collect()
}

/// Whether a run stands in quotation marks or brackets, or is part of an address.
fn quoted(facts: &Facts<'_>, run: &[Word]) -> bool {
    let (start, end) = (run[0].place.start, run[run.len() - 1].place.end);
    let (before, behind) = (&facts.text[..start], &facts.text[end..]);
    let open = |c: char| matches!(c, '"' | '«' | '“' | '„' | '(' | '[' | '‘' | '\'' | '*' | '_');
    let close = |c: char| matches!(c, '"' | '»' | '”' | '“' | ')' | ']' | '’' | '\'' | '*' | '_');
    let opened = before
        .rfind(open)
        .is_some_and(|at| !before[at..].chars().skip(1).any(|c| matches!(c, '»' | '”' | ')')));
    let inside = opened && behind.contains(close);
    let marks = &facts.text[start..end];
    inside
        || marks.contains(['/', '@', '_'])
        || before.ends_with(['/', '@', '#', '.'])
        || run.iter().any(|word| word.before == Before::Quote)
}

fn is_function(language: Language, word: &Word) -> bool {
    let tables = language.tables();
    let small = word.small.as_str();
    [tables.words.frequent, tables.words.articles, tables.words.auxiliaries, tables.words.prepositions]
        .iter()
        .any(|list| list.contains(&small))
}
