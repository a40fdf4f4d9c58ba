//! Checks a translation without understanding it. A fault becomes a warning for the reader; nothing is repaired silently.

use std::collections::BTreeMap;

use crate::{
    decode::Finish,
    engine::Output,
    lang::{Language, Pair, Value, numbers},
    text::{Detection, addresses, detect},
};

/// A possible fault of a segment; `Warning` in `types.proto` describes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    Repetition,
    LengthLimit,
    Untranslated,
    NumberMissing,
    NumberAdded,
    Copied,
    WrongLanguage,
    AddressMissing,
    Shortened,
}

/// Minimum number of words of a copy. A shorter one may be a name.
const COPIED_WORDS: usize = 4;
/// Translations between the three languages have 0.8 to 1.3 times the characters of their source. If the source has at least
/// this many characters and the translation less than this share of them, the translation is incomplete.
const SHORTENED: (usize, f32) = (40, 0.4);
/// Minimum confidence of the detector that a translation is in the wrong language.
const SURE: f32 = 0.8;

/// The warnings for the output of a source sentence.
pub(super) fn warnings(pair: Pair, source: &str, output: &Output) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |wrong: bool, warning| {
        if wrong {
            warnings.push(warning);
        }
    };
    warn(output.finish == Finish::Repetition, Warning::Repetition);
    warn(output.finish == Finish::Length, Warning::LengthLimit);
    let (expected, found) = (counted(pair.source, source), counted(pair.target, &output.text));
    warn(more(&expected, &found), Warning::NumberMissing);
    warn(more(&found, &expected), Warning::NumberAdded);
    let words = || source.split_whitespace();
    let copied = words().eq(output.text.split_whitespace()) && words().count() >= COPIED_WORDS;
    warn(copied, Warning::Copied);
    let other = match detect(&output.text) {
        Detection::Known { language, confidence } => language != pair.target && confidence >= SURE,
        Detection::Foreign | Detection::Unknown => false,
    };
    let other = other || (!pair.target.is_latin() && mostly_latin(&output.text));
    warn(other && !copied, Warning::WrongLanguage);
    let lost = addresses(source).any(|address| !output.text.contains(address));
    warn(lost, Warning::AddressMissing);
    let (length, translated) = (source.chars().count(), output.text.chars().count());
    warn(length >= SHORTENED.0 && (translated as f32) < SHORTENED.1 * length as f32, Warning::Shortened);
    warnings
}

/// Whether most words are in Latin letters, as when only the beginning of a headline was translated into Russian. The shortlists
/// prevent the opposite.
fn mostly_latin(text: &str) -> bool {
    let words =
        |letter: fn(char) -> bool| text.split_whitespace().filter(|word| word.contains(letter)).count();
    let latin = words(|c| c.is_ascii_alphabetic());
    latin >= COPIED_WORDS && latin > words(|c| matches!(c, '\u{400}'..='\u{4ff}'))
}

/// Whether a second try may give a better translation: the output repeats itself, copies the source, is in the wrong language,
/// or is far too short.
pub(super) fn needs_retry(warnings: &[Warning]) -> bool {
    let retried = [Warning::Repetition, Warning::Copied, Warning::WrongLanguage, Warning::Shortened];
    warnings.iter().any(|warning| retried.contains(warning))
}

/// Counts the numbers of a text by value.
fn counted(language: Language, text: &str) -> BTreeMap<Value, usize> {
    let mut counted = BTreeMap::new();
    for number in &numbers(language, text) {
        *counted.entry(Value::from(number)).or_default() += 1;
    }
    counted
}

/// Whether a number occurs more often in `some` than in `others`.
fn more(some: &BTreeMap<Value, usize>, others: &BTreeMap<Value, usize>) -> bool {
    some.iter().any(|(number, count)| others.get(number).is_none_or(|other| other < count))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(pair: &str, source: &str, text: &str) -> Vec<Warning> {
        let output = Output {
            alternatives: Vec::new(),
            alignments: Vec::new(),
            text: text.to_owned(),
            score: -0.1,
            finish: Finish::Stopped,
            source_tokens: 1,
            target_tokens: 1,
            queued: Duration::ZERO,
            computing: Duration::ZERO,
        };
        warnings(pair.parse().unwrap(), source, &output)
    }

    #[test]
    fn a_number_may_change_its_separators_but_not_its_value() {
        let source = "It sold 244,890 tickets for 3.5 million euros by 10:30.";
        assert_eq!(
            check("en-fr", source, "Elle a vendu 244 890 billets pour 3,5 millions d'euros à 10 h 30."),
            []
        );
        assert_eq!(
            check("en-fr", source, "Elle a vendu 24 489 billets pour 3,5 millions d'euros à 10 h 30."),
            [Warning::NumberMissing, Warning::NumberAdded]
        );
        assert_eq!(
            check("en-fr", source, "Elle a vendu 244 890 billets pour 35 millions d'euros à 10 h 30."),
            [Warning::NumberMissing, Warning::NumberAdded]
        );
        assert_eq!(check("en-fr", "They won 6-4 6-3.", "Ils ont gagné 6-4, 6-3."), []);
    }

    #[test]
    fn a_copied_sentence_has_a_warning_and_a_copied_name_has_none() {
        let source = "The council meets on the first Monday.";
        assert_eq!(check("en-fr", source, source), [Warning::Copied]);
        assert_eq!(check("en-fr", "Radio France Internationale", "Radio France Internationale"), []);
    }

    #[test]
    fn a_sentence_that_is_far_too_short_has_a_warning() {
        let source = "READ MORE: Analysis of the soil did not reveal any poisonous substances";
        assert_eq!(check("en-ru", source, "ЧИТАЙТЕ ТАКЖЕ: ..."), [Warning::Shortened]);
        assert_eq!(check("en-ru", source, "ЧИТАЙТЕ ТАКЖЕ: Анализ почвы не выявил ядов"), []);
        assert_eq!(check("en-fr", "Rain in the north", "Pluie"), []);
    }

    #[test]
    fn a_changed_address_has_a_warning() {
        let source = "Write to desk@herald.example (see https://herald.example/a?b=C).";
        let kept = "Écrivez à desk@herald.example (voir https://herald.example/a?b=C).";
        assert_eq!(check("en-fr", source, kept), []);
        assert_eq!(check("en-fr", source, &kept.replace("b=C", "b=c")), [Warning::AddressMissing]);
    }

    #[test]
    fn a_sentence_in_the_wrong_language_has_a_warning() {
        let source = "Le conseil municipal se réunit chaque premier lundi du mois dans la grande salle.";
        let english = "The city council meets in the large hall on the first Monday of every month.";
        assert_eq!(check("fr-ru", source, english), [Warning::WrongLanguage]);
        assert_eq!(check("fr-en", source, english), []);
    }

    #[test]
    fn a_headline_left_in_the_source_language_has_a_warning() {
        let source = "READ MORE: Harbour Bridge to Close for Six Weeks of Repairs, Mayor Says";
        let half = "READ MORE: Harbour Bridge to Close for Six Weeks of Repairs, заявил мэр";
        assert_eq!(check("en-ru", source, half), [Warning::WrongLanguage]);
        let whole = "READ MORE: Портовый мост закроют на шесть недель, заявил мэр";
        assert_eq!(check("en-ru", source, whole), []);
    }
}
