//! Currencies, units and loose amounts: what their words mean, the same in all languages, and how each language inflects them.

mod en;
mod fr;
mod ru;

use std::{collections::HashMap, sync::OnceLock};

use super::{
    language::Language,
    tables::{List, Noun},
    word::small,
};

/// What a number counts, independent of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    Dollar,
    Euro,
    Pound,
    Rouble,
    Yuan,
    Yen,
    Franc,
    Hryvnia,
    Zloty,
    Krone,
    Rupee,
    Peso,
    Lira,
    Dinar,
    Riyal,
    Real,
    Dirham,
    Shekel,
    Tenge,
    Forint,
    Baht,
    Lari,
    Rand,
    Bitcoin,
    Cent,
    Kopeck,
    Percent,
    Metre,
    Kilometre,
    Centimetre,
    Millimetre,
    Mile,
    Foot,
    Inch,
    Yard,
    Acre,
    Hectare,
    Tonne,
    Kilogram,
    Gram,
    PoundWeight,
    Ounce,
    Litre,
    Gallon,
    Barrel,
    Celsius,
    Fahrenheit,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// The kind of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeasureKind {
    Money,
    Percent,
    Unit,
    /// A length of time.
    Duration,
}

impl Measure {
    /// Its kind.
    pub fn kind(self) -> MeasureKind {
        match self {
            Self::Percent => MeasureKind::Percent,
            _ if self < Self::Percent => MeasureKind::Money,
            _ if self < Self::Second => MeasureKind::Unit,
            _ => MeasureKind::Duration,
        }
    }

    /// The sign of a currency that has one sign in all three languages.
    pub fn sign(self) -> Option<&'static str> {
        Some(match self {
            Self::Dollar => "$",
            Self::Euro => "€",
            Self::Pound => "£",
            Self::Rouble => "₽",
            Self::Hryvnia => "₴",
            Self::Tenge => "₸",
            _ => return None,
        })
    }
}

/// Signs of measures, with their meanings; they are the same in all languages.
pub const SIGNS: &[(char, &[Measure])] = &[
    ('%', &[Measure::Percent]),
    ('$', &[Measure::Dollar]),
    ('€', &[Measure::Euro]),
    ('£', &[Measure::Pound]),
    ('₽', &[Measure::Rouble]),
    ('¥', &[Measure::Yuan, Measure::Yen]),
    ('₴', &[Measure::Hryvnia]),
    ('₸', &[Measure::Tenge]),
    ('₺', &[Measure::Lira]),
    ('₹', &[Measure::Rupee]),
    ('₪', &[Measure::Shekel]),
    ('฿', &[Measure::Baht]),
];

/// Codes and abbreviations of measures in all languages.
const CODES: &[(&str, Measure)] = &[
    ("usd", Measure::Dollar),
    ("eur", Measure::Euro),
    ("gbp", Measure::Pound),
    ("rub", Measure::Rouble),
    ("rur", Measure::Rouble),
    ("cny", Measure::Yuan),
    ("rmb", Measure::Yuan),
    ("jpy", Measure::Yen),
    ("chf", Measure::Franc),
    ("uah", Measure::Hryvnia),
    ("pln", Measure::Zloty),
    ("sek", Measure::Krone),
    ("nok", Measure::Krone),
    ("dkk", Measure::Krone),
    ("czk", Measure::Krone),
    ("kč", Measure::Krone),
    ("huf", Measure::Forint),
    ("inr", Measure::Rupee),
    ("btc", Measure::Bitcoin),
    ("km", Measure::Kilometre),
    ("cm", Measure::Centimetre),
    ("mm", Measure::Millimetre),
    ("kg", Measure::Kilogram),
    ("ha", Measure::Hectare),
];

/// The words of a language for measures and loose amounts.
pub struct MeasureTables {
    pub measures: &'static [(Measure, Noun)],
    /// Words that are no exact number, but can stand for one, with its possible values: digits and a power of ten.
    pub loose: &'static [(List, &'static [(u32, i32)])],
    /// Ordinals, each with the beginnings and the endings of its forms.
    pub ordinals: &'static [(u32, List)],
    pub ordinal_endings: List,
    /// Endings of the adjectives of measures: "километровый".
    pub adjectives: List,
    /// Beginnings of compounds with a number: "пятилетний".
    pub compounds: &'static [(&'static str, u32)],
    /// Beginnings of the second part of such compounds, with a power of ten.
    pub compound_scales: &'static [(&'static str, i32)],
    /// Endings that a number in digits has: "15-ти".
    pub digit_endings: List,
    /// Words for below zero.
    pub below: List,
    /// Measures of two words.
    pub phrases: &'static [(&'static str, &'static str, Measure)],
    /// Words between a number and its measure: "millions de dollars".
    pub links: List,
    /// Words for the first and the second half of the day, beside a time.
    pub halves: [List; 2],
    /// Words after an hour that make it a time of day; minutes may follow.
    pub clock: List,
    /// Words for hours, which can also be a length of time.
    pub hours: List,
}

/// The index of a language's [`MeasureTables`].
pub struct Measures {
    pub tables: &'static MeasureTables,
    measures: HashMap<String, Vec<(Measure, Option<u8>)>>,
    loose: HashMap<String, Vec<(u32, i32)>>,
    ordinals: HashMap<String, u32>,
}

impl Measures {
    /// The index of a language, which is built once.
    pub fn of(language: Language) -> &'static Self {
        static MADE: [OnceLock<Measures>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        MADE[language as usize].get_or_init(|| {
            Self::new(match language {
                Language::English => &en::ENGLISH,
                Language::French => &fr::FRENCH,
                Language::Russian => &ru::RUSSIAN,
            })
        })
    }

    fn new(tables: &'static MeasureTables) -> Self {
        let mut measures: HashMap<String, Vec<(Measure, Option<u8>)>> = HashMap::new();
        let mut add = |word: String, measure, form: Option<u8>| {
            let meanings = measures.entry(word).or_default();
            if !meanings.iter().any(|(other, _)| *other == measure) {
                meanings.push((measure, form));
            }
        };
        for (measure, noun) in tables.measures {
            (0..).zip(noun.forms()).for_each(|(form, word)| add(small(&word), *measure, Some(form)));
            noun.short.iter().for_each(|word| add((*word).to_owned(), *measure, None));
            for ending in tables.adjectives {
                add(small(&format!("{}{ending}", noun.stem)), *measure, None);
            }
        }
        CODES.iter().for_each(|(code, measure)| add((*code).to_owned(), *measure, None));
        let mut loose: HashMap<String, Vec<(u32, i32)>> = HashMap::new();
        for (words, values) in tables.loose {
            words.iter().for_each(|word| loose.entry((*word).to_owned()).or_default().extend(*values));
        }
        let mut ordinals = HashMap::new();
        for (value, beginnings) in tables.ordinals {
            for beginning in *beginnings {
                for ending in tables.ordinal_endings {
                    let word = format!("{beginning}{ending}");
                    loose.entry(word.clone()).or_default().push((*value, 0));
                    ordinals.insert(word, *value);
                }
            }
        }
        Self { tables, measures, loose, ordinals }
    }

    /// The measures that a word in small letters may name, each with the index of its form; abbreviations have none.
    pub fn measures(&self, small: &str) -> &[(Measure, Option<u8>)] {
        self.measures.get(small).map_or(&[], Vec::as_slice)
    }

    /// The values that a word without an exact number may stand for, as digits and a power of ten.
    pub fn loose(&self, small: &str) -> &[(u32, i32)] {
        self.loose.get(small).map_or(&[], Vec::as_slice)
    }

    /// The value of an ordinal in words.
    pub fn ordinal(&self, small: &str) -> Option<u32> {
        self.ordinals.get(small).copied()
    }

    /// The number in a compound, as digits and a power of ten: 5 in "пятилетний", 5 million in "пятимиллионный".
    pub fn compound(&self, small: &str) -> Option<(u32, i32)> {
        let numbers = self.tables.compounds.iter().filter_map(|(beginning, value)| {
            let rest = small.strip_prefix(beginning).filter(|rest| rest.chars().nth(2).is_some())?;
            Some((beginning.len(), *value, rest))
        });
        let (_, value, rest) = numbers.max_by_key(|(length, ..)| *length)?;
        let scale = self.tables.compound_scales.iter().find(|(beginning, _)| rest.starts_with(beginning));
        Some((value, scale.map_or(0, |(_, power)| *power)))
    }

    /// The noun for a measure.
    pub fn noun(&self, measure: Measure) -> Option<&'static Noun> {
        self.tables.measures.iter().find(|(other, _)| *other == measure).map(|(_, noun)| noun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_noun_for_every_measure() {
        for language in Language::ALL {
            for measure in (0..=Measure::Year as u8).zip(Measures::of(Language::English).tables.measures) {
                assert!(Measures::of(language).noun(measure.1.0).is_some(), "{language}: {:?}", measure.1.0);
            }
        }
    }

    #[test]
    fn forms_of_a_measure_are_known_by_their_case() {
        let russian = Measures::of(Language::Russian);
        assert_eq!(russian.measures("рублей"), [(Measure::Rouble, Some(7))]);
        assert_eq!(russian.measures("руб"), [(Measure::Rouble, None)]);
        assert_eq!(Measures::of(Language::French).measures("pieds"), [(Measure::Foot, Some(1))]);
        assert_eq!(russian.compound("пятимиллионный"), Some((5, 6)));
    }
}
