//! Sentences that people translated before: the units of the memory file.
//!
//! A unit whose source is the sentence is its translation, and no model reads the sentence. Units of similar sentences are offered
//! beside the translation.

use super::{Matches, Usage, memory::Memory, sentence::Outcome, terms::used, wanted::Wanted};
use crate::{fidelity::Reading, lang::Pair, memory::Match};

/// What the units say of a sentence.
#[derive(Default)]
pub(super) struct Found {
    /// The best ones, the exact ones first.
    pub matches: Vec<Match>,
    /// The translation of the first one, if it is exact and has the caller's terms.
    pub translation: Option<(String, Outcome)>,
}

/// Looks for a sentence, as it stands in the document and as a model would read it.
pub(super) async fn find(
    memory: &Memory,
    wish: Matches,
    pair: Pair,
    sentence: &str,
    reading: &Reading,
    wanted: &Wanted,
) -> Found {
    let matches = memory.matches(wish, pair, sentence).await;
    let exact = matches.first().filter(|found| found.is_exact());
    let translation = exact.and_then(|found| {
        let places = wanted.terms.places(&wanted.found, reading.text(), &found.target);
        let has_terms = places.iter().all(Option::is_some);
        let mut outcome = Outcome { terms: used(&wanted.found, places), ..Outcome::default() };
        outcome.usage = Usage { matched: 1, ..Usage::default() };
        has_terms.then(|| (found.target.clone(), outcome))
    });
    Found { matches, translation }
}
