//! How a name sounds, roughly, so that spellings in two alphabets can be compared.
//!
//! Latin letters sound differently in English, in French and in names that come from a Slavic language, and a name does not say
//! which it is. So a Latin word has several readings, and the best pair of readings counts.

use unicode_normalization::UnicodeNormalization;

use crate::fidelity::clean::is_cyrillic;

/// The readings of a Latin word.
const LATIN: [Latin; 4] = [Latin::English, Latin::French, Latin::Slavic, Latin::Czech];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Latin {
    English,
    French,
    /// Romanised, or from a language that writes as it speaks.
    Slavic,
    /// Where ch is one sound with kh.
    Czech,
}

/// The sounds of a word, one character each, for every reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound(Vec<Vec<char>>);

/// Russian endings of cases, the longest first: a form without its ending is compared with a Latin name, which has none.
const ENDINGS: [&str; 27] = [
    "ыми", "ими", "ого", "его", "ому", "ему", "ами", "ями", "ой", "ей", "ою", "ым", "им", "ом", "ем", "ых",
    "их", "ая", "ую", "ый", "ий", "а", "у", "е", "ы", "и", "я",
];

impl Sound {
    /// The sound of a word in small letters.
    pub fn of(small: &str) -> Self {
        let mut readings: Vec<Vec<char>> = if small.contains(is_cyrillic) {
            let stem = ENDINGS.iter().find_map(|ending| small.strip_suffix(ending));
            let stem = stem.filter(|stem| stem.chars().count() >= 3);
            [Some(small), stem].into_iter().flatten().map(cyrillic).collect()
        } else {
            LATIN.iter().map(|reading| latin(small, *reading)).collect()
        };
        readings.dedup();
        Self(readings)
    }

    /// How alike two words sound, from 0 to 1.
    pub fn likeness(&self, other: &Self) -> f32 {
        let pairs = self.0.iter().flat_map(|one| other.0.iter().map(move |other| (one, other)));
        pairs.map(|(one, other)| alike(one, other)).fold(0.0, f32::max)
    }
}

fn is_vowel(sound: char) -> bool {
    matches!(sound, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// What a sound weighs: a consonant tells more than a vowel, and an h is often silent.
fn weight(sound: char) -> f32 {
    match sound {
        'h' => 0.25,
        sound if is_vowel(sound) => 0.45,
        _ => 1.0,
    }
}

/// The cost of one sound in place of another.
fn cost(one: char, other: char) -> f32 {
    const KIN: [(&str, f32); 8] = [
        ("pb", 0.3),
        ("td", 0.3),
        ("kgh", 0.3),
        ("fv", 0.2),
        ("szcSZC", 0.3),
        ("gZ", 0.4),
        ("kC", 0.5),
        ("hS", 0.6),
    ];
    match (is_vowel(one), is_vowel(other)) {
        _ if one == other => 0.0,
        (true, true) => 0.2,
        (false, false) => {
            let kin = KIN.iter().filter(|(sounds, _)| sounds.contains(one) && sounds.contains(other));
            kin.map(|(_, cost)| *cost).fold(1.0, f32::min)
        }
        // An u may be the w of another spelling.
        _ if matches!((one, other), ('u', 'v') | ('v', 'u')) => 0.3,
        _ => 2.0,
    }
}

/// One less the weighted edit distance, as a share of the heavier word.
fn alike(one: &[char], other: &[char]) -> f32 {
    let total = |sounds: &[char]| sounds.iter().map(|sound| weight(*sound)).sum::<f32>();
    let most = total(one).max(total(other));
    if most == 0.0 {
        return 0.0;
    }
    let mut row: Vec<f32> = std::iter::once(0.0)
        .chain(other.iter().scan(0.0, |sum, sound| {
            *sum += weight(*sound);
            Some(*sum)
        }))
        .collect();
    for sound in one {
        let mut diagonal = row[0];
        row[0] += weight(*sound);
        for (at, against) in other.iter().enumerate() {
            let best = (diagonal + cost(*sound, *against))
                .min(row[at + 1] + weight(*sound))
                .min(row[at] + weight(*against));
            diagonal = std::mem::replace(&mut row[at + 1], best);
        }
    }
    (1.0 - row[other.len()] / most).max(0.0)
}

fn cyrillic(small: &str) -> Vec<char> {
    let sounds = small.chars().flat_map(|letter| {
        let sound = match letter {
            'а' | 'я' => "a",
            'б' => "b",
            'в' => "v",
            'г' | 'ґ' => "g",
            'д' => "d",
            'е' | 'э' | 'є' => "e",
            'ё' | 'о' => "o",
            'ж' => "Z",
            'з' => "z",
            'и' | 'й' | 'ы' | 'і' | 'ї' => "i",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' | 'ю' => "u",
            'ф' => "f",
            'х' => "h",
            'ц' => "c",
            'ч' => "C",
            'ш' | 'щ' => "S",
            _ => "",
        };
        sound.chars()
    });
    // дж is one sound, and so is тс.
    let mut all: Vec<char> = Vec::new();
    for sound in sounds {
        match (all.last(), sound) {
            (Some('d'), 'Z') | (Some('t'), 's' | 'c') => {
                all.pop();
                all.push(if sound == 'Z' { 'Z' } else { 'c' });
            }
            (Some(last), sound) if *last == sound => {}
            _ => all.push(sound),
        }
    }
    all
}

/// Letters with the sounds that they have everywhere, the longest first.
#[rustfmt::skip]
const COMMON: [(&str, &str); 27] = [
    ("shch", "S"), ("chtch", "S"), ("sch", "S"), ("tch", "C"), ("sh", "S"), ("kh", "h"), ("zh", "Z"), ("ph", "f"), ("th", "t"),
    ("ck", "k"), ("tz", "c"), ("ts", "c"), ("ou", "u"), ("oo", "u"), ("qu", "k"), ("q", "k"), ("x", "ks"), ("w", "v"), ("ya", "a"),
    ("yu", "u"), ("ye", "e"), ("yo", "o"), ("y", "i"), ("š", "S"), ("č", "C"), ("ž", "Z"),
    ("ç", "s"),
];
#[rustfmt::skip]
const ENGLISH: [(&str, &str); 12] = [
    ("ch", "C"), ("igh", "ai"), ("ee", "i"), ("ea", "i"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("ge", "Ze"), ("dge", "Z"),
    ("j", "Z"), ("gh", "g"), ("c", "k"),
];
#[rustfmt::skip]
const FRENCH: [(&str, &str); 22] = [
    ("ch", "S"), ("eau", "o"), ("au", "o"), ("oi", "ua"), ("gn", "n"), ("gu", "g"), ("ge", "Ze"), ("gi", "Zi"), ("gé", "Ze"),
    ("ill", "i"), ("ai", "e"), ("ei", "e"), ("eu", "e"), ("ce", "se"), ("ci", "si"), ("cé", "se"), ("cy", "si"), ("j", "Z"), ("h", ""),
    ("œ", "e"), ("c", "k"), ("ss", "s"),
];
#[rustfmt::skip]
const SLAVIC: [(&str, &str); 10] = [
    ("ch", "C"), ("ć", "C"), ("cz", "C"), ("sz", "S"), ("j", "i"), ("ł", "l"), ("ş", "S"), ("ü", "u"), ("c", "c"), ("ß", "s"),
];

const CZECH: [(&str, &str); 5] = [("ch", "h"), ("cz", "C"), ("sz", "S"), ("j", "i"), ("c", "c")];

/// Letters at the end of a French word that nobody hears.
const SILENT: [char; 6] = ['e', 's', 't', 'd', 'x', 'p'];

fn latin(small: &str, reading: Latin) -> Vec<char> {
    let own: &[(&str, &str)] = match reading {
        Latin::English => &ENGLISH,
        Latin::French => &FRENCH,
        Latin::Slavic => &SLAVIC,
        Latin::Czech => &CZECH,
    };
    let heard = match reading {
        Latin::French => {
            let heard = small.trim_end_matches(SILENT);
            if heard.chars().count() >= 2 { heard } else { small }
        }
        Latin::English => small.strip_suffix('e').filter(|heard| heard.len() > 3).unwrap_or(small),
        Latin::Slavic | Latin::Czech => small,
    };
    let known = |letter: &char| own.iter().chain(&COMMON).any(|(letters, _)| letters.starts_with(*letter));
    let plain =
        |letter: char| std::iter::once(letter).nfd().find(char::is_ascii_alphabetic).unwrap_or(letter);
    let mut rest: String =
        heard.nfc().map(|letter| if known(&letter) { letter } else { plain(letter) }).collect();
    let mut sounds: Vec<char> = Vec::new();
    while let Some(letter) = rest.chars().next() {
        let found = own.iter().chain(&COMMON).filter(|(letters, _)| rest.starts_with(letters));
        let (length, sound) = match found.max_by_key(|(letters, _)| letters.len()) {
            Some((letters, sound)) => (letters.len(), (*sound).to_owned()),
            None => (letter.len_utf8(), letter.to_string()),
        };
        for sound in sound.chars() {
            if sounds.last() != Some(&sound) {
                sounds.push(sound);
            }
        }
        rest.drain(..length);
    }
    sounds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(one: &str, other: &str) -> f32 {
        Sound::of(one).likeness(&Sound::of(other))
    }

    #[test]
    fn spellings_of_one_name_sound_alike_and_bent_ones_less() {
        for (one, other) in [
            ("путин", "putin"),
            ("путина", "poutine"),
            ("чехов", "tchekhov"),
            ("щербаков", "shcherbakov"),
            ("хрущев", "khrouchtchev"),
            ("жуков", "joukov"),
            ("зеленского", "zelensky"),
            ("poutine", "putin"),
            ("lachaume", "лашом"),
            ("guérin", "герен"),
            ("джонсон", "johnson"),
            ("schröder", "шредер"),
            ("кузнецовой", "kuznetsova"),
        ] {
            assert!(likeness(one, other) >= 0.78, "{one} {other} {}", likeness(one, other));
        }
        for (one, other) in [
            ("щербаков", "shevkov"),
            ("щербаков", "schröder"),
            ("нижнекамск", "nezhkamenka"),
            ("lachaume", "лампео"),
            ("иран", "iraq"),
        ] {
            assert!(likeness(one, other) < 0.78, "{one} {other} {}", likeness(one, other));
        }
    }
}
