//! Evidence for Russian in a few words. The letters of Ukrainian, Belarusian, Serbian, Macedonian, Kazakh and others give these
//! away. Bulgarian has no letter that Russian lacks, but no cases either; Serbian and Macedonian lack half of the vowel signs.

use whatlang::Lang;

/// Endings of cases and verbs that Bulgarian lacks.
const ENDINGS: &[&str] = &[
    "ого", "его", "ому", "ему", "ый", "ой", "ами", "ями", "ах", "ях", "ию", "ую", "юю", "ть", "тся", "ться",
    "лся", "лась", "лись", "ью", "ом", "ем", "ей", "ку", "ту", "ну", "ру", "ву", "ют", "ев", "ят", "ает",
    "яет", "ует", "ит", "ал", "ил", "ел", "ли", "ала", "ила", "ции", "сии",
];
/// Endings of the Bulgarian article and verbs.
const BULGARIAN: [&str; 11] =
    ["ът", "ият", "ството", "ата", "ята", "ите", "нето", "ието", "овете", "ава", "ява"];
/// Words that no neighbour has.
const WORDS: [&str; 24] = [
    "что", "как", "из", "для", "это", "его", "их", "был", "была", "были", "или", "об", "со", "ко", "чем",
    "уже", "все", "ли", "к", "он", "она", "они", "мы", "год",
];
/// Prepositions of Russian and Bulgarian that Serbian and Macedonian lack.
const PREPOSITIONS: [&str; 4] = ["в", "с", "к", "во"];
/// Bulgarian words that Russian lacks.
const BULGARIAN_WORDS: [&str; 14] = [
    "се",
    "са",
    "че",
    "ще",
    "със",
    "във",
    "още",
    "който",
    "която",
    "които",
    "беше",
    "заради",
    "след",
    "през",
];
/// Letters that Serbian and Macedonian lack.
const LETTERS: [char; 9] = ['й', 'я', 'ю', 'ь', 'щ', 'ы', 'э', 'ё', 'ъ'];

/// Points for Russian and for its neighbours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    pub russian: f32,
    pub foreign: f32,
}

impl Evidence {
    /// Weighs the words of a text whose Cyrillic letters Russian has. `answer` is that of `whatlang`.
    pub fn of(text: &str, answer: Lang) -> Self {
        let mut evidence = Self::default();
        let small = text.to_lowercase();
        let mut preposition = false;
        for word in small.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
            let ends =
                |endings: &[&str]| word.chars().count() >= 4 && endings.iter().any(|end| word.ends_with(end));
            let soft = word.char_indices().any(|(at, c)| c == 'ь' && !word[at..].starts_with("ьо"));
            evidence.russian += f32::from(u8::from(word.contains(['ы', 'э', 'ё'])));
            evidence.russian += if soft { 0.7 } else { 0.0 };
            evidence.russian += if ends(ENDINGS) { 0.5 } else { 0.0 };
            evidence.russian += if WORDS.contains(&word) { 0.7 } else { 0.0 };
            let cased =
                word.chars().count() >= 4 && word.ends_with(['е', 'и', 'у', 'ю']) && !word.ends_with("те");
            evidence.russian += if preposition && cased { 0.4 } else { 0.0 };
            preposition = matches!(word, "в" | "на" | "о" | "об" | "по" | "к");
            evidence.foreign += if word.contains('ъ') { 0.6 } else { 0.0 };
            evidence.foreign += if ends(&BULGARIAN) { 0.5 } else { 0.0 };
            evidence.foreign += if BULGARIAN_WORDS.contains(&word) { 0.8 } else { 0.0 };
        }
        let southern = !small.contains(LETTERS)
            && !small.split(|c: char| !c.is_alphabetic()).any(|word| PREPOSITIONS.contains(&word));
        evidence.foreign += if southern { 0.5 } else { 0.0 };
        match answer {
            Lang::Rus => evidence.russian += 0.4,
            Lang::Bul | Lang::Srp | Lang::Mkd => evidence.foreign += 0.3,
            // The others have letters of their own.
            _ => evidence.foreign += 0.1,
        }
        evidence
    }

    /// Whether Russian is clearly ahead.
    pub fn is_russian(&self) -> bool {
        self.russian >= 0.5 && self.russian >= 1.2 * self.foreign + 0.1
    }

    /// The share of Russian in all points.
    pub fn share(&self) -> f32 {
        self.russian / (self.russian + self.foreign).max(1.0)
    }
}
