//! Terminology: the caller's own words for certain words of the source.
//!
//! A term is found by the stems of its words, so inflected forms match ("taux directeurs" for "taux directeur"). A translation has
//! a term if the stems of its target stand in it; the model chooses their forms. An empty target means that the words of the
//! source stay unchanged.

pub mod table;
pub mod tbx;

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, OnceLock},
};

use super::protect::overlaps_any;
use crate::lang::{Grammar, Language, Pair, Word, words};

/// Most terms of a list.
pub const MOST_TERMS: usize = 10_000;
/// Most characters of either side of a term.
pub const MOST_TERM_CHARS: usize = 200;

/// A term as the caller gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    pub source: String,
    /// Empty: the words of the source stay unchanged.
    pub target: String,
}

/// Why a term is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    #[error("the source has no letters or digits")]
    NoWords,
    #[error("it has more than {MOST_TERM_CHARS} characters")]
    TooLong,
    #[error("it has a control character, such as a line end or a tab")]
    Control,
}

impl Term {
    /// Checks the length and the characters of a term, and removes white space at its edges.
    ///
    /// # Errors
    /// When the source has no words, or either side is too long or has control characters.
    pub fn new(source: &str, target: &str) -> Result<Self, TermError> {
        let term = Self { source: source.trim().to_owned(), target: target.trim().to_owned() };
        for side in [&term.source, &term.target] {
            // Bytes first: they bound the time to count characters.
            if side.len() > 4 * MOST_TERM_CHARS || side.chars().count() > MOST_TERM_CHARS {
                return Err(TermError::TooLong);
            }
            if side.contains(char::is_control) {
                return Err(TermError::Control);
            }
        }
        if term.source.contains(char::is_alphanumeric) { Ok(term) } else { Err(TermError::NoWords) }
    }

    /// Whether the words of the source stay unchanged. A target that is the same word ("boson") is an ordinary one, which may have
    /// other forms.
    pub fn is_kept(&self) -> bool {
        self.target.is_empty()
    }
}

/// The terms of a request: its own, and those of registered glossaries. Cheap to clone; they become the [`Glossary`] of a direction
/// at first use.
#[derive(Debug, Clone, Default)]
pub struct Terms(Arc<List>);

#[derive(Debug, Default)]
struct List {
    terms: Vec<Term>,
    registered: Vec<Arc<Glossary>>,
    made: [OnceLock<Arc<Glossary>>; 9],
}

impl Terms {
    /// Terms of which an earlier one counts before a later one.
    pub fn new(terms: Vec<Term>) -> Self {
        Self(Arc::new(List { terms, ..List::default() }))
    }

    /// The same terms, and after them those of glossaries, each in its direction.
    pub fn with(&self, registered: Vec<Arc<Glossary>>) -> Self {
        Self(Arc::new(List { terms: self.0.terms.clone(), registered, ..List::default() }))
    }

    /// Whether there are no terms in any direction.
    pub fn is_empty(&self) -> bool {
        self.0.terms.is_empty() && self.0.registered.is_empty()
    }

    /// The request's own terms, in order.
    pub fn list(&self) -> &[Term] {
        &self.0.terms
    }

    /// The glossary of a direction.
    pub fn of(&self, pair: Pair) -> &Arc<Glossary> {
        let List { terms, registered, made } = &*self.0;
        let count = Language::ALL.len();
        made[pair.source as usize * count + pair.target as usize].get_or_init(|| {
            let mut others = registered.iter().filter(|glossary| glossary.pair == pair);
            let own = Glossary::new(pair, terms.iter().cloned());
            match (own.is_empty(), others.next(), others.next()) {
                (_, None, _) => Arc::new(own),
                (true, Some(only), None) => Arc::clone(only),
                _ => {
                    let all = registered.iter().filter(|glossary| glossary.pair == pair);
                    let all = all.flat_map(|glossary| &glossary.entries).cloned();
                    Arc::new(Glossary::of(pair, own.entries.into_iter().chain(all).collect()))
                }
            }
        })
    }
}

/// The terms of one direction, by the stems of their words.
#[derive(Debug, Clone)]
pub struct Glossary {
    pair: Pair,
    entries: Vec<Arc<Entry>>,
    /// The entries whose source begins with a stem, the longest first.
    first: HashMap<String, Vec<usize>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    term: Term,
    source: Vec<Stem>,
    target: Vec<Stem>,
}

/// A word of a term.
#[derive(Debug, PartialEq, Eq)]
struct Stem {
    stem: String,
    /// The word itself, if it is an abbreviation in capitals, which no word in small letters matches ("US" and "us").
    capitals: Option<String>,
}

/// A term in a sentence.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its bytes in the sentence.
    pub place: Range<usize>,
    entry: Arc<Entry>,
}

impl Default for Glossary {
    fn default() -> Self {
        let pair = Pair { source: Language::English, target: Language::French };
        Self { pair, entries: Vec::new(), first: HashMap::new() }
    }
}

impl Glossary {
    /// The glossary of a direction. Of two terms with the same source words, the first one counts.
    pub fn new(pair: Pair, terms: impl IntoIterator<Item = Term>) -> Self {
        let entry = |term: Term| {
            let target = stems(pair.target, &term.target);
            Arc::new(Entry { source: stems(pair.source, &term.source), target, term })
        };
        let entries = terms.into_iter().map(entry).filter(|entry| !entry.source.is_empty()).collect();
        Self::of(pair, entries)
    }

    fn of(pair: Pair, entries: Vec<Arc<Entry>>) -> Self {
        let mut first: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            first.entry(entry.source[0].stem.clone()).or_default().push(at);
        }
        for same in first.values_mut() {
            same.sort_by_key(|at| std::cmp::Reverse(entries[*at].source.len()));
        }
        Self { pair, entries, first }
    }

    /// The direction.
    pub fn pair(&self) -> Pair {
        self.pair
    }

    /// Whether there are no terms.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The terms, in order.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.entries.iter().map(|entry| &entry.term)
    }

    /// The glossary of the terms that were found in a sentence.
    pub fn only(&self, found: &[Found]) -> Self {
        let mut entries: Vec<Arc<Entry>> = Vec::new();
        for Found { entry, .. } in found {
            if !entries.contains(entry) {
                entries.push(Arc::clone(entry));
            }
        }
        Self::of(self.pair, entries)
    }

    /// The terms in a sentence, in its order. They do not overlap; of several that begin at a word, the longest one counts.
    pub fn find(&self, sentence: &str) -> Vec<Found> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let words = words(Grammar::of(self.pair.source), sentence);
        let keys: Vec<String> = words.iter().map(|word| key(self.pair.source, word)).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let here = self.first.get(&keys[at]).into_iter().flatten().map(|at| &self.entries[*at]);
            let Some(entry) = here.into_iter().find(|entry| begins(&words[at..], &keys[at..], &entry.source))
            else {
                at += 1;
                continue;
            };
            let last = at + entry.source.len();
            found.push(Found {
                place: words[at].place.start..words[last - 1].place.end,
                entry: Arc::clone(entry),
            });
            at = last;
        }
        found
    }

    /// The number of terms that a text has on its source or its target side, and that its translation lacks.
    pub fn lacking(&self, text: &str, translation: &str) -> usize {
        if self.entries.is_empty() {
            return 0;
        }
        let found = self.find(text);
        let places = self.places(&found, text, translation);
        let (read, written) = (Side::new(self.pair.target, text), Side::new(self.pair.target, translation));
        // The text may have the target already, in place of the source.
        let copied = self.entries.iter().filter(|entry| found.iter().all(|term| term.entry != **entry));
        let lost = |entry: &&Arc<Entry>| {
            read.find(&entry.target, &[]).is_some() && written.find(&entry.target, &[]).is_none()
        };
        places.iter().filter(|place| place.is_none()).count() + copied.filter(lost).count()
    }

    /// The place of each term in a translation of the sentence; `None` for a term that is not there. Each place belongs to one
    /// term, unless the translation says a term less often than the source.
    pub fn places(&self, found: &[Found], sentence: &str, translation: &str) -> Vec<Option<Range<usize>>> {
        let side = Side::new(self.pair.target, translation);
        let mut taken: Vec<Range<usize>> = Vec::new();
        let mut places = vec![None; found.len()];
        let mut order: Vec<usize> = (0..found.len()).collect();
        // "central bank" before "bank".
        order.sort_by_key(|at| std::cmp::Reverse(found[*at].entry.target.len()));
        for at in order {
            let Found { place, entry } = &found[at];
            let find = |taken: &[Range<usize>]| match entry.term.is_kept() {
                true => verbatim(&sentence[place.clone()], translation, taken),
                false => side.find(&entry.target, taken),
            };
            places[at] = find(&taken).or_else(|| find(&[]));
            taken.extend(places[at].clone());
        }
        places
    }
}

impl Found {
    /// The term.
    pub fn term(&self) -> &Term {
        &self.entry.term
    }
}

/// A text as stems.
struct Side {
    words: Vec<Word>,
    keys: Vec<String>,
}

impl Side {
    fn new(language: Language, text: &str) -> Self {
        let words = words(Grammar::of(language), text);
        let keys = words.iter().map(|word| key(language, word)).collect();
        Self { words, keys }
    }

    /// The first free place of words in any form, next to each other.
    fn find(&self, stems: &[Stem], taken: &[Range<usize>]) -> Option<Range<usize>> {
        let place = |at: usize| {
            let end = self.words.get(at + stems.len().checked_sub(1)?)?.place.end;
            begins(&self.words[at..], &self.keys[at..], stems).then_some(self.words[at].place.start..end)
        };
        (0..self.words.len()).filter_map(place).find(|place| !overlaps_any(place, taken))
    }
}

/// The first free place of a text in another one, not inside of longer words.
pub fn verbatim(text: &str, other: &str, taken: &[Range<usize>]) -> Option<Range<usize>> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (first, last) = (letter(text.chars().next()), letter(text.chars().next_back()));
    let places = other.match_indices(text).map(|(at, _)| at..at + text.len());
    places.filter(|place| !place.is_empty() && !overlaps_any(place, taken)).find(|place| {
        let before = letter(other[..place.start].chars().next_back());
        let after = letter(other[place.end..].chars().next());
        !(first && before || last && after)
    })
}

fn stems(language: Language, text: &str) -> Vec<Stem> {
    let stem = |word: Word| Stem {
        stem: key(language, &word),
        capitals: word.is_abbreviation().then(|| word.name.clone()),
    };
    words(Grammar::of(language), text).into_iter().map(stem).collect()
}

/// What is equal for the forms of a word: its stem, in Russian without a vowel that comes and goes ("рынок", "рынка").
fn key(language: Language, word: &Word) -> String {
    let mut stem = word.stem.clone();
    if language.is_latin() {
        return stem;
    }
    let mut letters = stem.char_indices().rev();
    if let (Some((_, last)), Some((at, 'о' | 'е'))) = (letters.next(), letters.next())
        && !"аеиоуыэюяьй".contains(last)
        && letters.count() > 1
    {
        stem.remove(at);
    }
    stem
}

fn begins(words: &[Word], keys: &[String], stems: &[Stem]) -> bool {
    let is = |((word, key), stem): ((&Word, &String), &Stem)| match &stem.capitals {
        Some(capitals) => word.name == *capitals,
        None => *key == stem.stem,
    };
    !stems.is_empty() && words.len() >= stems.len() && words.iter().zip(keys).zip(stems).all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glossary(pair: &str, terms: &[(&str, &str)]) -> Glossary {
        let term = |(source, target): &(&str, &str)| Term::new(source, target).unwrap();
        Glossary::new(pair.parse().unwrap(), terms.iter().map(term))
    }

    /// The terms of a sentence, with their places in its translation.
    fn shown<'a>(glossary: &Glossary, sentence: &'a str, translation: &'a str) -> Vec<(&'a str, &'a str)> {
        let found = glossary.find(sentence);
        let places = glossary.places(&found, sentence, translation);
        let words = |place: Option<Range<usize>>| place.map_or("", |place| &translation[place]);
        found.iter().zip(places).map(|(term, place)| (&sentence[term.place.clone()], words(place))).collect()
    }

    #[test]
    fn a_term_is_found_in_its_forms_and_the_longest_one_counts() {
        let glossary =
            glossary("fr-en", &[("taux", "rate"), ("taux directeur", "key rate"), ("Le Monde", "")]);
        let sentence = "Les taux directeurs montent, écrit Le Monde ; le taux de chômage baisse.";
        let translation = "Key rates are rising, writes Le Monde; the unemployment rate is falling.";
        assert_eq!(
            shown(&glossary, sentence, translation),
            [("taux directeurs", "Key rates"), ("Le Monde", "Le Monde"), ("taux", "rate")]
        );
        assert_eq!(shown(&glossary, "un taux directeur", "The rates are key."), [("taux directeur", "")]);
    }

    #[test]
    fn forms_of_russian_words_match() {
        let glossary = glossary("en-ru", &[("market", "рынок"), ("European Union", "Европейский союз")]);
        assert_eq!(
            shown(&glossary, "The European Union's markets", "На рынках Европейского союза"),
            [("European Union", "Европейского союза"), ("markets", "рынках")]
        );
        assert_eq!(shown(&glossary, "a market", "рынка"), [("market", "рынка")]);
    }

    #[test]
    fn a_target_that_is_the_same_word_may_have_another_form() {
        let glossary = glossary("en-fr", &[("boson", "boson"), ("Green Fork", "")]);
        assert_eq!(shown(&glossary, "these bosons", "ce boson"), [("bosons", "boson")]);
        assert_eq!(shown(&glossary, "the Green Forks", "les Green Fork"), [("Green Forks", "")]);
    }

    #[test]
    fn an_abbreviation_matches_only_capitals() {
        let glossary = glossary("en-fr", &[("US", "USA")]);
        assert_eq!(
            shown(&glossary, "The US told us: the U.S. wins", "Les USA nous"),
            [("US", "USA"), ("U.S.", "USA")]
        );
    }

    #[test]
    fn what_a_translation_lacks_is_counted_also_if_the_text_has_the_target() {
        let glossary = glossary("en-fr", &[("bank", "banque"), ("key rate", "taux directeur")]);
        assert_eq!(glossary.lacking("The bank keeps its key rate.", "La banque garde son taux."), 1);
        assert_eq!(glossary.lacking("The bank keeps its taux directeur.", "La banque garde son taux."), 1);
        assert_eq!(glossary.lacking("The bank keeps it.", "La banque le garde."), 0);
    }

    #[test]
    fn of_two_terms_with_the_same_source_the_first_one_counts() {
        let glossary = glossary("en-fr", &[("goal", "but"), ("goals", "objectif")]);
        assert_eq!(shown(&glossary, "two goals", "deux buts"), [("goals", "buts")]);
        assert_eq!(glossary.only(&glossary.find("two goals goal")).terms().count(), 1);
    }

    #[test]
    fn invalid_terms_are_refused() {
        assert_eq!(Term::new(" … ", "x"), Err(TermError::NoWords));
        assert_eq!(Term::new("a\tb", "x"), Err(TermError::Control));
        assert_eq!(Term::new(&"a".repeat(201), ""), Err(TermError::TooLong));
        assert_eq!(Term::new(" a ", " b "), Ok(Term { source: "a".into(), target: "b".into() }));
    }
}
