//! A block: attention and a gated feed-forward layer. Each normalises its input (in Gemma 3 also its output) and is added to
//! the residual stream.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    super::{
        int8::{Activations, Int8Matrix},
        vector,
    },
    Memory,
    attention::{Attention, Place, Rope},
};

/// The least tokens for one thread in cheap loops.
const MIN_TOKENS: usize = 16;

/// Weights of a block.
pub(super) struct Block {
    /// Whether it attends to all positions.
    pub global: bool,
    pub attention_norm: Vec<f32>,
    /// Queries, keys and values in one: `[(heads + 2 kv_heads) head_dim, width]`.
    pub qkv: Int8Matrix,
    pub attention: Attention,
    pub attention_output: Int8Matrix,
    pub post_attention_norm: Option<Vec<f32>>,
    pub feed_forward_norm: Vec<f32>,
    /// Gate and up in one: `[2 feed_forward, width]`.
    pub gate_up: Int8Matrix,
    /// The gated activation, `[2 feed_forward]` to `[feed_forward]`.
    pub gated: fn(&[f32], &mut [f32]),
    pub down: Int8Matrix,
    pub post_feed_forward_norm: Option<Vec<f32>>,
    pub epsilon: f32,
}

/// A row in a step: its memory, and the number of tokens that it reads.
pub(super) struct StepRow {
    pub shared: Vec<Arc<Memory>>,
    pub own: Memory,
    pub tokens: usize,
}

/// The intermediate values of a step. Kept between steps to reuse the allocations.
#[derive(Default)]
pub(super) struct Workspace {
    /// `[tokens, width]`
    pub hidden: Vec<f32>,
    /// The input of a linear layer.
    pub activations: Activations,
    /// The output of a linear layer: `[tokens, outputs]`.
    product: Vec<f32>,
}

impl Workspace {
    /// Multiplies the activations of all tokens.
    fn multiply(&mut self, matrix: &Int8Matrix, tokens: usize) {
        let size = tokens * matrix.outputs();
        self.product.resize(size, 0.0);
        matrix.product(&self.activations, self.product.chunks_exact_mut(matrix.outputs()).enumerate());
    }
}

impl Block {
    /// Runs the tokens of a step through this block, which has this `index`.
    pub(super) fn forward(
        &self,
        index: usize,
        rows: &mut [StepRow],
        places: &[Place],
        rope: &Rope,
        work: &mut Workspace,
    ) {
        let (tokens, width) = (places.len(), self.attention_norm.len());
        let norm = |row: &mut [f32], weight: &[f32]| vector::rms_norm(row, weight, self.epsilon);
        work.activations.fill(work.hidden.par_chunks_exact(width), width, |hidden, row| {
            row.copy_from_slice(hidden);
            norm(row, &self.attention_norm);
        });
        work.multiply(&self.qkv, tokens);
        self.attention.prepare(&mut work.product, places, rope);
        let mut rest = work.product.as_slice();
        for row in rows.iter_mut() {
            let (mine, others) = rest.split_at(row.tokens * self.qkv.outputs());
            rest = others;
            self.attention.append(mine, &mut row.own.0[index]);
        }
        let prepared = work.product.par_chunks_exact(self.qkv.outputs()).zip(places);
        work.activations.fill(prepared, self.attention.output_width(), |(token, place), output| {
            let StepRow { shared, own, .. } = &rows[place.row];
            let past = shared.iter().map(|memory| &memory.0[index]).chain([&own.0[index]]);
            self.attention.attend(past, place.position, token, output);
        });
        work.multiply(&self.attention_output, tokens);
        let attended = work.product.par_chunks_exact_mut(width).zip(work.hidden.par_chunks_exact_mut(width));
        work.activations.fill(attended, width, |(attended, hidden), row| {
            if let Some(weight) = &self.post_attention_norm {
                norm(attended, weight);
            }
            vector::add_scaled(hidden, 1.0, attended);
            row.copy_from_slice(hidden);
            norm(row, &self.feed_forward_norm);
        });
        work.multiply(&self.gate_up, tokens);
        let gates = work.product.par_chunks_exact(self.gate_up.outputs());
        work.activations.fill(gates, self.gate_up.outputs() / 2, self.gated);
        work.multiply(&self.down, tokens);
        let fed = work.product.par_chunks_exact_mut(width).zip(work.hidden.par_chunks_exact_mut(width));
        fed.with_min_len(MIN_TOKENS).for_each(|(fed, hidden)| {
            if let Some(weight) = &self.post_feed_forward_norm {
                norm(fed, weight);
            }
            vector::add_scaled(hidden, 1.0, fed);
        });
    }
}
