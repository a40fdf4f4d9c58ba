//! The decoder layer: self-attention, cross-attention and a feed-forward network.

use super::super::{
    encoder_decoder::{Heads, Step, attend_before, attend_source, tokens},
    linear::Linear,
    post_norm::{FeedForward, Norm},
};

pub(super) struct DecoderLayer {
    pub heads: Heads,
    /// Queries, keys and values, stacked: `[3 width, width]`.
    pub qkv: Linear,
    pub attended: Linear,
    pub attention_norm: Norm,
    pub cross_query: Linear,
    /// Keys and values of the source, stacked: `[2 width, width]`.
    pub cross_kv: Linear,
    pub crossed: Linear,
    pub cross_norm: Norm,
    pub feed_forward: FeedForward,
}

impl DecoderLayer {
    /// Transforms `hidden` `[tokens, width]` in place. `layer` is the layer's index in the rows' memories.
    pub(super) fn forward(&self, layer: usize, hidden: &mut [f32], rows: &mut [Step]) {
        let tokens = tokens(rows);
        let attended = attend_before(&self.qkv.forward(hidden, tokens), layer, rows, self.heads, None);
        self.attention_norm.add(hidden, &self.attended.forward(&attended, tokens));
        let crossed = attend_source(&self.cross_query.forward(hidden, tokens), layer, rows, self.heads);
        self.cross_norm.add(hidden, &self.crossed.forward(&crossed, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}
