//! Translates a sentence with one model. Several outputs compete: the best one by the rules of `fidelity` wins, and among equals
//! the one that the model likes most.

use super::{Alternative, TranslateError, Usage, sentence::Outcome};
use crate::{
    decode::Finish,
    engine::{self, Alignment, Engine, Job, Output, Prepared},
    fidelity::{self, Finding, Warning},
};

/// Length of the sequences that a second try must not repeat, in tokens: phrases are longer, short names may recur.
const NO_REPEAT_NGRAM: usize = 4;

/// Minimum output of a second try, as a multiple of the source tokens. Each language needs more than half as many tokens as any
/// other.
const MIN_OUTPUT_RATIO: f32 = 0.5;

/// A possible translation of a sentence.
struct Candidate {
    text: String,
    /// The text as the model wrote it.
    written: String,
    score: f32,
    alignments: Vec<Alignment>,
    findings: Vec<Finding>,
    /// Whether it is a translation at all: not empty, and no example from the prompt.
    usable: bool,
}

/// Translates a sentence with one model. If the output has a fault, the other hypotheses of the same search are read, then those of
/// a second search. Without any usable output, the result is the source.
pub(super) async fn translate_hop(
    engine: &Engine,
    prepared: Prepared,
) -> Result<(String, Outcome), TranslateError> {
    let output = engine.decode(&prepared).await?;
    let mut usage = Usage::from(&output);
    let best = Alternative { text: output.text.clone(), score: output.score };
    let others = output.alternatives.iter();
    let others = others.map(|other| Alternative { text: other.text.clone(), score: other.score });
    let mut alternatives: Vec<Alternative> = [best].into_iter().chain(others).collect();
    let mut candidates = judge(engine, prepared.job(), output);
    if candidates.iter().all(Candidate::needs_retry) {
        let again = prepared.clone().for_retry(NO_REPEAT_NGRAM, MIN_OUTPUT_RATIO);
        let second = engine.decode(&again).await?;
        usage += Usage::from(&second);
        // The constraints exclude likely words, so a second try that was cut short is no better.
        if second.finish == Finish::Stopped {
            candidates.extend(judge(engine, again.job(), second));
        }
    }
    let best = candidates.into_iter().filter(|candidate| candidate.usable).min_by_key(Candidate::cost);
    let Some(Candidate { text, written, score, alignments, findings, .. }) = best else {
        return Ok((prepared.job().text.clone(), Outcome::untranslated(usage)));
    };
    alternatives.retain(|other| other.text != written);
    alternatives.truncate(prepared.job().alternatives);
    Ok((text, Outcome { score: Some(score), findings, alternatives, alignments, usage }))
}

/// The candidates of an output: the best hypothesis, and the others if it has a fault.
fn judge(engine: &Engine, job: &Job, output: Output) -> Vec<Candidate> {
    let Output { text, score, finish, alternatives, alignments, .. } = output;
    let candidate = |text: String, score, alignments, finish| {
        let ended = match finish {
            Finish::Stopped => None,
            Finish::Repetition => Some(Warning::Repetition.into()),
            Finish::Length => Some(Warning::LengthLimit.into()),
        };
        let usable = !text.is_empty() && !engine.echoes_example(job, &text);
        let findings = ended.into_iter().chain(fidelity::findings(job.pair, &job.text, &text)).collect();
        Candidate { written: text.clone(), text, score, alignments, findings, usable }
    };
    let mut candidates = vec![candidate(text, score, alignments, finish)];
    if !candidates.iter().any(Candidate::is_faultless) {
        candidates.extend(alternatives.into_iter().map(|engine::Alternative { text, score, alignments }| {
            candidate(text, score, alignments, Finish::Stopped)
        }));
    }
    candidates
}

impl Candidate {
    fn is_faultless(&self) -> bool {
        self.usable && self.findings.is_empty()
    }

    /// Whether a second search may give a better translation.
    fn needs_retry(&self) -> bool {
        !self.usable || self.findings.iter().any(|finding| finding.warning.is_grave())
    }

    /// The cost of its faults: a grave fault outweighs all others.
    fn cost(&self) -> usize {
        let cost = |finding: &Finding| if finding.warning.is_grave() { 100 } else { 1 };
        self.findings.iter().map(cost).sum()
    }
}

impl From<&Output> for Usage {
    fn from(output: &Output) -> Self {
        Self {
            source_tokens: output.source_tokens as u64,
            target_tokens: output.target_tokens as u64,
            remembered: 0,
            queued: output.queued,
            computing: output.computing,
        }
    }
}
