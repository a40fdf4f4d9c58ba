//! The kernel for processors with AVX2. `maddubs` adds neighbouring products in 16 bits with saturation. To avoid saturation, one
//! operand is the activation's magnitude and the other is the weight with the activation's sign. Both are within 127, so two
//! products are within 32767.

use std::arch::x86_64::*;

use super::{BLOCK, Block, PANEL, Row};

/// # Safety
/// The processor has AVX2, FMA and F16C, and every row has the blocks `first..first + blocks.len()`.
pub(super) unsafe fn multiply(blocks: &[Block], first: usize, rows: &[Row<'_>], sums: &mut [[f32; PANEL]]) {
    let pairs = rows.chunks(2).zip(sums.chunks_mut(2));
    for (rows, sums) in pairs {
        // SAFETY: the caller guarantees this.
        unsafe {
            match rows.len() {
                1 => tile::<1>(blocks, first, rows, sums),
                _ => tile::<2>(blocks, first, rows, sums),
            }
        }
    }
}

/// # Safety
/// See [`multiply`].
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn tile<const ROWS: usize>(
    blocks: &[Block],
    first: usize,
    rows: &[Row<'_>],
    sums: &mut [[f32; PANEL]],
) {
    // The constant length lets the compiler unroll the loops over rows into registers.
    let Some(rows) = rows.first_chunk::<ROWS>() else { return };
    let ones = _mm256_set1_epi16(1);
    let offset = _mm256_set1_epi8(-128);
    let mut totals = [[_mm256_setzero_ps(); 2]; ROWS];
    for (totals, sums) in totals.iter_mut().zip(&*sums) {
        for (half, total) in totals.iter_mut().enumerate() {
            // SAFETY: two halves of eight floats are a row of sums.
            *total = unsafe { _mm256_loadu_ps(sums.as_ptr().add(half * 8)) };
        }
    }
    for (index, block) in (first..).zip(blocks) {
        let mut dots = [[_mm256_setzero_si256(); 2]; ROWS];
        for group in 0..BLOCK / 4 {
            for half in 0..2 {
                // SAFETY: eight groups of two halves of 32 bytes are the block's quants, and four quants of a row
                // are at every multiple of four below its columns.
                unsafe {
                    let weights = _mm256_xor_si256(
                        _mm256_loadu_si256(block.quants.as_ptr().add(group * 64 + half * 32).cast()),
                        offset,
                    );
                    for (dots, row) in dots.iter_mut().zip(rows) {
                        let values =
                            row.quants.as_ptr().add(index * BLOCK + group * 4).cast::<i32>().read_unaligned();
                        let values = _mm256_set1_epi32(values);
                        let products =
                            _mm256_maddubs_epi16(_mm256_abs_epi8(values), _mm256_sign_epi8(weights, values));
                        dots[half] = _mm256_add_epi32(dots[half], _mm256_madd_epi16(products, ones));
                    }
                }
            }
        }
        for half in 0..2 {
            // SAFETY: two halves of eight half floats are the block's scales.
            let scales =
                _mm256_cvtph_ps(unsafe { _mm_loadu_si128(block.scales.as_ptr().add(half * 8).cast()) });
            for ((totals, dots), row) in totals.iter_mut().zip(dots).zip(rows) {
                let scale = _mm256_set1_ps(row.scales[index]);
                totals[half] = _mm256_fmadd_ps(
                    _mm256_cvtepi32_ps(dots[half]),
                    _mm256_mul_ps(scales, scale),
                    totals[half],
                );
            }
        }
    }
    for (sums, totals) in sums.iter_mut().zip(totals) {
        for (half, total) in totals.into_iter().enumerate() {
            // SAFETY: two halves of eight floats are a row of sums.
            unsafe { _mm256_storeu_ps(sums.as_mut_ptr().add(half * 8), total) };
        }
    }
}
