//! The rows that linear layers multiply: made from floats row by row and put on the 8-bit grid at once, so that the floats
//! never leave the cache.

use rayon::prelude::*;

use super::{BLOCK, vector};

/// Rows that one thread makes at least; a row is too little work to hand over.
const MIN_ROWS: usize = 8;

/// Rows of activations in 8 bits. Kept from step to step for its memory.
pub struct Activations {
    columns: usize,
    /// Blocks that share a scale.
    span: usize,
    /// `[row][column]`
    quants: Vec<i8>,
    /// `[row][block]`
    scales: Vec<f32>,
    /// `[row][block]`: what the offset of the weights adds to each integer sum, negative.
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
    /// Whether it has so many blocks: [`BLOCK`] quants, a scale and an offset for each.
    pub fn has(&self, blocks: usize) -> bool {
        self.quants.len() >= blocks * BLOCK && self.scales.len() >= blocks && self.offsets.len() >= blocks
    }
}

impl Default for Activations {
    /// A scale for each block.
    fn default() -> Self {
        Self::new(1)
    }
}

impl Activations {
    /// A scale for so many blocks: as many as share one in the matrix, or fewer.
    pub fn new(span: usize) -> Self {
        Self { columns: 0, span, quants: Vec::new(), scales: Vec::new(), offsets: Vec::new() }
    }

    /// Blocks that share a scale.
    pub fn span(&self) -> usize {
        self.span
    }

    /// Replaces the rows: `make(source, values)` writes a row of `columns` from each source. The values hold anything before.
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

    /// Replaces the rows by such as are put on a grid that is known: times `alpha`, and rounded.
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

    /// A row, with as many blocks as its columns make. The kernels rely on that.
    pub(super) fn row(&self, row: usize) -> Row<'_> {
        let blocks = self.columns / BLOCK;
        Row {
            quants: &self.quants[row * self.columns..][..self.columns],
            scales: &self.scales[row * blocks..][..blocks],
            offsets: &self.offsets[row * blocks..][..blocks],
        }
    }
}
