//! Linear layers on 8-bit weights: the product of a few rows of activations with a big matrix that was packed at load.
//!
//! Weights have a scale for every 32 of a row, as GGUF's Q8_0 has, or for every 128 where they are on no grid yet: scaling the
//! integer sums is a fifth of the work otherwise. Activations are quantised the same way, each row on its own. So a row's result never depends on the rows beside it: the integer sums are exact, and the order of
//! the floating-point sums is the order of the blocks, whatever the number of rows, threads or the tile.
//!
//! The packed form serves all kernels. Sixteen rows of weights (outputs) make a panel; a block of a panel holds 32
//! columns, four by four: 16 outputs x 4 columns are 64 bytes, one AVX-512 register, whose dot product with four
//! broadcast activations is one instruction for all sixteen outputs. One pass over memory serves up to eight rows.
//! Weights are kept with an offset of 128, since that instruction wants one side unsigned; the offset's share is
//! 128 times the sum of the activations, which is known beforehand.

#![expect(unsafe_code, reason = "instructions of the processor, and panels that are written side by side")]

mod activations;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod calibrated;
mod portable;

use std::ops::Range;

use half::f16;
use rayon::prelude::*;

use self::activations::Row;
pub use self::{activations::Activations, calibrated::CalibratedMatrix};
pub use super::vector::BLOCK;
use super::{ModelError, vector};

/// Outputs side by side in a panel.
pub const PANEL: usize = 16;
/// Rows of activations that a kernel takes in one pass over a panel, at most.
const TILE: usize = 8;
/// Blocks that share a scale in the faster form.
pub const SPAN: usize = 4;
/// Rows that share a pass over a thread's panels.
const ROWS: usize = 8 * TILE;
/// Blocks of a panel that stay in the first cache while a tile after the other is multiplied.
const DEPTH: usize = 32;
/// Bytes of panels that a thread takes at once, at most: half of a second cache.
const SHARE: usize = 1 << 19;
/// Below this many multiplications, handing work to other threads costs more than it saves.
const PARALLEL: usize = 1 << 17;

/// 32 columns of 16 outputs.
#[repr(C, align(32))]
#[derive(Clone)]
struct Block {
    /// `[column / 4][output][column % 4]`, each with an offset of 128.
    quants: [u8; BLOCK * PANEL],
    /// One for each output; blocks that share theirs have it each.
    scales: [f16; PANEL],
}

/// A matrix `[outputs, columns]` in packed 8-bit form.
pub struct Int8Matrix {
    outputs: usize,
    columns: usize,
    /// `[panel][block]`
    blocks: Vec<Block>,
    /// Blocks of a row that share a scale: 1 or [`SPAN`].
    span: usize,
    kernel: Kernel,
}

/// Weights that can be read some rows at a time.
pub trait Source: Sync {
    /// Number of rows.
    fn outputs(&self) -> usize;

    /// What the largest weight of a block becomes: 127 for the finest grid, or the number of levels of a coarser grid that
    /// the weights are on already, which is then kept exactly.
    fn levels(&self) -> f32;

    /// Whether the weights are on no grid yet, so that one may be chosen that is fast.
    fn is_free(&self) -> bool {
        false
    }

    /// These rows, one behind the other.
    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError>;
}

/// Multiplies blocks of a panel with up to [`TILE`] rows, from their block `first` on, and adds to `sums`, which are as many.
///
/// # Safety
/// The processor has the features that the kernel is compiled for, and every row has the blocks `first..first + blocks.len()`
/// ([`Row::has`]): kernels read rows without checking each access.
type Kernel = unsafe fn(blocks: &[Block], first: usize, rows: &[Row<'_>], sums: &mut [[f32; PANEL]]);

/// The fastest kernel that this processor runs for rows and weights in which so many blocks share a scale. Any kernel is right
/// for more than it counts on.
fn kernel(span: usize) -> Kernel {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vnni")
        {
            return if span == SPAN { avx512::multiply::<SPAN> } else { avx512::multiply::<1> };
        }
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
        {
            return avx2::multiply;
        }
    }
    let _ = span;
    portable::multiply
}

impl Int8Matrix {
    /// Packs a matrix panel by panel: `fill(rows, quants, scales)` writes the quants (-127 to 127) of up to
    /// [`PANEL`] rows, one behind the other, and the scale of each of their blocks, of which `span` in a row have the same.
    /// `columns` is a multiple of as many blocks.
    pub fn pack<E: Send>(
        outputs: usize,
        columns: usize,
        span: usize,
        fill: impl Fn(Range<usize>, &mut [i8], &mut [f16]) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let blocks_per_row = columns / BLOCK;
        let count = outputs.div_ceil(PANEL) * blocks_per_row;
        let mut blocks = Vec::with_capacity(count);
        // Each panel is made in the cache and written once: fresh memory is what takes time here.
        let panels = blocks.spare_capacity_mut()[..count].par_chunks_mut(blocks_per_row.max(1)).enumerate();
        panels.try_for_each(|(panel, target)| {
            let rows = panel * PANEL..outputs.min((panel + 1) * PANEL);
            let mut quants = vec![0; rows.len() * columns];
            let mut scales = vec![f16::ZERO; rows.len() * blocks_per_row];
            fill(rows, &mut quants, &mut scales)?;
            for (index, target) in target.iter_mut().enumerate() {
                let mut block = Block { quants: [128; BLOCK * PANEL], scales: [f16::ZERO; PANEL] };
                let rows = quants.chunks_exact(columns).zip(scales.chunks_exact(blocks_per_row));
                for (lane, (quants, scales)) in rows.enumerate() {
                    block.scales[lane] = scales[index];
                    let fours = quants[index * BLOCK..][..BLOCK].as_chunks::<4>().0;
                    for (four, target) in fours.iter().zip(block.quants.chunks_exact_mut(4 * PANEL)) {
                        target[4 * lane..][..4]
                            .copy_from_slice(&four.map(|quant| quant.wrapping_add(-128).cast_unsigned()));
                    }
                }
                target.write(block);
            }
            Ok(())
        })?;
        // SAFETY: all panels together are these blocks, and each has been written.
        unsafe { blocks.set_len(count) };
        Ok(Self { outputs, columns, blocks, span, kernel: kernel(span) })
    }

    /// Packs matrices `[_, columns]`, one below the other.
    ///
    /// # Errors
    /// Those of the sources, when a block of weights has no finite scale, and when `columns` is no multiple of [`BLOCK`].
    pub fn quantise(sources: &[impl Source], columns: usize) -> Result<Self, ModelError> {
        if columns == 0 || !columns.is_multiple_of(BLOCK) {
            return Err(ModelError::Format(format!("rows of {columns} weights cannot be cut into blocks")));
        }
        let outputs = sources.iter().map(Source::outputs).sum();
        let free = sources.iter().all(Source::is_free) && columns.is_multiple_of(SPAN * BLOCK);
        let span = if free { SPAN } else { 1 };
        Self::pack(outputs, columns, span, |rows, quants, scales| {
            let (mut quants, mut scales) =
                (quants.chunks_exact_mut(columns), scales.chunks_exact_mut(columns / BLOCK));
            let (mut exact, mut sums) = (vec![0.0; columns / BLOCK], vec![0; columns / BLOCK]);
            let mut first = 0;
            for source in sources {
                let end = first + source.outputs();
                let mine = rows.start.clamp(first, end) - first..rows.end.clamp(first, end) - first;
                first = end;
                if mine.is_empty() {
                    continue;
                }
                let weights = source.rows(mine)?;
                // The largest weight of a block is looked for below, where what is no number would not be seen.
                if !weights.iter().all(|weight| weight.is_finite()) {
                    return Err(ModelError::Format("a weight is no number, or too large".to_owned()));
                }
                for ((weights, quants), scales) in
                    weights.chunks_exact(columns).zip(&mut quants).zip(&mut scales)
                {
                    vector::quantise(weights, source.levels(), span, quants, &mut exact, &mut sums);
                    for (scale, exact) in scales.iter_mut().zip(&exact) {
                        *scale = f16::from_f32(*exact);
                        if !scale.is_finite() {
                            return Err(ModelError::Format("a weight is no number, or too large".to_owned()));
                        }
                    }
                }
            }
            Ok(())
        })
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `[rows, columns]` times this matrix transposed; a slice of `outputs` for each row.
    pub fn multiply(&self, rows: &[f32], outputs: &mut [&mut [f32]]) {
        let mut activations = Activations::new(self.span);
        let rows = rows.par_chunks_exact(self.columns.max(1));
        activations.fill(rows, self.columns, |row, values| values.copy_from_slice(row));
        self.product(&activations, outputs.iter_mut().map(|output| &mut **output).enumerate());
    }

    /// The product of some rows; each comes with the slice of `outputs` that it is written to.
    pub fn product<'a>(
        &self,
        activations: &Activations,
        outputs: impl Iterator<Item = (usize, &'a mut [f32])>,
    ) {
        if self.blocks.is_empty() {
            return;
        }
        assert_eq!(activations.columns(), self.columns, "the rows fit the matrix");
        let kernel = if activations.span() == self.span { self.kernel } else { kernel(1) };
        let (mut rows, mut starts) = (Vec::new(), Vec::new());
        for (row, output) in outputs {
            assert_eq!(output.len(), self.outputs, "there is room for the product");
            rows.push(activations.row(row));
            starts.push(output.as_mut_ptr());
        }
        let output = Columns { starts };
        let blocks_per_row = self.columns / BLOCK;
        // Panels one after the other, for some rows at a time: what both need fits the cache beside the core.
        let panels = |(first, blocks): (usize, &[Block])| {
            let mut sums = [[0.0; PANEL]; ROWS];
            for (start, rows) in (0..).step_by(ROWS).zip(rows.chunks(ROWS)) {
                for (panel, blocks) in (first..).zip(blocks.chunks_exact(blocks_per_row)) {
                    sums[..rows.len()].fill([0.0; PANEL]);
                    for (part, blocks) in (0..).step_by(DEPTH).zip(blocks.chunks(DEPTH)) {
                        for (rows, sums) in rows.chunks(TILE).zip(sums.chunks_mut(TILE)) {
                            debug_assert!(rows.iter().all(|row| row.has(part + blocks.len())));
                            // SAFETY: `kernel()` chose it for this processor, and every row has `blocks_per_row` blocks
                            // (`Activations::row` cuts that many, of as many columns as asserted above), of which
                            // `blocks` are those from `part` on.
                            unsafe { kernel(blocks, part, rows, sums) };
                        }
                    }
                    let column = panel * PANEL;
                    let width = PANEL.min(self.outputs - column);
                    for (row, sums) in (start..).zip(&sums[..rows.len()]) {
                        // SAFETY: `row` has an output and the panel lies inside its width; no other call of this
                        // closure writes this panel's columns.
                        unsafe { output.write(row, column, &sums[..width]) };
                    }
                }
            }
        };
        let count = self.blocks.len() / blocks_per_row;
        if rows.len() * self.outputs * self.columns < PARALLEL {
            panels((0, &self.blocks));
        } else {
            let least = count.div_ceil(4 * rayon::current_num_threads());
            let share = least.min((SHARE / size_of_val(&self.blocks[..blocks_per_row])).max(1));
            let shares = self.blocks.par_chunks(share * blocks_per_row).enumerate();
            shares.for_each(|(index, blocks)| panels((index * share, blocks)));
        }
    }
}

/// The rows of an output, which panels fill side by side.
struct Columns {
    starts: Vec<*mut f32>,
}

// SAFETY: the pointers are only written through, and every panel writes columns of its own.
unsafe impl Sync for Columns {}

impl Columns {
    /// # Safety
    /// `column + values.len()` lies inside the output of `row`, and nobody else accesses these elements meanwhile.
    unsafe fn write(&self, row: usize, column: usize, values: &[f32]) {
        // SAFETY: the caller's promise.
        unsafe {
            self.starts[row].add(column).copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
    }
}

#[cfg(test)]
mod tests;
