//! Which words a sentence negates and which it affirms.
//!
//! A negation applies to the words after it, up to the end of the clause: surely to the nearest word, perhaps to a few more.
//! Two sentences contradict each other if one surely negates a word that the other surely affirms.

use std::collections::HashSet;

use crate::lang::{Before, Grammar, Language, Negation, Weight, Word};

/// Words after a negation that it may apply to.
const REACH: usize = 4;
/// Words after the first half of a negation in which the second half must come.
const PAIR: usize = 5;

/// The stems of a sentence by polarity.
#[derive(Debug, Default)]
pub(super) struct Polarity {
    /// Surely negated somewhere.
    negated: HashSet<String>,
    /// Perhaps negated somewhere; includes `negated`.
    perhaps: HashSet<String>,
    /// Outside the reach of any negation somewhere.
    affirmed: HashSet<String>,
    /// The sentence has a negation.
    any: bool,
}

impl Polarity {
    pub(super) fn of(grammar: &Grammar, words: &[Word]) -> Self {
        let mut polarity = Self::default();
        let mut reach = 0usize;
        let mut sure = false;
        // A verb like "deny" applies to the whole rest of the sentence, across commas.
        let mut denied = false;
        for (at, word) in words.iter().enumerate() {
            if word.before == Before::Start {
                (reach, denied) = (0, false);
            } else if word.before == Before::Clause {
                reach = 0;
            }
            if negates(grammar, words, at) {
                (reach, sure, polarity.any) = (REACH, true, true);
                // "They go there not": Russian can put the negation last.
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

    /// Whether a sentence with this polarity negates what its sources affirm, or the reverse.
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

/// Whether the word `at` is a negation. "Not only" and the French "ne ... que" are not.
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
        // "No 10", "No. 1".
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

/// Whether two words are the halves of a negative contraction, as in "didn't".
fn is_contracted(before: &Word, word: &Word) -> bool {
    let mut contractions =
        Language::ALL.into_iter().flat_map(|language| language.tables().negation.contractions);
    word.before == Before::Apostrophe
        && contractions.any(|(ending, rest)| word.small == *rest && before.small.ends_with(ending))
}

/// Whether the negation `at` and an auxiliary after it end their clause.
fn is_last(grammar: &Grammar, words: &[Word], at: usize) -> bool {
    let ends =
        |at: usize| words.get(at).is_none_or(|word| matches!(word.before, Before::Clause | Before::Start));
    let auxiliary =
        words.get(at + 1).is_some_and(|next| grammar.tables.words.being.contains(&next.small.as_str()));
    grammar.tables.negation.trails && auxiliary && ends(at + 2)
}

/// Whether a word may come between a negation and the word that it negates.
fn is_adverb(word: &Word) -> bool {
    let mut endings = Language::ALL.into_iter().flat_map(|language| language.tables().endings.adverbs);
    word.weight == Weight::Light || endings.any(|ending| word.small.ends_with(ending))
}
