//! The stream through the engine: a window of segments is with the engine at any time, the answers leave in the order of
//! the document, and no more input is read than the window has room for.

use std::{collections::VecDeque, pin::pin, sync::Arc};

use async_stream::try_stream;
use futures::{Stream, StreamExt, stream::FuturesOrdered};
use tokio::task::JoinError;
use tokio_util::{
    bytes::{Bytes, BytesMut},
    task::AbortOnDropHandle,
};

use super::{
    DETECTION_BYTES, Event, Hop, Request, Segment, Totals, TranslateError, TranslatedPiece, Translator,
    segment::{self, Fitted, Outcome, Translated},
};
use crate::{
    engine::EngineError,
    lang::Language,
    text::{Detection, Splitter, TextError, detect},
};

/// Bytes that are cut into pieces at once: the pieces of a large portion would all lie in memory.
const PORTION: usize = 16 * 1024;
/// Segments with the engine at any time, as a multiple of its rows: enough that a lone stream keeps it busy.
const WINDOW: usize = 2;

/// What happened first.
enum Turn<E> {
    Translated(Option<Result<Result<Translated, TranslateError>, JoinError>>),
    Read(Option<Result<Bytes, E>>),
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
        let mut input = pin!(input);
        let mut totals = Totals::default();
        let mut unread = BytesMut::new();
        let mut ended = false;
        let source = match request.source {
            Some(source) => source,
            None => {
                ended = !read_beginning(&mut input, &mut unread).await?;
                let (source, confidence) = told(&unread)?;
                totals.detected = Some((source, confidence));
                source
            }
        };
        let route = translator.route(source, request.target)?;
        totals.route = route.iter().map(Hop::from).collect();
        let mut splitter = Some(Splitter::new(source, translator.limits));
        let mut pieces = Vec::new();
        let mut waiting: VecDeque<Fitted> = VecDeque::new();
        let mut window = FuturesOrdered::new();
        let room = WINDOW * route.iter().map(|leg| leg.engine.options().batch_rows).sum::<usize>();
        loop {
            while window.len() < room && let Some(fitted) = waiting.pop_front() {
                // On a task of its own: a segment whose answer nobody reads yet must not keep others from the queue.
                let work = segment::translate(Arc::clone(&route), &request, fitted);
                window.push_back(AbortOnDropHandle::new(tokio::spawn(work)));
            }
            if waiting.is_empty() && window.len() < room {
                if !unread.is_empty() {
                    let portion = unread.split_to(PORTION.min(unread.len()));
                    totals.source_bytes += portion.len() as u64;
                    if let Some(splitter) = &mut splitter {
                        splitter.push(&portion, &mut pieces).map_err(TranslateError::from)?;
                    }
                    for piece in pieces.drain(..) {
                        waiting.extend(segment::fitting(&route[0], &request, piece)?);
                    }
                    continue;
                }
                if ended && let Some(mut splitter) = splitter.take() {
                    splitter.finish(&mut pieces).map_err(TranslateError::from)?;
                    for piece in pieces.drain(..) {
                        waiting.extend(segment::fitting(&route[0], &request, piece)?);
                    }
                    continue;
                }
            }
            if ended && window.is_empty() {
                break;
            }
            let turn = tokio::select! {
                biased;
                translated = window.next(), if !window.is_empty() => Turn::Translated(translated),
                bytes = input.next(), if !ended && waiting.is_empty() && window.len() < room => Turn::Read(bytes),
            };
            match turn {
                Turn::Translated(Some(Ok(translated))) => yield Event::Piece(totals.add(translated?)),
                Turn::Translated(Some(Err(_))) => Err(TranslateError::Engine(EngineError::WorkerLost))?,
                Turn::Translated(None) => {}
                Turn::Read(Some(bytes)) => unread.extend_from_slice(&bytes?),
                Turn::Read(None) => ended = true,
            }
        }
        yield Event::Done(totals);
    }
}

/// Reads as much as it takes to tell the language of a text; whether there may be more.
pub(crate) async fn read_beginning<E>(
    input: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    unread: &mut BytesMut,
) -> Result<bool, E> {
    while unread.len() < DETECTION_BYTES {
        match input.next().await {
            Some(bytes) => unread.extend_from_slice(&bytes?),
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// The language of a text that begins like this, with confidence.
pub(crate) fn told(beginning: &[u8]) -> Result<(Language, f32), TranslateError> {
    let beginning = match str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_some() => {
            return Err(TextError::InvalidUtf8 { offset: error.valid_up_to() as u64 }.into());
        }
        // A character that the beginning cuts.
        Err(error) => str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default(),
    };
    match detect(beginning) {
        Detection::Known { language, confidence } => Ok((language, confidence)),
        Detection::Foreign => Err(TranslateError::ForeignLanguage),
        Detection::Unknown => Err(TranslateError::UnknownLanguage),
    }
}

impl Totals {
    /// Counts a piece and gives it its place in the translation.
    fn add(&mut self, translated: Translated) -> TranslatedPiece {
        let Translated { text, source, outcome } = translated;
        let start = self.target_bytes;
        self.target_bytes += text.len() as u64;
        let segment = outcome.map(|outcome| {
            self.segments += 1;
            self.segments_with_warnings += u64::from(!outcome.warnings.is_empty());
            self.usage += outcome.usage;
            let target = start..self.target_bytes;
            let Outcome { score, warnings, alternatives, .. } = outcome;
            Segment { source, target, score, warnings, alternatives }
        });
        TranslatedPiece { text, segment }
    }
}
