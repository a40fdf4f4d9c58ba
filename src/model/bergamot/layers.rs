//! The layers of the decoder: a simpler simple recurrent unit where others have self-attention (SSRU: Kim et al. 2019), so that
//! a row keeps one vector a layer, however long it is; then attention over the source.

use super::super::{
    encoder_decoder::{Cells, Heads, Step, attend_source, tokens},
    linear::Linear,
    post_norm::{FeedForward, Norm, project},
    vector,
};

pub(super) struct DecoderLayer {
    pub heads: Heads,
    /// Candidate and forget gate in one: `[2 width, width]`.
    pub cell: Linear,
    pub cell_norm: Norm,
    pub cross_query: Linear,
    /// Keys and values of the source in one: `[2 width, width]`.
    pub cross_kv: Linear,
    /// What projects the heads' answers, where they are projected.
    pub crossed: Option<Linear>,
    pub cross_norm: Norm,
    pub feed_forward: FeedForward,
}

impl DecoderLayer {
    /// `[tokens, width]` in place. `layer` is the layer's place in the rows' cells.
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
