//! One piece of a document: white space and text without words pass through, a sentence goes to the engine, a second
//! time if the model went round in circles.

use std::ops::Range;

use super::{
    Request, TranslateError, Usage,
    checks::{self, Warning},
};
use crate::{
    decode::Finish,
    engine::{Engine, Job, Output},
    lang::Pair,
    text::{Piece, PieceKind},
};

/// What the second try after a repetition must not repeat, in tokens: phrases go, names of two words may come again.
const NO_REPEAT_NGRAM: usize = 3;

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
    pub usage: Usage,
}

pub(super) fn translate(
    engine: &Engine,
    pair: Pair,
    request: &Request,
    piece: Piece,
) -> impl Future<Output = Result<Translated, TranslateError>> + use<> {
    let (engine, beam_size, max_output_ratio) = (engine.clone(), request.beam_size, request.max_output_ratio);
    async move {
        let source = piece.start..piece.start + piece.text.len() as u64;
        let (text, outcome) = match piece.kind {
            PieceKind::Gap => (piece.text, None),
            PieceKind::Verbatim => (piece.text, Some(Outcome::default())),
            PieceKind::Sentence(_) => {
                let job = Job { pair, text: piece.text, beam_size, max_output_ratio, no_repeat_ngram: None };
                let (text, outcome) = sentence(&engine, job).await?;
                (text, Some(outcome))
            }
        };
        Ok(Translated { text, source, outcome })
    }
}

async fn sentence(engine: &Engine, mut job: Job) -> Result<(String, Outcome), TranslateError> {
    let mut output = engine.run(&job).await?;
    let mut usage = Usage::from(&output);
    let mut repeated = false;
    if output.finish == Finish::Repetition {
        job.no_repeat_ngram = Some(NO_REPEAT_NGRAM);
        let second = engine.run(&job).await?;
        usage += Usage::from(&second);
        // A second try that ran to its limit rambles; the first, cut behind its first round, says less that is wrong.
        repeated = second.finish != Finish::Stopped;
        if !repeated {
            output = second;
        }
    }
    let mut warnings = checks::warnings(job.pair, &job.text, &output);
    if repeated {
        warnings.insert(0, Warning::Repetition);
    }
    if output.text.is_empty() || output.parroted {
        return Ok((job.text, Outcome { score: None, warnings: vec![Warning::Untranslated], usage }));
    }
    Ok((output.text, Outcome { score: Some(output.score), warnings, usage }))
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
