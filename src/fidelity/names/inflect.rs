//! Puts a name into the case that its place in a Russian sentence asks for.

/// Prepositions with the case that a name has after them.
const PREPOSITIONS: [(&[&str], Case); 4] = [
    (&["в", "во", "на", "о", "об", "при"], Case::Prepositional),
    (&["с", "со", "под", "над", "перед", "между"], Case::Instrumental),
    (&["из", "от", "для", "у", "без", "до", "после", "около", "против", "кроме"], Case::Genitive),
    (&["к", "ко", "благодаря"], Case::Dative),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Nominative,
    Genitive,
    Dative,
    Instrumental,
    Prepositional,
}

/// Endings of adjectives of towns.
const ADJECTIVES: [&str; 12] = ["ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ое", "ие", "их", "ими"];

/// Endings of names that may be in any case.
const CASES: [&str; 12] = ["ом", "ем", "ым", "им", "ой", "ей", "ах", "ях", "у", "ю", "е", "и"];

/// What stands around a word that is wrong, in small letters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    pub wrong: &'a str,
    /// The word before it.
    pub before: &'a str,
    /// The given name before it, if it is a man's.
    pub given: Option<&'a str>,
    /// Whether another word follows at once.
    pub is_joined: bool,
    /// Whether the name ends with a vowel in its language, so that it has no cases.
    pub is_fixed: bool,
}

/// The form of a name in a place; `None` if its case is not clear.
pub fn inflected(name: &str, place: Place<'_>) -> Option<String> {
    let Place { wrong, before, given, is_joined, is_fixed } = place;
    let last = name.chars().next_back()?;
    let adjective = |ending: &&&str| wrong.strip_suffix(**ending).is_some_and(|stem| stem.ends_with("ск"));
    if let Some(ending) = ADJECTIVES.iter().find(adjective) {
        match name {
            _ if name.ends_with("ский") => {}
            _ if !name.ends_with("ск") => return None,
            _ if is_joined => return Some(format!("{name}{ending}")),
            _ => {}
        }
    }
    let end = |word: &str| word.chars().rev().take(2).collect::<String>();
    // It has no cases, or it is in the same one.
    if "оэыё".contains(last) || (is_fixed && "уюие".contains(last)) || end(name) == end(wrong) {
        return Some(name.to_owned());
    }
    if CASES.iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    let found = PREPOSITIONS.iter().find(|(words, _)| words.contains(&before)).map(|(_, case)| *case);
    let is_womans = ["ова", "ева", "ина"].iter().any(|form| name.ends_with(form));
    let is_bare =
        |word: &str| !word.ends_with(['а', 'е', 'ё', 'и', 'о', 'у', 'ы', 'э', 'ю', 'я', 'м', 'й', 'х', 'ь']);
    let case = match found.or_else(|| case_of(given?)) {
        Some(case) => case,
        None if is_bare(wrong) && !"аяйь".contains(last) => Case::Nominative,
        None if wrong.ends_with('а') && is_womans => Case::Nominative,
        None => return None,
    };
    let stem = &name[..name.len() - last.len_utf8()];
    let adjective = name.ends_with("ский") || name.ends_with("цкий");
    let possessive = ["ов", "ев", "ёв", "ин"].iter().any(|form| name.ends_with(form));
    Some(match case {
        Case::Nominative => name.to_owned(),
        _ if adjective => {
            let stem = name.strip_suffix("ий")?;
            let ending = match case {
                Case::Genitive => "ого",
                Case::Dative => "ому",
                Case::Instrumental => "им",
                _ => "ом",
            };
            format!("{stem}{ending}")
        }
        _ if is_womans => format!("{stem}ой"),
        _ if "аяйь".contains(last) || name.ends_with("ых") => return None,
        Case::Genitive => format!("{name}а"),
        Case::Dative => format!("{name}у"),
        Case::Instrumental if possessive => format!("{name}ым"),
        Case::Instrumental if name.ends_with(['ж', 'ш', 'щ', 'ч', 'ц']) => format!("{name}ем"),
        Case::Instrumental => format!("{name}ом"),
        Case::Prepositional => format!("{name}е"),
    })
}

/// The case of a man's given name that ends with a consonant in the nominative.
fn case_of(given: &str) -> Option<Case> {
    match given {
        _ if given.ends_with(['а', 'я']) => Some(Case::Genitive),
        _ if given.ends_with(['у', 'ю']) => Some(Case::Dative),
        _ if given.ends_with("ом") || given.ends_with("ем") => Some(Case::Instrumental),
        _ if given.ends_with('е') => Some(Case::Prepositional),
        _ if given.ends_with(['о', 'и', 'ы', 'э', 'ё']) => None,
        _ => Some(Case::Nominative),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_the_case_of_its_place() {
        let town =
            Place { wrong: "золедонском", before: "в", is_joined: true, ..Place::default() };
        assert_eq!(inflected("Зеленодольск", town).as_deref(), Some("Зеленодольском"));
        let after_given =
            Place {
                wrong: "лампео", before: "пьера", given: Some("пьера"), ..Place::default()
            };
        assert_eq!(inflected("Брендон", after_given).as_deref(), Some("Брендона"));
        for (name, wrong, before, expected) in [
            ("Зеленодольск", "золочевском", "в", Some("Зеленодольске")),
            ("Щербаков", "шевков", "сказал", Some("Щербаков")),
            ("Щербаков", "шевковым", "с", Some("Щербаковым")),
            ("Кузнецова", "кузнова", "что", Some("Кузнецова")),
            ("Диалло", "дейлой", "с", Some("Диалло")),
            ("Бирч", "брича", "брата", None),
        ] {
            assert_eq!(
                inflected(name, Place { wrong, before, ..Place::default() }).as_deref(),
                expected,
                "{name} {before}"
            );
        }
    }
}
