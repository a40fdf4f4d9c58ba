//! Summaries that cite their article. Each sentence is extracted from the article, or written by a model and supported by the
//! article, and names its place there. A summary in another language is translated last, so that the translator reads a few
//! sentences instead of an article.
//!
//! As in `translate`, every call is a stream from bytes to events. Memory is bounded for any length, because the extractor
//! keeps only candidates (`extract`).

mod boilerplate;
mod compose;
mod extract;
pub mod faithful;
mod headline;
mod quotation;
mod rank;
mod stream;
mod terms;
mod write;

use std::ops::Range;

use futures::{Stream, TryStreamExt, stream as futures_stream};
use tokio_util::bytes::Bytes;

pub use self::headline::MAX_HEADLINE;
use crate::{
    engine::{Arrival, EngineError},
    fidelity::Warning,
    lang::{Language, Pair},
    text::{Format, Limits, LineBreaks, TextError},
    translate::{Hop, TranslateError, Translator, Usage},
};

/// The most sentences of a summary.
pub const MAX_SENTENCES: usize = 100;
/// The length of a summary if the request has none.
pub const DEFAULT_LENGTH: Length = Length::Sentences(3);

/// The longest sentence that a summary cites as a whole, in characters.
const SENTENCE: Limits = Limits { max_segment_chars: 2000 };

/// About the characters of a sentence in the news.
const TYPICAL_SENTENCE: usize = 150;

/// The maximum length of a summary. Every summary has at least one sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// A number of sentences, at most [`MAX_SENTENCES`].
    Sentences(usize),
    /// A share of the article's sentences, above 0 and up to 1; at most [`MAX_SENTENCES`] sentences.
    Ratio(f32),
    /// A number of characters; if the best sentence is longer, the summary is that sentence.
    Chars(usize),
}

impl Length {
    /// About how many characters the summary of a text of so many has.
    fn chars(self, text: usize) -> usize {
        let chars = match self {
            Self::Sentences(sentences) => sentences * TYPICAL_SENTENCE,
            Self::Ratio(ratio) => (text as f32 * ratio) as usize,
            Self::Chars(chars) => chars,
        };
        chars.min(text)
    }
}

/// The kind of a summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// Sentences of the article.
    #[default]
    Extractive,
    /// Sentences that a model writes. A sentence that the article does not support is replaced by one of the article.
    Abstractive,
    /// The article's own headline, or else its best sentence, cut to [`MAX_HEADLINE`] characters.
    Headline,
}

/// The options of a summary.
#[derive(Debug, Clone)]
pub struct Request {
    /// `None`: detected from the text.
    pub source: Option<Language>,
    /// `None`: the language of the text.
    pub target: Option<Language>,
    /// A headline ignores it.
    pub length: Length,
    pub style: Style,
    pub format: Format,
    /// The language if none can be detected; `None`: such a text is an error.
    pub fallback: Option<Language>,
    pub line_breaks: LineBreaks,
}

impl Request {
    /// Whether the summary may need a model: one that writes, or one that translates because the target may differ from the
    /// language of the text.
    pub fn needs_model(&self) -> bool {
        self.style == Style::Abstractive || (self.target.is_some() && self.target != self.source)
    }
}

/// Why a text has no summary.
#[derive(Debug, thiserror::Error)]
pub enum SummarizeError {
    #[error("the text has no sentence")]
    Empty,
    #[error("cannot translate the summary ({0}): no model is loaded")]
    NoModel(Pair),
    #[error("no loaded model writes summaries in {0}")]
    NoWriter(Language),
    #[error(transparent)]
    Translate(#[from] TranslateError),
}

impl From<TextError> for SummarizeError {
    fn from(error: TextError) -> Self {
        Self::Translate(error.into())
    }
}

/// An event of a summary stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The bytes and sentences read so far, and their extractive summary in the language of the text.
    Progress { source_bytes: u64, sentences: u64, provisional: String },
    /// The last event.
    Done(Summary),
}

/// A summary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Its sentences in the order of the article, separated by spaces.
    pub text: String,
    pub sentences: Vec<Sentence>,
    /// The language detected from the text, with a confidence from 0 to 1.
    pub detected: Option<(Language, f32)>,
    /// Name of the model that wrote it, if one did.
    pub writer: Option<String>,
    /// Candidate sentences of the article.
    pub sentences_read: u64,
    /// Bytes of the article.
    pub source_bytes: u64,
    /// The models that translated it, in order; empty if it is in the language of the text.
    pub route: Vec<Hop>,
    pub usage: Usage,
}

/// A sentence of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// Bytes of the article: the sentence itself, or the sentences that support it, best first. At least one.
    pub sources: Vec<Range<u64>>,
    pub origin: Origin,
    /// Bytes of the summary.
    pub target: Range<u64>,
    /// Warnings about its translation.
    pub warnings: Vec<Warning>,
}

/// The origin of a summary sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the article.
    Extracted,
    /// Written by a model and supported by the article.
    Written,
    /// From the article, in place of a written sentence that the article does not support.
    Replaced,
}

/// Summarises texts. Cheap to clone.
#[derive(Clone)]
pub struct Summarizer {
    translator: Option<Translator>,
}

impl Summarizer {
    /// Without a translator it needs no model: summaries are extracts or headlines in the language of the text.
    pub fn new(translator: Option<Translator>) -> Self {
        Self { translator }
    }

    /// The same summariser for one call, which has a quota of each engine's queue, and is promised the time of the models that
    /// it needs.
    ///
    /// # Errors
    /// Those of [`Engine::admit`](crate::engine::Engine::admit).
    pub fn admit(&self, request: &Request, arrival: &Arrival) -> Result<Self, EngineError> {
        let Some(mut translator) = self.translator.clone() else { return Ok(self.clone()) };
        if let Some(target) = request.target.filter(|target| request.source != Some(*target)) {
            let summary = arrival.chars.map(|chars| request.length.chars(chars));
            translator =
                translator.admit(request.source, target, &Arrival { chars: summary, ..arrival.clone() })?;
        }
        if request.style == Style::Abstractive {
            translator = translator.admit_writer(request.source.unwrap_or(Language::English), arrival)?;
        }
        Ok(Self::new(Some(translator)))
    }

    /// Summarises a stream of bytes.
    pub fn stream<S, E>(&self, request: Request, input: S) -> impl Stream<Item = Result<Event, E>> + use<S, E>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: From<SummarizeError>,
    {
        stream::summarize(self.clone(), request, true, input)
    }

    /// Summarises a whole text.
    pub async fn text(&self, request: Request, text: String) -> Result<Summary, SummarizeError> {
        let input = futures_stream::iter([Ok::<_, SummarizeError>(Bytes::from(text))]);
        stream::summarize(self.clone(), request, false, input)
            .try_fold(Summary::default(), async |last, event| match event {
                Event::Progress { .. } => Ok(last),
                Event::Done(summary) => Ok(summary),
            })
            .await
    }
}
