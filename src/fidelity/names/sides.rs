//! A sentence and its translation, with the names of both and what belongs together.

use std::ops::Range;

use rapidfuzz::distance::levenshtein::normalized_similarity;

use super::{
    places::{are_same, has_place},
    sound::Sound,
    translated::is_translated,
};
use crate::lang::{Before, Grammar, Language, MOST_WORDS, Pair, Tables, Weight, Word, names};

/// Two words that sound as alike as this are the same name.
pub const SAME: f32 = 0.78;
/// The same after a given name.
pub const FAMILIAR: f32 = 0.55;
/// A word that sounds as alike as this to any other word of the source has come from it.
const RELATED: f32 = 0.62;
/// How much less alike than they sound two words of one alphabet may look.
const SIGHT: f32 = 0.25;
/// Fewest letters of a name that is compared.
const LEAST: usize = 4;

/// A word of the source that is a name or a part of one.
#[derive(Debug)]
pub struct Part {
    /// The index of the word.
    pub at: usize,
    /// The words of the whole name.
    pub name: Range<usize>,
    /// Whether the whole name is spelled and not translated.
    pub is_spelled: bool,
    /// Whether a title stands before the name: it is a person.
    pub is_titled: bool,
    /// The word of the target that is the same.
    pub same: Option<usize>,
}

impl Part {
    /// Whether it is the first word of several.
    pub fn is_given(&self) -> bool {
        self.name.len() > 1 && self.at == self.name.start
    }
}

/// Both sides.
pub struct Sides<'a> {
    pub pair: Pair,
    pub source: &'a [Word],
    pub target: &'a [Word],
    sounds: (Vec<Sound>, Vec<Sound>),
    pub parts: Vec<Part>,
    /// Words of the target with a capital that come from no word of the source.
    pub orphans: Vec<usize>,
}

impl<'a> Sides<'a> {
    /// Reads both sides; `None` if the source has no name, if either side has too many words, or if nearly all words of either have
    /// capitals.
    pub fn new(
        pair: Pair,
        source: &'a [Word],
        target: &'a [Word],
        known: impl Fn(&Word) -> bool,
    ) -> Option<Self> {
        let readable = |words: &[Word]| words.len() <= MOST_WORDS && !is_headline(words);
        if !readable(source) || !readable(target) {
            return None;
        }
        let parts = parts(pair.source, source, known);
        if parts.is_empty() {
            return None;
        }
        let sound =
            |words: &[Word]| -> Vec<Sound> { words.iter().map(|word| Sound::of(&word.small)).collect() };
        let sounds = (sound(source), sound(target));
        let mut sides = Self { pair, source, target, sounds, parts, orphans: Vec::new() };
        sides.join();
        Some(sides)
    }

    /// Whether a part of a name is surely a name and no other word with a capital: a title or the right given name stands before it.
    pub fn is_person(&self, part: &Part) -> bool {
        let given = |other: &Part| other.name == part.name && other.at + 1 == part.at && other.same.is_some();
        part.is_titled || self.parts.iter().any(given)
    }

    /// Whether names are spelled anew, because the languages have two alphabets.
    pub fn is_respelled(&self) -> bool {
        self.pair.source.is_latin() != self.pair.target.is_latin()
    }

    /// The word of a name in small letters.
    pub fn word(&self, part: &Part) -> &'a str {
        &self.source[part.at].small
    }

    /// Whether another word follows one of the target at once.
    pub fn is_joined(&self, at: usize) -> bool {
        self.target.get(at + 1).is_some_and(|next| next.before == Before::Blank && !next.capital)
    }

    /// How alike two words sound.
    pub fn likeness(&self, source: usize, target: usize) -> f32 {
        let likeness = self.sounds.0[source].likeness(&self.sounds.1[target]);
        if self.is_respelled() {
            return likeness;
        }
        // In one alphabet, the same name also looks alike.
        let (one, other) = (&self.source[source].small, &self.target[target].small);
        likeness.min(SIGHT + normalized_similarity(one.chars(), other.chars()) as f32)
    }

    /// Pairs the words that are the same, the most alike first, and finds the orphans.
    fn join(&mut self) {
        let capital = |word: &Word| word.capital && word.small.chars().count() >= 3;
        let sources: Vec<usize> = (0..self.source.len()).filter(|at| capital(&self.source[*at])).collect();
        let targets: Vec<usize> = (0..self.target.len()).filter(|at| capital(&self.target[*at])).collect();
        let mut alike: Vec<(f32, usize, usize)> = Vec::new();
        for &from in &sources {
            for &to in &targets {
                let same = self.source[from].small == self.target[to].small;
                // A word that is the same goes before one that sounds the same.
                let likeness = if same { 2.0 } else { self.likeness(from, to) };
                if likeness >= SAME {
                    alike.push((likeness, from, to));
                }
            }
        }
        alike.sort_by(|one, other| {
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2))
        });
        let (mut used, mut taken) = (vec![None; self.source.len()], vec![false; self.target.len()]);
        for (_, from, to) in alike {
            if used[from].is_none() && !taken[to] {
                used[from] = Some(to);
                taken[to] = true;
            }
        }
        for part in &mut self.parts {
            part.same = used[part.at];
        }
        // After a given name that is the same, a surname may sound less alike.
        for at in 1..self.parts.len() {
            let (before, part) = (&self.parts[at - 1], &self.parts[at]);
            let next = before
                .same
                .filter(|_| before.name == part.name && before.at + 1 == part.at)
                .map(|same| same + 1);
            let free = next.filter(|next| part.same.is_none() && targets.contains(next) && !taken[*next]);
            if let Some(next) = free.filter(|next| self.likeness(part.at, *next) >= FAMILIAR) {
                self.parts[at].same = Some(next);
                taken[next] = true;
            }
        }
        self.orphans = targets.into_iter().filter(|to| !taken[*to] && self.is_orphan(*to)).collect();
    }

    fn is_orphan(&self, at: usize) -> bool {
        let language = self.pair.target;
        let (grammar, word) = (Grammar::of(language), &self.target[at]);
        let from = |source: usize| {
            let (word, other) = (&self.target[at], &self.source[source]);
            let is_part = self.parts.iter().any(|part| part.at == source && part.same.is_none());
            are_same((self.pair.source, &other.small), (language, &word.small))
                || (!is_part && self.likeness(source, at) >= RELATED)
        };
        word.weight == Weight::Full
            && !word.is_abbreviation()
            && grammar.named(self.target, at).is_none()
            && !grammar.tables.names.titles.contains(&word.small.as_str())
            && !is_translated(language, &word.small)
            && !has_place(language, std::slice::from_ref(word))
            && !(0..self.source.len()).any(from)
    }

    /// How far apart two words are, each as a share of its sentence.
    pub fn shift(&self, source: usize, target: usize) -> f32 {
        let share = |at: usize, words: &[Word]| (at as f32 + 0.5) / words.len() as f32;
        (share(source, self.source) - share(target, self.target)).abs()
    }
}

/// The words of the source that are names.
fn parts(language: Language, source: &[Word], known: impl Fn(&Word) -> bool) -> Vec<Part> {
    let grammar = Grammar::of(language);
    let titles = grammar.tables.names.titles;
    let spelled = |word: &Word| !is_translated(language, &word.small);
    let mut parts = Vec::new();
    for name in names(grammar, source, |_| false) {
        let place = name.place;
        let is_titled =
            source[..place.start].last().is_some_and(|word| titles.contains(&word.small.as_str()));
        let is_spelled =
            source[place.clone()].iter().all(spelled) && !has_place(language, &source[place.clone()]);
        for at in place.clone() {
            let word = &source[at];
            let sure = !word.initial || known(word);
            let long = word.small.chars().count() >= LEAST && !word.is_abbreviation() && word.capital;
            // The first word of a sentence may be any word, unless a name goes on after it.
            if long && (sure || place.len() > 1) && spelled(word) {
                parts.push(Part {
                    at,
                    name: place.clone(),
                    is_spelled: is_spelled && sure,
                    is_titled,
                    same: None,
                });
            }
        }
    }
    parts
}

/// Whether a line is a title or in capitals: a capital tells nothing in it. All words have one, but for the smallest.
fn is_headline(words: &[Word]) -> bool {
    let is_small = |word: &Word| {
        let of =
            |tables: &'static Tables| [tables.words.prepositions, tables.words.articles, tables.words.and];
        let listed =
            |language: Language| of(language.tables()).iter().any(|list| list.contains(&word.small.as_str()));
        word.small.chars().count() <= 2 || Language::ALL.into_iter().any(listed)
    };
    words.len() > 3 && words.iter().skip(1).all(|word| word.capital || is_small(word))
}
