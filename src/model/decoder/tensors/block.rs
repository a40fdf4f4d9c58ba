//! A block of Gemma 3 on a device: attention and a gated feed-forward layer. Each normalises its input and its output, and is
//! added to the residual stream.

use candle_core::{Result, Tensor};
use candle_nn::{
    ops::{rms_norm, softmax_last_dim},
    rotary_emb::rope_thd,
};

use super::{
    layout::{Group, StepLayout},
    linear::Linear,
    pool::Memory,
};

/// Weights of a block. Norms are `[width]`, those of heads `[head_dim]`.
pub(super) struct Block {
    /// Whether it attends to all positions.
    pub global: bool,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub attention_norm: Tensor,
    /// Queries, keys and values in one: `[(heads + 2 kv_heads) head_dim, width]`.
    pub qkv: Linear,
    /// Includes the scale of queries, `1 / sqrt(head_dim)`.
    pub query_norm: Tensor,
    pub key_norm: Tensor,
    pub attention_output: Linear,
    pub post_attention_norm: Tensor,
    pub feed_forward_norm: Tensor,
    /// Gate and up in one: `[2 feed_forward, width]`.
    pub gate_up: Linear,
    pub down: Linear,
    pub post_feed_forward_norm: Tensor,
    pub epsilon: f32,
}

impl Block {
    /// Runs the tokens of a step, `[tokens, width]`, through the block, and writes their keys and values into its memory.
    pub(super) fn forward(&self, hidden: &Tensor, layout: &StepLayout, memory: &Memory) -> Result<Tensor> {
        let norm = |values: &Tensor, weights| rms_norm(values, weights, self.epsilon);
        let attended = self.attend(&norm(hidden, &self.attention_norm)?, layout, memory)?;
        let attended = self.attention_output.forward(&attended)?;
        let hidden = (hidden + norm(&attended, &self.post_attention_norm)?)?;
        let gate_up = self.gate_up.forward(&norm(&hidden, &self.feed_forward_norm)?)?;
        let [gate, up] = <[Tensor; 2]>::try_from(gate_up.chunk(2, 1)?)
            .map_err(|_| candle_core::Error::Msg("cannot split gate and up".to_owned()))?;
        // candle's `gelu` is the tanh form.
        let fed = self.down.forward(&(gate.gelu()? * up)?)?;
        hidden + norm(&fed, &self.post_feed_forward_norm)?
    }

    /// Attention of normalised tokens: `[tokens, heads * head_dim]`.
    fn attend(&self, tokens: &Tensor, layout: &StepLayout, memory: &Memory) -> Result<Tensor> {
        let Self { heads, kv_heads, head_dim, .. } = *self;
        let qkv = self.qkv.forward(tokens)?;
        let count = layout.tokens();
        let [cos, sin] = &layout.rotations[usize::from(self.global)];
        let rotated = |first: usize, heads: usize, weights| {
            let part = qkv.narrow(1, first * head_dim, heads * head_dim)?;
            let part = part.reshape((1, count, heads, head_dim))?.contiguous()?;
            rope_thd(&rms_norm(&part, weights, self.epsilon)?, cos, sin)?.reshape((count, heads * head_dim))
        };
        let queries = rotated(0, heads, &self.query_norm)?;
        let keys = rotated(heads, kv_heads, &self.key_norm)?;
        let values = qkv.narrow(1, (heads + kv_heads) * head_dim, kv_heads * head_dim)?.contiguous()?;
        memory.keys.scatter_set(&layout.places, &keys, 0)?;
        memory.values.scatter_set(&layout.places, &values, 0)?;
        let mut first = 0;
        let groups = layout.groups.iter().map(|group| {
            let queries = queries.narrow(0, first, group.rows * group.tokens)?;
            first += group.rows * group.tokens;
            self.attend_group(&queries, group, memory)
        });
        let groups = groups.collect::<Result<Vec<_>>>()?;
        if let [group] = groups.as_slice() { Ok(group.clone()) } else { Tensor::cat(&groups, 0) }
    }

    /// Attention of the queries of one group, `[rows * tokens, heads * head_dim]`.
    fn attend_group(&self, queries: &Tensor, group: &Group, memory: &Memory) -> Result<Tensor> {
        let Self { heads, kv_heads, head_dim, .. } = *self;
        let Group { rows, tokens, .. } = *group;
        let view = &group.views[usize::from(self.global)];
        let shared = heads / kv_heads;
        // Heads that share keys count as more tokens of one product: [rows, kv_heads, shared * tokens, head_dim].
        let queries = queries.reshape((rows, tokens, heads, head_dim))?.transpose(1, 2)?.contiguous()?;
        let queries = queries.reshape((rows, kv_heads, shared * tokens, head_dim))?;
        let seen = |kept: &Tensor| {
            let seen = kept.index_select(&view.places, 0)?;
            seen.reshape((rows, view.length, kv_heads, head_dim))?.transpose(1, 2)?.contiguous()
        };
        let mut scores = queries.matmul(&seen(&memory.keys)?.t()?)?;
        if let Some(mask) = &view.mask {
            let each = scores.reshape((rows, heads, tokens, view.length))?.broadcast_add(mask)?;
            scores = each.reshape(scores.shape())?;
        }
        let attended = softmax_last_dim(&scores)?.matmul(&seen(&memory.values)?)?;
        let attended = attended.reshape((rows, heads, tokens, head_dim))?.transpose(1, 2)?;
        attended.reshape((rows * tokens, heads * head_dim))
    }
}
