//! The translation stream. A window of segments is in the engines at any time. Translations leave in document order, and input
//! is read only while the window has room.

use std::{collections::VecDeque, pin::pin, sync::Arc};

use async_stream::try_stream;
use futures::{Stream, StreamExt, stream::FuturesOrdered};
use tokio::task::JoinError;
use tokio_util::{bytes::Bytes, task::AbortOnDropHandle};
use tracing::Instrument;

use super::{
    Event, Hop, Position, Request, Segment, Totals, TranslateError, TranslatedPiece, Translator,
    piece::{self, PreparedPiece, Translated},
    sentence::{self, Outcome},
};
use crate::{
    engine::EngineError,
    fidelity::Names,
    lang::{Language, Pair},
    text::{Intake, Piece, PieceKind, Splitter, detect_prefix, is_certainly, visible},
};

/// Size of the window, as a multiple of the rows of the engines: enough for a single stream to keep them busy.
const WINDOW: usize = 2;

/// A translated piece, and whether it was copied because it is in the target language.
type Finished = Result<(Translated, bool), TranslateError>;

/// The next step of the loop.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Turn<E> {
    Translated(Option<Result<Finished, JoinError>>),
    Read(Result<Option<Bytes>, E>),
}

pub(super) fn translate<S, E>(
    translator: Translator,
    request: Request,
    input: S,
) -> impl Stream<Item = Result<Event, E>> + use<S, E>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: From<TranslateError>,
{
    try_stream! {
        let input = pin!(input);
        let terms = translator.glossaries.terms(&request).await?;
        let request = Arc::new(Request { terms, ..request });
        let mut intake = Intake::new(input);
        let mut totals = Totals { target_bytes: request.resume_at.target, ..Totals::default() };
        let format = intake.format(request.format, request.source.is_none()).await?;
        totals.format = format;
        let source = match request.source {
            Some(source) => source,
            None => {
                let beginning = visible(intake.beginning().await?, format);
                let detected = detect_prefix(&beginning, request.fallback).map_err(TranslateError::from)?;
                totals.detected = Some(detected);
                detected.0
            }
        };
        let route = translator.route(source, request.target)?;
        totals.route = route.iter().map(Hop::from).collect();
        let room = WINDOW * route.iter().map(|hop| hop.engine.options().batch_rows).sum::<usize>();
        let splitter = Splitter::new(format, source, translator.limits);
        let mut splitter = splitter.with_line_breaks(request.line_breaks);
        let mut pieces = Vec::new();
        let mut waiting: VecDeque<(PreparedPiece, bool)> = VecDeque::new();
        let mut window = FuturesOrdered::new();
        let mut names = Names::default();
        let pair = Pair { source, target: request.target };
        let mut ended = false;
        loop {
            while window.len() < room && let Some((piece, copied)) = waiting.pop_front() {
                // Each segment has its own task: it must advance and give back its tokens even if nobody reads the events.
                let work = piece::translate(Arc::clone(&route), Arc::clone(&request), translator.memory.clone(), piece).in_current_span();
                let work = async move { work.await.map(|translated| (translated, copied)) };
                window.push_back(AbortOnDropHandle::new(tokio::spawn(work)));
            }
            if ended && window.is_empty() {
                break;
            }
            let turn = tokio::select! {
                biased;
                translated = window.next(), if !window.is_empty() => Turn::Translated(translated),
                portion = intake.portion(), if !ended && window.len() < room => Turn::Read(portion),
            };
            match turn {
                Turn::Translated(Some(Ok(translated))) => {
                    let (translated, copied) = translated?;
                    let translated = translated.finished(&request, pair, &mut names)?;
                    let piece = totals.add(translated, copied);
                    translator.tally.add(piece.segment.iter().flat_map(Segment::warnings));
                    yield Event::Piece(piece);
                }
                Turn::Translated(Some(Err(_))) => Err(TranslateError::Engine(EngineError::WorkerLost))?,
                Turn::Translated(None) => {}
                Turn::Read(portion) => {
                    let read = match portion? {
                        Some(portion) => {
                            totals.source_bytes += portion.len() as u64;
                            splitter.push(&portion, &mut pieces)
                        }
                        None => {
                            ended = true;
                            let (at, length) = (request.resume_at.source, totals.source_bytes);
                            if at > length {
                                Err(TranslateError::Beyond { at, length })?;
                            }
                            splitter.finish(&mut pieces)
                        }
                    };
                    read.map_err(TranslateError::from)?;
                    let is_new = |end: u64| end > request.resume_at.source;
                    for piece in pieces.drain(..).filter(|piece| is_new(piece.end())) {
                        let (piece, copied) = copy(piece, source, request.target);
                        let parts = piece::split_to_fit(&route[0], &request, piece)?;
                        let parts = parts.into_iter().filter(|part| is_new(part.end()));
                        waiting.extend(parts.map(|part| (part, copied)));
                    }
                }
            }
        }
        yield Event::Done(totals);
    }
}

/// The piece to copy, and true, if it is a sentence in the target language.
fn copy(piece: Piece, source: Language, target: Language) -> (Piece, bool) {
    let copied = matches!(piece.kind, PieceKind::Sentence(_)) && is_certainly(&piece.plain(), target, source);
    (if copied { Piece { kind: PieceKind::Verbatim, ..piece } } else { piece }, copied)
}

impl Totals {
    /// Counts a segment.
    pub fn count(&mut self, segment: &Segment) {
        self.segments += 1;
        self.segments_with_warnings += u64::from(!segment.findings.is_empty());
    }

    /// Counts a piece and computes its byte range in the translation.
    fn add(&mut self, translated: Translated, copied: bool) -> TranslatedPiece {
        let Translated { text, source, outcome, matches, .. } = translated;
        let start = self.target_bytes;
        self.target_bytes += text.len() as u64;
        let end = Position { source: source.end, target: self.target_bytes };
        let segment = outcome.map(|outcome| {
            self.usage += outcome.usage;
            let target = start..self.target_bytes;
            let Outcome { score, findings, alternatives, alignments, terms, .. } = outcome;
            let place = |link| sentence::shifted(link, source.start, start);
            let alignments = alignments.into_iter().map(place).collect();
            let terms = terms.into_iter().map(|term| term.shifted(source.start, start)).collect();
            Segment { source, target, score, findings, alternatives, alignments, terms, matches, copied }
        });
        segment.iter().for_each(|segment| self.count(segment));
        TranslatedPiece { text, segment, end }
    }
}
