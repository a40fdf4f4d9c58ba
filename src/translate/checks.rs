//! What can be seen to be wrong with a translation without understanding it. Nothing is mended silently; a reader is told
//! where to look.

use std::collections::BTreeMap;

use crate::{
    decode::Finish,
    engine::Output,
    lang::{Language, Pair, Value, numbers},
    text::{Detection, addresses, detect},
};

/// Why a segment deserves a second look; the contract's `Warning` says more.
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

/// A copy of fewer words than this may well be a name.
const COPIED_WORDS: usize = 4;
/// Translations between the three languages have 0.8 to 1.3 times the characters of their source. A source of at least so many
/// whose translation has less than this share was not translated to its end.
const SHORTENED: (usize, f32) = (40, 0.4);
/// How sure the detector must be that a translation is in another language than it should.
const SURE: f32 = 0.8;

/// What is wrong with the output for a source sentence.
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

/// Whether a text that should be in other letters is in Latin letters for the greater part: a headline that was left standing behind
/// a translated beginning. The shortlists keep the opposite from happening.
fn mostly_latin(text: &str) -> bool {
    let words =
        |letter: fn(char) -> bool| text.split_whitespace().filter(|word| word.contains(letter)).count();
    let latin = words(|c| c.is_ascii_alphabetic());
    latin >= COPIED_WORDS && latin > words(|c| matches!(c, '\u{400}'..='\u{4ff}'))
}

/// Whether the model lost its way, so that another try may find a better one: it went round in circles, or wrote the source
/// or its language again, or stopped half-way.
pub(super) fn strayed(warnings: &[Warning]) -> bool {
    let astray = [Warning::Repetition, Warning::Copied, Warning::WrongLanguage, Warning::Shortened];
    warnings.iter().any(|warning| astray.contains(warning))
}

/// The numbers of a text and how often each occurs.
fn counted(language: Language, text: &str) -> BTreeMap<Value, usize> {
    let mut counted = BTreeMap::new();
    for number in &numbers(language, text) {
        *counted.entry(Value::from(number)).or_default() += 1;
    }
    counted
}

/// Whether `some` has a number more often than `others`.
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
    fn a_copied_sentence_is_seen_and_a_copied_name_is_not_minded() {
        let source = "The council meets on the first Monday.";
        assert_eq!(check("en-fr", source, source), [Warning::Copied]);
        assert_eq!(check("en-fr", "Radio France Internationale", "Radio France Internationale"), []);
    }

    #[test]
    fn a_sentence_that_lost_its_greater_part_is_seen() {
        let source = "READ MORE: Analysis of the soil did not reveal any poisonous substances";
        assert_eq!(check("en-ru", source, "ЧИТАЙТЕ ТАКЖЕ: ..."), [Warning::Shortened]);
        assert_eq!(check("en-ru", source, "ЧИТАЙТЕ ТАКЖЕ: Анализ почвы не выявил ядов"), []);
        assert_eq!(check("en-fr", "Rain in the north", "Pluie"), []);
    }

    #[test]
    fn an_address_must_be_kept_to_the_letter() {
        let source = "Write to desk@herald.example (see https://herald.example/a?b=C).";
        let kept = "Écrivez à desk@herald.example (voir https://herald.example/a?b=C).";
        assert_eq!(check("en-fr", source, kept), []);
        assert_eq!(check("en-fr", source, &kept.replace("b=C", "b=c")), [Warning::AddressMissing]);
    }

    #[test]
    fn a_sentence_in_the_wrong_language_is_seen() {
        let source = "Le conseil municipal se réunit chaque premier lundi du mois dans la grande salle.";
        let english = "The city council meets in the large hall on the first Monday of every month.";
        assert_eq!(check("fr-ru", source, english), [Warning::WrongLanguage]);
        assert_eq!(check("fr-en", source, english), []);
    }

    #[test]
    fn a_headline_that_was_left_standing_is_seen() {
        let source = "READ MORE: Harbour Bridge to Close for Six Weeks of Repairs, Mayor Says";
        let half = "READ MORE: Harbour Bridge to Close for Six Weeks of Repairs, заявил мэр";
        assert_eq!(check("en-ru", source, half), [Warning::WrongLanguage]);
        let whole = "READ MORE: Портовый мост закроют на шесть недель, заявил мэр";
        assert_eq!(check("en-ru", source, whole), []);
    }
}
