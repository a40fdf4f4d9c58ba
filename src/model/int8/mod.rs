//! Linear layers on 8-bit weights: the product of a few rows of activations with a big matrix that was packed at load.
//!
//! Weights have a scale for every 32 of a row, as GGUF's Q8_0 has; activations are quantised the same way, each row
//! on its own. So a row's result never depends on the rows beside it: the integer sums are exact, and the order of
//! the floating-point sums is the order of the blocks, whatever the number of rows, threads or the tile.
//!
//! The packed form serves all kernels. Sixteen rows of weights (outputs) make a panel; a block of a panel holds 32
//! columns, four by four: 16 outputs x 4 columns are 64 bytes, one AVX-512 register, whose dot product with four
//! broadcast activations is one instruction for all sixteen outputs. One pass over memory serves up to eight rows.
//! Weights are kept with an offset of 128, since that instruction wants one side unsigned; the offset's share is
//! 128 times the sum of the activations, which is known beforehand.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use std::ops::Range;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use half::f16;
use rayon::prelude::*;

pub use super::vector::BLOCK;
use super::{ModelError, rowwise, vector};

/// Outputs side by side in a panel.
pub const PANEL: usize = 16;
/// Rows of activations that a kernel takes in one pass over a panel, at most.
const TILE: usize = 8;
/// Below this many multiplications, handing work to other threads costs more than it saves.
const PARALLEL: usize = 1 << 17;

/// 32 columns of 16 outputs.
#[repr(C, align(32))]
#[derive(Clone)]
struct Block {
    /// `[column / 4][output][column % 4]`, each with an offset of 128.
    quants: [u8; BLOCK * PANEL],
    /// One for each output.
    scales: [f16; PANEL],
}

/// A matrix `[outputs, columns]` in packed 8-bit form.
pub struct Int8Matrix {
    outputs: usize,
    columns: usize,
    /// `[panel][block]`
    blocks: Vec<Block>,
    kernel: Kernel,
}

/// Weights that can be read some rows at a time.
pub trait Source: Sync {
    /// Number of rows.
    fn outputs(&self) -> usize;

    /// What the largest weight of a block becomes: 127 for the finest grid, or the number of levels of a coarser grid that
    /// the weights are on already, which is then kept exactly.
    fn levels(&self) -> f32;

    /// These rows, one behind the other.
    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError>;
}

/// Rows of activations in 8 bits.
struct Activations {
    columns: usize,
    /// `[row][column]`
    quants: Vec<i8>,
    /// `[row][block]`
    scales: Vec<f32>,
    /// `[row][block]`: what the offset of the weights adds to each integer sum, negative.
    offsets: Vec<i32>,
}

/// A row of activations, as kernels see it.
#[derive(Clone, Copy)]
struct Row<'a> {
    quants: &'a [i8],
    scales: &'a [f32],
    offsets: &'a [i32],
}

/// Multiplies a panel with up to [`TILE`] rows; `sums[i]` belongs to `rows[i]`.
type Kernel = fn(panel: &[Block], rows: &[Row<'_>], sums: &mut [[f32; PANEL]; TILE]);

/// The fastest kernel that this processor runs.
fn kernel() -> Kernel {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vnni")
        {
            return avx512::multiply;
        }
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
        {
            return avx2::multiply;
        }
    }
    portable::multiply
}

impl Int8Matrix {
    /// Packs a matrix panel by panel: `fill(rows, quants, scales)` writes the quants (-127 to 127) of up to
    /// [`PANEL`] rows, one behind the other, and the scale of each of their blocks. `columns` is a multiple of [`BLOCK`].
    pub fn pack<E: Send>(
        outputs: usize,
        columns: usize,
        fill: impl Fn(Range<usize>, &mut [i8], &mut [f16]) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let blocks_per_row = columns / BLOCK;
        let empty = Block { quants: [128; BLOCK * PANEL], scales: [f16::ZERO; PANEL] };
        let mut blocks = vec![empty; outputs.div_ceil(PANEL) * blocks_per_row];
        blocks.par_chunks_mut(blocks_per_row).enumerate().try_for_each(|(panel, blocks)| {
            let rows = panel * PANEL..outputs.min((panel + 1) * PANEL);
            let mut quants = vec![0; rows.len() * columns];
            let mut scales = vec![f16::ZERO; rows.len() * blocks_per_row];
            fill(rows, &mut quants, &mut scales)?;
            let rows = quants.chunks_exact(columns).zip(scales.chunks_exact(blocks_per_row));
            for (lane, (quants, scales)) in rows.enumerate() {
                for (block, (quants, scale)) in blocks.iter_mut().zip(quants.chunks_exact(BLOCK).zip(scales))
                {
                    block.scales[lane] = *scale;
                    for (column, quant) in quants.iter().enumerate() {
                        block.quants[(column / 4 * PANEL + lane) * 4 + column % 4] =
                            quant.wrapping_add(-128).cast_unsigned();
                    }
                }
            }
            Ok(())
        })?;
        Ok(Self { outputs, columns, blocks, kernel: kernel() })
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
        Self::pack(outputs, columns, |rows, quants, scales| {
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
                for ((weights, quants), scales) in
                    weights.chunks_exact(columns).zip(&mut quants).zip(&mut scales)
                {
                    vector::quantise(weights, source.levels(), quants, &mut exact, &mut sums);
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

    /// `[rows, columns]` times this matrix transposed: `[rows, outputs]`.
    pub fn forward(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        rows.apply_op1_no_bwd(self)
    }

    /// The same on plain slices; a slice of `outputs` for each row.
    pub fn multiply(&self, rows: &[f32], outputs: &mut [&mut [f32]]) {
        let blocks_per_row = self.columns / BLOCK;
        if blocks_per_row == 0 || self.outputs == 0 {
            return;
        }
        assert_eq!(rows.len(), self.columns * outputs.len(), "there is an output for each row");
        assert!(outputs.iter().all(|output| output.len() == self.outputs), "each has room for the product");
        let activations = Activations::quantise(rows, self.columns);
        let output = Columns { starts: outputs.iter_mut().map(|output| output.as_mut_ptr()).collect() };
        let panel = |(panel, blocks): (usize, &[Block])| {
            let mut sums = [[0.0; PANEL]; TILE];
            let first = panel * PANEL;
            let width = PANEL.min(self.outputs - first);
            let count = activations.len();
            for start in (0..count).step_by(TILE) {
                let tile = TILE.min(count - start);
                let rows: [Row<'_>; TILE] = std::array::from_fn(|i| activations.row(start + i.min(tile - 1)));
                (self.kernel)(blocks, &rows[..tile], &mut sums);
                for (row, sums) in sums[..tile].iter().enumerate() {
                    // SAFETY: `start + row` has an output and the panel lies inside its width; no other call of this
                    // closure writes this panel's columns.
                    unsafe { output.write(start + row, first, &sums[..width]) };
                }
            }
        };
        let panels = self.blocks.chunks_exact(blocks_per_row).enumerate();
        if rows.len() * self.outputs < PARALLEL {
            panels.for_each(panel);
        } else {
            self.blocks
                .par_chunks_exact(blocks_per_row)
                .enumerate()
                .with_min_len(panels.len().div_ceil(4 * rayon::current_num_threads()))
                .for_each(panel);
        }
    }
}

impl CustomOp1 for Int8Matrix {
    fn name(&self) -> &'static str {
        "int8-linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (rows, columns) = layout.shape().dims2()?;
        if columns != self.columns {
            candle_core::bail!("int8-linear has {} columns, its input {columns}", self.columns);
        }
        let mut output = vec![0.0; rows * self.outputs];
        let mut outputs: Vec<&mut [f32]> = output.chunks_exact_mut(self.outputs.max(1)).collect();
        self.multiply(rowwise::contiguous(storage, layout)?, &mut outputs);
        Ok((CpuStorage::F32(output), Shape::from((rows, self.outputs))))
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

impl Activations {
    fn quantise(rows: &[f32], columns: usize) -> Self {
        let mut quants = vec![0; rows.len()];
        let mut scales = vec![0.0; rows.len() / BLOCK];
        let mut sums = vec![0; rows.len() / BLOCK];
        // Blocks do not span rows, so all rows are one long one.
        vector::quantise(rows, 127.0, &mut quants, &mut scales, &mut sums);
        let offsets = sums.into_iter().map(|sum| -128 * sum).collect();
        Self { columns, quants, scales, offsets }
    }

    fn len(&self) -> usize {
        self.quants.len() / self.columns
    }

    fn row(&self, row: usize) -> Row<'_> {
        let blocks = self.columns / BLOCK;
        Row {
            quants: &self.quants[row * self.columns..][..self.columns],
            scales: &self.scales[row * blocks..][..blocks],
            offsets: &self.offsets[row * blocks..][..blocks],
        }
    }
}

#[cfg(test)]
mod tests;
