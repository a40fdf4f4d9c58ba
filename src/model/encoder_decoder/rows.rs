//! Attention of a flat batch: which tokens look at which, whatever layer they are in.

use std::sync::Arc;

use super::{
    super::linear::Linear,
    attention::{Bias, Heads, Query, attend, mean_weights},
    memory::{DecoderState, Fixed, Memory},
};

/// Keys and values of a source in all decoder layers, computed once.
pub struct Cross {
    /// One for each layer.
    layers: Vec<Fixed>,
}

/// A row in a step of the decoder.
pub struct Step<M = Memory> {
    pub(super) cross: Arc<Cross>,
    /// What the row keeps of its own tokens.
    pub(in super::super) memory: M,
    /// Tokens of this step, for which the memory has room already.
    pub(in super::super) tokens: usize,
    /// Who wants to know what a layer's tokens look at in the source, and what is known.
    pub(super) watched: Option<Watched>,
}

/// What tokens look at in the source in one layer.
pub(super) struct Watched {
    pub at: Aligning,
    /// `[tokens, source]`: the mean of the heads.
    pub weights: Vec<Vec<f32>>,
}

/// Which attention aligns an answer with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aligning {
    /// Of the decoder.
    pub layer: usize,
    /// The first so many heads, averaged.
    pub heads: usize,
}

/// What is added to scores by how far a key lies from its query.
pub(in super::super) struct Distances {
    /// `[head][distance]`, from the farthest key before the query to the farthest behind it.
    values: Vec<f32>,
    /// Distances of a head.
    count: usize,
    /// Distances before a query.
    before: usize,
}

impl Distances {
    /// For distances from `-before` to `after`; `value` is given a head and a distance.
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

    /// For the query at a position, the keys from position 0 on.
    fn at(&self, position: usize) -> Bias<'_> {
        Bias { values: &self.values[self.before - position..], stride: self.count }
    }
}

/// The bias of a query, where distances count.
fn bias(distances: Option<&Distances>, position: usize) -> Bias<'_> {
    distances.map_or(Bias::default(), |distances| distances.at(position))
}

impl Cross {
    /// Those of several sources, of which the encoder made `hidden` `[tokens, width]`, given the layers' projections
    /// `[2 heads, width]` to keys and values.
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

/// Tokens of all rows.
pub(in super::super) fn tokens<M>(rows: &[Step<M>]) -> usize {
    rows.iter().map(|row| row.tokens).sum()
}

/// Every token looks at all of its own source. Queries, keys and values `[tokens, 3 heads]` become `[tokens, heads]`;
/// `lengths` says how many tokens each source has.
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

/// Every token looks at itself and what came before it in its row. Queries, keys and values `[tokens, 3 heads]` become
/// `[tokens, heads]`; keys and values stay in the rows' memories, where `layer` has its place.
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

/// Every token looks at its row's source; `[tokens, heads]`.
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
