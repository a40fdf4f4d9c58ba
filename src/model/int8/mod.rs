//! Linear layers with 8-bit weights: multiplies a few rows of activations by a large matrix that was packed at load.
//!
//! A scale covers 32 weights of a row, as in GGUF's Q8_0. Weights that are not quantised yet get a scale per 128 weights: with 32,
//! scaling the integer sums would take a fifth of the time. Activations are quantised in the same way, each row separately. So a
//! row's result does not depend on other rows: integer sums are exact, and floating-point sums follow the order of the blocks for
//! any number of rows and threads.
//!
//! All kernels use the same packed form. A panel is sixteen rows of weights (outputs). A block of a panel holds 32 columns in
//! groups of four: 16 outputs x 4 columns are 64 bytes, one AVX-512 register. One instruction multiplies it by four broadcast
//! activations and sums up for all sixteen outputs. One pass over memory serves up to eight rows. Weights are stored with an
//! offset of 128, since the instruction needs one unsigned operand. The offset adds 128 times the sum of the activations, which
//! is known in advance and subtracted.

#![expect(
    unsafe_code,
    reason = "processor instructions, and threads that write disjoint columns of the same rows"
)]

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

/// Outputs per panel.
pub const PANEL: usize = 16;
/// Most rows of activations that a kernel takes in one pass over a panel.
const TILE: usize = 8;
/// Consecutive blocks that share a scale in the faster form.
pub const SPAN: usize = 4;
/// Most rows that share a pass over a thread's panels.
const ROWS: usize = 8 * TILE;
/// Blocks of a panel that stay in the L1 cache while all tiles are multiplied.
const DEPTH: usize = 32;
/// Most bytes of panels that a thread takes at once: half of an L2 cache.
const SHARE: usize = 1 << 19;
/// Below this many multiplications, threads cost more than they save.
const PARALLEL: usize = 1 << 17;

/// 32 columns of 16 outputs.
#[repr(C, align(32))]
#[derive(Clone)]
struct Block {
    /// `[column / 4][output][column % 4]`, each with an offset of 128.
    quants: [u8; BLOCK * PANEL],
    /// One per output. Blocks that share a scale each store it.
    scales: [f16; PANEL],
}

/// A matrix `[outputs, columns]` in packed 8-bit form.
pub struct Int8Matrix {
    outputs: usize,
    columns: usize,
    /// `[panel][block]`
    blocks: Vec<Block>,
    /// Number of consecutive blocks that share a scale: 1 or [`SPAN`].
    span: usize,
    kernel: Kernel,
}

/// Weights that can be read in ranges of rows.
pub trait Source: Sync {
    /// Number of rows.
    fn outputs(&self) -> usize;

    /// The quant of the largest weight in a block: 127, or less for weights that were already quantised to fewer levels, which
    /// are then kept exactly.
    fn levels(&self) -> f32;

    /// Whether the weights are not quantised yet, so that a faster block size may be chosen.
    fn is_free(&self) -> bool {
        false
    }

    /// Reads these rows: `[rows, columns]`.
    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError>;
}

/// Multiplies blocks of a panel by up to [`TILE`] rows, whose blocks start at `first`. Adds the products to `sums`, one per row.
///
/// # Safety
/// The processor has the features that the kernel is compiled for, and every row has the blocks `first..first + blocks.len()`
/// ([`Row::has`]): kernels do not check each access.
type Kernel = unsafe fn(blocks: &[Block], first: usize, rows: &[Row<'_>], sums: &mut [[f32; PANEL]]);

/// Vector instructions that a kernel is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// AVX-512 with VNNI.
    Avx512,
    Avx2,
    /// None: the compiler uses what every processor of the target has.
    Portable,
}

impl Instructions {
    /// The best ones of this processor.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni")
            {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c")
            {
                return Self::Avx2;
            }
        }
        Self::Portable
    }
}

/// The fastest kernel of this processor for rows and weights in which `span` blocks share a scale. A kernel for a smaller span
/// also gives correct results.
fn kernel(span: usize) -> Kernel {
    match (Instructions::best(), span) {
        #[cfg(target_arch = "x86_64")]
        (Instructions::Avx512, SPAN) => avx512::multiply::<SPAN>,
        #[cfg(target_arch = "x86_64")]
        (Instructions::Avx512, _) => avx512::multiply::<1>,
        #[cfg(target_arch = "x86_64")]
        (Instructions::Avx2, _) => avx2::multiply,
        _ => portable::multiply,
    }
}

impl Int8Matrix {
    /// Packs a matrix panel by panel. `fill(rows, quants, scales)` writes the quants `[rows, columns]` (-127 to 127) of up to
    /// [`PANEL`] rows and the scales `[rows, blocks]`. `span` consecutive blocks have the same scale; `columns` is a multiple of
    /// `span * BLOCK`.
    pub fn pack<E: Send>(
        outputs: usize,
        columns: usize,
        span: usize,
        fill: impl Fn(Range<usize>, &mut [i8], &mut [f16]) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let blocks_per_row = columns / BLOCK;
        let count = outputs.div_ceil(PANEL) * blocks_per_row;
        let mut blocks = Vec::with_capacity(count);
        // Builds each panel in the cache and writes it once, since touching fresh memory dominates the time.
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
        // SAFETY: the panels cover all of these blocks, and each was written.
        unsafe { blocks.set_len(count) };
        Ok(Self { outputs, columns, blocks, span, kernel: kernel(span) })
    }

    /// Quantises and packs matrices `[_, columns]`, stacked.
    ///
    /// # Errors
    /// The errors of the sources; a weight that is not finite or too large for its scale; `columns` that is not a multiple of
    /// [`BLOCK`].
    pub fn quantise(sources: &[impl Source], columns: usize) -> Result<Self, ModelError> {
        if columns == 0 || !columns.is_multiple_of(BLOCK) {
            return Err(ModelError::Format(format!("cannot split rows of {columns} weights into blocks")));
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
                // The max scan in `quantise` ignores NaN, so check here.
                if !weights.iter().all(|weight| weight.is_finite()) {
                    return Err(ModelError::Format("a weight is not finite or too large".to_owned()));
                }
                for ((weights, quants), scales) in
                    weights.chunks_exact(columns).zip(&mut quants).zip(&mut scales)
                {
                    vector::quantise(weights, source.levels(), span, quants, &mut exact, &mut sums);
                    for (scale, exact) in scales.iter_mut().zip(&exact) {
                        *scale = f16::from_f32(*exact);
                        if !scale.is_finite() {
                            return Err(ModelError::Format("a weight is not finite or too large".to_owned()));
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

    /// Multiplies `rows` `[rows, columns]` by the transpose of this matrix. `outputs` has one slice per row.
    pub fn multiply(&self, rows: &[f32], outputs: &mut [&mut [f32]]) {
        let mut activations = Activations::new(self.span);
        let rows = rows.par_chunks_exact(self.columns.max(1));
        activations.fill(rows, self.columns, |row, values| values.copy_from_slice(row));
        self.product(&activations, outputs.iter_mut().map(|output| &mut **output).enumerate());
    }

    /// Multiplies the given rows of `activations`. `outputs` has the index of each row and the slice for its product.
    pub fn product<'a>(
        &self,
        activations: &Activations,
        outputs: impl Iterator<Item = (usize, &'a mut [f32])>,
    ) {
        self.product_then(activations, outputs, |_, sums| sums);
    }

    /// Like [`Self::product`], but writes what `finish` makes of the number of a panel and its products.
    fn product_then<'a>(
        &self,
        activations: &Activations,
        outputs: impl Iterator<Item = (usize, &'a mut [f32])>,
        finish: impl Fn(usize, [f32; PANEL]) -> [f32; PANEL] + Sync,
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
        // Limits the rows and panels of a pass, so that both fit the L2 cache.
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
                        let products = finish(panel, *sums);
                        // SAFETY: `row` has an output and `width` columns of the panel are inside it; no other call of
                        // this closure writes this panel's columns.
                        unsafe {
                            match width {
                                PANEL => output.write(row, column, products),
                                _ => output.write_part(row, column, &products[..width]),
                            }
                        }
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

/// The start of each output row. Threads write disjoint columns.
struct Columns {
    starts: Vec<*mut f32>,
}

// SAFETY: the pointers are only written through, and every panel writes columns of its own.
unsafe impl Sync for Columns {}

impl Columns {
    /// # Safety
    /// `column + PANEL` is within the output of `row`, and no other thread accesses these elements during the call.
    #[inline(always)]
    unsafe fn write(&self, row: usize, column: usize, values: [f32; PANEL]) {
        // SAFETY: the caller guarantees this.
        unsafe { self.starts[row].add(column).cast::<[f32; PANEL]>().write_unaligned(values) };
    }

    /// Writes the last panel. Apart from [`Self::write`], so that the compiler does not merge both into one call of `memcpy`.
    ///
    /// # Safety
    /// `column + values.len()` is within the output of `row`, and no other thread accesses these elements during the call.
    #[cold]
    #[inline(never)]
    unsafe fn write_part(&self, row: usize, column: usize, values: &[f32]) {
        // SAFETY: the caller guarantees this.
        unsafe { self.starts[row].add(column).copy_from_nonoverlapping(values.as_ptr(), values.len()) };
    }
}

#[cfg(test)]
mod tests;
