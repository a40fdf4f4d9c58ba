//! The layers of encoder and decoder. Sums are normalised behind every part (Vaswani et al. 2017), as in all published
//! Marian models.

use std::sync::Arc;

use candle_core::cpu::erf::erf_f64;
use rayon::prelude::*;

use super::{
    super::{linear::Linear, vector},
    Activation,
    attention::{Fixed, Memory, Query, attend},
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
    pub heads: usize,
    /// Queries, keys and values in one: `[3 width, width]`.
    pub qkv: Linear,
    pub attended: Linear,
    pub attention_norm: Norm,
    pub feed_forward: FeedForward,
}

pub(super) struct DecoderLayer {
    pub heads: usize,
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

/// Keys and values of a source sentence in all decoder layers, computed once.
pub(super) struct Cross {
    /// A sentence for each layer.
    pub layers: Vec<Fixed>,
}

/// A row in a step of the decoder.
pub(super) struct Step {
    pub cross: Arc<Cross>,
    pub memory: Memory,
    /// Tokens of this step, for which the memory has room already.
    pub tokens: usize,
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
        let width = self.attention_norm.weight.len();
        let qkv = self.qkv.forward(hidden, tokens);
        let mut rest = qkv.as_slice();
        let mut sentences = Vec::with_capacity(lengths.len());
        for length in lengths {
            let (sentence, others) = rest.split_at(length * 3 * width);
            sentences.push((sentence, Fixed::new(sentence, 3 * width, width, self.heads)));
            rest = others;
        }
        let mut queries = Vec::with_capacity(tokens);
        for (sentence, fixed) in &sentences {
            let each = sentence.chunks_exact(3 * width);
            queries.extend(each.map(|token| Query { query: &token[..width], runs: vec![fixed.run()] }));
        }
        let attended = attend(&queries, width, self.heads);
        self.attention_norm.add(hidden, &self.attended.forward(&attended, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}

impl DecoderLayer {
    /// `[tokens, width]` in place. `layer` is the layer's place in the rows' memories.
    pub(super) fn forward(&self, layer: usize, hidden: &mut [f32], rows: &mut [Step]) {
        let tokens = rows.iter().map(|row| row.tokens).sum();
        let width = self.attention_norm.weight.len();

        let qkv = self.qkv.forward(hidden, tokens);
        let mut each = qkv.chunks_exact(3 * width);
        for row in rows.iter_mut() {
            let first = row.memory.len() - row.tokens;
            for (token, position) in each.by_ref().take(row.tokens).zip(first..) {
                let (key, value) = token[width..].split_at(width);
                row.memory.write(layer, position, key, value, self.heads);
            }
        }
        let mut each = qkv.chunks_exact(3 * width);
        let mut queries = Vec::with_capacity(tokens);
        for row in rows.iter() {
            let first = row.memory.len() - row.tokens;
            for (token, position) in each.by_ref().take(row.tokens).zip(first..) {
                queries.push(Query {
                    query: &token[..width],
                    runs: row.memory.runs(layer, position + 1, width, self.heads),
                });
            }
        }
        let attended = attend(&queries, width, self.heads);
        self.attention_norm.add(hidden, &self.attended.forward(&attended, tokens));

        let asked = self.cross_query.forward(hidden, tokens);
        let mut each = asked.chunks_exact(width);
        let mut queries = Vec::with_capacity(tokens);
        for row in rows.iter() {
            let run = row.cross.layers[layer].run();
            queries.extend(each.by_ref().take(row.tokens).map(|query| Query { query, runs: vec![run] }));
        }
        let crossed = attend(&queries, width, self.heads);
        self.cross_norm.add(hidden, &self.crossed.forward(&crossed, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}
