//! The translation memory: a sentence that was translated before, by the same models with the same options, is not translated
//! again. Feeds repeat much: bylines, subscription lines, the same agency text in ten papers.
//!
//! A result depends only on the sentence and on what is in the [`Key`], so the memory changes no answer. Sentences that arrive
//! together wait for the first of them.

use moka::future::Cache;
use sha2::{Digest, Sha256};

use super::{Request, TranslateError, Usage, route::HopEngine, sentence::Outcome, wanted::Wanted};

/// The identity of a translated sentence: a SHA-256 of the sentence and of all that its translation depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// The key of a sentence as the first model reads it.
    pub fn new(route: &[HopEngine], request: &Request, wanted: &Wanted, sentence: &str) -> Self {
        let mut digest = Sha256::new();
        // Every part ends with its length, so two lists of parts never look the same.
        let mut part = |bytes: &[u8]| {
            digest.update(bytes);
            digest.update(bytes.len().to_le_bytes());
        };
        for hop in route {
            let model = hop.engine.model();
            part(hop.pair.to_string().as_bytes());
            // Two models without weights differ in their names.
            part(model.name.as_bytes());
            part(model.sha256.as_bytes());
            part(model.adapter.as_ref().map_or("", |adapter| &adapter.sha256).as_bytes());
        }
        let Request { beam_size, max_output_ratio, alternatives, alignments, .. } = request;
        part(&beam_size.unwrap_or_default().to_le_bytes());
        part(&max_output_ratio.to_le_bytes());
        part(&alternatives.to_le_bytes());
        part(&[u8::from(*alignments)]);
        wanted.parts().for_each(&mut part);
        part(sentence.as_bytes());
        Self(digest.finalize().into())
    }
}

/// The translation of a sentence over all hops; `None` if there is none.
pub(super) type Remembered = (Option<String>, Outcome);

/// Remembers the translations of sentences. Cheap to clone; all clones share the same memory.
#[derive(Debug, Clone)]
pub struct Memory(Option<Cache<Key, Remembered>>);

impl Memory {
    /// A memory of at most this many bytes; 0: none.
    pub fn new(most_bytes: u64) -> Self {
        let cache = || {
            Cache::builder()
                .weigher(|_, remembered: &Remembered| u32::try_from(size(remembered)).unwrap_or(u32::MAX))
                .max_capacity(most_bytes)
                .build()
        };
        Self((most_bytes > 0).then(cache))
    }

    /// The remembered translation of a sentence, or else the one that `translate` gives.
    ///
    /// # Errors
    /// Those of `translate`; they are not remembered.
    pub(super) async fn recall<F>(
        &self,
        key: Key,
        translate: impl Fn() -> F,
    ) -> Result<Remembered, TranslateError>
    where
        F: Future<Output = Result<Remembered, TranslateError>>,
    {
        let Some(cache) = &self.0 else { return translate().await };
        let mut done = None;
        let remembered = cache
            .optionally_get_with(key, async {
                let translated = translate().await;
                let remembered = translated.as_ref().ok().cloned();
                done = Some(translated);
                remembered
            })
            .await;
        match (done, remembered) {
            (Some(translated), _) => translated,
            (None, Some((text, outcome))) => {
                let usage = Usage { remembered: 1, ..Usage::default() };
                Ok((text, Outcome { usage, ..outcome }))
            }
            // The one that translated the sentence for others has failed; its error is its own.
            (None, None) => translate().await,
        }
    }
}

/// About the bytes of an entry in memory.
fn size((text, outcome): &Remembered) -> usize {
    let findings = outcome.findings.iter().map(|finding| finding.expected.len() + finding.found.len() + 64);
    let alternatives = outcome.alternatives.iter().map(|other| other.text.len() + 32);
    let terms = outcome.terms.iter().map(|used| used.term.source.len() + used.term.target.len() + 128);
    let entry = size_of::<Key>() + size_of::<Remembered>() + 64;
    entry
        + text.as_ref().map_or(0, String::len)
        + findings.chain(alternatives).chain(terms).sum::<usize>()
        + outcome.alignments.len() * size_of::<super::Alignment>()
}
