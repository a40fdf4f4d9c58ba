//! Attention in a flat batch: selects the keys and values for each token's query.

use std::sync::Arc;

use super::{
    super::linear::Linear,
    attention::{Bias, Heads, Query, attend, mean_weights},
    memory::{DecoderState, Fixed, Memory},
};

/// Keys and values of a source in all decoder layers, computed once per source.
pub struct Cross {
    /// One per decoder layer.
    layers: Vec<Fixed>,
}

/// A row in a decoder step.
pub struct Step<M = Memory> {
    pub(super) cross: Arc<Cross>,
    /// The state of the row's own tokens.
    pub(in super::super) memory: M,
    /// Number of tokens in this step. The memory already counts them.
    pub(in super::super) tokens: usize,
    /// Collects the attention weights of one layer, if they are needed.
    pub(super) watched: Option<Watched>,
}

/// The cross-attention weights of one layer.
pub(super) struct Watched {
    pub at: Aligning,
    /// `[tokens, source]`, averaged over the heads of `at`.
    pub weights: Vec<Vec<f32>>,
}

/// The cross-attention that aligns a translation with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aligning {
    /// Decoder layer.
    pub layer: usize,
    /// Number of heads to average, from the first on.
    pub heads: usize,
}

/// Relative position bias: a value per head and distance between key and query, added to attention scores.
pub(in super::super) struct Distances {
    /// `[head][distance]`, from the farthest key before the query to the farthest after it.
    values: Vec<f32>,
    /// Number of distances per head.
    count: usize,
    /// Number of distances before a query.
    before: usize,
}

impl Distances {
    /// Tabulates `value(head, distance)` for distances from `-before` to `after`.
    pub(in super::super) fn new(
        heads: usize,
        before: usize,
        after: usize,
        value: impl Fn(usize, isize) -> f32,
    ) -> Self {
        let count = before + 1 + after;
        let of_head = |head| (0..count).map(move |index| (head, index as isize - before as isize));
        let values = (0..heads).flat_map(of_head).map(|(head, distance)| value(head, distance)).collect();
        Self { values, count, before }
    }

    /// The bias of the query at `position`, for keys from position 0 on.
    fn at(&self, position: usize) -> Bias<'_> {
        Bias { values: &self.values[self.before - position..], stride: self.count }
    }
}

/// The bias of the query at `position`; empty without `distances`.
fn bias(distances: Option<&Distances>, position: usize) -> Bias<'_> {
    distances.map_or(Bias::default(), |distances| distances.at(position))
}

impl Cross {
    /// Projects the encoded sources `hidden` `[tokens of all, width]` to keys and values. `layers` has a projection
    /// `[2 heads, width]` per decoder layer.
    pub(super) fn all<'a>(
        hidden: &[f32],
        lengths: &[usize],
        layers: impl Iterator<Item = (&'a Linear, Heads)>,
    ) -> Vec<Self> {
        let mut all: Vec<Self> = lengths.iter().map(|_| Self { layers: Vec::new() }).collect();
        for (projection, heads) in layers {
            let columns = 2 * heads.width();
            let keys = projection.forward(hidden, lengths.iter().sum());
            let mut rest = keys.as_slice();
            for (length, cross) in lengths.iter().zip(&mut all) {
                let (own, others) = rest.split_at(length * columns);
                cross.layers.push(Fixed::new(own, columns, heads));
                rest = others;
            }
        }
        all
    }
}

/// Number of tokens in all rows.
pub(in super::super) fn tokens<M>(rows: &[Step<M>]) -> usize {
    rows.iter().map(|row| row.tokens).sum()
}

/// Encoder self-attention: each token attends to its whole source. Queries, keys and values `[tokens, 3 heads]` become
/// `[tokens, heads]`. `lengths` has the number of tokens per source.
pub(in super::super) fn attend_within(
    qkv: &[f32],
    lengths: &[usize],
    heads: Heads,
    distances: Option<&Distances>,
) -> Vec<f32> {
    let (width, columns) = (heads.width(), 3 * heads.width());
    let mut rest = qkv;
    let mut sources = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (source, others) = rest.split_at(length * columns);
        sources.push((source, Fixed::new(source, columns, heads)));
        rest = others;
    }
    let mut queries = Vec::with_capacity(lengths.iter().sum());
    for (source, fixed) in &sources {
        let each = source.chunks_exact(columns).enumerate();
        queries.extend(each.map(|(position, token)| Query {
            query: &token[..width],
            runs: vec![fixed.run()],
            bias: bias(distances, position),
        }));
    }
    attend(&queries, heads)
}

/// Decoder self-attention: each token attends to itself and to earlier tokens of its row. Queries, keys and values
/// `[tokens, 3 heads]` become `[tokens, heads]`. Stores keys and values in the rows' memories under `layer`.
pub(in super::super) fn attend_before(
    qkv: &[f32],
    layer: usize,
    rows: &mut [Step],
    heads: Heads,
    distances: Option<&Distances>,
) -> Vec<f32> {
    let (width, columns) = (heads.width(), 3 * heads.width());
    let mut each = qkv.chunks_exact(columns);
    for row in rows.iter_mut() {
        let first = row.memory.tokens() - row.tokens;
        for (token, position) in each.by_ref().take(row.tokens).zip(first..) {
            let (key, value) = token[width..].split_at(width);
            row.memory.write(layer, position, key, value, heads);
        }
    }
    let mut each = qkv.chunks_exact(columns);
    let mut queries = Vec::with_capacity(tokens(rows));
    for row in rows.iter() {
        let first = row.memory.tokens() - row.tokens;
        for (token, position) in each.by_ref().take(row.tokens).zip(first..) {
            queries.push(Query {
                query: &token[..width],
                runs: row.memory.runs(layer, position + 1, heads),
                bias: bias(distances, position),
            });
        }
    }
    attend(&queries, heads)
}

/// Cross-attention: each token attends to its row's source. Queries `[tokens, heads]` become `[tokens, heads]`.
pub(in super::super) fn attend_source<M>(
    asked: &[f32],
    layer: usize,
    rows: &mut [Step<M>],
    heads: Heads,
) -> Vec<f32> {
    let mut each = asked.chunks_exact(heads.width());
    let mut queries = Vec::with_capacity(tokens(rows));
    for Step { cross, tokens, watched, .. } in rows {
        let run = cross.layers[layer].run();
        let first = queries.len();
        let mine = each.by_ref().take(*tokens);
        queries.extend(mine.map(|query| Query { query, runs: vec![run], bias: Bias::default() }));
        if let Some(watched) = watched.as_mut().filter(|watched| watched.at.layer == layer) {
            let mine = queries[first..].iter();
            let weights = mine.map(|Query { query, .. }| mean_weights(query, run, heads, watched.at.heads));
            watched.weights.extend(weights);
        }
    }
    attend(&queries, heads)
}
