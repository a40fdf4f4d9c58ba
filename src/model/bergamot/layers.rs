//! The decoder layer: a simpler simple recurrent unit (SSRU, Kim et al. 2019), attention over the source, and a feed-forward
//! network. The SSRU replaces self-attention, so a row's state is one vector per layer, independent of its length.

use super::super::{
    encoder_decoder::{Cells, Heads, Step, attend_source, tokens},
    linear::Linear,
    post_norm::{FeedForward, Norm, project},
    vector,
};

pub(super) struct DecoderLayer {
    pub heads: Heads,
    /// Candidate and forget gate, stacked: `[2 width, width]`.
    pub cell: Linear,
    pub cell_norm: Norm,
    pub cross_query: Linear,
    /// Keys and values of the source, stacked: `[2 width, width]`.
    pub cross_kv: Linear,
    /// The output projection of cross-attention, if the model has one.
    pub crossed: Option<Linear>,
    pub cross_norm: Norm,
    pub feed_forward: FeedForward,
}

impl DecoderLayer {
    /// Transforms `hidden` `[tokens, width]` in place. `layer` is the index of the layer's cell in each row.
    pub(super) fn forward(&self, layer: usize, hidden: &mut [f32], rows: &mut [Step<Cells>]) {
        let (width, tokens) = (self.heads.width(), tokens(rows));
        let gates = self.cell.forward(hidden, tokens);
        let mut outputs = vec![0.0; tokens * width];
        let mut each = gates.chunks_exact(2 * width).zip(outputs.chunks_exact_mut(width));
        for row in rows.iter_mut() {
            let cell = row.memory.layer(layer, width);
            for (gates, output) in each.by_ref().take(row.tokens) {
                let (candidate, forget) = gates.split_at(width);
                vector::ssru(cell, candidate, forget, output);
            }
        }
        self.cell_norm.add(hidden, &outputs);
        let crossed = attend_source(&self.cross_query.forward(hidden, tokens), layer, rows, self.heads);
        self.cross_norm.add(hidden, &project(self.crossed.as_ref(), crossed, tokens));
        self.feed_forward.apply(hidden, tokens);
    }
}
