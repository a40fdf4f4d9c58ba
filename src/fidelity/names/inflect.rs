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

/// The form of a name in place of a word that is wrong, after the word before it, both in small letters; `None` if it is not clear.
/// `joined` tells whether another word follows at once.
pub fn inflected(name: &str, before: &str, wrong: &str, joined: bool) -> Option<String> {
    let last = name.chars().next_back()?;
    let adjective = |ending: &&&str| wrong.strip_suffix(**ending).is_some_and(|stem| stem.ends_with("ск"));
    if let Some(ending) = ADJECTIVES.iter().find(adjective) {
        match name {
            _ if name.ends_with("ский") => {}
            _ if !name.ends_with("ск") => return None,
            _ if joined => return Some(format!("{name}{ending}")),
            _ => {}
        }
    }
    let end = |word: &str| word.chars().rev().take(2).collect::<String>();
    // It has no cases, or it is in the same one.
    if "оэыё".contains(last) || end(name) == end(wrong) {
        return Some(name.to_owned());
    }
    if CASES.iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    let found = PREPOSITIONS.iter().find(|(words, _)| words.contains(&before)).map(|(_, case)| *case);
    let is_womans = ["ова", "ева", "ина"].iter().any(|form| name.ends_with(form));
    let ending = wrong.chars().next_back()?;
    let is_bare = !"аеёиоуыэюямйхь".contains(ending);
    let case = match found {
        Some(case) => case,
        None if is_bare && !"аяйь".contains(last) => Case::Nominative,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_the_case_of_its_place() {
        assert_eq!(inflected("Зеленодольск", "в", "золедонском", true).as_deref(), Some("Зеленодольском"));
        for (name, wrong, before, expected) in [
            ("Зеленодольск", "золочевском", "в", Some("Зеленодольске")),
            ("Щербаков", "шевков", "сказал", Some("Щербаков")),
            ("Щербаков", "шевковым", "с", Some("Щербаковым")),
            ("Кузнецова", "кузнова", "что", Some("Кузнецова")),
            ("Диалло", "дейлой", "с", Some("Диалло")),
            ("Бирч", "брича", "брата", None),
        ] {
            assert_eq!(inflected(name, before, wrong, false).as_deref(), expected, "{name} {before}");
        }
    }
}
