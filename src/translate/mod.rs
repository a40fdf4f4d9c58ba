//! From a source text to its translation: split, translate sentence by sentence, check, and put together again with
//! every byte that lay between.
//!
//! There is one way through: a stream of bytes in, a stream of pieces out. A text that is there as a whole is a stream
//! of one portion.

mod checks;
mod segment;
mod stream;
mod translators;

use std::{ops::Range, time::Duration};

use futures::{Stream, TryStreamExt, stream as futures_stream};
use tokio_util::bytes::Bytes;

pub use self::{
    checks::Warning,
    translators::{Translators, TranslatorsError},
};
pub(crate) use self::{
    checks::written_numbers,
    stream::{read_beginning, told},
};
use crate::{
    engine::{Engine, EngineError},
    lang::{Language, Pair},
    text::{Limits, TextError},
};

/// Largest beam that a request may ask for.
pub const MAX_BEAM_SIZE: u32 = 8;
/// Output ratios that a request may ask for, smallest and largest.
pub const OUTPUT_RATIOS: (f32, f32) = (0.5, 10.0);
/// The output ratio of a request that names none.
pub const DEFAULT_OUTPUT_RATIO: f32 = 3.0;

/// Bytes from which the language of a text is told.
pub const DETECTION_BYTES: usize = 4096;

/// What to translate into what, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// `None`: told from the text.
    pub source: Option<Language>,
    pub target: Language,
    /// Hypotheses kept, at least 1.
    pub beam_size: usize,
    /// Longest output of a segment as a multiple of its source tokens.
    pub max_output_ratio: f32,
}

/// Why a text cannot be translated.
#[derive(Debug, thiserror::Error)]
pub enum TranslateError {
    #[error(transparent)]
    Text(#[from] TextError),
    #[error("the language of the text cannot be told; name it")]
    UnknownLanguage,
    #[error("the text is in none of the languages that are translated")]
    ForeignLanguage,
    #[error("the text is {0} already")]
    SameLanguage(Language),
    #[error("{pair} is not translated; supported: {}", supported.iter().map(Pair::to_string).collect::<Vec<_>>().join(", "))]
    UnsupportedPair { pair: Pair, supported: Vec<Pair> },
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// What a stream gives, in document order.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Piece(TranslatedPiece),
    /// The last one.
    Done(Summary),
}

/// A piece of the translation.
#[derive(Debug, Clone, PartialEq)]
pub struct TranslatedPiece {
    pub text: String,
    /// `None` for white space.
    pub segment: Option<Segment>,
}

/// A translated segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Bytes of the source text.
    pub source: Range<u64>,
    /// Bytes of the translation.
    pub target: Range<u64>,
    /// Mean log-probability of a token; `None` where no model was asked.
    pub score: Option<f32>,
    pub warnings: Vec<Warning>,
}

/// What a text came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// The language told from the text, with confidence from 0 to 1.
    pub detected: Option<(Language, f32)>,
    pub segments: u64,
    pub segments_with_warnings: u64,
    pub source_bytes: u64,
    pub target_bytes: u64,
    pub usage: Usage,
}

/// What a text used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub source_tokens: u64,
    pub target_tokens: u64,
    /// Added up over segments.
    pub queued: Duration,
    /// Added up over segments.
    pub computing: Duration,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.source_tokens += other.source_tokens;
        self.target_tokens += other.target_tokens;
        self.queued += other.queued;
        self.computing += other.computing;
    }
}

/// A whole translation.
#[derive(Debug, Clone, PartialEq)]
pub struct Translation {
    pub text: String,
    pub segments: Vec<Segment>,
    pub summary: Summary,
}

/// Translates texts with an engine. Cheap to clone.
#[derive(Clone)]
pub struct Translator {
    engine: Engine,
    limits: Limits,
}

impl Translator {
    pub fn new(engine: Engine, limits: Limits) -> Self {
        Self { engine, limits }
    }

    /// Name of the model.
    pub fn name(&self) -> &str {
        &self.engine.model().name
    }

    /// The engine that translates.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Bounds on segments.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The direction from a language to the request's, if the model has it.
    pub fn pair(&self, source: Language, request: &Request) -> Result<Pair, TranslateError> {
        if source == request.target {
            return Err(TranslateError::SameLanguage(source));
        }
        let pair = Pair { source, target: request.target };
        let pairs = &self.engine.model().pairs;
        if !pairs.contains(&pair) {
            return Err(TranslateError::UnsupportedPair { pair, supported: pairs.iter().copied().collect() });
        }
        Ok(pair)
    }

    /// Translates bytes as they come in. Reads no more than it can work on; whoever stops reading the answer stops the
    /// work, and dropping it takes its segments out of the engine.
    pub fn stream<S, E>(&self, request: Request, input: S) -> impl Stream<Item = Result<Event, E>> + use<S, E>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: From<TranslateError>,
    {
        stream::translate(self.clone(), request, input)
    }

    /// Translates a whole text.
    pub async fn text(&self, request: Request, text: String) -> Result<Translation, TranslateError> {
        let input = futures_stream::iter([Ok::<_, TranslateError>(Bytes::from(text))]);
        let start = Translation { text: String::new(), segments: Vec::new(), summary: Summary::default() };
        self.stream(request, input)
            .try_fold(start, async |mut all, event| {
                match event {
                    Event::Piece(piece) => {
                        all.text.push_str(&piece.text);
                        all.segments.extend(piece.segment);
                    }
                    Event::Done(summary) => all.summary = summary,
                }
                Ok(all)
            })
            .await
    }
}
