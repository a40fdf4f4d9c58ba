//! The translation memory: a sentence that was translated before, by the same models with the same options, is not translated
//! again. Feeds repeat much: bylines, subscription lines, the same agency text in ten papers.
//!
//! A result depends only on the sentence and on what is in the [`Key`], so the memory changes no answer. Sentences that arrive
//! together wait for the first of them. A file, if there is one, has what no longer fits or came before the last start.

use std::sync::Arc;

use moka::future::Cache;
use prometheus_client::metrics::counter::Counter;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::{
    Matches, Request, TranslateError, Usage,
    record::{decoded, encoded},
    route::HopEngine,
    sentence::Outcome,
    wanted::Wanted,
};
use crate::{
    lang::Pair,
    memory::{Match, MemoryFile},
};

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
        // Another version may have other rules.
        part(env!("CARGO_PKG_VERSION").as_bytes());
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
pub struct Memory {
    cache: Option<Cache<Key, Remembered>>,
    file: Option<Arc<MemoryFile>>,
    /// Whether the file has units.
    has_units: bool,
    hits: Counter,
    misses: Counter,
}

impl Memory {
    /// A memory of at most this many bytes; 0: none.
    pub fn new(most_bytes: u64) -> Self {
        let cache = || {
            Cache::builder()
                .weigher(|_, remembered: &Remembered| u32::try_from(size(remembered)).unwrap_or(u32::MAX))
                .max_capacity(most_bytes)
                .build()
        };
        Self {
            cache: (most_bytes > 0).then(cache),
            file: None,
            has_units: false,
            hits: Counter::default(),
            misses: Counter::default(),
        }
    }

    /// The same memory with a file behind it.
    pub fn with_file(self, file: MemoryFile) -> Self {
        Self { has_units: file.has_units(), file: Some(Arc::new(file)), ..self }
    }

    /// How many sentences it had.
    pub fn hits(&self) -> u64 {
        self.hits.get()
    }

    /// How many sentences it had not.
    pub fn misses(&self) -> u64 {
        self.misses.get()
    }

    /// Bytes of what is in memory.
    pub fn bytes(&self) -> u64 {
        self.cache.as_ref().map_or(0, Cache::weighted_size)
    }

    /// The units of a sentence in the file, and those of similar sentences if the caller wants them.
    pub(super) async fn matches(&self, wish: Matches, pair: Pair, sentence: &str) -> Vec<Match> {
        let Some(file) = self.file.clone().filter(|_| self.has_units && wish != Matches::None) else {
            return Vec::new();
        };
        let sentence = sentence.to_owned();
        let found = spawn_blocking(move || file.matches(pair, &sentence, wish == Matches::Similar)).await;
        found.unwrap_or_default()
    }

    /// Waits until all that is remembered is in the file, if there is one.
    pub async fn flush(&self) {
        if let Some(file) = self.file.clone() {
            // It cannot be cancelled, and a panic leaves nothing to wait for.
            let _ = spawn_blocking(move || file.flush()).await;
        }
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
        let remembered = self.find(key, translate).await?;
        if self.cache.is_some() || self.file.is_some() {
            let is_hit = remembered.1.usage.remembered > 0;
            if is_hit { &self.hits } else { &self.misses }.inc();
        }
        Ok(remembered)
    }

    /// Like [`Self::recall`], without counting.
    async fn find<F>(&self, key: Key, translate: impl Fn() -> F) -> Result<Remembered, TranslateError>
    where
        F: Future<Output = Result<Remembered, TranslateError>>,
    {
        let Some(cache) = &self.cache else { return self.fetch(key, &translate).await };
        let mut done = None;
        let remembered = cache
            .optionally_get_with(key, async {
                let translated = self.fetch(key, &translate).await;
                let remembered = translated.as_ref().ok().cloned();
                done = Some(translated);
                remembered
            })
            .await;
        match (done, remembered) {
            (Some(translated), _) => translated,
            (None, Some(remembered)) => Ok(free(remembered)),
            // The one that translated the sentence for others has failed; its error is its own.
            (None, None) => translate().await,
        }
    }

    /// The translation in the file, or else the one that `translate` gives, which the file then keeps.
    async fn fetch<F>(&self, key: Key, translate: &impl Fn() -> F) -> Result<Remembered, TranslateError>
    where
        F: Future<Output = Result<Remembered, TranslateError>>,
    {
        let Some(file) = &self.file else { return translate().await };
        let reader = Arc::clone(file);
        let bytes = spawn_blocking(move || reader.get(&key.0)).await;
        if let Some(remembered) = bytes.ok().flatten().and_then(|bytes| decoded(&bytes)) {
            return Ok(free(remembered));
        }
        let translated = translate().await?;
        file.put(key.0, encoded(&translated));
        Ok(translated)
    }
}

/// A translation that cost nothing.
fn free((text, outcome): Remembered) -> Remembered {
    (text, Outcome { usage: Usage { remembered: 1, ..Usage::default() }, ..outcome })
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
