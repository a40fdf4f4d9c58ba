//! Writes a Russian name in Latin letters and a Slavic name in Cyrillic ones, as newspapers do.
//!
//! English follows the usual system of its press (Shcherbakov, Yevgeny), French its own (Chtcherbakov, Evgueni, Poutine). A foreign
//! name in Russian text cannot be written back from its sound: Джонсон is Johnson. So only names with a Russian form are written.

use crate::{
    fidelity::capitalised,
    lang::{Language, Pair},
};

/// Given names whose usual spelling is not that of their letters: Russian, English, French.
const GIVEN: [(&str, &str, &str); 24] = [
    ("александр", "Alexander", "Alexandre"),
    ("александра", "Alexandra", "Alexandra"),
    ("алексей", "Alexei", "Alexeï"),
    ("анатолий", "Anatoly", "Anatoli"),
    ("андрей", "Andrei", "Andreï"),
    ("василий", "Vasily", "Vassili"),
    ("виктор", "Viktor", "Viktor"),
    ("геннадий", "Gennady", "Guennadi"),
    ("георгий", "Georgy", "Gueorgui"),
    ("дарья", "Darya", "Daria"),
    ("дмитрий", "Dmitry", "Dmitri"),
    ("евгений", "Yevgeny", "Evgueni"),
    ("евгения", "Yevgenia", "Evguenia"),
    ("игорь", "Igor", "Igor"),
    ("илья", "Ilya", "Ilia"),
    ("ксения", "Ksenia", "Ksenia"),
    ("максим", "Maxim", "Maxime"),
    ("мария", "Maria", "Maria"),
    ("наталья", "Natalya", "Natalia"),
    ("николай", "Nikolai", "Nikolaï"),
    ("сергей", "Sergei", "Sergueï"),
    ("татьяна", "Tatyana", "Tatiana"),
    ("юлия", "Yulia", "Ioulia"),
    ("юрий", "Yuri", "Iouri"),
];

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
    let skewed = |stem: &&str| {
        let before = stem.chars().rev().nth(2);
        ADJECTIVES.iter().any(|form| stem.ends_with(form))
            && long(stem, 4)
            && before.is_some_and(|c| !is_vowel(c) || stem.ends_with("цк"))
    };
    let skewed_name = |stem: &&str| ADJECTIVES.iter().any(|form| stem.ends_with(form)) && long(stem, 4);
    forms.extend(
        OF_ADJECTIVES
            .iter()
            .filter_map(|ending| small.strip_suffix(ending))
            .filter(skewed_name)
            .map(|stem| (Form::Adjective, stem)),
    );
    forms.extend(
        OF_TOWNS
            .iter()
            .filter_map(|ending| small.strip_suffix(ending))
            .filter(skewed)
            .map(|stem| (Form::Town, stem)),
    );
    forms.extend((small.ends_with(FIXED) && long(small, 6)).then_some((Form::Fixed, small)));
    forms
}

fn is_vowel(letter: char) -> bool {
    "аеёиоуыэюя".contains(letter)
}

/// The usual spelling of a Russian given name in small letters.
pub fn given(language: Language, small: &str) -> Option<&'static str> {
    let (_, english, french) = GIVEN.iter().find(|(russian, ..)| *russian == small)?;
    match language {
        Language::English => Some(english),
        Language::French => Some(french),
        Language::Russian => None,
    }
}

/// A Russian name in Latin letters, capitalised. The word is in small letters and in the nominative.
pub fn romanised(language: Language, small: &str) -> String {
    let letters: Vec<char> = small.chars().collect();
    let french = language == Language::French;
    let mut text = String::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
        let after = letters.get(at + 1).copied();
        let vowel = |letter: Option<char>| letter.is_some_and(is_vowel);
        let rest: String = letters[at..].iter().collect();
        at += 1;
        let written: &str = match (letter, french) {
            _ if rest == "ий" || rest == "ый" => {
                at += 1;
                if french { "i" } else { "y" }
            }
            ('к', _) if after == Some('с') => {
                at += 1;
                "x"
            }
            ('а', _) => "a",
            ('б', _) => "b",
            ('в', _) => "v",
            ('г', true) if matches!(after, Some('е' | 'и' | 'ы' | 'э')) => "gu",
            ('г', _) => "g",
            ('д', _) => "d",
            ('е', false) if before.is_none() || vowel(before) || matches!(before, Some('ь' | 'ъ')) => "ye",
            ('е', true) if matches!(before, Some('ь' | 'ъ')) => "ie",
            ('е', true) if vowel(before) => "ïe",
            ('е' | 'э', _) => "e",
            ('ё', false) => "yo",
            ('ё', true) => "io",
            ('ж', false) => "zh",
            ('ж', true) => "j",
            ('з', _) => "z",
            ('и', true) if vowel(before) => "ï",
            ('и', _) => "i",
            ('й', true) if vowel(before) => "ï",
            ('й', true) => "i",
            ('й', false) if vowel(before) && !(after.is_none() && before == Some('о')) => "i",
            ('й', false) => "y",
            ('к', _) => "k",
            ('л', _) => "l",
            ('м', _) => "m",
            ('н', true) if rest == "н" && matches!(before, Some('и' | 'ы')) => "ne",
            ('н', _) => "n",
            ('о', _) => "o",
            ('п', _) => "p",
            ('р', _) => "r",
            ('с', true) if vowel(before) && vowel(after) => "ss",
            ('с', _) => "s",
            ('т', _) => "t",
            ('у', true) => "ou",
            ('у', false) => "u",
            ('ф', _) => "f",
            ('х', _) => "kh",
            ('ц', _) => "ts",
            ('ч', false) => "ch",
            ('ч', true) => "tch",
            ('ш', false) => "sh",
            ('ш', true) => "ch",
            ('щ', false) => "shch",
            ('щ', true) => "chtch",
            ('ы', _) => "y",
            ('ю', false) => "yu",
            ('ю', true) => "iou",
            ('я', false) => "ya",
            ('я', true) => "ia",
            _ => "",
        };
        text.push_str(written);
    }
    capitalised(&text)
}

/// A Slavic name in Cyrillic letters, capitalised: the way back from the spelling of the English or the French press.
/// `None` if the name has no Slavic ending.
pub fn cyrillic(language: Language, small: &str) -> Option<String> {
    const ENDINGS: [&str; 11] =
        ["ov", "ova", "ev", "eva", "sky", "ski", "skaya", "skaïa", "sk", "enko", "grad"];
    const ENGLISH: [(&str, &str); 36] = [
        ("shch", "щ"),
        ("sh", "ш"),
        ("ch", "ч"),
        ("kh", "х"),
        ("zh", "ж"),
        ("ts", "ц"),
        ("tz", "ц"),
        ("ya", "я"),
        ("yu", "ю"),
        ("ye", "е"),
        ("yo", "ё"),
        ("x", "кс"),
        ("a", "а"),
        ("b", "б"),
        ("c", "к"),
        ("v", "в"),
        ("w", "в"),
        ("g", "г"),
        ("d", "д"),
        ("e", "е"),
        ("z", "з"),
        ("i", "и"),
        ("k", "к"),
        ("l", "л"),
        ("m", "м"),
        ("n", "н"),
        ("o", "о"),
        ("p", "п"),
        ("r", "р"),
        ("s", "с"),
        ("t", "т"),
        ("u", "у"),
        ("f", "ф"),
        ("h", "х"),
        ("j", "дж"),
        ("y", "ы"),
    ];
    const FRENCH: [(&str, &str); 39] = [
        ("chtch", "щ"),
        ("tch", "ч"),
        ("ch", "ш"),
        ("kh", "х"),
        ("ts", "ц"),
        ("ou", "у"),
        ("iou", "ю"),
        ("ia", "я"),
        ("ïa", "я"),
        ("gu", "г"),
        ("ss", "с"),
        ("ïe", "е"),
        ("ye", "е"),
        ("x", "кс"),
        ("ï", "й"),
        ("a", "а"),
        ("b", "б"),
        ("v", "в"),
        ("w", "в"),
        ("g", "г"),
        ("d", "д"),
        ("e", "е"),
        ("é", "е"),
        ("j", "ж"),
        ("z", "з"),
        ("i", "и"),
        ("k", "к"),
        ("l", "л"),
        ("m", "м"),
        ("n", "н"),
        ("o", "о"),
        ("p", "п"),
        ("r", "р"),
        ("s", "с"),
        ("t", "т"),
        ("f", "ф"),
        ("h", "х"),
        ("y", "ы"),
        ("c", "к"),
    ];
    // Polish and Czech write other letters.
    let is_foreign = ["w", "cz", "sz", "rz", "q"].iter().any(|letters| small.contains(letters));
    if is_foreign || !ENDINGS.iter().any(|ending| small.ends_with(ending)) || small.chars().count() < 5 {
        return None;
    }
    let letters: &[(&str, &str)] = if language == Language::French { &FRENCH } else { &ENGLISH };
    let (stem, ending) = match () {
        () if small.ends_with("skaya") => (small.strip_suffix("aya")?, "ая"),
        () if small.ends_with("skaïa") => (small.strip_suffix("aïa")?, "ая"),
        () if small.ends_with("sky") || small.ends_with("ski") => (&small[..small.len() - 1], "ий"),
        () => (small, ""),
    };
    let (mut rest, mut text) = (stem, String::new());
    while !rest.is_empty() {
        let (from, to) =
            letters.iter().filter(|(from, _)| rest.starts_with(from)).max_by_key(|(from, _)| from.len())?;
        // An l before the к of a town or of an adjective is soft.
        let soft = *from == "l" && rest[1..].starts_with("sk");
        text.push_str(to);
        text.push_str(if soft { "ь" } else { "" });
        rest = &rest[from.len()..];
    }
    Some(capitalised(&(text + ending)))
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
    fn russian_names_have_their_spelling_in_each_language() {
        for (russian, english, french) in [
            ("путин", "Putin", "Poutine"),
            ("щербаков", "Shcherbakov", "Chtcherbakov"),
            ("жуков", "Zhukov", "Joukov"),
            ("чехов", "Chekhov", "Tchekhov"),
            ("хрущев", "Khrushchev", "Khrouchtchev"),
            ("зеленский", "Zelensky", "Zelenski"),
            ("ельцин", "Yeltsin", "Eltsine"),
            ("андреев", "Andreyev", "Andreïev"),
            ("нижнекамск", "Nizhnekamsk", "Nijnekamsk"),
            ("толстой", "Tolstoy", "Tolstoï"),
            ("шойгу", "Shoigu", "Choïgou"),
        ] {
            assert_eq!(
                (romanised(Language::English, russian), romanised(Language::French, russian)),
                (english.to_owned(), french.to_owned())
            );
        }
    }

    #[test]
    fn slavic_names_come_back_and_others_do_not() {
        for (language, latin, russian) in [
            (Language::English, "kuznetsova", Some("Кузнецова")),
            (Language::English, "zelenodolsk", Some("Зеленодольск")),
            (Language::English, "shcherbakov", Some("Щербаков")),
            (Language::French, "chtcherbakov", Some("Щербаков")),
            (Language::French, "joukov", Some("Жуков")),
            (Language::English, "lachaume", None),
        ] {
            assert_eq!(cyrillic(language, latin).as_deref(), russian, "{latin}");
        }
    }

    #[test]
    fn a_form_is_told_by_its_ending() {
        assert_eq!(forms("щербакова"), [(Form::Surname, "щербаков")]);
        assert_eq!(forms("нижнекамске"), [(Form::Town, "нижнекамск")]);
        assert_eq!(forms("зеленского"), [(Form::Adjective, "зеленск")]);
        assert_eq!(forms("министерство"), []);
    }
}
