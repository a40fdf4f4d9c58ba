//! A block: attention and a gated feed-forward layer, each normalised before (and behind, in Gemma 3), added to what came in.

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

/// Tokens that one thread takes at least where there is little to do for each.
const MIN_TOKENS: usize = 16;

/// Weights of a block.
pub(super) struct Block {
    /// Whether it looks back over everything.
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
    /// What becomes of gate and up, `[2 feed_forward]` to `[feed_forward]`.
    pub gated: fn(&[f32], &mut [f32]),
    pub down: Int8Matrix,
    pub post_feed_forward_norm: Option<Vec<f32>>,
    pub epsilon: f32,
}

/// A row in a step: what it has read, and how many tokens it reads.
pub(super) struct Reading {
    pub shared: Vec<Arc<Memory>>,
    pub own: Memory,
    pub tokens: usize,
}

/// What is computed on its way through the blocks; kept from step to step for its memory.
#[derive(Default)]
pub(super) struct Workspace {
    /// `[tokens, width]`
    pub hidden: Vec<f32>,
    /// What a linear layer reads.
    pub activations: Activations,
    /// What the layer gave: `[tokens, outputs]`.
    product: Vec<f32>,
}

impl Workspace {
    /// Multiplies the activations of so many tokens.
    fn multiply(&mut self, matrix: &Int8Matrix, tokens: usize) {
        let size = tokens * matrix.outputs();
        self.product.resize(size, 0.0);
        matrix.product(&self.activations, self.product.chunks_exact_mut(matrix.outputs()).enumerate());
    }
}

impl Block {
    /// Runs the tokens of a step through the block, the one with this index; `places` says where each stands.
    pub(super) fn forward(
        &self,
        index: usize,
        rows: &mut [Reading],
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
            self.attention.remember(mine, &mut row.own.0[index]);
        }
        let asks = work.product.par_chunks_exact(self.qkv.outputs()).zip(places);
        work.activations.fill(asks, self.attention.output_width(), |(token, place), output| {
            let Reading { shared, own, .. } = &rows[place.row];
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
