//! The layers of encoder and decoder. What a part reads is normalised before it, and its answer is added to what it read.

use rayon::prelude::*;

use super::super::{
    encoder_decoder::{Distances, Heads, Step, attend_before, attend_source, attend_within, tokens},
    linear::Linear,
    vector,
};

/// Values that one thread takes at least.
const MIN_VALUES: usize = 1 << 14;

/// Normalisation by the root of the mean square, without a mean or a bias.
pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub epsilon: f32,
}

/// Both kinds have one projection up; that of a gated one is twice as wide: the gate, and what it lets through.
pub(super) struct FeedForward {
    pub up: Linear,
    pub gated: bool,
    pub down: Linear,
    pub norm: Norm,
}

pub(super) struct SelfAttention {
    pub heads: Heads,
    pub norm: Norm,
    /// Queries, keys and values in one: `[3 heads, width]`.
    pub qkv: Linear,
    /// `[width, heads]`
    pub attended: Linear,
}

pub(super) struct EncoderLayer {
    pub attention: SelfAttention,
    pub feed_forward: FeedForward,
}

pub(super) struct DecoderLayer {
    pub attention: SelfAttention,
    pub cross_norm: Norm,
    pub cross_query: Linear,
    /// Keys and values of the source in one: `[2 heads, width]`.
    pub cross_kv: Linear,
    /// `[width, heads]`
    pub crossed: Linear,
    pub feed_forward: FeedForward,
}

impl Norm {
    /// `[tokens, width]`
    pub(super) fn apply(&self, hidden: &[f32]) -> Vec<f32> {
        let width = self.weight.len();
        let mut normal = hidden.to_vec();
        normal
            .par_chunks_exact_mut(width)
            .with_min_len(MIN_VALUES.div_ceil(width))
            .for_each(|row| vector::rms_norm(row, &self.weight, self.epsilon));
        normal
    }
}

impl FeedForward {
    fn apply(&self, hidden: &mut [f32], tokens: usize) {
        let mut inner = self.up.forward(&self.norm.apply(hidden), tokens);
        if self.gated {
            let columns = self.up.weights.outputs();
            let mut gated = vec![0.0; inner.len() / 2];
            inner
                .par_chunks_exact(columns)
                .zip(gated.par_chunks_exact_mut(columns / 2))
                .with_min_len(MIN_VALUES.div_ceil(columns))
                .for_each(|(row, output)| vector::gated_gelu(row, output));
            inner = gated;
        } else {
            inner.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        add(hidden, &self.down.forward(&inner, tokens));
    }
}

impl EncoderLayer {
    /// `[tokens, width]` in place; `lengths` says how many tokens each source has.
    pub(super) fn forward(&self, hidden: &mut [f32], lengths: &[usize], distances: &Distances) {
        let tokens = lengths.iter().sum();
        let SelfAttention { heads, norm, qkv, attended } = &self.attention;
        let asked = qkv.forward(&norm.apply(hidden), tokens);
        let answers = attend_within(&asked, lengths, *heads, Some(distances));
        add(hidden, &attended.forward(&answers, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}

impl DecoderLayer {
    /// `[tokens, width]` in place. `layer` is the layer's place in the rows' memories.
    pub(super) fn forward(&self, layer: usize, hidden: &mut [f32], rows: &mut [Step], distances: &Distances) {
        let tokens = tokens(rows);
        let SelfAttention { heads, norm, qkv, attended } = &self.attention;
        let asked = qkv.forward(&norm.apply(hidden), tokens);
        let answers = attend_before(&asked, layer, rows, *heads, Some(distances));
        add(hidden, &attended.forward(&answers, tokens));
        let asked = self.cross_query.forward(&self.cross_norm.apply(hidden), tokens);
        let answers = attend_source(&asked, layer, rows, *heads);
        add(hidden, &self.crossed.forward(&answers, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}

fn add(hidden: &mut [f32], update: &[f32]) {
    for (value, update) in hidden.iter_mut().zip(update) {
        *value += update;
    }
}
