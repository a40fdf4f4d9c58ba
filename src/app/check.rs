//! Checks that a model translates at all: translates the sentences of `models/check.toml` in each of its directions and compares
//! them with references.
//!
//! A file with the right digest can still give wrong translations: on a faulty processor, or in a version of triglot that
//! misreads its format. Twenty plain sentences reveal this before users see it.

use std::{fmt, sync::LazyLock, thread};

use futures::future::try_join_all;
use serde::Deserialize;

use super::AppError;
use crate::{
    engine::EngineError,
    fidelity::Warning,
    lang::{Language, Pair},
    text::chrf,
    translate::{Request, Translator},
};

/// Lowest chrF of a direction that passes. The default model reaches 66 to 87 on these sentences.
pub const LEAST_CHRF: f64 = 45.0;

/// Warnings that count as faults: plain sentences should cause none.
const FAULTS: [Warning; 6] = [
    Warning::Repetition,
    Warning::LengthLimit,
    Warning::Untranslated,
    Warning::Copied,
    Warning::WrongLanguage,
    Warning::Shortened,
];

#[derive(Deserialize)]
struct Sentences {
    sentence: Vec<Sentence>,
}

/// One sentence in all languages.
#[derive(Deserialize)]
struct Sentence {
    en: String,
    fr: String,
    ru: String,
}

impl Sentence {
    fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::French => &self.fr,
            Language::Russian => &self.ru,
        }
    }
}

static SENTENCES: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    let sentences: Result<Sentences, _> = toml::from_str(include_str!("../../models/check.toml"));
    sentences.map(|all| all.sentence).unwrap_or_default()
});

/// The result of a check in one direction.
#[derive(Debug)]
pub struct Checked {
    pub pair: Pair,
    /// chrF of all translations, from 0 to 100.
    pub chrf: f64,
    pub sentences: Vec<CheckedSentence>,
}

/// A sentence of the check.
#[derive(Debug)]
pub struct CheckedSentence {
    pub source: &'static str,
    pub reference: &'static str,
    pub translation: String,
    pub warnings: Vec<Warning>,
}

impl Checked {
    /// The sentences with a fault.
    pub fn faults(&self) -> impl Iterator<Item = &CheckedSentence> {
        self.sentences
            .iter()
            .filter(|sentence| sentence.warnings.iter().any(|warning| FAULTS.contains(warning)))
    }

    /// Whether the direction can be used.
    pub fn passed(&self) -> bool {
        self.chrf >= LEAST_CHRF && self.faults().next().is_none()
    }
}

/// Checks every direction of the models, each with the first model that has it. Skips routes through a third language.
///
/// # Errors
/// When translating a sentence fails.
pub async fn check(translator: &Translator) -> Result<Vec<Checked>, AppError> {
    let mut pairs: Vec<Pair> =
        translator.engines().iter().flat_map(|engine| engine.model().pairs.iter().copied()).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut all = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let sentences =
            try_join_all(SENTENCES.iter().map(|sentence| translated(translator, pair, sentence))).await?;
        let chrf = chrf(sentences.iter().map(|sentence| (sentence.translation.as_str(), sentence.reference)));
        all.push(Checked { pair, chrf, sentences });
    }
    Ok(all)
}

/// Checks all models of a translator and blocks until the end.
///
/// # Errors
/// When a direction does not pass; the error calls the model `name`.
pub fn pass(translator: &Translator, name: &str) -> Result<(), AppError> {
    // A separate thread, since the caller may already run inside a runtime, where blocking panics.
    let checked = thread::scope(|scope| {
        let check = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            runtime.map_err(|error| EngineError::Start(error.to_string()))?.block_on(check(translator))
        };
        scope.spawn(check).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    match checked.iter().find(|checked| !checked.passed()) {
        Some(failed) => Err(AppError::Failed { model: name.to_owned(), verdict: failed.to_string() }),
        None => Ok(()),
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pair, chrf, sentences } = self;
        let (verdict, faults) = (if self.passed() { "passed" } else { "FAILED" }, self.faults().count());
        write!(
            out,
            "{pair} {verdict}: chrF {chrf:.1} (at least {LEAST_CHRF}), {faults} of {} sentences with a fault",
            sentences.len()
        )
    }
}

async fn translated(
    translator: &Translator,
    pair: Pair,
    sentence: &'static Sentence,
) -> Result<CheckedSentence, AppError> {
    let (source, reference) = (sentence.text(pair.source), sentence.text(pair.target));
    let translation =
        translator.text(Request::new(Some(pair.source), pair.target), source.to_owned()).await?;
    let warnings = translation.segments.into_iter().flat_map(|segment| segment.warnings()).collect();
    Ok(CheckedSentence { source, reference, translation: translation.text, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_has_twenty_single_sentences() {
        assert_eq!(SENTENCES.len(), 20);
        for language in Language::ALL {
            for sentence in SENTENCES.iter() {
                let pieces = crate::text::split(sentence.text(language), language, Default::default());
                assert_eq!(pieces.len(), 1, "{}", sentence.text(language));
            }
        }
    }
}
