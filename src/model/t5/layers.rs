//! The layers of encoder and decoder. Each sublayer normalises its input and adds its output to the residual stream.

use rayon::prelude::*;

use super::super::{
    encoder_decoder::{Distances, Heads, Step, attend_before, attend_source, attend_within, tokens},
    linear::Linear,
    vector,
};

/// The least values for one thread.
const MIN_VALUES: usize = 1 << 14;

/// Root-mean-square normalisation, without a mean or a bias.
pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub epsilon: f32,
}

/// A feed-forward network. Both kinds have one up projection; that of a gated network is twice as wide: the gate, and the
/// values that it scales.
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
    pub output: Linear,
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
    pub cross_output: Linear,
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
    /// Transforms `[tokens, width]` in place. `lengths`: number of tokens of each source.
    pub(super) fn forward(&self, hidden: &mut [f32], lengths: &[usize], distances: &Distances) {
        let tokens = lengths.iter().sum();
        let SelfAttention { heads, norm, qkv, output } = &self.attention;
        let qkv = qkv.forward(&norm.apply(hidden), tokens);
        let attended = attend_within(&qkv, lengths, *heads, Some(distances));
        add(hidden, &output.forward(&attended, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}

impl DecoderLayer {
    /// Transforms `[tokens, width]` in place. `layer`: index of this layer in the memories of the rows.
    pub(super) fn forward(&self, layer: usize, hidden: &mut [f32], rows: &mut [Step], distances: &Distances) {
        let tokens = tokens(rows);
        let SelfAttention { heads, norm, qkv, output } = &self.attention;
        let qkv = qkv.forward(&norm.apply(hidden), tokens);
        let attended = attend_before(&qkv, layer, rows, *heads, Some(distances));
        add(hidden, &output.forward(&attended, tokens));
        let query = self.cross_query.forward(&self.cross_norm.apply(hidden), tokens);
        let attended = attend_source(&query, layer, rows, *heads);
        add(hidden, &self.cross_output.forward(&attended, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}

fn add(hidden: &mut [f32], update: &[f32]) {
    for (value, update) in hidden.iter_mut().zip(update) {
        *value += update;
    }
}
