//! Writes a Russian name in Latin letters and a Slavic name in Cyrillic ones, as newspapers do.
//!
//! English follows the usual system of its press (Shcherbakov, Yevgeny), French its own (Chtcherbakov, Evgueni, Poutine). A foreign
//! name in Russian text cannot be written back from its sound: Джонсон is Johnson. So only names with a Russian form are written.

use crate::{fidelity::capitalised, lang::Language};

/// Given names whose usual spelling is not that of their letters: Russian, English, French.
#[rustfmt::skip]
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

/// Whether a Russian letter is a vowel.
pub fn is_vowel(letter: char) -> bool {
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
            ('ё', _) if after == Some('в') => "e",
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
    #[rustfmt::skip]
    const ENGLISH: [(&str, &str); 36] = [
        ("shch", "щ"), ("sh", "ш"), ("ch", "ч"), ("kh", "х"), ("zh", "ж"), ("ts", "ц"), ("tz", "ц"), ("ya", "я"), ("yu", "ю"),
        ("ye", "е"), ("yo", "ё"), ("x", "кс"), ("a", "а"), ("b", "б"), ("c", "к"), ("v", "в"), ("w", "в"), ("g", "г"), ("d", "д"),
        ("e", "е"), ("z", "з"), ("i", "и"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("r", "р"),
        ("s", "с"), ("t", "т"), ("u", "у"), ("f", "ф"), ("h", "х"), ("j", "дж"), ("y", "ы"),
    ];
    #[rustfmt::skip]
    const FRENCH: [(&str, &str); 39] = [
        ("chtch", "щ"), ("tch", "ч"), ("ch", "ш"), ("kh", "х"), ("ts", "ц"), ("ou", "у"), ("iou", "ю"), ("ia", "я"), ("ïa", "я"),
        ("gu", "г"), ("ss", "с"), ("ïe", "е"), ("ye", "е"), ("x", "кс"), ("ï", "й"), ("a", "а"), ("b", "б"), ("v", "в"), ("w", "в"), ("g", "г"),
        ("d", "д"), ("e", "е"), ("é", "е"), ("j", "ж"), ("z", "з"), ("i", "и"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"),
        ("o", "о"), ("p", "п"), ("r", "р"), ("s", "с"), ("t", "т"), ("f", "ф"), ("h", "х"), ("y", "ы"), ("c", "к"),
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
            ("журавлёва", "Zhuravleva", "Jouravleva"),
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
}
