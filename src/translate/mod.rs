//! From a source text to its translation: split, translate sentence by sentence, check, and put together again with
//! every byte that lay between.
//!
//! There is one way through: a stream of bytes in, a stream of pieces out. A text that is there as a whole is a stream
//! of one portion.

mod checks;
mod route;
mod segment;
mod stream;

use std::{collections::BTreeSet, ops::Range, sync::Arc, time::Duration};

use futures::{Stream, TryStreamExt, stream as futures_stream};
use tokio_util::bytes::Bytes;

pub use self::{checks::Warning, route::Hop};
pub use crate::engine::{Alternative, DEFAULT_OUTPUT_RATIO, MAX_BEAM_SIZE};
use crate::{
    engine::{Engine, EngineError, Priority},
    lang::{Language, Pair},
    text::{Limits, TextError},
};

/// Output ratios that a request may ask for, smallest and largest.
pub const OUTPUT_RATIOS: (f32, f32) = (0.5, 10.0);

/// What to translate into what, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// `None`: told from the text.
    pub source: Option<Language>,
    pub target: Language,
    /// Hypotheses kept, at least 1; none: as many as each model is best searched with.
    pub beam_size: Option<usize>,
    /// Longest output of a segment as a multiple of its source tokens.
    pub max_output_ratio: f32,
    pub priority: Priority,
    /// Other translations wanted of each segment; of a beam that is given, at most one fewer than it has hypotheses.
    pub alternatives: usize,
}

impl Request {
    /// With each model's own search, and the defaults of the rest.
    pub fn new(source: Option<Language>, target: Language) -> Self {
        let (priority, max_output_ratio) = (Priority::default(), DEFAULT_OUTPUT_RATIO);
        Self { source, target, beam_size: None, max_output_ratio, priority, alternatives: 0 }
    }
}

/// Why models cannot be used side by side.
#[derive(Debug, thiserror::Error)]
pub enum TranslatorError {
    #[error("no model is loaded")]
    NoModel,
    #[error("two models are called {0:?}; requests could not tell them apart")]
    SameName(String),
}

/// Why a text cannot be translated.
#[derive(Debug, thiserror::Error)]
pub enum TranslateError {
    #[error(transparent)]
    Text(#[from] TextError),
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
    Done(Totals),
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
    /// Mean log-probability of a token, of two models the lower one; `None` where no model was asked.
    pub score: Option<f32>,
    pub warnings: Vec<Warning>,
    /// What the model would have said instead, best first; unchecked.
    pub alternatives: Vec<Alternative>,
}

/// What a text came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// The language told from the text, with confidence from 0 to 1.
    pub detected: Option<(Language, f32)>,
    /// The models that translated, in their order.
    pub route: Vec<Hop>,
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
    pub totals: Totals,
}

/// Translates texts with the models that are loaded. Cheap to clone.
#[derive(Clone)]
pub struct Translator {
    engines: Arc<[Engine]>,
    limits: Limits,
}

impl Translator {
    /// With at least one engine, each with a model of another name. Where several have a direction, the first of them
    /// translates it.
    pub fn new(engines: Vec<Engine>, limits: Limits) -> Result<Self, TranslatorError> {
        if engines.is_empty() {
            return Err(TranslatorError::NoModel);
        }
        let mut names = BTreeSet::new();
        match engines.iter().map(|engine| &engine.model().name).find(|name| !names.insert(*name)) {
            Some(twin) => Err(TranslatorError::SameName(twin.clone())),
            None => Ok(Self { engines: engines.into(), limits }),
        }
    }

    /// The same for one call, which has no more than its share of any engine's queue.
    pub fn for_call(&self) -> Self {
        Self { engines: self.engines.iter().map(Engine::for_call).collect(), limits: self.limits }
    }

    /// The same with the models of this name alone; an empty name is any.
    pub fn only(&self, name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(self.clone());
        }
        let engines = self.named(name).cloned().collect::<Vec<_>>();
        (!engines.is_empty()).then(|| Self { engines: engines.into(), limits: self.limits })
    }

    /// The same with the models of this name before all others; an empty name changes nothing.
    pub fn preferring(&self, name: &str) -> Option<Self> {
        let first = self.only(name)?;
        let is_first =
            |engine: &Engine| first.engines.iter().any(|other| other.model().name == engine.model().name);
        let mut engines = self.engines.to_vec();
        engines.sort_by_key(|engine| !is_first(engine));
        Some(Self { engines: engines.into(), limits: self.limits })
    }

    /// The model of this name; or the only one that has it without its adapter; or all whose names go on with a hyphen behind
    /// it: "firefox" are all of Firefox's models.
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Engine> {
        let all = |is: &dyn Fn(&str) -> bool| -> Vec<&Engine> {
            self.engines.iter().filter(|engine| is(&engine.model().name)).collect()
        };
        let exact = all(&|other| other == name);
        let adapted = all(&|other| other.split_once('+').is_some_and(|(base, _)| base == name));
        let found = match (exact.len(), adapted.len()) {
            (1.., _) => exact,
            (0, 1) => adapted,
            (0, 0) => all(&|other| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))),
            // Which of its adapters is not clear.
            (0, _) => Vec::new(),
        };
        found.into_iter()
    }

    /// The models at work, in the order in which they are preferred.
    pub fn engines(&self) -> &[Engine] {
        &self.engines
    }

    /// Bounds on segments.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The model that writes summaries in a language; the first that does.
    pub fn writer(&self, language: Language) -> Option<&Engine> {
        self.engines.iter().find(|engine| engine.model().summarises.contains(&language))
    }

    /// Whether a new call has a chance to be served soon: [`EngineError::Full`] when a model of its route has no room, or,
    /// while its language is not known, none that writes the target.
    pub fn admit(&self, source: Option<Language>, target: Language) -> Result<(), EngineError> {
        match source.map(|source| self.route(source, target)) {
            Some(Ok(route)) => route.iter().try_for_each(|leg| leg.engine.admit()),
            // It is refused for another reason.
            Some(Err(_)) => Ok(()),
            None => {
                let writes = |engine: &&Engine| engine.model().pairs.iter().any(|pair| pair.target == target);
                self.engines.iter().filter(writes).map(Engine::admit).reduce(Result::or).unwrap_or(Ok(()))
            }
        }
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
        let start = Translation { text: String::new(), segments: Vec::new(), totals: Totals::default() };
        self.stream(request, input)
            .try_fold(start, async |mut all, event| {
                match event {
                    Event::Piece(piece) => {
                        all.text.push_str(&piece.text);
                        all.segments.extend(piece.segment);
                    }
                    Event::Done(totals) => all.totals = totals,
                }
                Ok(all)
            })
            .await
    }
}
