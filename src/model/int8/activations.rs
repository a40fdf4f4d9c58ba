//! Activations in 8 bits, the input of linear layers. Each row is quantised as soon as it is computed, so its floats stay in the
//! cache.

use rayon::prelude::*;

use super::{BLOCK, vector};

/// Fewest rows per thread: a single row is too little work for one.
const MIN_ROWS: usize = 8;

/// Rows of 8-bit activations. Reuse it between steps to reuse its memory.
pub struct Activations {
    columns: usize,
    /// Number of consecutive blocks that share a scale.
    span: usize,
    /// `[row][column]`
    quants: Vec<i8>,
    /// `[row][block]`
    scales: Vec<f32>,
    /// `[row][block]`: corrects the integer sums for the offset of the weights.
    offsets: Vec<i32>,
}

/// A row of activations, as kernels see it.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub quants: &'a [i8],
    pub scales: &'a [f32],
    pub offsets: &'a [i32],
}

impl Row<'_> {
    /// Whether the row has at least `blocks` blocks: [`BLOCK`] quants, a scale and an offset for each.
    pub fn has(&self, blocks: usize) -> bool {
        self.quants.len() >= blocks * BLOCK && self.scales.len() >= blocks && self.offsets.len() >= blocks
    }
}

impl Default for Activations {
    /// Each block has its own scale.
    fn default() -> Self {
        Self::new(1)
    }
}

impl Activations {
    /// `span` consecutive blocks share a scale: as many as in the matrix, or fewer.
    pub fn new(span: usize) -> Self {
        Self { columns: 0, span, quants: Vec::new(), scales: Vec::new(), offsets: Vec::new() }
    }

    /// Number of consecutive blocks that share a scale.
    pub fn span(&self) -> usize {
        self.span
    }

    /// Replaces the rows. `make(source, values)` must overwrite `values` `[columns]` with the row of a source.
    pub fn fill<S: Send>(
        &mut self,
        sources: impl IndexedParallelIterator<Item = S>,
        columns: usize,
        make: impl Fn(S, &mut [f32]) + Sync + Send,
    ) {
        let (count, blocks, span) = (sources.len(), columns / BLOCK, self.span);
        self.columns = blocks * BLOCK;
        self.quants.resize(count * self.columns, 0);
        self.scales.resize(count * blocks, 0.0);
        self.offsets.resize(count * blocks, 0);
        if blocks == 0 {
            return;
        }
        let rows = self.quants.par_chunks_exact_mut(self.columns);
        let rows =
            rows.zip(self.scales.par_chunks_exact_mut(blocks).zip(self.offsets.par_chunks_exact_mut(blocks)));
        sources.zip(rows).with_min_len(MIN_ROWS).for_each_init(Vec::new, |values, (source, row)| {
            let (quants, (scales, offsets)) = row;
            values.resize(columns, 0.0);
            make(source, values);
            vector::quantise(values, 127.0, span, quants, scales, offsets);
            offsets.iter_mut().for_each(|sum| *sum *= -128);
        });
    }

    /// Replaces the rows, quantised with the known multiplier `alpha`.
    pub(super) fn calibrate<'a>(
        &mut self,
        rows: impl IndexedParallelIterator<Item = &'a [f32]>,
        columns: usize,
        alpha: f32,
    ) {
        let (count, blocks) = (rows.len(), columns / BLOCK);
        self.columns = blocks * BLOCK;
        self.quants.resize(count * self.columns, 0);
        self.scales.clear();
        self.scales.resize(count * blocks, 1.0);
        self.offsets.resize(count * blocks, 0);
        if blocks == 0 {
            return;
        }
        let quants = self.quants.par_chunks_exact_mut(self.columns);
        let targets = quants.zip(self.offsets.par_chunks_exact_mut(blocks));
        rows.zip(targets).with_min_len(MIN_ROWS).for_each(|(values, (quants, offsets))| {
            vector::quantise_by(values, alpha, quants, offsets);
            offsets.iter_mut().for_each(|sum| *sum *= -128);
        });
    }

    /// Width of the rows.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// A row with `columns / BLOCK` blocks. The kernels rely on this number.
    pub(super) fn row(&self, row: usize) -> Row<'_> {
        let blocks = self.columns / BLOCK;
        Row {
            quants: &self.quants[row * self.columns..][..self.columns],
            scales: &self.scales[row * blocks..][..blocks],
            offsets: &self.offsets[row * blocks..][..blocks],
        }
    }
}
