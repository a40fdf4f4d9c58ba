//! The languages of this service, and the directions between them.
//!
//! All other code names a language with these types, so a code from outside is checked once, where it enters.

use std::fmt;
use std::str::FromStr;

use super::{
    en::ENGLISH,
    fr::FRENCH,
    ru::RUSSIAN,
    tables::{List, Tables},
};

/// One of the three languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    English,
    French,
    Russian,
}

/// How many characters of an invalid code an error repeats. By mistake, the code may be a whole article.
const REPEATED: usize = 16;

/// A code of none of the three languages, cut to its first characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown language {0:?}: the languages are English (en), French (fr) and Russian (ru)")]
pub struct UnknownLanguage(pub String);

impl Language {
    /// All three, in the order of their codes.
    pub const ALL: [Language; 3] = [Language::English, Language::French, Language::Russian];

    /// Its tables.
    pub const fn tables(self) -> &'static Tables {
        match self {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
            Language::Russian => &RUSSIAN,
        }
    }

    /// The ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        self.tables().code
    }

    /// Finds a language by its code in ISO 639-1, 639-2 or 639-3.
    pub fn from_iso(code: &str) -> Option<Self> {
        let is = |known: &&str| known.eq_ignore_ascii_case(code);
        Language::ALL.into_iter().find(|language| language.tables().iso.iter().any(is))
    }

    /// Its English name.
    pub const fn name(self) -> &'static str {
        self.tables().name
    }

    /// Whether it uses the Latin alphabet.
    pub const fn is_latin(self) -> bool {
        self.tables().alphabet.is_empty()
    }

    /// Whether its alphabet has this letter. Latin letters are in no alphabet here.
    pub fn writes(self, letter: char) -> bool {
        self.tables().alphabet.iter().any(|letters| letters.contains(&letter))
    }

    /// Whether a list of any language contains a word. Names, headlines and quotations bring words of one language into texts of
    /// another.
    pub fn any_lists(word: &str, list: impl Fn(&'static Tables) -> List) -> bool {
        Language::ALL.into_iter().any(|language| list(language.tables()).contains(&word))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a two-letter code in either case. Script and region after it are ignored (RFC 5646, sections 2.2.3 and
    /// 2.2.4; underscores as in locales): "fr-FR", "en_GB", "ru-Cyrl-RU".
    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let mut subtags = code.split(['-', '_']);
        let language = subtags.next().unwrap_or_default();
        let mut form = 0;
        let valid = subtags.all(|subtag| {
            // A script has four letters; a region follows it and has two letters or three digits.
            let next = match subtag.len() {
                4 if subtag.bytes().all(|byte| byte.is_ascii_alphabetic()) => 1,
                2 if subtag.bytes().all(|byte| byte.is_ascii_alphabetic()) => 2,
                3 if subtag.bytes().all(|byte| byte.is_ascii_digit()) => 2,
                _ => 0,
            };
            let ordered = next > form;
            form = next;
            ordered
        });
        Language::ALL
            .into_iter()
            .find(|known| valid && known.code().eq_ignore_ascii_case(language))
            .ok_or_else(|| UnknownLanguage(code.chars().take(REPEATED).collect()))
    }
}

/// A direction of translation between two different languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    pub source: Language,
    pub target: Language,
}

/// Why a text is not a direction between two of the languages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    #[error("{0:?} is not a language pair: write two language codes with a hyphen, such as en-fr")]
    Shape(String),
    #[error(transparent)]
    Language(#[from] UnknownLanguage),
    #[error("a pair needs two different languages, not {0} twice")]
    Same(Language),
}

impl Pair {
    /// The six directions, ordered by source and then by target.
    pub fn all() -> impl Iterator<Item = Pair> {
        Language::ALL.into_iter().flat_map(|source| {
            Language::ALL
                .into_iter()
                .filter(move |&target| target != source)
                .map(move |target| Pair { source, target })
        })
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.source, self.target)
    }
}

impl FromStr for Pair {
    type Err = PairError;

    /// Reads `en-fr`, in either case.
    fn from_str(pair: &str) -> Result<Self, Self::Err> {
        let (source, target) = pair.split_once('-').ok_or_else(|| PairError::Shape(pair.to_owned()))?;
        let (source, target) = (source.parse()?, target.parse()?);
        if source == target {
            return Err(PairError::Same(source));
        }
        Ok(Pair { source, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_in_either_case() {
        for language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
            assert_eq!(language.code().to_uppercase().parse(), Ok(language));
        }
        for (tag, language) in [
            ("fr-FR", Language::French),
            ("en_GB", Language::English),
            ("ru-RU", Language::Russian),
            ("EN-us", Language::English),
            ("ru-Cyrl-RU", Language::Russian),
            ("en-001", Language::English),
        ] {
            assert_eq!(tag.parse(), Ok(language), "{tag}");
        }
        for tag in
            ["de-DE", "english", "en-", "-en", "en-GB-oed", "en.UTF-8", "fr FR", "en-1", "", "en-US-Latn"]
        {
            assert!(tag.parse::<Language>().is_err(), "{tag}");
        }
        let message = "de".parse::<Language>().unwrap_err().to_string();
        assert!(["\"de\"", "en", "fr", "ru"].iter().all(|part| message.contains(part)), "{message}");
        let long = "статья".repeat(1000).parse::<Language>().unwrap_err().to_string();
        assert!(long.chars().count() < 120, "{long}");
    }

    #[test]
    fn there_are_six_pairs_and_each_reads_back() {
        let pairs: Vec<Pair> = Pair::all().collect();
        assert_eq!(pairs.len(), 6);
        assert!(pairs.is_sorted());
        for pair in pairs {
            assert_eq!(pair.to_string().parse(), Ok(pair));
        }
        assert_eq!("en-en".parse::<Pair>(), Err(PairError::Same(Language::English)));
        assert!(matches!("enfr".parse::<Pair>(), Err(PairError::Shape(_))));
        assert!(matches!("en-xx".parse::<Pair>(), Err(PairError::Language(_))));
    }

    /// Checks what the readers assume about the tables. This covers a new language as well.
    #[test]
    fn the_tables_of_every_language_are_well_formed() {
        for language in Language::ALL {
            let Tables { iso, words, endings, negation, reporting, numbers, calendar, names, page, .. } =
                language.tables();
            assert_eq!(Language::ALL[language as usize], language);
            assert!(iso.contains(&language.code()), "{language}");
            assert_eq!((calendar.weekdays.len(), calendar.months.len()), (7, 12), "{language}");
            let small: [&[List]; 7] = [
                &[words.frequent, words.articles, words.prepositions, words.auxiliaries, words.being],
                &[words.helpers, words.by, words.and, words.pronouns, words.subjects, words.infinitive],
                &[words.line_joiners, words.clause_openers, endings.verbs, endings.adverbs, endings.no_names],
                &[negation.negators, negation.not_only, negation.deniers, reporting.says, reporting.claims],
                &[numbers.one, numbers.minus, numbers.unit_words, calendar.relative_days],
                &[names.titles, names.people, names.endings, page.phrases, page.labels, page.stamps],
                &[page.stamp_words, page.bylines],
            ];
            let forms = [numbers.from_two, numbers.tens, numbers.hundreds, numbers.ordinals];
            for noun in calendar.weekdays.iter().chain(calendar.months) {
                assert!(noun.forms().all(|form| form == super::super::word::small(&form)), "{language}");
            }
            for word in small.into_iter().chain(forms).flatten().copied().flatten() {
                assert_eq!(*word, super::super::word::small(word), "{language}");
            }
        }
    }
}
