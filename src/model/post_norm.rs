//! Post-norm transformer layers: each residual sum is normalised (Vaswani et al. 2017). Marian models from Transformers' files and
//! from Marian's own files share them.

use candle_core::cpu::erf::erf_f64;
use rayon::prelude::*;

use super::{
    encoder_decoder::{Heads, attend_within},
    linear::Linear,
    vector,
};

/// Fewest values per thread.
const MIN_VALUES: usize = 1 << 14;

/// The activation function of a feed-forward network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Activation {
    #[serde(rename = "swish", alias = "silu")]
    Swish,
    #[serde(rename = "relu")]
    Relu,
    #[serde(rename = "gelu")]
    Gelu,
}

pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

pub(super) struct FeedForward {
    pub up: Linear,
    pub activation: Activation,
    pub down: Linear,
    pub norm: Norm,
}

pub(super) struct EncoderLayer {
    pub heads: Heads,
    /// Queries, keys and values, stacked: `[3 width, width]`.
    pub qkv: Linear,
    /// The output projection of self-attention, if the model has one.
    pub attended: Option<Linear>,
    pub attention_norm: Norm,
    pub feed_forward: FeedForward,
}

impl Norm {
    /// Adds `update` to `hidden` `[tokens, width]` and normalises the sum, in place.
    pub(super) fn add(&self, hidden: &mut [f32], update: &[f32]) {
        let width = self.weight.len();
        let row = |(row, update): (&mut [f32], &[f32])| {
            for (value, update) in row.iter_mut().zip(update) {
                *value += update;
            }
            vector::layer_norm(row, &self.weight, &self.bias, self.epsilon);
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
    /// Transforms `hidden` `[tokens, width]` in place.
    pub(super) fn apply(&self, hidden: &mut [f32], tokens: usize) {
        let mut inner = self.up.forward(hidden, tokens);
        self.activation.apply(&mut inner);
        self.norm.add(hidden, &self.down.forward(&inner, tokens));
    }
}

impl EncoderLayer {
    /// Transforms `hidden` `[tokens, width]` in place. `lengths` has the number of tokens per sentence.
    pub(super) fn forward(&self, hidden: &mut [f32], lengths: &[usize]) {
        let tokens = lengths.iter().sum();
        let attended = attend_within(&self.qkv.forward(hidden, tokens), lengths, self.heads, None);
        self.attention_norm.add(hidden, &project(self.attended.as_ref(), attended, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}

/// Applies the output projection of an attention, if it has one: `[tokens, width]`.
pub(super) fn project(projection: Option<&Linear>, answers: Vec<f32>, tokens: usize) -> Vec<f32> {
    match projection {
        Some(projection) => projection.forward(&answers, tokens),
        None => answers,
    }
}
