//! Translates a sentence with one model. Several outputs compete: the best one by the rules of `fidelity` wins, and among equals
//! the one that the model likes most.
//!
//! Each output is repaired before it is judged, where a rule knows the right number, currency, day or time. A sentence takes at
//! most three searches: the first one; one with constraints if no output is usable or one repeats, copies or stops half-way; and a
//! wide one if the facts of all outputs are wrong.

use super::{
    Alternative, TranslateError, Usage,
    sentence::{Outcome, through},
    wanted::Wanted,
};
use crate::{
    decode::Finish,
    engine::{self, Alignment, Engine, Job, MAX_BEAM_SIZE, Output, Prepared},
    fidelity::{self, Finding, Warning},
    telemetry::STAGES,
    text::Edits,
};

/// Length of the sequences that a second try must not repeat, in tokens: phrases are longer, short names may recur.
const NO_REPEAT_NGRAM: usize = 4;

/// Minimum output of a second try, as a multiple of the source tokens. Each language needs more than half as many tokens as any
/// other.
const MIN_OUTPUT_RATIO: f32 = 0.5;

/// Hypotheses of a search that looks for the right facts, beside the best one.
const WIDE: usize = MAX_BEAM_SIZE as usize - 1;

/// The cost of a missing term: more than that of another wrong fact.
const TERM_COST: usize = 3;

/// A possible translation of a sentence.
struct Candidate {
    text: String,
    /// The text as the model wrote it.
    written: String,
    score: f32,
    alignments: Vec<Alignment>,
    findings: Vec<Finding>,
    /// Terms that it lacks.
    lacking: usize,
    /// Whether it is a translation at all: not empty, and no example from the prompt.
    usable: bool,
}

/// Translates a sentence with one model. If the output has a fault, the other hypotheses of the same search are read, then those of
/// further searches. Without any usable output, the result is the source.
pub(super) async fn translate_hop(
    engine: &Engine,
    wanted: &Wanted,
    prepared: Prepared,
) -> Result<(String, Outcome), TranslateError> {
    let output = engine.decode(&prepared).await?;
    let mut usage = Usage::from(&output);
    let best = Alternative { text: output.text.clone(), score: output.score };
    let others = output.alternatives.iter();
    let others = others.map(|other| Alternative { text: other.text.clone(), score: other.score });
    let mut alternatives: Vec<Alternative> = [best].into_iter().chain(others).collect();
    let mut candidates = judge(engine, wanted, prepared.job(), output);
    if candidates.iter().all(Candidate::needs_retry) {
        let again = prepared.clone().for_retry(NO_REPEAT_NGRAM, MIN_OUTPUT_RATIO);
        let second = engine.decode(&again).await?;
        usage += Usage::from(&second);
        // The constraints exclude likely words, so a second try that was cut short is no better.
        if second.finish == Finish::Stopped {
            candidates.extend(judge(engine, wanted, again.job(), second));
        }
    }
    if candidates.iter().all(Candidate::has_wrong_facts) && prepared.job().alternatives < WIDE {
        let job = Job { alternatives: WIDE, ..prepared.job().clone() };
        // A search of this size may not fit into the queue.
        if let Ok(wide) = engine.prepare(job) {
            let output = engine.decode(&wide).await?;
            usage += Usage::from(&output);
            candidates.extend(judge(engine, wanted, wide.job(), output));
        }
    }
    let best = candidates.into_iter().filter(|candidate| candidate.usable).min_by_key(Candidate::cost);
    let Some(Candidate { text, written, score, alignments, findings, .. }) = best else {
        return Ok((prepared.job().text.clone(), Outcome::untranslated(usage)));
    };
    alternatives.retain(|other| other.text != written);
    alternatives.truncate(prepared.job().alternatives);
    Ok((
        text,
        Outcome { score: Some(score), findings, alternatives, alignments, usage, ..Outcome::default() },
    ))
}

/// The candidates of an output: the best hypothesis, and the others if it has a fault.
fn judge(engine: &Engine, wanted: &Wanted, job: &Job, output: Output) -> Vec<Candidate> {
    let _stage = tracing::debug_span!(target: STAGES, "checks").entered();
    let Output { text, score, finish, alternatives, alignments, .. } = output;
    let candidate = |written: String, score, alignments: Vec<Alignment>, finish| {
        let ended = match finish {
            Finish::Stopped => None,
            Finish::Repetition => Some(Warning::Repetition.into()),
            Finish::Length => Some(Warning::LengthLimit.into()),
        };
        let usable = !written.is_empty() && !engine.echoes_example(job, &written);
        let edits = fidelity::repairs(job.pair, &job.text, &written);
        let alignments = moved(alignments, &edits);
        let text = edits.apply(&written);
        let findings = ended.into_iter().chain(fidelity::findings(job.pair, &job.text, &text)).collect();
        let lacking = wanted.lacking(job.pair, &job.text, &text);
        Candidate { lacking, text, written, score, alignments, findings, usable }
    };
    let mut candidates = vec![candidate(text, score, alignments, finish)];
    if !candidates.iter().any(Candidate::is_faultless) {
        candidates.extend(alternatives.into_iter().map(|engine::Alternative { text, score, alignments }| {
            candidate(text, score, alignments, Finish::Stopped)
        }));
    }
    candidates
}

/// Alignments with the words of the translation after a repair.
fn moved(mut alignments: Vec<Alignment>, edits: &Edits) -> Vec<Alignment> {
    for Alignment { target, .. } in &mut alignments {
        *target = through(target, |range| edits.forward(range));
    }
    alignments
}

impl Candidate {
    fn is_faultless(&self) -> bool {
        self.usable && self.findings.is_empty() && self.lacking == 0
    }

    /// Whether a second search may give a better translation.
    fn needs_retry(&self) -> bool {
        let again = |warning: Warning| warning.is_grave() || warning == Warning::HalfTranslated;
        !self.usable || self.findings.iter().any(|finding| again(finding.warning))
    }

    /// Whether another hypothesis may have the facts that this one has not.
    fn has_wrong_facts(&self) -> bool {
        !self.usable || self.findings.iter().any(|finding| finding.warning.is_of_fact())
    }

    /// The cost of its faults: a grave fault outweighs all others.
    fn cost(&self) -> usize {
        let cost = |finding: &Finding| match finding.warning {
            warning if warning.is_grave() => 100,
            Warning::HalfTranslated => 10,
            _ => 1,
        };
        self.findings.iter().map(cost).sum::<usize>() + TERM_COST * self.lacking
    }
}

impl From<&Output> for Usage {
    fn from(output: &Output) -> Self {
        Self {
            source_tokens: output.source_tokens as u64,
            target_tokens: output.target_tokens as u64,
            remembered: 0,
            matched: 0,
            queued: output.queued,
            computing: output.computing,
        }
    }
}
