//! Finds names, which are runs of words with capitals, and compares them across cases, plurals and abbreviations.

use std::ops::Range;

use super::{
    grammar::Grammar,
    language::Language,
    word::{Before, Weight, Word},
};

/// Whether two words are forms of the same name.
pub fn same_word(language: Language, one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let large = |word: &str| word.chars().nth(1).is_some() && word.chars().all(char::is_uppercase);
    if large(one) || large(other) {
        // A long abbreviation may also be written like a name (Unesco), and a headline may have only capitals.
        return one.chars().count() > 3 && one.to_lowercase() == other.to_lowercase();
    }
    let shared: usize =
        one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let letters = one[..shared].chars().count();
    let (one, other) = (&one[shared..], &other[shared..]);
    let names = &language.tables().names;
    let ending = |one, other| names.endings.contains(&one) && names.endings.contains(&other);
    let plural = |one, other| names.plurals.0.contains(&one) && names.plurals.1.contains(&other);
    letters >= names.least && (ending(one, other) || plural(one, other) || plural(other, one))
}

/// A name in a sentence.
#[derive(Debug, Clone)]
pub struct Name {
    /// Indexes of its words in the sentence, with the initials between them.
    pub place: Range<usize>,
    /// The [`Word::name`] of each word.
    pub words: Vec<String>,
    /// Whether a preposition governs it.
    pub governed: bool,
    /// Possible abbreviations of the name with the words after it: OMS for Organisation mondiale de la santé.
    initials: Vec<String>,
}

impl Name {
    /// Treats a single word as a name.
    pub fn single(at: usize, word: String) -> Self {
        Self { place: at..at + 1, words: vec![word], governed: false, initials: Vec::new() }
    }

    /// Whether one name contains all words of the other, or abbreviates it.
    pub fn is(&self, language: Language, other: &Name) -> bool {
        let (few, many) = if self.words.len() <= other.words.len() { (self, other) } else { (other, self) };
        few.is_in(language, many)
    }

    /// Whether another name contains all words of this one, or one of the two abbreviates the other.
    pub fn is_in(&self, language: Language, other: &Name) -> bool {
        self.is_in_but(language, other, |_| false)
    }

    /// Like [`Self::is_in`], but `needless` words may be missing from the other name, unless all words are needless: words that also
    /// occur without a capital ("the Colima Volcano").
    pub fn is_in_but(&self, language: Language, other: &Name, needless: impl Fn(&String) -> bool) -> bool {
        let found = |word: &String| other.words.iter().any(|other| same_word(language, word, other));
        let needless_all = self.words.iter().all(&needless);
        self.words.iter().all(|word| found(word) || (needless(word) && !needless_all))
            || abbreviates(language, self, other)
            || abbreviates(language, other, self)
    }
}

fn abbreviates(language: Language, short: &Name, long: &Name) -> bool {
    let [short] = short.words.as_slice() else { return false };
    let large = short.chars().all(char::is_uppercase) && short.chars().nth(1).is_some();
    let initials = || long.words.iter().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase);
    let same = |words: &[&str]| {
        words.len() == long.words.len()
            && words.iter().all(|word| long.words.iter().any(|long| same_word(language, word, long)))
    };
    let known = || Language::ALL.into_iter().flat_map(|language| language.tables().names.abbreviations);
    large
        && (initials().eq(short.chars())
            || long.initials.contains(short)
            || known().any(|(abbreviation, words)| *abbreviation == short.as_str() && same(words)))
}

/// Returns the initials of the first three, four, five and six words of a clause that carry meaning.
fn initials(words: &[Word]) -> Vec<String> {
    let clause = words
        .iter()
        .enumerate()
        .take_while(|(at, word)| *at == 0 || !matches!(word.before, Before::Clause | Before::Start));
    let said = clause.map(|(_, word)| word).filter(|word| word.weight != Weight::None).take(6);
    let mut all = Vec::new();
    let mut read = String::new();
    for (count, word) in (1..).zip(said) {
        read.extend(word.small.chars().next().into_iter().flat_map(char::to_uppercase));
        if count >= 3 {
            all.push(read.clone());
        }
    }
    all
}

/// Finds the names in a sentence. `ordinary` holds for words that the article also has without a capital.
pub fn names(grammar: &Grammar, words: &[Word], ordinary: impl Fn(&Word) -> bool) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut open = false;
    for (at, word) in words.iter().enumerate() {
        let single = word.small.chars().nth(1).is_none();
        let named = word.capital
            && !single
            && word.place.len() < MAX_NAME_BYTES
            && !grammar.tables.names.titles.contains(&word.small.as_str())
            && grammar.named(words, at).is_none()
            && (word.is_abbreviation() || !word.initial || is_name_at_beginning(word, &ordinary));
        let joined = matches!(word.before, Before::Blank | Before::Hyphen | Before::Apostrophe);
        match names.last_mut().filter(|_| open && joined) {
            Some(name) if named => {
                name.words.push(word.name.clone());
                name.place.end = at + 1;
            }
            // A single initial joins the names on both sides of it.
            Some(_) if single && word.capital => {}
            _ => {
                open = named;
                if named {
                    let governed = is_governed(grammar, words, at);
                    let initials = initials(&words[at..]);
                    names.push(Name {
                        place: at..at + 1,
                        words: vec![word.name.clone()],
                        governed,
                        initials,
                    });
                }
            }
        }
    }
    names
}

/// A word of so many bytes or more is not a name.
const MAX_NAME_BYTES: usize = 64;

fn is_name_at_beginning(word: &Word, ordinary: impl Fn(&Word) -> bool) -> bool {
    word.weight == Weight::Full && !ordinary(word)
}

/// Whether a preposition stands before the word `at`, with only articles, titles and prepositions between them.
fn is_governed(grammar: &Grammar, words: &[Word], at: usize) -> bool {
    let before = words[..at].iter().rev().take(3).take_while(|word| {
        grammar.tables.words.prepositions.contains(&word.small.as_str())
            || grammar.tables.names.titles.contains(&word.small.as_str())
            || Language::any_lists(&word.small, |tables| tables.words.articles)
    });
    let mut breaks = words.get(at).into_iter().chain(words[..at].iter().rev());
    before
        .take_while(|_| {
            breaks.next().is_some_and(|word| !matches!(word.before, Before::Clause | Before::Start))
        })
        .any(|word| grammar.tables.words.prepositions.contains(&word.small.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_name_match_and_similar_names_do_not() {
        for (language, one, other, same) in [
            (Language::English, "syria", "syrian", true),
            (Language::English, "obama", "obamas", true),
            (Language::English, "iran", "iraq", false),
            (Language::English, "austria", "australia", false),
            (Language::French, "italie", "italien", true),
            (Language::French, "chine", "chili", false),
            (Language::Russian, "россия", "россией", true),
            (Language::Russian, "петрова", "петровым", true),
            (Language::Russian, "штаты", "штатов", true),
            (Language::Russian, "иван", "иванов", false),
            (Language::Russian, "иран", "ирак", false),
        ] {
            assert_eq!(same_word(language, one, other), same, "{one} {other}");
            assert_eq!(same_word(language, other, one), same, "{other} {one}");
        }
    }
}
