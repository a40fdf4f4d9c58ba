//! Checks a translation without understanding it. A fault that no rule repairs becomes a finding for the reader.

use super::{Finding, Warning, facts};
use crate::{
    lang::Pair,
    text::{Detection, addresses, detect},
};

/// Minimum number of words of a copy. A shorter one may be a name.
const COPIED_WORDS: usize = 4;
/// Translations between the three languages have 0.8 to 1.3 times the characters of their source. If the source has at least
/// this many characters and the translation less than this share of them, the translation is incomplete.
const SHORTENED: (usize, f32) = (40, 0.4);
/// Minimum confidence of the detector that a translation is in the wrong language.
const SURE: f32 = 0.8;

/// What is wrong with the translation of a sentence.
pub fn findings(pair: Pair, source: &str, translation: &str) -> Vec<Finding> {
    let words = || source.split_whitespace();
    let copied = words().eq(translation.split_whitespace()) && words().count() >= COPIED_WORDS;
    let other = match detect(translation) {
        Detection::Known { language, confidence } => language != pair.target && confidence >= SURE,
        Detection::Foreign | Detection::Unknown => false,
    };
    let other = !copied && (other || (!pair.target.is_latin() && mostly_latin(translation)));
    let (length, translated) = (source.chars().count(), translation.chars().count());
    let shortened = length >= SHORTENED.0 && (translated as f32) < SHORTENED.1 * length as f32;
    let mut findings = facts::findings(pair, source, translation);
    // Words in another language than expected mean something else, or nothing.
    findings.retain(|finding| match finding.warning {
        Warning::NumberMissing | Warning::NumberAdded => {
            let digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
            !copied && !other || digits(&finding.expected) || digits(&finding.found)
        }
        Warning::Negation => !copied && !other && !shortened,
        _ => !copied && !other,
    });
    findings.extend(copied.then(|| Warning::Copied.into()));
    findings.extend(other.then(|| Warning::WrongLanguage.into()));
    findings.extend(
        addresses(source)
            .filter(|address| !translation.contains(address))
            .map(|address| Finding { expected: address.to_owned(), ..Warning::AddressMissing.into() }),
    );
    findings.extend(shortened.then(|| Warning::Shortened.into()));
    findings
}

/// Whether most words are in Latin letters, as when only the beginning of a headline was translated into Russian. The shortlists
/// prevent the opposite.
fn mostly_latin(text: &str) -> bool {
    let words =
        |letter: fn(char) -> bool| text.split_whitespace().filter(|word| word.contains(letter)).count();
    let latin = words(|c| c.is_ascii_alphabetic());
    latin >= COPIED_WORDS && latin > words(|c| matches!(c, '\u{400}'..='\u{4ff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pair: &str, source: &str, text: &str) -> Vec<Warning> {
        let pair = pair.parse().unwrap();
        findings(pair, source, text).into_iter().map(|finding| finding.warning).collect()
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
