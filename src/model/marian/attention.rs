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
const PAGE: usize = 8;
/// Partial sums side by side.
const LANES: usize = 16;
/// Queries that one thread takes at least.
const MIN_QUERIES: usize = 4;

/// Keys and values of some positions, one behind the other.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// The key of a position `i` begins at `i * stride`.
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
            for key in run.keys.chunks(run.stride).take(run.positions) {
                let Some(key) = key.as_chunks::<WIDTH>().0.get(head) else { break };
                scores.push(dot(query, key) * scale);
            }
        }
        vector::softmax(&mut scores);
        let mut weights = scores.iter();
        let mut sums = [0.0; WIDTH];
        for run in runs {
            for value in run.values.chunks(run.stride).take(run.positions) {
                let Some((value, weight)) = value.as_chunks::<WIDTH>().0.get(head).zip(weights.next()) else {
                    break;
                };
                for (sum, value) in sums.iter_mut().zip(value) {
                    *sum += weight * value;
                }
            }
        }
        *output = sums;
    }
}

#[inline(always)]
fn any_heads(query: &[f32], runs: &[Run<'_>], width: usize, output: &mut [f32]) {
    let scale = 1.0 / (width as f32).sqrt();
    let mut scores = Vec::with_capacity(runs.iter().map(|run| run.positions).sum());
    for (head, output) in output.chunks_exact_mut(width).enumerate() {
        let part = head * width..(head + 1) * width;
        scores.clear();
        for run in runs {
            for key in run.keys.chunks(run.stride).take(run.positions) {
                scores.push(dot(&query[part.clone()], &key[part.clone()]) * scale);
            }
        }
        vector::softmax(&mut scores);
        let mut weights = scores.iter();
        for run in runs {
            let values = run.values.chunks(run.stride).take(run.positions);
            for (value, weight) in values.zip(&mut weights) {
                for (output, value) in output.iter_mut().zip(&value[part.clone()]) {
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
    /// `[layer][keys, values][position][width]`
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
    pub(super) fn write(&mut self, layer: usize, position: usize, key: &[f32], value: &[f32]) {
        let width = key.len();
        let page = Arc::make_mut(&mut self.pages[position / PAGE]);
        let at = (layer * 2 * PAGE + position % PAGE) * width;
        page[at..at + width].copy_from_slice(key);
        page[at + PAGE * width..][..width].copy_from_slice(value);
    }

    /// The first positions of a layer.
    pub(super) fn runs<'a>(&'a self, layer: usize, positions: usize, width: usize) -> Vec<Run<'a>> {
        let pages = self.pages[..positions.div_ceil(PAGE)].iter().enumerate();
        let run = |(index, page): (usize, &'a Arc<Vec<f32>>)| {
            let layer = &page[layer * 2 * PAGE * width..][..2 * PAGE * width];
            let (keys, values) = layer.split_at(PAGE * width);
            Run { keys, values, stride: width, positions: PAGE.min(positions - index * PAGE) }
        };
        pages.map(run).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_shares_what_it_does_not_write() {
        let mut memory = Memory::default();
        memory.grow(PAGE + 1, 1, 2);
        for position in 0..=PAGE {
            memory.write(0, position, &[position as f32; 2], &[-1.0; 2]);
        }
        let mut copy = memory.clone();
        copy.grow(1, 1, 2);
        copy.write(0, PAGE + 1, &[99.0; 2], &[1.0; 2]);
        assert!(Arc::ptr_eq(&memory.pages[0], &copy.pages[0]));
        assert!(!Arc::ptr_eq(&memory.pages[1], &copy.pages[1]));
        let [first, second] = copy.runs(0, PAGE + 2, 2).try_into().ok().unwrap();
        assert_eq!((first.positions, second.positions), (PAGE, 2));
        assert_eq!(second.keys[..4], [PAGE as f32, PAGE as f32, 99.0, 99.0]);
        assert_eq!(memory.runs(0, PAGE + 1, 2)[1].keys[2..4], [0.0; 2]);
    }

    #[test]
    fn a_width_known_to_the_compiler_changes_nothing() {
        let values: Vec<f32> = (0..128 * 9).map(|i| (i as f32 * 0.37).sin()).collect();
        let run = Run { keys: &values, values: &values[64..], stride: 128, positions: 8 };
        let (mut known, mut any) = (vec![0.0; 64], vec![0.0; 64]);
        heads::<32>(&values[..64], &[run], &mut known);
        any_heads(&values[..64], &[run], 32, &mut any);
        assert_eq!(known, any);
    }

    #[test]
    fn a_query_does_not_see_how_memory_is_cut() {
        let keys: Vec<f32> = (0..40).map(|i| (i as f32 * 0.7).sin()).collect();
        let values: Vec<f32> = (0..40).map(|i| (i as f32 * 0.3).cos()).collect();
        let run = |positions: std::ops::Range<usize>| {
            let part = positions.start * 4..positions.end * 4;
            Run { keys: &keys[part.clone()], values: &values[part], stride: 4, positions: positions.len() }
        };
        let ask = |runs| attend(&[Query { query: &[0.5, -1.0, 0.25, 2.0], runs }], 4, 2);
        let whole = ask(vec![run(0..10)]);
        assert_eq!(ask(vec![run(0..3), run(3..8), run(8..10)]), whole);
        // Weights add up to one, so the answer lies among the values.
        assert!(whole.iter().all(|value| value.abs() <= 1.0) && whole.iter().any(|value| *value != 0.0));
    }
}
