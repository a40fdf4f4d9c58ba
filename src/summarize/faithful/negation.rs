//! What a sentence says no to.
//!
//! A negation holds for the words behind it until the clause ends: for the nearest without doubt, for a few more perhaps.
//! A word that one sentence surely negates may not be surely affirmed by the other.

use std::collections::HashSet;

use crate::lang::{Before, Grammar, Language, Negation, Weight, Word};

/// Words behind a negation that it may be about.
const REACH: usize = 4;
/// Words behind one half of a negation in which its other half stands.
const PAIR: usize = 5;

/// Stems of a sentence, by what is said of them.
#[derive(Debug, Default)]
pub(super) struct Polarity {
    /// Surely negated somewhere.
    negated: HashSet<String>,
    /// Perhaps negated somewhere, the former among them.
    perhaps: HashSet<String>,
    /// Somewhere outside the reach of any negation.
    affirmed: HashSet<String>,
    /// It has a negation at all.
    any: bool,
}

impl Polarity {
    pub(super) fn of(grammar: &Grammar, words: &[Word]) -> Self {
        let mut polarity = Self::default();
        let mut reach = 0usize;
        let mut sure = false;
        // Behind a verb like "deny" all that follows is denied, commas or not.
        let mut denied = false;
        for (at, word) in words.iter().enumerate() {
            if word.before == Before::Start {
                (reach, denied) = (0, false);
            } else if word.before == Before::Clause {
                reach = 0;
            }
            if negates(grammar, words, at) {
                (reach, sure, polarity.any) = (REACH, true, true);
                // "They go there not", as Russian may put it.
                if is_last(grammar, words, at) {
                    let said = words[..at].iter().rev().find(|word| word.weight != Weight::None);
                    if let Some(said) = said {
                        polarity.affirmed.remove(&said.stem);
                        polarity.negated.insert(said.stem.clone());
                        polarity.perhaps.insert(said.stem.clone());
                    }
                }
                continue;
            }
            if word.weight == Weight::None {
                continue;
            }
            if grammar.denies(word) {
                polarity.any = true;
                denied = true;
                polarity.affirmed.insert(word.stem.clone());
                continue;
            }
            if reach > 0 || denied {
                polarity.perhaps.insert(word.stem.clone());
                if denied {
                    polarity.negated.insert(word.stem.clone());
                }
                if reach > 0 && sure {
                    polarity.negated.insert(word.stem.clone());
                    sure = is_adverb(word);
                }
                reach = reach.saturating_sub(1);
            } else {
                polarity.affirmed.insert(word.stem.clone());
            }
        }
        polarity
    }

    /// Whether a sentence with this polarity says no where its sources say yes, or the other way round.
    pub(super) fn contradicts(&self, sources: &[&Polarity]) -> bool {
        if self.any && !sources.iter().any(|source| source.any) {
            return true;
        }
        let any = |stem: &String, set: fn(&Polarity) -> &HashSet<String>| {
            sources.iter().any(|source| set(source).contains(stem))
        };
        let denied =
            |stem: &&String| any(stem, |source| &source.affirmed) && !any(stem, |source| &source.perhaps);
        let claimed = |stem: &&String| {
            !self.perhaps.contains(*stem)
                && any(stem, |source| &source.negated)
                && !any(stem, |source| &source.affirmed)
        };
        self.negated.iter().any(|stem| denied(&stem)) || self.affirmed.iter().any(|stem| claimed(&stem))
    }
}

/// Whether the word `at` says no: not in "not only", nor in the French "ne ... que".
fn negates(grammar: &Grammar, words: &[Word], at: usize) -> bool {
    let Negation { negators, not_only, not_before_digits, paired, elided, .. } = &grammar.tables.negation;
    let (word, behind) = (&words[at], &words[at + 1..]);
    let only = |words: &[Word]| words.iter().any(|word| not_only.contains(&word.small.as_str()));
    let small = word.small.as_str();
    if at > 0 && is_contracted(&words[at - 1], word) {
        return true;
    }
    if !negators.contains(&small) {
        return false;
    }
    if not_before_digits.contains(&small) {
        // "No 10", "No. 1"; Norway's code.
        return !behind.first().is_some_and(|next| next.small.starts_with(|c: char| c.is_ascii_digit()));
    }
    if !paired.contains(&small) {
        return !only(&behind[..behind.len().min(1)]);
    }
    let near = &behind[..behind.len().min(PAIR)];
    let other =
        |word: &Word| !paired.contains(&word.small.as_str()) && negators.contains(&word.small.as_str());
    let whole =
        !elided.contains(&small) || behind.first().is_some_and(|next| next.before == Before::Apostrophe);
    whole && (near.iter().any(other) || !only(near))
}

/// Whether two words are one that an apostrophe cuts, and says no: "didn't".
fn is_contracted(before: &Word, word: &Word) -> bool {
    let mut contractions =
        Language::ALL.into_iter().flat_map(|language| language.tables().negation.contractions);
    word.before == Before::Apostrophe
        && contractions.any(|(ending, rest)| word.small == *rest && before.small.ends_with(ending))
}

/// Whether a negation and an auxiliary are the last words of their clause.
fn is_last(grammar: &Grammar, words: &[Word], at: usize) -> bool {
    let ends =
        |at: usize| words.get(at).is_none_or(|word| matches!(word.before, Before::Clause | Before::Start));
    let auxiliary =
        words.get(at + 1).is_some_and(|next| grammar.tables.words.being.contains(&next.small.as_str()));
    grammar.tables.negation.trails && auxiliary && ends(at + 2)
}

/// Whether a word may stand between a negation and what it negates.
fn is_adverb(word: &Word) -> bool {
    let mut endings = Language::ALL.into_iter().flat_map(|language| language.tables().endings.adverbs);
    word.weight == Weight::Light || endings.any(|ending| word.small.ends_with(ending))
}
