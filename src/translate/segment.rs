//! One piece of a document: white space and text without words pass through, a sentence goes to the engine, a second
//! time if the model lost its way.

use std::ops::Range;

use super::{
    Request, TranslateError, Usage,
    checks::{self, Warning},
    route::{Leg, Route},
};
use crate::{
    decode::Finish,
    engine::{Alternative, Engine, EngineError, Job, Output, Prepared},
    text::{Piece, PieceKind, split_clauses},
};

/// What a second try must not say again, in tokens: phrases go, short names may come again.
const NO_REPEAT_NGRAM: usize = 4;

/// Output tokens that a second try must have for one of the source; any language needs more than half as many as another.
const MIN_OUTPUT_RATIO: f32 = 0.5;

/// What is asked of a leg's model.
fn job(leg: &Leg, request: &Request, text: String) -> Job {
    // Those of the last leg are in the language that was asked for.
    let alternatives = if leg.pair.target == request.target { request.alternatives } else { 0 };
    Job {
        priority: request.priority,
        beam_size: request.beam_size,
        max_output_ratio: request.max_output_ratio,
        alternatives,
        ..Job::new(leg.pair, text)
    }
}

/// A piece that goes on its way; a sentence as the first leg's model reads it.
pub(super) struct Fitted {
    piece: Piece,
    prepared: Option<Prepared>,
}

/// The piece, or, where it is a sentence that the engine cannot take at once, its parts with the white space between.
pub(super) fn fitting(leg: &Leg, request: &Request, piece: Piece) -> Result<Vec<Fitted>, TranslateError> {
    if !matches!(piece.kind, PieceKind::Sentence(_)) {
        return Ok(vec![Fitted { piece, prepared: None }]);
    }
    let chars = piece.text.chars().count();
    match leg.engine.prepare(job(leg, request, piece.text.clone())) {
        Ok(prepared) => return Ok(vec![Fitted { piece, prepared: Some(prepared) }]),
        Err(EngineError::SourceTooLong { .. } | EngineError::TooLong { .. }) if chars > 1 => {}
        Err(error) => return Err(error.into()),
    }
    let part = |range: Range<usize>, kind| Piece {
        start: piece.start + range.start as u64,
        text: piece.text[range].to_owned(),
        kind,
    };
    let mut pieces = Vec::new();
    let mut end = 0;
    for range in split_clauses(&piece.text, chars.div_ceil(2)) {
        if range.start > end {
            pieces.extend(fitting(leg, request, part(end..range.start, PieceKind::Gap))?);
        }
        end = range.end;
        pieces.extend(fitting(leg, request, part(range, piece.kind))?);
    }
    Ok(pieces)
}

/// A piece with its translation.
pub(super) struct Translated {
    pub text: String,
    /// Bytes of the source text.
    pub source: Range<u64>,
    /// `None` for white space.
    pub outcome: Option<Outcome>,
}

/// How a segment came out.
#[derive(Default)]
pub(super) struct Outcome {
    pub score: Option<f32>,
    pub warnings: Vec<Warning>,
    /// Of the whole segment.
    pub alternatives: Vec<Alternative>,
    pub usage: Usage,
}

impl Outcome {
    /// Adds what happened on another leg, or to another part. Whoever reads the score wants to know the worst.
    fn add(&mut self, other: Self) {
        self.score = [self.score, other.score].into_iter().flatten().reduce(f32::min);
        self.warnings.extend(other.warnings);
        self.warnings.sort_unstable();
        self.warnings.dedup();
        self.usage += other.usage;
    }
}

/// Translates a piece that [`fitting`] gave for the first leg.
pub(super) fn translate(
    route: Route,
    request: &Request,
    fitted: Fitted,
) -> impl Future<Output = Result<Translated, TranslateError>> + use<> {
    let request = request.clone();
    async move {
        let Fitted { piece, prepared } = fitted;
        let source = piece.start..piece.start + piece.text.len() as u64;
        let (text, outcome) = match prepared {
            None => (piece.text, (piece.kind != PieceKind::Gap).then(Outcome::default)),
            Some(prepared) => {
                let (text, outcome) = along(&route, &request, piece, prepared).await?;
                (text, Some(outcome))
            }
        };
        Ok(Translated { text, source, outcome })
    }
}

/// A sentence from leg to leg: what one model writes, the next one reads. Where one of them gives nothing of use, the source
/// stands, and not what was made of it on the way.
async fn along(
    route: &[Leg],
    request: &Request,
    piece: Piece,
    prepared: Prepared,
) -> Result<(String, Outcome), TranslateError> {
    let mut outcome = Outcome::default();
    let mut text = String::new();
    let mut first = Some(Fitted { piece: piece.clone(), prepared: Some(prepared) });
    for leg in route {
        let parts = match first.take() {
            Some(fitted) => vec![fitted],
            None => fitting(leg, request, Piece { text, ..piece.clone() })?,
        };
        let whole = parts.len() == 1;
        text = String::new();
        for Fitted { piece: part, prepared } in parts {
            let Some(mut prepared) = prepared else {
                text.push_str(&part.text);
                continue;
            };
            if !whole && prepared.job().alternatives > 0 {
                prepared = leg.engine.prepare(Job { alternatives: 0, ..prepared.job().clone() })?;
            }
            let (translation, found) = sentence(&leg.engine, prepared).await?;
            text.push_str(&translation);
            outcome.alternatives.clone_from(&found.alternatives);
            outcome.add(found);
        }
        if outcome.warnings.contains(&Warning::Untranslated) {
            let warnings = vec![Warning::Untranslated];
            return Ok((piece.text, Outcome { warnings, usage: outcome.usage, ..Outcome::default() }));
        }
    }
    Ok((text, outcome))
}

/// With one model.
async fn sentence(engine: &Engine, prepared: Prepared) -> Result<(String, Outcome), TranslateError> {
    let mut output = engine.decode(&prepared).await?;
    let mut usage = Usage::from(&output);
    let Job { pair, text, .. } = prepared.job();
    let mut warnings = checks::warnings(*pair, text, &output);
    if !usable(engine, prepared.job(), &output) || checks::strayed(&warnings) {
        let again = prepared.clone().held_apart(NO_REPEAT_NGRAM, MIN_OUTPUT_RATIO);
        let second = engine.decode(&again).await?;
        usage += Usage::from(&second);
        let found = checks::warnings(*pair, text, &second);
        // It was kept from its likeliest words: it is taken only where nothing speaks against it that did not before.
        let found_way = second.finish == Finish::Stopped
            && usable(engine, again.job(), &second)
            && !checks::strayed(&found);
        if found_way
            && (!usable(engine, again.job(), &output)
                || found.iter().all(|warning| warnings.contains(warning)))
        {
            (output, warnings) = (second, found);
        }
    }
    if !usable(engine, prepared.job(), &output) {
        let warnings = vec![Warning::Untranslated];
        return Ok((text.clone(), Outcome { warnings, usage, ..Outcome::default() }));
    }
    let Output { text, score, alternatives, .. } = output;
    Ok((text, Outcome { score: Some(score), warnings, alternatives, usage }))
}

/// Whether the output can stand in the translation at all.
fn usable(engine: &Engine, job: &Job, output: &Output) -> bool {
    !output.text.is_empty() && !engine.parroted(job, output)
}

impl From<&Output> for Usage {
    fn from(output: &Output) -> Self {
        Self {
            source_tokens: output.source_tokens as u64,
            target_tokens: output.target_tokens as u64,
            queued: output.queued,
            computing: output.computing,
        }
    }
}
