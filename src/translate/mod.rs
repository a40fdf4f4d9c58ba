//! Translates a text: splits it into sentences, translates and checks each of them, and joins them with the unchanged bytes
//! between them.
//!
//! There is one implementation: a stream of bytes in, a stream of pieces out. A whole text is a stream of one portion.

mod glossaries;
mod hop;
mod marked;
mod memory;
mod piece;
mod protected;
mod record;
mod route;
mod sentence;
mod stream;
mod tally;
mod terms;
mod units;
mod wanted;

use std::{collections::BTreeSet, ops::Range, sync::Arc, time::Duration};

use futures::{Stream, TryStreamExt, stream as futures_stream};
use tokio_util::bytes::Bytes;

pub use self::{
    glossaries::{Glossaries, GlossaryProblem, MOST_NAMED},
    memory::Memory,
    route::Hop,
    tally::Tally,
    terms::UsedTerm,
};
pub use crate::{
    engine::{Alignment, DEFAULT_OUTPUT_RATIO, MAX_BEAM_SIZE},
    fidelity::{
        Typography,
        terms::{MOST_TERMS, Term, TermError, Terms},
    },
    memory::Match,
};
use crate::{
    engine::{Arrival, Engine, EngineError},
    fidelity::{Finding, Warning},
    glossary::GlossaryName,
    lang::{Language, Pair},
    text::{Format, Limits, LineBreaks, TextError},
};

/// Smallest and largest output ratio of a request.
pub const OUTPUT_RATIOS: (f32, f32) = (0.5, 10.0);

/// Languages and options of a translation.
#[derive(Debug, Clone)]
pub struct Request {
    /// `None`: detected from the text.
    pub source: Option<Language>,
    pub target: Language,
    /// Number of hypotheses, at least 1; `None`: each model's default.
    pub beam_size: Option<usize>,
    /// Maximum length of the output of a segment, as a multiple of its source tokens.
    pub max_output_ratio: f32,
    /// Maximum number of alternatives for each segment; less than `beam_size`, if that is given.
    pub alternatives: usize,
    /// Whether to align the words of each translation with those of its source.
    pub alignments: bool,
    pub format: Format,
    /// Whose quotation marks, dashes and spaces the translation has.
    pub typography: Typography,
    pub on_failure: OnFailure,
    /// A lower score is a fault, [`Warning::LowScore`].
    pub min_score: Option<f32>,
    /// The language if none can be detected; `None`: such a text is an error.
    pub fallback: Option<Language>,
    pub line_breaks: LineBreaks,
    /// The caller's words for certain words of the text.
    pub terms: Terms,
    /// Registered glossaries with more terms, which count after `terms`; at most [`MOST_NAMED`].
    pub glossaries: Vec<GlossaryName>,
    pub matches: Matches,
    /// Where a stream goes on that broke; the input is the whole text all the same.
    pub resume_at: Position,
}

/// A place in a text and in its translation, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    pub source: u64,
    pub target: u64,
}

/// Which units of the memory, translations by people, a text gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Matches {
    None,
    /// A unit whose source is a segment is its translation.
    #[default]
    Exact,
    /// Units of similar segments are offered, too.
    Similar,
}

/// What becomes of a segment with a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The translation stands, with its findings.
    #[default]
    Flag,
    /// The source stands in its place.
    Source,
    /// The translation of the text fails.
    Fail,
}

impl Request {
    /// A request with the default search of each model and default limits.
    pub fn new(source: Option<Language>, target: Language) -> Self {
        Self {
            source,
            target,
            beam_size: None,
            max_output_ratio: DEFAULT_OUTPUT_RATIO,
            alternatives: 0,
            alignments: false,
            format: Format::Auto,
            typography: Typography::default(),
            on_failure: OnFailure::default(),
            min_score: None,
            fallback: None,
            line_breaks: LineBreaks::default(),
            terms: Terms::default(),
            glossaries: Vec::new(),
            matches: Matches::default(),
            resume_at: Position::default(),
        }
    }
}

/// Why a translator cannot use these models.
#[derive(Debug, thiserror::Error)]
pub enum TranslatorError {
    #[error("no model is loaded")]
    NoModel,
    #[error("two models have the name {0:?}; a request could not choose between them")]
    SameName(String),
}

/// Why a text cannot be translated.
#[derive(Debug, thiserror::Error)]
pub enum TranslateError {
    #[error(transparent)]
    Text(#[from] TextError),
    #[error("the text is already in {0}")]
    SameLanguage(Language),
    #[error("the language pair {pair} is not supported; supported: {}", supported.iter().map(Pair::to_string).collect::<Vec<_>>().join(", "))]
    UnsupportedPair { pair: Pair, supported: Vec<Pair> },
    #[error("the stream is to go on after {at} bytes of the text, but the text has only {length}")]
    Beyond { at: u64, length: u64 },
    #[error("the segment at bytes {} to {} has warnings", place.start, place.end)]
    Doubtful { place: Range<u64>, warnings: BTreeSet<Warning> },
    /// `place` is its place among the glossaries of the request.
    #[error("{problem}")]
    Glossary { place: usize, problem: GlossaryProblem },
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// An event of a translation stream, in document order.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Piece(TranslatedPiece),
    /// The last event.
    Done(Totals),
}

/// A piece of the translation.
#[derive(Debug, Clone, PartialEq)]
pub struct TranslatedPiece {
    pub text: String,
    /// `None` for white space.
    pub segment: Option<Segment>,
    /// Where it ends.
    pub end: Position,
}

/// A translated segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Byte range in the source text.
    pub source: Range<u64>,
    /// Byte range in the translation.
    pub target: Range<u64>,
    /// Mean log-probability of a token. With two models, the lower one; `None` if no model translated the segment.
    pub score: Option<f32>,
    /// What the checks found, on any hop.
    pub findings: Vec<Finding>,
    /// Alternative outputs of the last model, best first. They are not checked.
    pub alternatives: Vec<Alternative>,
    /// Byte ranges in the whole texts. Empty unless the request asks for them and the models can align.
    pub alignments: Vec<Alignment>,
    /// The caller's terms in the source, with byte ranges in the whole texts.
    pub terms: Vec<UsedTerm>,
    /// Units of the memory, the best first. If the first one is exact and has the terms, it is the translation.
    pub matches: Vec<Match>,
    /// Whether the text was already in the target language and was copied.
    pub copied: bool,
}

/// Another translation of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub text: String,
    /// Mean log-probability of a token.
    pub score: f32,
}

impl Segment {
    /// The warnings of the findings, sorted, each once.
    pub fn warnings(&self) -> BTreeSet<Warning> {
        self.findings.iter().map(|finding| finding.warning).collect()
    }
}

/// The totals of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// The detected language, with a confidence from 0 to 1.
    pub detected: Option<(Language, f32)>,
    /// The format of the text: the requested one, or the one that was found.
    pub format: Format,
    /// The models that translated, in order.
    pub route: Vec<Hop>,
    pub segments: u64,
    pub segments_with_warnings: u64,
    pub source_bytes: u64,
    pub target_bytes: u64,
    pub usage: Usage,
}

/// The resources that a text used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub source_tokens: u64,
    pub target_tokens: u64,
    /// Sentences that the memory had; they cost nothing else.
    pub remembered: u64,
    /// Sentences whose translation is a unit of the memory; they cost nothing else.
    pub matched: u64,
    /// Added up over segments.
    pub queued: Duration,
    /// Added up over segments.
    pub computing: Duration,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.source_tokens += other.source_tokens;
        self.target_tokens += other.target_tokens;
        self.remembered += other.remembered;
        self.matched += other.matched;
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

/// Translates texts with the loaded models. Cheap to clone.
#[derive(Clone)]
pub struct Translator {
    engines: Arc<[Engine]>,
    limits: Limits,
    memory: Memory,
    glossaries: Glossaries,
    tally: Arc<Tally>,
}

impl Translator {
    /// A translator with these engines. If several engines have a direction, the first of them translates it.
    ///
    /// # Errors
    /// When there is no engine, or two models have the same name.
    pub fn new(engines: Vec<Engine>, limits: Limits) -> Result<Self, TranslatorError> {
        if engines.is_empty() {
            return Err(TranslatorError::NoModel);
        }
        let mut names = BTreeSet::new();
        match engines.iter().map(|engine| &engine.model().name).find(|name| !names.insert(*name)) {
            Some(twin) => Err(TranslatorError::SameName(twin.clone())),
            None => Ok(Self {
                engines: engines.into(),
                limits,
                memory: Memory::new(0),
                glossaries: Glossaries::new(None),
                tally: Arc::default(),
            }),
        }
    }

    /// The same translator with a memory of the sentences that it translates; a new one has none.
    pub fn with_memory(self, memory: Memory) -> Self {
        Self { memory, ..self }
    }

    /// The memory of translated sentences.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The same translator with these glossaries; a new one has none.
    pub fn with_glossaries(self, glossaries: Glossaries) -> Self {
        Self { glossaries, ..self }
    }

    /// The registered glossaries.
    pub fn glossaries(&self) -> &Glossaries {
        &self.glossaries
    }

    /// How many segments had each warning.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The same translator with only the models of this name; an empty name means all models. `None` if no model has the name.
    pub fn only(&self, name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(self.clone());
        }
        let engines = self.named(name).cloned().collect::<Vec<_>>();
        (!engines.is_empty()).then(|| Self { engines: engines.into(), ..self.clone() })
    }

    /// The same translator with the models of this name before all others; an empty name changes nothing. `None` if no model has
    /// the name.
    pub fn preferring(&self, name: &str) -> Option<Self> {
        let first = self.only(name)?;
        let is_first =
            |engine: &Engine| first.engines.iter().any(|other| other.model().name == engine.model().name);
        let mut engines = self.engines.to_vec();
        engines.sort_by_key(|engine| !is_first(engine));
        Some(Self { engines: engines.into(), ..self.clone() })
    }

    /// The model of this name. If there is none, the only model that has this name without its adapter. If there is none either,
    /// all models whose names continue with a hyphen: "firefox" means all of Firefox's models.
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
            // The name is ambiguous: several adapters match.
            (0, _) => Vec::new(),
        };
        found.into_iter()
    }

    /// The engines, in order of preference.
    pub fn engines(&self) -> &[Engine] {
        &self.engines
    }

    /// Limits on segments.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The first model that writes summaries in a language.
    pub fn writer(&self, language: Language) -> Option<&Engine> {
        self.engines.iter().find(|engine| engine.model().summarises.contains(&language))
    }

    /// The same translator for one call, which has a quota of each engine's queue, and is promised the time of the models that
    /// it needs.
    ///
    /// # Errors
    /// Those of [`Engine::admit`] for a model of the route. If the source language is unknown: when all models that translate
    /// into the target refuse the call.
    pub fn admit(
        &self,
        source: Option<Language>,
        target: Language,
        arrival: &Arrival,
    ) -> Result<Self, EngineError> {
        // A pair without a route needs no model: the request itself fails with the right error.
        let route = source.map(|source| self.route(source, target).unwrap_or_else(|_| Arc::new([])));
        let needs = |engine: &Engine| match &route {
            Some(route) => route.iter().any(|hop| hop.engine.is(engine)),
            None => engine.model().pairs.iter().any(|pair| pair.target == target),
        };
        let (mut admitted, mut refused) = (0, None);
        let mut admit = |engine: &Engine| match needs(engine).then(|| engine.admit(arrival)) {
            Some(Ok(engine)) => {
                admitted += 1;
                engine
            }
            Some(Err(error)) => {
                refused = Some(error);
                engine.for_call(&arrival.caller)
            }
            None => engine.for_call(&arrival.caller),
        };
        let engines = self.engines.iter().map(&mut admit).collect();
        match refused {
            Some(error) if route.is_some() || admitted == 0 => Err(error),
            _ => Ok(Self { engines, ..self.clone() }),
        }
    }

    /// The same translator for one call, whose writer of this language is promised its time.
    ///
    /// # Errors
    /// Those of [`Engine::admit`].
    pub fn admit_writer(&self, language: Language, arrival: &Arrival) -> Result<Self, EngineError> {
        let Some(writer) = self.writer(language) else { return Ok(self.clone()) };
        let writer = writer.admit(arrival)?;
        let admitted = |engine: &Engine| if writer.is(engine) { writer.clone() } else { engine.clone() };
        Ok(Self { engines: self.engines.iter().map(admitted).collect(), ..self.clone() })
    }

    /// Translates bytes as they arrive. Reads input only while it can process it. When the caller stops reading events, the work
    /// stops; dropping the stream removes its segments from the engines.
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
