//! Translates one piece of a document. White space and text without words are copied; a sentence takes the hops of the route.

use std::ops::Range;

use super::{
    Alternative, Request, TranslateError, Usage,
    hop::translate_hop,
    marked,
    route::{HopEngine, Route},
};
use crate::{
    engine::{Alignment, EngineError, Job, MIN_WEIGHT, Prepared},
    fidelity::{Finding, Warning},
    text::{Block, Piece, PieceKind, split_clauses},
};

/// The job for the engine of a hop.
fn job(hop: &HopEngine, request: &Request, text: String, alignments: bool) -> Job {
    // Only the last hop writes the target language.
    let alternatives = if hop.pair.target == request.target { request.alternatives } else { 0 };
    Job {
        priority: request.priority,
        beam_size: request.beam_size,
        max_output_ratio: request.max_output_ratio,
        alternatives,
        alignments,
        ..Job::new(hop.pair, text)
    }
}

/// A piece, with the job of its first hop if it is a sentence.
pub(super) struct PreparedPiece {
    piece: Piece,
    prepared: Option<Prepared>,
}

/// Prepares a piece for the engine. A sentence that is too long for it is split into clauses, with the white space between them.
pub(super) fn split_to_fit(
    hop: &HopEngine,
    request: &Request,
    piece: Piece,
) -> Result<Vec<PreparedPiece>, TranslateError> {
    if !matches!(piece.kind, PieceKind::Sentence(_)) {
        return Ok(vec![PreparedPiece { piece, prepared: None }]);
    }
    let plain = piece.plain().into_owned();
    let chars = plain.chars().count();
    // Alignments say where the tags of a sentence belong.
    let alignments =
        request.alignments || piece.inline.as_ref().is_some_and(|inline| !inline.marks.is_empty());
    match hop.engine.prepare(job(hop, request, plain.clone(), alignments)) {
        Ok(prepared) => return Ok(vec![PreparedPiece { piece, prepared: Some(prepared) }]),
        Err(EngineError::SourceTooLong { .. } | EngineError::TooLong { .. }) if chars > 1 => {}
        Err(error) => return Err(error.into()),
    }
    let gap = |range: Range<usize>| Piece {
        start: piece.start + range.start as u64,
        text: piece.text[range].to_owned(),
        kind: PieceKind::Gap,
        inline: None,
    };
    let mut pieces = Vec::new();
    let mut end = 0;
    for range in split_clauses(&plain, chars.div_ceil(2)) {
        let (bytes, inline) = match &piece.inline {
            None => (range, None),
            Some(inline) => {
                let (bytes, inline) = inline.slice(range, end);
                (bytes, Some(Box::new(inline)))
            }
        };
        if bytes.start > end {
            pieces.extend(split_to_fit(hop, request, gap(end..bytes.start))?);
        }
        end = bytes.end;
        pieces.extend(split_to_fit(hop, request, Piece { kind: piece.kind, inline, ..gap(bytes) })?);
    }
    if end < piece.text.len() {
        pieces.extend(split_to_fit(hop, request, gap(end..piece.text.len()))?);
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

/// The result of a segment, beside its text.
#[derive(Default)]
pub(super) struct Outcome {
    pub score: Option<f32>,
    pub findings: Vec<Finding>,
    /// Alternatives to the whole segment, not to a part of it.
    pub alternatives: Vec<Alternative>,
    /// Byte ranges in the segment and in its translation.
    pub alignments: Vec<Alignment>,
    pub usage: Usage,
}

impl Outcome {
    /// Adds the result of another hop or another part. The combined score is the minimum.
    fn add(&mut self, other: Self) {
        self.score = [self.score, other.score].into_iter().flatten().reduce(f32::min);
        self.findings.extend(other.findings);
        self.findings.sort_unstable();
        self.findings.dedup();
        self.usage += other.usage;
    }
}

/// Translates a piece that [`split_to_fit`] returned for the first hop.
pub(super) fn translate(
    route: Route,
    request: &Request,
    piece: PreparedPiece,
) -> impl Future<Output = Result<Translated, TranslateError>> + use<> {
    let request = request.clone();
    async move {
        let PreparedPiece { piece, prepared } = piece;
        let source = piece.start..piece.start + piece.text.len() as u64;
        let (text, outcome) = match prepared {
            None => (piece.text, (piece.kind != PieceKind::Gap).then(Outcome::default)),
            Some(prepared) => {
                let plain = Piece { text: piece.plain().into_owned(), inline: None, ..piece };
                let (text, mut outcome) = translate_route(&route, &request, plain.clone(), prepared).await?;
                let text = match piece.inline {
                    None => text,
                    Some(inline) => {
                        let sentence =
                            marked::Sentence { raw: &piece.text, plain: &plain.text, inline: &inline };
                        marked::restore(&route, &request, sentence, text, &mut outcome).await?
                    }
                };
                (text, Some(outcome))
            }
        };
        Ok(Translated { text, source, outcome })
    }
}

/// Translates words on their own: the text of a tag, or the value of an attribute.
pub(super) async fn translate_alone(
    route: &[HopEngine],
    request: &Request,
    text: &str,
    usage: &mut Usage,
) -> Result<String, TranslateError> {
    let request = Request { alternatives: 0, alignments: false, ..request.clone() };
    let kind = PieceKind::Sentence(Block::Headline);
    let piece = Piece { start: 0, text: text.to_owned(), kind, inline: None };
    let mut translation = String::new();
    for PreparedPiece { piece, prepared } in split_to_fit(&route[0], &request, piece)? {
        match prepared {
            None => translation.push_str(&piece.text),
            Some(prepared) => {
                let (text, outcome) = translate_route(route, &request, piece, prepared).await?;
                *usage += outcome.usage;
                translation.push_str(&text);
            }
        }
    }
    Ok(translation)
}

/// Translates a sentence hop by hop: each model reads the output of the one before. If a hop gives no usable output, the
/// result is the source, not the intermediate text.
async fn translate_route(
    route: &[HopEngine],
    request: &Request,
    piece: Piece,
    prepared: Prepared,
) -> Result<(String, Outcome), TranslateError> {
    let mut outcome = Outcome::default();
    let mut text = String::new();
    let mut first = Some(PreparedPiece { piece: piece.clone(), prepared: Some(prepared) });
    for hop in route {
        let is_first = first.is_some();
        let parts = match first.take() {
            Some(piece) => vec![piece],
            None => split_to_fit(hop, request, Piece { text, ..piece.clone() })?,
        };
        let whole = parts.len() == 1;
        let mut alignments = Vec::new();
        text = String::new();
        for PreparedPiece { piece: part, prepared } in parts {
            let Some(mut prepared) = prepared else {
                text.push_str(&part.text);
                continue;
            };
            if !whole && prepared.job().alternatives > 0 {
                prepared = hop.engine.prepare(Job { alternatives: 0, ..prepared.job().clone() })?;
            }
            let (translation, mut found) = translate_hop(&hop.engine, prepared).await?;
            let (before, written) = (part.start - piece.start, text.len() as u64);
            alignments.extend(found.alignments.drain(..).map(|link| shifted(link, before, written)));
            text.push_str(&translation);
            outcome.alternatives.clone_from(&found.alternatives);
            outcome.add(found);
        }
        outcome.alignments = match is_first {
            true => alignments,
            false => composed(&outcome.alignments, &alignments),
        };
        if outcome.findings.iter().any(|finding| finding.warning == Warning::Untranslated) {
            let findings = vec![Warning::Untranslated.into()];
            return Ok((piece.text, Outcome { findings, usage: outcome.usage, ..Outcome::default() }));
        }
    }
    Ok((text, outcome))
}

/// An alignment in the texts around it.
pub(super) fn shifted(
    Alignment { source, target, weight }: Alignment,
    before: u64,
    written: u64,
) -> Alignment {
    Alignment {
        source: source.start + before..source.end + before,
        target: target.start + written..target.end + written,
        weight,
    }
}

/// From the source to the target through the words between: weights along a way multiply, those of several ways add up.
fn composed(first: &[Alignment], second: &[Alignment]) -> Vec<Alignment> {
    let mut all: Vec<Alignment> = Vec::new();
    for link in second {
        for before in first.iter().filter(|before| before.target == link.source) {
            let weight = before.weight * link.weight;
            match all.iter_mut().find(|other| other.source == before.source && other.target == link.target) {
                Some(other) => other.weight = (other.weight + weight).min(1.0),
                None => {
                    all.push(Alignment { source: before.source.clone(), target: link.target.clone(), weight })
                }
            }
        }
    }
    all.retain(|link| link.weight >= MIN_WEIGHT);
    all
}
