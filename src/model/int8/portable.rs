//! The kernel for any processor. It defines the result of the others.

use super::{BLOCK, Block, PANEL, Row};

pub(super) fn multiply(blocks: &[Block], first: usize, rows: &[Row<'_>], sums: &mut [[f32; PANEL]]) {
    for (row, sums) in rows.iter().zip(sums) {
        for (index, block) in (first..).zip(blocks) {
            let mut dots = [row.offsets[index]; PANEL];
            let columns = row.quants[index * BLOCK..][..BLOCK].chunks_exact(4);
            for (weights, values) in block.quants.chunks_exact(4 * PANEL).zip(columns) {
                for (dot, weights) in dots.iter_mut().zip(weights.chunks_exact(4)) {
                    for (weight, value) in weights.iter().zip(values) {
                        *dot += i32::from(*weight) * i32::from(*value);
                    }
                }
            }
            for ((sum, dot), scale) in sums.iter_mut().zip(dots).zip(block.scales) {
                *sum += dot as f32 * (scale.to_f32() * row.scales[index]);
            }
        }
    }
}
