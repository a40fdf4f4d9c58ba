//! The layers of encoder and decoder. Sums are normalised behind every part (Vaswani et al. 2017), as in all published
//! Marian models.

use candle_core::cpu::erf::erf_f64;
use rayon::prelude::*;

use super::{
    super::{
        encoder_decoder::{Heads, Step, attend_before, attend_source, attend_within, tokens},
        linear::Linear,
        vector,
    },
    Activation,
};

/// Added to the variance in normalisations; PyTorch's default.
const EPSILON: f32 = 1e-5;
/// Values that one thread takes at least.
const MIN_VALUES: usize = 1 << 14;

pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

pub(super) struct FeedForward {
    pub up: Linear,
    pub activation: Activation,
    pub down: Linear,
    pub norm: Norm,
}

pub(super) struct EncoderLayer {
    pub heads: Heads,
    /// Queries, keys and values in one: `[3 width, width]`.
    pub qkv: Linear,
    pub attended: Linear,
    pub attention_norm: Norm,
    pub feed_forward: FeedForward,
}

pub(super) struct DecoderLayer {
    pub heads: Heads,
    /// Queries, keys and values in one: `[3 width, width]`.
    pub qkv: Linear,
    pub attended: Linear,
    pub attention_norm: Norm,
    pub cross_query: Linear,
    /// Keys and values of the source in one: `[2 width, width]`.
    pub cross_kv: Linear,
    pub crossed: Linear,
    pub cross_norm: Norm,
    pub feed_forward: FeedForward,
}

impl Norm {
    /// `hidden + update`, normalised, in place; `[tokens, width]`.
    fn add(&self, hidden: &mut [f32], update: &[f32]) {
        let width = self.weight.len();
        let row = |(row, update): (&mut [f32], &[f32])| {
            for (value, update) in row.iter_mut().zip(update) {
                *value += update;
            }
            vector::layer_norm(row, &self.weight, &self.bias, EPSILON);
        };
        hidden
            .par_chunks_exact_mut(width)
            .zip(update.par_chunks_exact(width))
            .with_min_len(MIN_VALUES.div_ceil(width))
            .for_each(row);
    }
}

impl Activation {
    fn apply(self, values: &mut [f32]) {
        values.par_chunks_mut(MIN_VALUES).for_each(|values| match self {
            Self::Swish => vector::swish(values),
            Self::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
            Self::Gelu => values.iter_mut().for_each(|value| {
                let x = f64::from(*value);
                *value = (0.5 * x * (1.0 + erf_f64(x * std::f64::consts::FRAC_1_SQRT_2))) as f32;
            }),
        });
    }
}

impl FeedForward {
    fn apply(&self, hidden: &mut [f32], tokens: usize) {
        let mut inner = self.up.forward(hidden, tokens);
        self.activation.apply(&mut inner);
        self.norm.add(hidden, &self.down.forward(&inner, tokens));
    }
}

impl EncoderLayer {
    /// `[tokens, width]` in place; `lengths` says how many tokens each sentence has.
    pub(super) fn forward(&self, hidden: &mut [f32], lengths: &[usize]) {
        let tokens = lengths.iter().sum();
        let attended = attend_within(&self.qkv.forward(hidden, tokens), lengths, self.heads, None);
        self.attention_norm.add(hidden, &self.attended.forward(&attended, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}

impl DecoderLayer {
    /// `[tokens, width]` in place. `layer` is the layer's place in the rows' memories.
    pub(super) fn forward(&self, layer: usize, hidden: &mut [f32], rows: &mut [Step]) {
        let tokens = tokens(rows);
        let attended = attend_before(&self.qkv.forward(hidden, tokens), layer, rows, self.heads, None);
        self.attention_norm.add(hidden, &self.attended.forward(&attended, tokens));
        let crossed = attend_source(&self.cross_query.forward(hidden, tokens), layer, rows, self.heads);
        self.cross_norm.add(hidden, &self.crossed.forward(&crossed, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}
