//! Attention of one query over keys and values that lie in one or several runs of memory, and the pages in which a row
//! keeps those of its own tokens.
//!
//! Every query attends on its own, in the order of the positions, so that neither other rows nor the cut into pages or
//! steps changes a result.

use std::sync::Arc;

use multiversion::multiversion;
use rayon::prelude::*;

use super::super::vector;

/// Positions of a page.
const PAGE: usize = 4;
/// Partial sums side by side.
const LANES: usize = 16;
/// Queries that one thread takes at least.
const MIN_QUERIES: usize = 4;

/// Keys and values of some positions, head by head: a head's keys lie side by side, and so do its values, since heads that
/// lie a power of two apart would all want the same few places of the first cache.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// Keys `[positions, head_dim]` of a head `i` begin at `i * stride`.
    pub keys: &'a [f32],
    /// As `keys`.
    pub values: &'a [f32],
    pub stride: usize,
    pub positions: usize,
}

/// A query `[heads, head_dim]` and what it may look at.
pub(super) struct Query<'a> {
    pub query: &'a [f32],
    pub runs: Vec<Run<'a>>,
}

/// Keys and values of a sentence that does not grow, `[head][keys, values][position][head_dim]`.
pub(super) struct Fixed {
    values: Vec<f32>,
    positions: usize,
    head_dim: usize,
}

impl Fixed {
    /// From tokens `[positions, columns]`, the last of whose columns are keys and values, `width` of each.
    pub(super) fn new(tokens: &[f32], columns: usize, width: usize, heads: usize) -> Self {
        let (positions, head_dim) = (tokens.len() / columns, width / heads);
        let mut values = Vec::with_capacity(positions * 2 * width);
        for head in 0..heads {
            for part in [columns - 2 * width, columns - width] {
                let start = part + head * head_dim;
                let each = tokens.chunks_exact(columns);
                each.for_each(|token| values.extend_from_slice(&token[start..start + head_dim]));
            }
        }
        Self { values, positions, head_dim }
    }

    pub(super) fn run(&self) -> Run<'_> {
        let size = self.positions * self.head_dim;
        let values = self.values.get(size..).unwrap_or_default();
        Run { keys: &self.values, values, stride: 2 * size, positions: self.positions }
    }
}

/// `[queries, width]`
pub(super) fn attend(queries: &[Query<'_>], width: usize, heads: usize) -> Vec<f32> {
    let mut output = vec![0.0; queries.len() * width];
    output
        .par_chunks_exact_mut(width)
        .zip(queries)
        .with_min_len(MIN_QUERIES)
        .for_each(|(output, Query { query, runs })| attend_one(query, runs, width / heads, output));
    output
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
fn attend_one(query: &[f32], runs: &[Run<'_>], head_dim: usize, output: &mut [f32]) {
    // Heads of a usual width, known to the compiler, stay in registers.
    match head_dim {
        32 => heads::<32>(query, runs, output),
        64 => heads::<64>(query, runs, output),
        128 => heads::<128>(query, runs, output),
        _ => any_heads(query, runs, head_dim, output),
    }
}

#[inline(always)]
fn heads<const WIDTH: usize>(query: &[f32], runs: &[Run<'_>], output: &mut [f32]) {
    let scale = 1.0 / (WIDTH as f32).sqrt();
    let mut scores = Vec::with_capacity(runs.iter().map(|run| run.positions).sum());
    let each = query.as_chunks::<WIDTH>().0.iter().zip(output.as_chunks_mut::<WIDTH>().0);
    for (head, (query, output)) in each.enumerate() {
        scores.clear();
        for run in runs {
            let keys = &run.keys[head * run.stride..][..run.positions * WIDTH];
            // No closure: one would be compiled for any processor.
            for key in keys.as_chunks::<WIDTH>().0 {
                scores.push(dot(query, key) * scale);
            }
        }
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
fn any_heads(query: &[f32], runs: &[Run<'_>], width: usize, output: &mut [f32]) {
    let scale = 1.0 / (width as f32).sqrt();
    let mut scores = Vec::with_capacity(runs.iter().map(|run| run.positions).sum());
    let each = query.chunks_exact(width).zip(output.chunks_exact_mut(width));
    for (head, (query, output)) in each.enumerate() {
        let part = |run: &Run<'_>| head * run.stride..head * run.stride + run.positions * width;
        scores.clear();
        for run in runs {
            scores.extend(run.keys[part(run)].chunks_exact(width).map(|key| dot(query, key) * scale));
        }
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

/// As [`vector::dot`], but part of whoever calls it: a head is too short for a choice between processors.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    // Halved and halved again, which takes four steps where a sum from left to right takes sixteen.
    let mut width = LANES / 2;
    while width > 0 {
        let (low, high) = lanes.split_at_mut(width);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
        width /= 2;
    }
    lanes[0] + rest
}

/// Keys and values of a row's own tokens in all layers. Copies share their pages until one of them writes, so a fork of a
/// hypothesis copies one page at most.
#[derive(Clone, Default)]
pub(super) struct Memory {
    /// `[layer][head][keys, values][position][head_dim]`
    pages: Vec<Arc<Vec<f32>>>,
    positions: usize,
}

impl Memory {
    /// Positions that all layers have.
    pub(super) fn len(&self) -> usize {
        self.positions
    }

    /// Makes room for so many positions more, which count from now on.
    pub(super) fn grow(&mut self, positions: usize, layers: usize, width: usize) {
        self.positions += positions;
        while self.pages.len() * PAGE < self.positions {
            self.pages.push(Arc::new(vec![0.0; layers * 2 * PAGE * width]));
        }
    }

    /// Writes a position of a layer that there is room for.
    pub(super) fn write(&mut self, layer: usize, position: usize, key: &[f32], value: &[f32], heads: usize) {
        let (width, head_dim) = (key.len(), key.len() / heads);
        let page = Arc::make_mut(&mut self.pages[position / PAGE]);
        let layer = &mut page[layer * 2 * PAGE * width..][..2 * PAGE * width];
        let each = key.chunks_exact(head_dim).zip(value.chunks_exact(head_dim));
        for (head, (key, value)) in layer.chunks_exact_mut(2 * PAGE * head_dim).zip(each) {
            let (keys, values) = head.split_at_mut(PAGE * head_dim);
            let at = position % PAGE * head_dim;
            keys[at..at + head_dim].copy_from_slice(key);
            values[at..at + head_dim].copy_from_slice(value);
        }
    }

    /// The first positions of a layer.
    pub(super) fn runs(&self, layer: usize, positions: usize, width: usize, heads: usize) -> Vec<Run<'_>> {
        let size = PAGE * (width / heads);
        let mut runs = Vec::with_capacity(positions.div_ceil(PAGE));
        for (index, page) in self.pages[..positions.div_ceil(PAGE)].iter().enumerate() {
            let keys = &page[layer * 2 * PAGE * width..][..2 * PAGE * width];
            let positions = PAGE.min(positions - index * PAGE);
            runs.push(Run { keys, values: &keys[size..], stride: 2 * size, positions });
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_shares_what_it_does_not_write() {
        let mut memory = Memory::default();
        memory.grow(PAGE + 1, 1, 4);
        for position in 0..=PAGE {
            let key = [position as f32, position as f32, 100.0, 100.0];
            memory.write(0, position, &key, &[-1.0; 4], 2);
        }
        let mut copy = memory.clone();
        copy.grow(1, 1, 4);
        copy.write(0, PAGE + 1, &[99.0; 4], &[1.0; 4], 2);
        assert!(Arc::ptr_eq(&memory.pages[0], &copy.pages[0]));
        assert!(!Arc::ptr_eq(&memory.pages[1], &copy.pages[1]));
        let [first, second] = copy.runs(0, PAGE + 2, 4, 2).try_into().ok().unwrap();
        assert_eq!((first.positions, second.positions), (PAGE, 2));
        assert_eq!(second.keys[..4], [PAGE as f32, PAGE as f32, 99.0, 99.0]);
        assert_eq!(second.keys[second.stride..][..4], [100.0, 100.0, 99.0, 99.0]);
        assert_eq!(memory.runs(0, PAGE + 1, 4, 2)[1].keys[2..4], [0.0; 2]);
    }

    #[test]
    fn a_width_known_to_the_compiler_changes_nothing() {
        let tokens: Vec<f32> = (0..128 * 9).map(|i| (i as f32 * 0.37).sin()).collect();
        let fixed = Fixed::new(&tokens, 128, 64, 2);
        let (mut known, mut any) = (vec![0.0; 64], vec![0.0; 64]);
        heads::<32>(&tokens[..64], &[fixed.run()], &mut known);
        any_heads(&tokens[..64], &[fixed.run()], 32, &mut any);
        assert_eq!(known, any);
    }

    #[test]
    fn a_query_does_not_see_how_memory_is_cut() {
        let tokens: Vec<f32> = (0..8 * 20).map(|i| (i as f32 * 0.7).sin()).collect();
        let query = [0.5, -1.0, 0.25, 2.0];
        let ask = |runs| attend(&[Query { query: &query, runs }], 4, 2);
        let fixed = Fixed::new(&tokens, 8, 4, 2);
        let whole = ask(vec![fixed.run()]);
        let mut memory = Memory::default();
        memory.grow(20, 1, 4);
        for (position, token) in tokens.chunks_exact(8).enumerate() {
            memory.write(0, position, &token[..4], &token[4..], 2);
        }
        assert_eq!(ask(memory.runs(0, 20, 4, 2)), whole);
        // Weights add up to one, so the answer lies among the values.
        assert!(whole.iter().all(|value| value.abs() <= 1.0) && whole.iter().any(|value| *value != 0.0));
    }
}
