//! Attention of a block over rows of different lengths: rotary positions, grouped queries, a window in local blocks.
//!
//! Every token attends on its own, in an order fixed by its position. So a result depends neither on the other rows nor on
//! how a row is split into steps.

use rayon::prelude::*;

use super::super::vector;

/// The least tokens for one thread.
const MIN_TOKENS: usize = 4;

/// The keys and values of one row in one block, `[position, kv_heads, head_dim]`.
#[derive(Clone, Default)]
pub(super) struct Cache {
    keys: Vec<f32>,
    values: Vec<f32>,
    positions: usize,
}

impl Cache {
    pub(super) fn len(&self) -> usize {
        self.positions
    }

    fn push(&mut self, keys: &[f32], values: &[f32]) {
        self.keys.extend_from_slice(keys);
        self.values.extend_from_slice(values);
        self.positions += 1;
    }
}

/// The place of a token in a step.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Index of its row in the step.
    pub row: usize,
    /// Its position in the row, prefix included.
    pub position: usize,
}

/// Cosines and sines of the rotary embedding (Su et al. 2021).
pub(super) struct Rope {
    frequencies: Vec<f32>,
    /// Whether adjacent values rotate together, as in the paper, or else the two halves of a head.
    adjacent: bool,
    /// `[position, head_dim / 2]`
    table: Vec<(f32, f32)>,
}

impl Rope {
    /// `divisors` of the frequencies: `[head_dim / 2]`.
    pub(super) fn new(base: f32, adjacent: bool, divisors: &[f32]) -> Self {
        let half = divisors.len() as f32;
        let frequency = |(i, divisor)| base.powf(-(i as f32) / half) / divisor;
        Self { frequencies: (0u16..).zip(divisors).map(frequency).collect(), adjacent, table: Vec::new() }
    }

    /// Extends the table to this number of positions.
    pub(super) fn reach(&mut self, positions: usize) {
        for position in self.table.len() / self.frequencies.len()..positions {
            let angles = self.frequencies.iter().map(|frequency| position as f32 * frequency);
            self.table.extend(angles.map(|angle| (angle.cos(), angle.sin())));
        }
    }

    fn rotate(&self, head: &mut [f32], position: usize) {
        let half = self.frequencies.len();
        let angles = &self.table[position * half..][..half];
        let turn = |low: &mut f32, high: &mut f32, (cos, sin): &(f32, f32)| {
            (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
        };
        if self.adjacent {
            for ([low, high], angle) in head.as_chunks_mut::<2>().0.iter_mut().zip(angles) {
                turn(low, high, angle);
            }
        } else {
            let (low, high) = head.split_at_mut(half);
            for ((low, high), angle) in low.iter_mut().zip(high).zip(angles) {
                turn(low, high, angle);
            }
        }
    }
}

/// The sizes, biases and norms of attention in a block.
pub(super) struct Attention {
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    /// Number of keys that a token attends to, its own included; `None`: all.
    pub window: Option<usize>,
    /// Added to queries, keys and values, `[heads + 2 kv_heads, head_dim]`.
    pub bias: Option<Vec<f32>>,
    pub query_norm: Option<Vec<f32>>,
    pub key_norm: Option<Vec<f32>>,
    pub epsilon: f32,
}

impl Attention {
    /// Width of a token's output of [`Self::attend`].
    pub(super) fn output_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Width of a token's queries, keys and values.
    pub(super) fn input_width(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.head_dim
    }

    /// Prepares the tokens of a step, `[tokens, heads + 2 kv_heads, head_dim]`: adds the bias, normalises and rotates queries
    /// and keys, and scales the queries.
    pub(super) fn prepare(&self, tokens: &mut [f32], places: &[Place], rope: &Rope) {
        let scale = 1.0 / (self.head_dim as f32).sqrt();
        let tokens = tokens.par_chunks_exact_mut(self.input_width()).zip(places);
        tokens.with_min_len(MIN_TOKENS).for_each(|(token, Place { position, .. })| {
            if let Some(bias) = &self.bias {
                vector::add_scaled(token, 1.0, bias);
            }
            let (queries, rest) = token.split_at_mut(self.output_width());
            let (keys, _) = rest.split_at_mut(self.kv_heads * self.head_dim);
            for query in queries.chunks_exact_mut(self.head_dim) {
                if let Some(weight) = &self.query_norm {
                    vector::rms_norm(query, weight, self.epsilon);
                }
                rope.rotate(query, *position);
                query.iter_mut().for_each(|value| *value *= scale);
            }
            for key in keys.chunks_exact_mut(self.head_dim) {
                if let Some(weight) = &self.key_norm {
                    vector::rms_norm(key, weight, self.epsilon);
                }
                rope.rotate(key, *position);
            }
        });
    }

    /// Appends the keys and values of a row's prepared tokens to its cache.
    pub(super) fn append(&self, tokens: &[f32], own: &mut Cache) {
        for token in tokens.chunks_exact(self.input_width()) {
            let (keys, values) = token[self.output_width()..].split_at(self.kv_heads * self.head_dim);
            own.push(keys, values);
        }
    }

    /// Computes the attention of a prepared token at `position` into `output`, `[heads, head_dim]`. `past`: the caches of the
    /// row, in order; they already contain this token.
    pub(super) fn attend<'a>(
        &self,
        past: impl Iterator<Item = &'a Cache>,
        position: usize,
        token: &[f32],
        output: &mut [f32],
    ) {
        let end = position + 1;
        let start = self.window.map_or(0, |window| end.saturating_sub(window));
        // The visible range of each cache.
        let mut first = 0;
        let parts = past.map(|cache| {
            let inside = |position: usize| position.saturating_sub(first).min(cache.len());
            let part = (cache, inside(start)..inside(end));
            first += cache.len();
            part
        });
        let parts: Vec<_> = parts.filter(|(_, range)| !range.is_empty()).collect();
        output.fill(0.0);
        let stride = self.kv_heads * self.head_dim;
        let mut scores = Vec::with_capacity(end - start);
        let heads = token.chunks_exact(self.head_dim).zip(output.chunks_exact_mut(self.head_dim));
        for (head, (query, output)) in heads.enumerate() {
            let offset = head * self.kv_heads / self.heads * self.head_dim;
            let at = |position: usize| position * stride + offset;
            scores.clear();
            for (cache, range) in &parts {
                let keys = range.clone().map(|position| &cache.keys[at(position)..][..self.head_dim]);
                scores.extend(keys.map(|key| vector::dot(query, key)));
            }
            vector::softmax(&mut scores);
            let mut weights = scores.iter();
            for (cache, range) in &parts {
                let values = range.clone().map(|position| &cache.values[at(position)..][..self.head_dim]);
                for (value, weight) in values.zip(&mut weights) {
                    vector::add_scaled(output, *weight, value);
                }
            }
        }
    }
}
