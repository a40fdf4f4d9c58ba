//! Beam search with length-normalised scores; a beam of one is greedy.

use std::cmp::Ordering;

use super::{
    Advance, Branch, Finish, Hypothesis, NoRepeat, Patience, SearchOptions,
    repetition::{looped, repeats},
};
use crate::model::{
    Logits,
    vector::{largest, log_sum_exp},
};

/// Logits that are looked at together.
const STRIDE: usize = 512;

/// The search for one segment.
pub struct Search {
    options: SearchOptions,
    /// In the order of the caller's rows.
    live: Vec<Live>,
    finished: Vec<Hypothesis>,
}

#[derive(Clone, Default)]
struct Live {
    tokens: Vec<u32>,
    /// Sum of log-probabilities.
    sum: f32,
}

/// A token that could continue a hypothesis.
struct Candidate {
    parent: usize,
    token: u32,
    sum: f32,
}

impl Search {
    /// Begins with one live hypothesis, the empty one.
    pub fn new(options: SearchOptions) -> Self {
        Self { options, live: vec![Live::default()], finished: Vec::new() }
    }

    /// Takes the logits behind every live hypothesis.
    pub fn advance(&mut self, logits: &[Logits]) -> Advance {
        let mut live = Vec::new();
        let mut branches = Vec::new();
        // A continuation that is cut off keeps its place: a worse one must not take it.
        let mut places = self.options.beam_size;
        // Several tokens may end a hypothesis, and the likeliest of them does.
        let mut ended = vec![false; self.live.len()];
        for (rank, Candidate { parent, token, sum }) in self.candidates(logits).into_iter().enumerate() {
            if places == 0 {
                break;
            }
            let mut tokens = self.live[parent].tokens.clone();
            if self.options.stops.contains(&token) {
                let counts = !self.is_patient() || rank < self.options.beam_size;
                if counts && !std::mem::replace(&mut ended[parent], true) {
                    self.finish(tokens, sum, 1, Finish::Stopped);
                }
                continue;
            }
            places -= 1;
            tokens.push(token);
            if self.options.stop_loops
                && let Some(end) = looped(&tokens)
            {
                let written = tokens.len();
                tokens.truncate(end);
                self.finished.push(Hypothesis {
                    tokens,
                    score: sum / written as f32,
                    finish: Finish::Repetition,
                });
            } else if tokens.len() >= self.options.max_new_tokens && !self.is_patient() {
                self.finish(tokens, sum, 0, Finish::Length);
            } else {
                branches.push(Branch { parent, token });
                live.push(Live { tokens, sum });
            }
        }
        let before = std::mem::replace(&mut self.live, live);
        if self.is_patient() {
            self.settle();
        }
        match self.decided(before) {
            Some(best) => Advance::Done(best),
            None => Advance::Continue(branches),
        }
    }

    /// The most probable continuations, best first: enough that a full beam is left when all stops are among them.
    fn candidates(&self, logits: &[Logits]) -> Vec<Candidate> {
        let wanted = match self.is_patient() {
            // Every hypothesis may end.
            true => self.options.beam_size * (1 + self.options.stops.len()),
            false => self.options.beam_size + self.options.stops.len().min(self.options.beam_size),
        };
        let mut all = Vec::new();
        for (parent, (live, logits)) in self.live.iter().zip(logits).enumerate() {
            let mut forbidden: Vec<u32> = match &self.options.no_repeat {
                Some(NoRepeat { ngram, said }) => {
                    let own = repeats(&live.tokens, &live.tokens, *ngram);
                    own.chain(repeats(said, &live.tokens, *ngram)).collect()
                }
                None => Vec::new(),
            };
            if live.tokens.len() < self.options.min_new_tokens {
                forbidden.extend_from_slice(&self.options.stops);
            }
            let (best, largest) = best(logits, &forbidden, wanted);
            let norm = log_sum_exp(&logits.values, largest);
            for (token, value) in best {
                all.push(Candidate { parent, token, sum: live.sum + value - norm });
            }
        }
        // Stable: of equals, the earlier hypothesis and the earlier token go first, whatever else is in the batch.
        all.sort_by(|a, b| b.sum.total_cmp(&a.sum));
        all.truncate(wanted);
        all
    }

    fn finish(&mut self, tokens: Vec<u32>, sum: f32, closing: usize, finish: Finish) {
        let score = sum / (tokens.len() + closing).max(1) as f32;
        self.finished.push(Hypothesis { tokens, score, finish });
    }

    fn is_patient(&self) -> bool {
        self.options.patience == Patience::Hopeless && self.options.beam_size > 1
    }

    /// Keeps as many ended hypotheses as the beam has, the best. Gives up the live ones when the best of them is no better
    /// than the worst of those, and ends them at the bound on length.
    fn settle(&mut self) {
        let by_score = |a: &Hypothesis, b: &Hypothesis| b.score.total_cmp(&a.score);
        self.finished.sort_by(by_score);
        self.finished.truncate(self.options.beam_size);
        let Some(Live { tokens, sum }) = self.live.first() else { return };
        let hope = sum / tokens.len() as f32;
        let full = self.finished.len() >= self.options.beam_size;
        if full && self.finished.last().is_some_and(|worst| hope <= worst.score) {
            self.live.clear();
        } else if tokens.len() >= self.options.max_new_tokens {
            for Live { tokens, sum } in std::mem::take(&mut self.live) {
                self.finish(tokens, sum, 1, Finish::Length);
            }
        }
    }

    /// The best finished hypothesis, once a live one cannot be expected to pass it: the beam is full of those that ended by
    /// themselves, or nothing is live.
    fn decided(&mut self, before: Vec<Live>) -> Option<Hypothesis> {
        let stopped = self.finished.iter().filter(|hypothesis| hypothesis.finish == Finish::Stopped).count();
        let patient = self.is_patient();
        if !self.live.is_empty() && (patient || stopped < self.options.beam_size) {
            return None;
        }
        let rank =
            |hypothesis: &Hypothesis| (patient || hypothesis.finish == Finish::Stopped, hypothesis.score);
        let better = |a: &Hypothesis, b: &Hypothesis| {
            let ((stopped_a, score_a), (stopped_b, score_b)) = (rank(a), rank(b));
            stopped_a.cmp(&stopped_b).then(score_a.total_cmp(&score_b))
        };
        let best = std::mem::take(&mut self.finished)
            .into_iter()
            .reduce(|a, b| if better(&b, &a) == Ordering::Greater { b } else { a });
        best.or_else(|| {
            // Nothing live and nothing finished: every continuation was forbidden as a repetition.
            let Live { tokens, sum } = before.into_iter().next()?;
            let score = sum / tokens.len().max(1) as f32;
            Some(Hypothesis { tokens, score, finish: Finish::Repetition })
        })
    }
}

/// The `count` best tokens that are not forbidden, best first, and the largest value of all, so that reading a vocabulary
/// once is enough for both.
fn best(logits: &Logits, forbidden: &[u32], count: usize) -> (Vec<(u32, f32)>, f32) {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    let (mut least, mut most) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    let (anywhere, copied) = logits.values.split_at(logits.ids.len().min(logits.values.len()));
    for (ids, values) in [(&logits.ids, anywhere), (&logits.copied, copied)] {
        for (ids, values) in ids.chunks(STRIDE).zip(values.chunks(STRIDE)) {
            // Most of a vocabulary is passed over a stride at a time.
            let largest = largest(values);
            most = most.max(largest);
            if best.len() == count && largest <= least {
                continue;
            }
            for (token, value) in ids.iter().zip(values) {
                if (best.len() == count && *value <= least) || forbidden.contains(token) {
                    continue;
                }
                let place = best.partition_point(|(_, other)| other >= value);
                best.insert(place, (*token, *value));
                best.truncate(count);
                if best.len() == count {
                    least = best[count - 1].1;
                }
            }
        }
    }
    (best, most)
}

#[cfg(test)]
mod tests;
