//! Summaries that cite: sentences chosen from the article itself, or written by a model and supported by it, each with its
//! place in it, translated if another language is asked for. What is chosen first and translated afterwards costs a few
//! sentences and not an article.
//!
//! As in `translate`, there is one way through: bytes in, events out. Memory stays bounded whatever the length, since only
//! candidates are kept (`extract`).

mod boilerplate;
mod extract;
pub mod faithful;
mod headline;
mod rank;
mod stream;
mod terms;
mod write;

use std::ops::Range;

use futures::{Stream, TryStreamExt, stream as futures_stream};
use tokio_util::bytes::Bytes;

pub use self::headline::MAX_HEADLINE;
use crate::{
    engine::{Engine, EngineError, Priority},
    lang::{Language, Pair},
    text::{Limits, TextError},
    translate::{Hop, TranslateError, Translator, Usage, Warning},
};

/// Most sentences that a summary may have.
pub const MAX_SENTENCES: usize = 100;
/// The length of a summary for which none is asked.
pub const DEFAULT_LENGTH: Length = Length::Sentences(3);

/// Longest sentence that is cited as a whole, in characters.
const SENTENCE: Limits = Limits { max_segment_chars: 2000 };

/// How long a summary is to be. It has at least one sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// So many sentences, at most [`MAX_SENTENCES`].
    Sentences(usize),
    /// This share of the article's sentences, above 0 and up to 1, at most [`MAX_SENTENCES`].
    Ratio(f32),
    /// So many characters of the article, if its best sentence has no more.
    Chars(usize),
}

/// What a summary is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// Sentences of the article.
    #[default]
    Extractive,
    /// Sentences that a model wrote, as far as the article supports them.
    Abstractive,
    /// The article's own headline, or else its most telling sentence, of [`MAX_HEADLINE`] characters at most.
    Headline,
}

/// What to summarise, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// `None`: told from the text.
    pub source: Option<Language>,
    /// `None`: the language of the text.
    pub target: Option<Language>,
    /// What a headline has no use for.
    pub length: Length,
    pub style: Style,
}

impl Request {
    /// Whether a model may be needed: one that writes, or one that translates, unless the summary is known to be in the
    /// language of the text.
    pub fn needs_model(&self) -> bool {
        self.style == Style::Abstractive || (self.target.is_some() && self.target != self.source)
    }
}

/// Why a text cannot be summarised.
#[derive(Debug, thiserror::Error)]
pub enum SummarizeError {
    #[error("there is no sentence in the text")]
    Empty,
    #[error("the summary is in {0}; no model is there to translate it")]
    NoModel(Pair),
    #[error("no model is there that writes summaries in {0}")]
    NoWriter(Language),
    #[error(transparent)]
    Translate(#[from] TranslateError),
}

impl From<TextError> for SummarizeError {
    fn from(error: TextError) -> Self {
        Self::Translate(error.into())
    }
}

/// What a stream gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// So far, and what the summary would be if the text ended here: in its own language.
    Progress { source_bytes: u64, sentences: u64, provisional: String },
    /// The last one.
    Done(Summary),
}

/// A summary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Its sentences, in the order of the article, a space between any two.
    pub text: String,
    pub sentences: Vec<Sentence>,
    /// The language told from the text, with confidence from 0 to 1.
    pub detected: Option<(Language, f32)>,
    /// Name of the model that wrote it, if one did.
    pub writer: Option<String>,
    /// Sentences of the article that could have been chosen.
    pub sentences_read: u64,
    /// Bytes of the article.
    pub source_bytes: u64,
    /// The models that translated it, in their order; none if it is in the language of the text.
    pub route: Vec<Hop>,
    pub usage: Usage,
}

/// A sentence of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// Bytes of the article: the sentence itself, or those that support it most, best first. At least one.
    pub sources: Vec<Range<u64>>,
    pub origin: Origin,
    /// Bytes of the summary.
    pub target: Range<u64>,
    /// What is wrong with its translation.
    pub warnings: Vec<Warning>,
}

/// Where a sentence of a summary comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The article.
    Extracted,
    /// A model; the article supports it.
    Written,
    /// The article, in place of what a model wrote and the article does not support.
    Replaced,
}

/// Summarises texts. Cheap to clone.
#[derive(Clone)]
pub struct Summarizer {
    translator: Option<Translator>,
}

impl Summarizer {
    /// Without a translator it summarises in the language of the text only, and needs no model.
    pub fn new(translator: Option<Translator>) -> Self {
        Self { translator }
    }

    /// Whether a call has a chance to be served soon: [`EngineError::Full`] when a model that it needs has no room.
    pub fn admit(&self, request: &Request) -> Result<(), EngineError> {
        let Some(translator) = &self.translator else { return Ok(()) };
        if request.style == Style::Abstractive {
            let language = request.source.unwrap_or(Language::English);
            translator.writer(language).map_or(Ok(()), Engine::admit)?;
        }
        match request.target {
            Some(target) if request.source != Some(target) => translator.admit(request.source, target),
            _ => Ok(()),
        }
    }

    /// Summarises bytes as they come in.
    pub fn stream<S, E>(&self, request: Request, input: S) -> impl Stream<Item = Result<Event, E>> + use<S, E>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: From<SummarizeError>,
    {
        stream::summarize(self.clone(), request, Priority::Bulk, input)
    }

    /// Summarises a whole text.
    pub async fn text(&self, request: Request, text: String) -> Result<Summary, SummarizeError> {
        let input = futures_stream::iter([Ok::<_, SummarizeError>(Bytes::from(text))]);
        stream::summarize(self.clone(), request, Priority::Interactive, input)
            .try_fold(Summary::default(), async |last, event| match event {
                Event::Progress { .. } => Ok(last),
                Event::Done(summary) => Ok(summary),
            })
            .await
    }
}
