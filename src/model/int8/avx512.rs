//! The kernel for processors with AVX-512 VNNI: 64 products per instruction, summed in 32 bits without saturation.

use std::arch::x86_64::*;

use super::{BLOCK, Block, PANEL, Row};

/// `SPAN` consecutive blocks share their scales.
///
/// # Safety
/// The processor has AVX-512 F, BW and VNNI, and every row has the blocks `first..first + blocks.len()`.
pub(super) unsafe fn multiply<const SPAN: usize>(
    blocks: &[Block],
    first: usize,
    rows: &[Row<'_>],
    sums: &mut [[f32; PANEL]],
) {
    // SAFETY: the caller guarantees this.
    unsafe {
        match rows.len() {
            1 => tile::<1, SPAN>(blocks, first, rows, sums),
            2 => tile::<2, SPAN>(blocks, first, rows, sums),
            3 => tile::<3, SPAN>(blocks, first, rows, sums),
            4 => tile::<4, SPAN>(blocks, first, rows, sums),
            5 => tile::<5, SPAN>(blocks, first, rows, sums),
            6 => tile::<6, SPAN>(blocks, first, rows, sums),
            7 => tile::<7, SPAN>(blocks, first, rows, sums),
            _ => tile::<8, SPAN>(blocks, first, rows, sums),
        }
    }
}

/// # Safety
/// See [`multiply`].
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn tile<const ROWS: usize, const SPAN: usize>(
    blocks: &[Block],
    first: usize,
    rows: &[Row<'_>],
    sums: &mut [[f32; PANEL]],
) {
    // The constant length lets the compiler unroll the loops over rows into registers.
    let Some(rows) = rows.first_chunk::<ROWS>() else { return };
    let Some(sums) = sums.first_chunk_mut::<ROWS>() else { return };
    let mut totals = [_mm512_setzero_ps(); ROWS];
    for (total, sums) in totals.iter_mut().zip(&*sums) {
        // SAFETY: sixteen floats are 64 bytes.
        *total = unsafe { _mm512_loadu_ps(sums.as_ptr()) };
    }
    for (index, span) in (first..).step_by(SPAN).zip(blocks.as_chunks::<SPAN>().0) {
        let mut dots = [_mm512_setzero_si512(); ROWS];
        for (dot, row) in dots.iter_mut().zip(rows) {
            // SAFETY: a row has an offset for each block, and a span ends with the last of them at the latest.
            let offsets = unsafe { row.offsets.get_unchecked(index..index + SPAN) };
            *dot = _mm512_set1_epi32(offsets.iter().sum());
        }
        for (index, block) in (index..).zip(span) {
            for group in 0..BLOCK / 4 {
                // SAFETY: eight groups of 64 bytes are the block's quants, and four quants of a row are at every
                // multiple of four below its columns.
                unsafe {
                    let weights = _mm512_loadu_si512(block.quants.as_ptr().add(group * 64).cast());
                    for (dot, row) in dots.iter_mut().zip(rows) {
                        let values =
                            row.quants.as_ptr().add(index * BLOCK + group * 4).cast::<i32>().read_unaligned();
                        *dot = _mm512_dpbusd_epi32(*dot, weights, _mm512_set1_epi32(values));
                    }
                }
            }
        }
        // SAFETY: sixteen half floats are 32 bytes.
        let scales = _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(span[0].scales.as_ptr().cast()) });
        for ((total, dot), row) in totals.iter_mut().zip(dots).zip(rows) {
            // SAFETY: a row has a scale for each block.
            let scale = _mm512_set1_ps(unsafe { *row.scales.get_unchecked(index) });
            *total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), _mm512_mul_ps(scales, scale), *total);
        }
    }
    for (sums, total) in sums.iter_mut().zip(totals) {
        // SAFETY: sixteen floats are 64 bytes.
        unsafe { _mm512_storeu_ps(sums.as_mut_ptr(), total) };
    }
}
