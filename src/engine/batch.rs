//! The running batch: segments enter when there is room, take steps together, and leave when they are finished.
//!
//! A step has one row for each live hypothesis. New segments read all their tokens in their first step, beside rows that read
//! one token each. A budget of tokens keeps that step short for the other rows.
//!
//! While an interactive segment runs, the bulk segments pause: they keep their rows and take few steps. So a sentence waits for
//! one step of a batch that is full of streams, and then takes hardly longer than alone.

use std::{collections::HashMap, time::Instant};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{
    Alignment, Alternative, EngineOptions, Output, Priority, Prompt, Queued,
    alignment::{Side, align},
    waiting::Waiting,
};
use crate::{
    decode::{Advance, Branch, Finish, Hypothesis, Search},
    lang::Pair,
    model::{Feed, ModelError, Network, PrefixId, RowId, ShortlistId},
    telemetry::STAGES,
    tokenizer::{Tokenizer, TokenizerError},
};

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

/// A segment in the batch.
struct Running {
    queued: Queued,
    search: Search,
    /// The row of each live hypothesis, and the tokens it reads next.
    rows: Vec<(RowId, Vec<u32>)>,
    shortlist: ShortlistId,
    started: Instant,
    /// Whether it has taken no step yet.
    is_new: bool,
}

/// After this many steps of interactive segments alone, the bulk segments take a step with them. So streams get slower under a
/// constant load of unary calls, but do not stop.
const ALONE: usize = 15;

/// The segments that have rows.
#[derive(Default)]
pub(super) struct Batch {
    running: Vec<Running>,
    /// Steps since the bulk segments took one.
    alone: usize,
    prefixes: HashMap<Pair, PrefixId>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> i64 {
        self.running.iter().map(|running| running.rows.len() as i64).sum()
    }

    /// Admits waiting segments in turn while the batch has free rows and the step has tokens left. Drops cancelled segments.
    pub(super) fn admit(
        &mut self,
        waiting: &mut Waiting<Queued>,
        network: &mut dyn Network,
        tokenizer: &dyn Tokenizer,
        prompt: &Prompt,
        options: &EngineOptions,
    ) -> Result<(), StepError> {
        waiting.retain(|queued| !queued.reply.is_closed());
        let bulk = !(waiting.has_interactive() || self.has_interactive()) || self.alone >= ALONE;
        // A beam that is narrow now may widen again, so count its full size.
        let size = |running: &Running| running.queued.search.beam_size;
        let mut rows: usize = self.running.iter().map(size).sum();
        let mut urgent: usize =
            self.running.iter().filter(|running| running.is_interactive()).map(size).sum();
        let mut tokens: usize = self.running.iter().map(|running| running.rows.len()).sum();
        let mut admitted = 0;
        while let Some(mut queued) = waiting.next_if(bulk, |queued| {
            // The rows of paused segments take no part in the steps of interactive ones.
            let beside = if queued.turn.priority == Priority::Interactive { urgent } else { rows };
            let full = beside + queued.search.beam_size > options.batch_rows && beside > 0;
            // A segment with more tokens than the budget makes a long step, as the only new segment in it.
            let long = tokens + queued.tokens.len() > options.step_tokens && admitted > 0;
            !full && !long
        }) {
            admitted += 1;
            rows += queued.search.beam_size;
            if queued.turn.priority == Priority::Interactive {
                urgent += queued.search.beam_size;
            }
            tokens += queued.tokens.len();
            let prefix = self.prefix(queued.pair, network, tokenizer, prompt)?;
            let row = network.open(prefix)?;
            queued.stage = tracing::debug_span!(target: STAGES, parent: &queued.parent, "prefill");
            self.running.push(Running {
                search: Search::new(queued.search.clone()),
                rows: vec![(row, queued.tokens.clone())],
                shortlist: super::loaded::shortlist(queued.pair.target),
                started: Instant::now(),
                is_new: true,
                queued,
            });
        }
        Ok(())
    }

    fn has_interactive(&self) -> bool {
        self.running.iter().any(Running::is_interactive)
    }

    /// Runs one step of all rows that do not pause. Cancelled segments leave before the step, finished segments after it.
    pub(super) fn step(
        &mut self,
        network: &mut dyn Network,
        tokenizer: &dyn Tokenizer,
    ) -> Result<(), StepError> {
        self.running.retain(|running| {
            let wanted = !running.queued.reply.is_closed();
            if !wanted {
                running.rows.iter().for_each(|(row, _)| network.close(*row));
            }
            wanted
        });
        if self.running.is_empty() {
            return Ok(());
        }
        let pause = self.has_interactive() && self.alone < ALONE;
        self.alone = if pause { self.alone + 1 } else { 0 };
        let pauses = |running: &Running| pause && !running.is_interactive();
        // All stay in the batch: if the step fails, the worker counts the failure before their callers hear of it.
        self.running.sort_by_key(pauses);
        let steps = self.running.partition_point(|running| !pauses(running));
        let feeds: Vec<Feed<'_>> = self.running[..steps]
            .iter()
            .flat_map(|running| {
                let shortlist = running.shortlist;
                running.rows.iter().map(move |(row, tokens)| Feed { row: *row, tokens, shortlist })
            })
            .collect();
        let logits = network.step(&feeds)?;
        let mut rest = logits.as_slice();
        let mut searches = Vec::with_capacity(steps);
        for running in &mut self.running[..steps] {
            let (mine, others) = rest.split_at(running.rows.len().min(rest.len()));
            rest = others;
            searches.push((&mut running.search, mine));
        }
        // Each search reads all logits of its rows. With many rows this is a good part of a step, so run in parallel.
        let advances: Vec<Advance> =
            searches.into_par_iter().map(|(search, mine)| search.advance(mine)).collect();
        let paused = self.running.split_off(steps);
        for (mut running, advance) in std::mem::replace(&mut self.running, paused).into_iter().zip(advances) {
            if std::mem::take(&mut running.is_new) {
                let queued = &mut running.queued;
                queued.stage = tracing::debug_span!(target: STAGES, parent: &queued.parent, "decode");
            }
            match advance {
                Advance::Continue(branches) => {
                    running.rows = branch(&running.rows, &branches, network)?;
                    self.running.push(running);
                }
                Advance::Done(best) => {
                    running.rows.iter().for_each(|(row, _)| network.close(*row));
                    let mut alignments = Vec::with_capacity(best.len());
                    for hypothesis in &best {
                        alignments.push(running.align(hypothesis, network, tokenizer)?);
                    }
                    running.answer(&best, alignments, tokenizer);
                }
            }
        }
        Ok(())
    }

    fn prefix(
        &mut self,
        pair: Pair,
        network: &mut dyn Network,
        tokenizer: &dyn Tokenizer,
        prompt: &Prompt,
    ) -> Result<Option<PrefixId>, StepError> {
        if let Some(prefix) = self.prefixes.get(&pair) {
            return Ok(Some(*prefix));
        }
        let tokens = prompt.prefix(pair, tokenizer)?;
        if tokens.is_empty() {
            return Ok(None);
        }
        let prefix = network.prefix(&tokens)?;
        self.prefixes.insert(pair, prefix);
        Ok(Some(prefix))
    }
}

impl Running {
    fn is_interactive(&self) -> bool {
        self.queued.turn.priority == Priority::Interactive
    }

    /// Aligns the words of a hypothesis, if the job asks for it.
    fn align(
        &self,
        Hypothesis { tokens: answer, .. }: &Hypothesis,
        network: &mut dyn Network,
        tokenizer: &dyn Tokenizer,
    ) -> Result<Vec<Alignment>, StepError> {
        let Queued { aligned: Some(text), tokens, source_tokens, .. } = &self.queued else {
            return Ok(Vec::new());
        };
        let Some(mut weights) = network.align(tokens, answer)? else { return Ok(Vec::new()) };
        // A tag for the target language comes before the text.
        let tag = tokens.len().saturating_sub(*source_tokens);
        weights.iter_mut().for_each(|row| drop(row.drain(..tag.min(row.len()))));
        let translation = tokenizer.decode(answer);
        let source = Side { text, tokens: &tokens[tag..] };
        let target = Side { text: translation.trim(), tokens: answer };
        let decode_source = |ids: &[u32]| tokenizer.decode_source(ids).unwrap_or_default();
        Ok(align(&weights, &source, &target, decode_source, |ids| tokenizer.decode(ids)))
    }

    /// Sends the output. `best` has at least one hypothesis, the best one first, and `alignments` as many items.
    fn answer(self, best: &[Hypothesis], alignments: Vec<Vec<Alignment>>, tokenizer: &dyn Tokenizer) {
        let mut all = best.iter().zip(alignments).map(|(hypothesis, alignments)| {
            let text = tokenizer.decode(&hypothesis.tokens).trim().to_owned();
            (hypothesis, Alternative { text, score: hypothesis.score, alignments })
        });
        let Some((best, Alternative { text, score, alignments })) = all.next() else { return };
        let mut output = Output {
            text,
            score,
            finish: best.finish,
            alternatives: Vec::new(),
            alignments,
            source_tokens: self.queued.source_tokens,
            target_tokens: best.tokens.len(),
            queued: self.started.duration_since(self.queued.submitted),
            computing: self.started.elapsed(),
        };
        // An unfinished hypothesis is no translation. Different tokens may decode to the same text.
        for (_, other) in all.filter(|(other, _)| other.finish == Finish::Stopped) {
            let known = output.alternatives.iter().any(|known| known.text == other.text);
            if !known && other.text != output.text {
                output.alternatives.push(other);
            }
        }
        drop((self.queued.admitted, self.queued.stage));
        // The send fails if the call was cancelled in the meantime.
        let _ = self.queued.reply.send(output);
    }
}

/// Returns the rows of the next step. The first branch of a hypothesis keeps its row, further branches get copies, and rows
/// without a branch are closed.
fn branch(
    rows: &[(RowId, Vec<u32>)],
    branches: &[Branch],
    network: &mut dyn Network,
) -> Result<Vec<(RowId, Vec<u32>)>, ModelError> {
    let mut used = vec![false; rows.len()];
    // All forks happen before the next step, so each copy has exactly what its parent has read.
    let mut next = Vec::with_capacity(branches.len());
    for Branch { parent, token } in branches {
        let row = rows[*parent].0;
        let row = if std::mem::replace(&mut used[*parent], true) { network.fork(row)? } else { row };
        next.push((row, vec![*token]));
    }
    for ((row, _), used) in rows.iter().zip(used) {
        if !used {
            network.close(*row);
        }
    }
    Ok(next)
}
