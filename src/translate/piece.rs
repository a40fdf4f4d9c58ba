//! Translates one piece of a document. White space and text without words are copied. A sentence is read as its model needs it,
//! and its translation is written as the document needs it.

use std::{ops::Range, sync::Arc};

use super::{
    OnFailure, Request, TranslateError,
    memory::{Key, Memory},
    route::{HopEngine, Route},
    sentence::{Outcome, is_too_long, job, translate_route},
};
use crate::{
    engine::{Alignment, Prepared},
    fidelity::{Reading, Warning},
    lang::Pair,
    text::{Piece, PieceKind, split_clauses},
};

/// A piece, with the job of its first hop if it is a sentence.
pub(super) struct PreparedPiece {
    piece: Piece,
    sentence: Option<(Reading, Prepared)>,
}

/// Prepares a piece for the engine. A sentence that is too long for it is split into clauses, with the white space between them.
pub(super) fn split_to_fit(
    hop: &HopEngine,
    request: &Request,
    piece: Piece,
) -> Result<Vec<PreparedPiece>, TranslateError> {
    if !matches!(piece.kind, PieceKind::Sentence(_)) {
        return Ok(vec![PreparedPiece { piece, sentence: None }]);
    }
    let reading = Reading::new(Pair { source: hop.pair.source, target: request.target }, &piece.text);
    match hop.engine.prepare(job(hop, request, reading.text().to_owned())) {
        Ok(prepared) => return Ok(vec![PreparedPiece { piece, sentence: Some((reading, prepared)) }]),
        Err(error) if is_too_long(&error, &piece.text) => {}
        Err(error) => return Err(error.into()),
    }
    let part = |range: Range<usize>, kind| Piece {
        start: piece.start + range.start as u64,
        text: piece.text[range].to_owned(),
        kind,
    };
    let mut pieces = Vec::new();
    let mut end = 0;
    for range in split_clauses(&piece.text, piece.text.chars().count().div_ceil(2)) {
        if range.start > end {
            pieces.extend(split_to_fit(hop, request, part(end..range.start, PieceKind::Gap))?);
        }
        end = range.end;
        pieces.extend(split_to_fit(hop, request, part(range, piece.kind))?);
    }
    Ok(pieces)
}

/// The translation of a piece.
pub(super) struct Translated {
    pub text: String,
    /// Byte range in the source text.
    pub source: Range<u64>,
    /// `None` for white space.
    pub outcome: Option<Outcome>,
}

/// Translates a piece that [`split_to_fit`] returned for the first hop.
pub(super) async fn translate(
    route: Route,
    request: Arc<Request>,
    memory: Memory,
    piece: PreparedPiece,
) -> Result<Translated, TranslateError> {
    let PreparedPiece { piece, sentence } = piece;
    let source = piece.start..piece.start + piece.text.len() as u64;
    let Some((reading, prepared)) = sentence else {
        let outcome = (piece.kind != PieceKind::Gap).then(Outcome::default);
        return Ok(Translated { text: piece.text, source, outcome });
    };
    let key = Key::new(&route, &request, reading.text());
    let translate = || translate_route(&route, &request, prepared.clone());
    let (translation, mut outcome) = memory.recall(key, translate).await?;
    let low = outcome.score.zip(request.min_score).is_some_and(|(score, least)| score < least);
    outcome.findings.extend(low.then(|| Warning::LowScore.into()));
    let written = translation.map(|translation| reading.written(translation, request.typography));
    outcome.findings.extend(written.iter().flat_map(|(_, findings)| findings.clone()));
    let text = match written {
        None => piece.text,
        Some(_) if request.on_failure == OnFailure::Source && !outcome.findings.is_empty() => {
            outcome = outcome.withdrawn();
            piece.text
        }
        Some((written, _)) => {
            for Alignment { source, target, .. } in &mut outcome.alignments {
                *source = through(source, |range| reading.back(range));
                *target = through(target, |range| written.forward(range));
            }
            for alternative in &mut outcome.alternatives {
                let text = std::mem::take(&mut alternative.text);
                alternative.text = reading.written(text, request.typography).0.into_text();
            }
            written.into_text()
        }
    };
    if request.on_failure == OnFailure::Fail && !outcome.findings.is_empty() {
        let warnings = outcome.findings.iter().map(|finding| finding.warning).collect();
        return Err(TranslateError::Doubtful { place: source, warnings });
    }
    Ok(Translated { text, source, outcome: Some(outcome) })
}

/// Maps a range of an alignment.
fn through(range: &Range<u64>, map: impl Fn(Range<usize>) -> Range<usize>) -> Range<u64> {
    let Range { start, end } = map(range.start as usize..range.end as usize);
    start as u64..end as u64
}
