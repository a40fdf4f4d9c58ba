//! Attention of one query over keys and values in one or several runs of memory.
//!
//! Each query is computed separately. A score is summed up in the order of the columns, and a result in the order of the
//! positions. So it depends neither on other rows nor on how the sequence is split into pages or steps.

use multiversion::multiversion;
use rayon::prelude::*;

use super::super::vector;

/// Fewest queries per thread.
const MIN_QUERIES: usize = 4;

/// Keys and values of consecutive positions. Each head's keys are contiguous, and so are its values: with heads interleaved,
/// positions would be a power of two apart and compete for the same few sets of the L1 cache.
///
/// Keys are transposed in blocks of several positions, so one vector instruction works on the scores of a block. Keys in the
/// order of the positions would need a sum across lanes for each score.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// The keys `[positions / block, head_dim, block]` of head `i` start at `i * stride`. The last block may be partly unused.
    pub keys: &'a [f32],
    /// The values `[positions, head_dim]` of head `i` start at `i * stride`.
    pub values: &'a [f32],
    pub stride: usize,
    pub positions: usize,
    pub block: Block,
}

/// Positions per block of keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// For sequences that grow.
    Four = 4,
    /// For sequences that are complete.
    Sixteen = 16,
}

impl Run<'_> {
    /// Appends the scaled products of a head's query with all keys.
    #[inline(always)]
    fn scores(&self, head: usize, query: &[f32], scale: f32, scores: &mut Vec<f32>) {
        let end = scores.len() + self.positions;
        let size = self.positions.next_multiple_of(self.block as usize) * query.len();
        let keys = &self.keys[head * self.stride..][..size];
        match self.block {
            Block::Four => products::<4>(query, keys, scale, scores),
            Block::Sixteen => products::<16>(query, keys, scale, scores),
        }
        scores.truncate(end);
    }
}

/// Appends the scaled products of a query and keys `[blocks, head_dim, BLOCK]`, also those of unused positions.
#[inline(always)]
fn products<const BLOCK: usize>(query: &[f32], keys: &[f32], scale: f32, scores: &mut Vec<f32>) {
    // A closure would not be compiled with the target features of `attend_one`.
    for keys in keys.chunks_exact(BLOCK * query.len()) {
        let mut sums = [0.0; BLOCK];
        for (query, keys) in query.iter().zip(keys.as_chunks::<BLOCK>().0) {
            for (sum, key) in sums.iter_mut().zip(keys) {
                *sum += query * key;
            }
        }
        for sum in &mut sums {
            *sum *= scale;
        }
        scores.extend_from_slice(&sums);
    }
}

/// The heads of an attention.
#[derive(Clone, Copy)]
pub struct Heads {
    pub count: usize,
    /// Width of one head.
    pub dim: usize,
    /// Factor for the products of queries and keys.
    pub scale: f32,
}

impl Heads {
    /// Scaled dot-product attention: scores are divided by the square root of `dim` (Vaswani et al. 2017).
    pub fn scaled(count: usize, dim: usize) -> Self {
        Self { count, dim, scale: 1.0 / (dim as f32).sqrt() }
    }

    /// Width of all heads together.
    pub fn width(self) -> usize {
        self.count * self.dim
    }
}

/// Added to the scores of a query: one value per head and position, or nothing if empty.
#[derive(Clone, Copy, Default)]
pub(super) struct Bias<'a> {
    /// The values of head `i` start at `i * stride`.
    pub values: &'a [f32],
    pub stride: usize,
}

impl Bias<'_> {
    #[inline(always)]
    fn add(self, head: usize, scores: &mut [f32]) {
        if let Some(values) = self.values.get(head * self.stride..) {
            for (score, bias) in scores.iter_mut().zip(values) {
                *score += bias;
            }
        }
    }
}

/// A query `[heads, head_dim]` and the keys and values that it attends to.
pub(super) struct Query<'a> {
    pub query: &'a [f32],
    pub runs: Vec<Run<'a>>,
    pub bias: Bias<'a>,
}

/// Computes the attention of each query: `[queries, width]`.
pub(super) fn attend(queries: &[Query<'_>], heads: Heads) -> Vec<f32> {
    let width = heads.width();
    let mut output = vec![0.0; queries.len() * width];
    output
        .par_chunks_exact_mut(width)
        .zip(queries)
        .with_min_len(MIN_QUERIES)
        .for_each(|(output, query)| attend_one(query, heads, output));
    output
}

/// The attention weights of a query over a run, averaged over the first `count` heads. Used for alignment only, so it is not
/// optimised.
pub(super) fn mean_weights(query: &[f32], run: Run<'_>, heads: Heads, count: usize) -> Vec<f32> {
    let mut means = vec![0.0; run.positions];
    let count = count.clamp(1, heads.count);
    for (head, query) in query.chunks_exact(heads.dim).take(count).enumerate() {
        let mut scores = Vec::new();
        run.scores(head, query, heads.scale, &mut scores);
        vector::softmax(&mut scores);
        for (mean, score) in means.iter_mut().zip(scores) {
            *mean += score / count as f32;
        }
    }
    means
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
fn attend_one(query: &Query<'_>, heads: Heads, output: &mut [f32]) {
    // For these common widths, the compiler keeps a head in registers.
    match heads.dim {
        32 => known_heads::<32>(query, heads.scale, output),
        48 => known_heads::<48>(query, heads.scale, output),
        64 => known_heads::<64>(query, heads.scale, output),
        128 => known_heads::<128>(query, heads.scale, output),
        width => any_heads(query, heads.scale, width, output),
    }
}

#[inline(always)]
fn known_heads<const WIDTH: usize>(Query { query, runs, bias }: &Query<'_>, scale: f32, output: &mut [f32]) {
    let mut scores = Vec::with_capacity(runs.iter().map(|run| run.positions).sum());
    let each = query.as_chunks::<WIDTH>().0.iter().zip(output.as_chunks_mut::<WIDTH>().0);
    for (head, (query, output)) in each.enumerate() {
        scores.clear();
        for run in runs {
            run.scores(head, query, scale, &mut scores);
        }
        bias.add(head, &mut scores);
        vector::softmax(&mut scores);
        let mut weights = scores.as_slice();
        let mut sums = [0.0; WIDTH];
        for run in runs {
            let values = &run.values[head * run.stride..][..run.positions * WIDTH];
            let (mine, rest) = weights.split_at(run.positions);
            sums = weighed(sums, values.as_chunks().0, mine);
            weights = rest;
        }
        *output = sums;
    }
}

#[inline(always)]
fn weighed<const WIDTH: usize>(
    mut sums: [f32; WIDTH],
    values: &[[f32; WIDTH]],
    weights: &[f32],
) -> [f32; WIDTH] {
    for (value, weight) in values.iter().zip(weights) {
        for (sum, value) in sums.iter_mut().zip(value) {
            *sum += weight * value;
        }
    }
    sums
}

#[inline(always)]
fn any_heads(Query { query, runs, bias }: &Query<'_>, scale: f32, width: usize, output: &mut [f32]) {
    let mut scores = Vec::with_capacity(runs.iter().map(|run| run.positions).sum());
    let each = query.chunks_exact(width).zip(output.chunks_exact_mut(width));
    for (head, (query, output)) in each.enumerate() {
        let part = |run: &Run<'_>| head * run.stride..head * run.stride + run.positions * width;
        scores.clear();
        for run in runs {
            run.scores(head, query, scale, &mut scores);
        }
        bias.add(head, &mut scores);
        vector::softmax(&mut scores);
        let mut weights = scores.iter();
        for run in runs {
            for (value, weight) in run.values[part(run)].chunks_exact(width).zip(&mut weights) {
                for (output, value) in output.iter_mut().zip(value) {
                    *output += weight * value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::memory::{DecoderState, Fixed, Memory},
        *,
    };

    #[test]
    fn constant_widths_give_the_same_result() {
        let tokens: Vec<f32> = (0..128 * 9).map(|i| (i as f32 * 0.37).sin()).collect();
        let fixed = Fixed::new(&tokens, 128, Heads::scaled(2, 32));
        let bias = Bias { values: &tokens, stride: 9 };
        let query = Query { query: &tokens[..64], runs: vec![fixed.run()], bias };
        let (mut known, mut any) = (vec![0.0; 64], vec![0.0; 64]);
        known_heads::<32>(&query, 0.5, &mut known);
        any_heads(&query, 0.5, 32, &mut any);
        assert_eq!(known, any);
    }

    #[test]
    fn attention_does_not_depend_on_pages() {
        let tokens: Vec<f32> = (0..8 * 20).map(|i| (i as f32 * 0.7).sin()).collect();
        let query = [0.5, -1.0, 0.25, 2.0];
        let heads = Heads::scaled(2, 2);
        let ask = |runs| attend(&[Query { query: &query, runs, bias: Bias::default() }], heads);
        let fixed = Fixed::new(&tokens, 8, heads);
        let whole = ask(vec![fixed.run()]);
        let mut memory = Memory::default();
        memory.grow(20, 1, 4);
        for (position, token) in tokens.chunks_exact(8).enumerate() {
            memory.write(0, position, &token[..4], &token[4..], heads);
        }
        assert_eq!(ask(memory.runs(0, 20, heads)), whole);
        // The weights sum to one, so the result stays within the range of the values.
        assert!(whole.iter().all(|value| value.abs() <= 1.0) && whole.iter().any(|value| *value != 0.0));
    }

    #[test]
    fn a_bias_shifts_attention() {
        let tokens = [0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 3.0, 4.0];
        let heads = Heads { count: 2, dim: 1, scale: 1.0 };
        let fixed = Fixed::new(&tokens, 4, heads);
        let bias = Bias { values: &[50.0, 0.0, 7.0, 0.0, 50.0], stride: 3 };
        let answer = attend(&[Query { query: &[1.0, 1.0], runs: vec![fixed.run()], bias }], heads);
        assert_eq!(answer, [1.0, 4.0]);
    }
}
