//! A function of one row, applied to every row of a tensor: normalisations and gates.

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use rayon::prelude::*;

/// Rows that one thread takes at least; a row is too little work to hand over.
const MIN_ROWS: usize = 16;

struct RowWise<F> {
    width: usize,
    function: F,
}

/// `[rows, columns]` to `[rows, width]`: `function(row, output)` writes each output, which begins as zeros.
pub(super) fn apply<F>(rows: &Tensor, width: usize, function: F) -> candle_core::Result<Tensor>
where
    F: Fn(&[f32], &mut [f32]) + Send + Sync,
{
    rows.apply_op1_no_bwd(&RowWise { width, function })
}

impl<F: Fn(&[f32], &mut [f32]) + Send + Sync> CustomOp1 for RowWise<F> {
    fn name(&self) -> &'static str {
        "row-wise"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (count, columns) = layout.shape().dims2()?;
        let input = contiguous(storage, layout)?;
        let mut output = vec![0.0; count * self.width];
        input
            .par_chunks(columns)
            .zip(output.par_chunks_mut(self.width))
            .with_min_len(MIN_ROWS)
            .for_each(|(input, output)| (self.function)(input, output));
        Ok((CpuStorage::F32(output), Shape::from((count, self.width))))
    }
}

/// The values of a contiguous tensor of 32-bit floats.
pub(super) fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> candle_core::Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("contiguous rows are wanted");
    };
    match storage {
        CpuStorage::F32(values) => Ok(&values[start..end]),
        other => candle_core::bail!("f32 is wanted, not {other:?}"),
    }
}
