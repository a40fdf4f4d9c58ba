//! Reads the form of a name: the ending tells a Russian surname or town, and what its letters are in the nominative.

use super::spell::{cyrillic, given, is_vowel, romanised};
use crate::{
    fidelity::capitalised,
    lang::{Language, Pair},
};

/// Endings of Russian surnames and towns, with the endings of their cases that are cut off.
const SURNAMES: [&str; 5] = ["ов", "ев", "ёв", "ин", "ын"];
const OF_SURNAMES: [&str; 6] = ["", "а", "у", "ым", "е", "ой"];
const ADJECTIVES: [&str; 2] = ["ск", "цк"];
const OF_ADJECTIVES: [&str; 7] = ["ий", "ого", "ому", "им", "ом", "ая", "ую"];
const OF_TOWNS: [&str; 5] = ["", "а", "у", "ом", "е"];
/// The ending of Ukrainian surnames, which have no cases.
const FIXED: &str = "енко";

/// What a Russian word is by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Of a man or, with an а, of a woman: Иванов.
    Surname,
    /// A surname that is an adjective: Зеленский.
    Adjective,
    /// A town: Томск.
    Town,
    /// Without cases: Шевченко.
    Fixed,
}

/// The forms that a Russian name in small letters may have, each with its stem.
pub fn forms(small: &str) -> Vec<(Form, &str)> {
    // Letters of names from other languages.
    if small.contains('э') || small.contains("дж") {
        return Vec::new();
    }
    let long = |stem: &str, least: usize| stem.chars().count() >= least;
    let mut forms = Vec::new();
    for ending in OF_SURNAMES {
        let stem = small.strip_suffix(ending).filter(|stem| SURNAMES.iter().any(|form| stem.ends_with(form)));
        forms.extend(stem.filter(|stem| long(stem, 5)).map(|stem| (Form::Surname, stem)));
    }
    let is_stem = |stem: &&str| ADJECTIVES.iter().any(|form| stem.ends_with(form)) && long(stem, 4);
    let stems = |endings: &'static [&'static str]| {
        endings.iter().filter_map(|ending| small.strip_suffix(ending)).filter(is_stem)
    };
    let is_town = |stem: &&str| {
        stem.ends_with("цк") || stem.chars().rev().nth(2).is_some_and(|letter| !is_vowel(letter))
    };
    forms.extend(stems(&OF_ADJECTIVES).map(|stem| (Form::Adjective, stem)));
    forms.extend(stems(&OF_TOWNS).filter(is_town).map(|stem| (Form::Town, stem)));
    forms.extend((small.ends_with(FIXED) && long(small, 6)).then_some((Form::Fixed, small)));
    forms
}

/// Whether a Russian word in small letters has the ending of an adjective.
pub fn is_adjective(small: &str) -> bool {
    const ENDINGS: [&str; 17] = [
        "ый", "ий", "ого", "его", "ому", "ему", "ым", "им", "ая", "яя", "ой", "ую", "юю", "ое", "ее", "ые",
        "ых",
    ];
    ENDINGS.iter().any(|ending| small.ends_with(ending))
}

/// Whether a name in small letters has a form that only Slavic names have, so that its letters tell its spelling.
pub fn is_slavic(pair: Pair, small: &str) -> bool {
    // Without an ending, a surname may be the genitive of a plural: братьев.
    let sure = |(form, stem): &(Form, &str)| match form {
        Form::Adjective => false,
        // In the instrumental it looks like an adjective.
        Form::Town => !small.ends_with("ом"),
        Form::Fixed => true,
        Form::Surname => *stem != small || small.ends_with("ин"),
    };
    match pair.source {
        Language::Russian => forms(small).iter().any(sure),
        source => !pair.target.is_latin() && cyrillic(source, small).is_some(),
    }
}

/// The usual spelling of a name in the nominative; `None` if its letters do not tell. The word that stands in its place tells whether
/// it is the name of a woman.
pub fn spelled(pair: Pair, small: &str, found: &str) -> Option<String> {
    match (pair.source, pair.target) {
        (Language::Russian, target) => {
            if let Some(usual) = given(target, small) {
                return Some(usual.to_owned());
            }
            let (form, stem) = forms(small).into_iter().next()?;
            // An adjective of a place, or a Polish name, which keeps its letters.
            let is_name =
                ["sky", "ski", "skiy", "skaya", "skaïa"].iter().any(|ending| found.ends_with(ending));
            let is_other = (form == Form::Adjective && !is_name)
                || ["rz", "cz", "sz", "w"].iter().any(|letters| found.contains(letters));
            if is_other {
                return None;
            }
            let lemma = match (form, found.ends_with('a')) {
                (Form::Surname, true) => format!("{stem}а"),
                (Form::Adjective, true) => format!("{stem}ая"),
                (Form::Adjective, false) => format!("{stem}ий"),
                (Form::Surname | Form::Fixed | Form::Town, _) => stem.to_owned(),
            };
            Some(romanised(target, &lemma))
        }
        (source, Language::Russian) => cyrillic(source, small),
        _ => Some(capitalised(small)),
    }
}

/// A Russian name in small letters without the ending of its case.
pub fn nominative(small: &str) -> &str {
    forms(small).first().map_or(small, |(_, stem)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_told_by_its_ending() {
        assert_eq!(forms("щербакова"), [(Form::Surname, "щербаков")]);
        assert_eq!(forms("нижнекамске"), [(Form::Town, "нижнекамск")]);
        assert_eq!(forms("зеленского"), [(Form::Adjective, "зеленск")]);
        assert_eq!(forms("министерство"), []);
    }
}
