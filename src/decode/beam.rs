//! Beam search with length-normalised scores. A beam of one is greedy decoding.

use super::{
    Advance, Branch, Finish, Hypothesis, NoRepeat, Patience, SearchOptions,
    repetition::{looped, repeats},
};
use crate::model::{
    Logits,
    vector::{largest, log_sum_exp},
};

/// Logits that are compared with the candidates at once.
const STRIDE: usize = 512;

/// The search for one output.
pub struct Search {
    options: SearchOptions,
    /// Live hypotheses, in the order of the caller's rows.
    live: Vec<Live>,
    finished: Vec<Finished>,
}

struct Finished {
    hypothesis: Hypothesis,
    /// The length-normalised score by which hypotheses are compared.
    rank: f32,
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
    /// Starts with one live hypothesis, which is empty.
    pub fn new(options: SearchOptions) -> Self {
        Self { options, live: vec![Live::default()], finished: Vec::new() }
    }

    /// Takes the next logits of every live hypothesis.
    pub fn advance(&mut self, logits: &[Logits]) -> Advance {
        let mut live = Vec::new();
        let mut branches = Vec::new();
        // A continuation that ends by length or loop keeps its place, so that no worse one takes it.
        let mut places = self.options.beam_size;
        // A hypothesis ends only with its most probable stop token.
        let mut ended = vec![false; self.live.len()];
        let candidates = self.candidates(logits);
        let hopeless = candidates.first().map_or(f32::NEG_INFINITY, |best| best.sum - self.options.prune);
        for (rank, Candidate { parent, token, sum }) in candidates.into_iter().enumerate() {
            if places == 0 || sum < hopeless {
                break;
            }
            let mut tokens = self.live[parent].tokens.clone();
            if self.options.stops.contains(&token) {
                let counts = !self.is_patient() || rank < self.options.beam_size;
                if counts && !std::mem::replace(&mut ended[parent], true) {
                    let length = tokens.len() + 1;
                    self.finish(tokens, sum, length, Finish::Stopped);
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
                self.finish(tokens, sum, written, Finish::Repetition);
            } else if tokens.len() >= self.options.max_new_tokens && !self.is_patient() {
                let length = tokens.len();
                self.finish(tokens, sum, length, Finish::Length);
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

    /// The most probable continuations, best first: enough for a full beam besides all stop tokens.
    fn candidates(&self, logits: &[Logits]) -> Vec<Candidate> {
        let wanted = match self.is_patient() {
            // Every hypothesis may end with every stop token.
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
            let (best, norm) = best(logits, &forbidden, wanted);
            for (token, value) in best {
                all.push(Candidate { parent, token, sum: live.sum + value - norm });
            }
        }
        // The sort is stable: on a tie, the earlier hypothesis and token come first, whatever else is in the batch.
        all.sort_by(|a, b| b.sum.total_cmp(&a.sum));
        all.truncate(wanted);
        all
    }

    /// `length`: number of tokens in the sum, with the stop token.
    fn finish(&mut self, tokens: Vec<u32>, sum: f32, length: usize, finish: Finish) {
        let hypothesis = Hypothesis { tokens, score: sum / length.max(1) as f32, finish };
        self.finished.push(Finished { hypothesis, rank: self.rank(sum, length) });
    }

    fn rank(&self, sum: f32, length: usize) -> f32 {
        sum / (length.max(1) as f32).powf(self.options.length_penalty)
    }

    fn is_patient(&self) -> bool {
        self.options.patience == Patience::Hopeless && self.options.beam_size > 1
    }

    /// Keeps the `beam_size` best finished hypotheses. Drops the live ones if the best of them does not rank above the worst
    /// finished one; ends them at the maximum length.
    fn settle(&mut self) {
        self.finished.sort_by(|a, b| b.rank.total_cmp(&a.rank));
        self.finished.truncate(self.options.beam_size);
        let Some(Live { tokens, sum }) = self.live.first() else { return };
        let hope = self.rank(*sum, tokens.len());
        let full = self.finished.len() >= self.options.beam_size;
        if full && self.finished.last().is_some_and(|worst| hope <= worst.rank) {
            self.live.clear();
        } else if tokens.len() >= self.options.max_new_tokens {
            for Live { tokens, sum } in std::mem::take(&mut self.live) {
                let length = tokens.len() + 1;
                self.finish(tokens, sum, length, Finish::Length);
            }
        }
    }

    /// The best finished hypotheses, if the search is over: `beam_size` of them ended with a stop token, or none is live.
    fn decided(&mut self, before: Vec<Live>) -> Option<Vec<Hypothesis>> {
        let is_stopped = |finished: &Finished| finished.hypothesis.finish == Finish::Stopped;
        let stopped = self.finished.iter().filter(|finished| is_stopped(finished)).count();
        let patient = self.is_patient();
        if !self.live.is_empty() && (patient || stopped < self.options.beam_size) {
            return None;
        }
        let mut finished = std::mem::take(&mut self.finished);
        let order = |finished: &Finished| (patient || is_stopped(finished), finished.rank);
        // The sort is stable: on a tie, the one that ended first comes first.
        finished.sort_by(|a, b| {
            let ((stopped_a, rank_a), (stopped_b, rank_b)) = (order(a), order(b));
            stopped_b.cmp(&stopped_a).then(rank_b.total_cmp(&rank_a))
        });
        finished.truncate(self.options.beam_size);
        if finished.is_empty() {
            // Nothing is live or finished: every continuation was forbidden as a repetition.
            let Live { tokens, sum } = before.into_iter().next()?;
            let score = sum / tokens.len().max(1) as f32;
            return Some(vec![Hypothesis { tokens, score, finish: Finish::Repetition }]);
        }
        Some(finished.into_iter().map(|finished| finished.hypothesis).collect())
    }
}

/// The `count` best tokens that are not forbidden, best first, and the log-sum-exp of all logits. One pass computes both,
/// because a vocabulary does not fit into the cache.
fn best(logits: &Logits, forbidden: &[u32], count: usize) -> (Vec<(u32, f32)>, f32) {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    let (mut least, mut sum) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    let (anywhere, copied) = logits.values.split_at(logits.ids.len().min(logits.values.len()));
    for (ids, values) in [(&logits.ids, anywhere), (&logits.copied, copied)] {
        for (ids, values) in ids.chunks(STRIDE).zip(values.chunks(STRIDE)) {
            // Most strides hold no candidate and are skipped whole.
            let largest = largest(values);
            if largest > f32::NEG_INFINITY {
                sum = log_add(sum, log_sum_exp(values, largest));
            }
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
    (best, sum)
}

/// `ln(e^a + e^b)`
fn log_add(a: f32, b: f32) -> f32 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    large + (small - large).exp().ln_1p()
}

#[cfg(test)]
mod tests;
