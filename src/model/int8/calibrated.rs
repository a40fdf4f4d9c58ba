//! Weights that come in 8 bits, with one scale for the whole matrix, as intgemm of Marian has them (Bogoychev et al. 2020).
//!
//! Activations are put on a grid that was calibrated beforehand: times `alpha`, rounded to even, and cut at 127. intgemm then
//! adds 127 to them, which its instructions want, and takes it out again with the bias. Our kernels need no shift, but what it
//! does to the last bits of a result is done here as well: they decide on which side of a step the next layer's values fall.
//! Sums of integers are exact up to 2^24, whatever the processor; on processors without VNNI those of intgemm saturate, where
//! two neighbouring products leave 16 bits.

use half::f16;
use rayon::prelude::*;

use super::{super::ModelError, Activations, BLOCK, Int8Matrix, SPAN};

/// A matrix `[outputs, columns]` with the grid that its rows are put on.
pub struct CalibratedMatrix {
    matrix: Int8Matrix,
    /// What activations are multiplied by before they are rounded; none: 127 by the largest of each row.
    alpha: Option<f32>,
    /// What a unit of the integer sums is worth.
    unit: f32,
    /// For each output, what the shift of the activations adds to its integer sum.
    shifts: Vec<f32>,
    /// For each output, what is added to it at last: the bias, without what the shift is worth.
    biases: Vec<f32>,
}

/// What intgemm adds to activations.
const SHIFT: f32 = 127.0;

impl CalibratedMatrix {
    /// Packs rows of weights that were multiplied by `scale` before they were rounded: `row` gives the bytes of one by its
    /// number. `bias` has a value for each, or none.
    ///
    /// # Errors
    /// When `columns` is no multiple of [`BLOCK`], a row has other columns or a weight of -128, which intgemm never writes, or
    /// a scale is no positive number.
    pub fn pack<'a>(
        outputs: usize,
        columns: usize,
        row: impl Fn(usize) -> &'a [u8] + Sync,
        scale: f32,
        alpha: Option<f32>,
        bias: &[f32],
    ) -> Result<Self, ModelError> {
        let wrong = |what: String| Err(ModelError::Format(what));
        if columns == 0 || !columns.is_multiple_of(BLOCK) {
            return wrong(format!("rows of {columns} weights cannot be cut into blocks"));
        }
        let unit = 1.0 / (alpha.unwrap_or(1.0) * scale);
        if !(unit.is_normal() && unit > 0.0) {
            return wrong("a quantisation multiplier is out of range".to_owned());
        }
        let span = if columns.is_multiple_of(SPAN * BLOCK) { SPAN } else { 1 };
        let matrix = Int8Matrix::pack(outputs, columns, span, |rows, quants, scales| {
            scales.fill(f16::ONE);
            for (index, quants) in rows.zip(quants.chunks_exact_mut(columns)) {
                let weights = row(index);
                if weights.len() != columns || weights.contains(&i8::MIN.cast_unsigned()) {
                    let what = "an 8-bit weight is below -127, or missing";
                    return Err(ModelError::Format(what.to_owned()));
                }
                for (quant, weight) in quants.iter_mut().zip(weights) {
                    *quant = weight.cast_signed();
                }
            }
            Ok(())
        })?;
        // Without a grid of their own, rows are not shifted.
        let shift = if alpha.is_some() { SHIFT } else { 0.0 };
        let sum = |index| row(index).iter().map(|weight| i32::from(weight.cast_signed())).sum::<i32>() as f32;
        let sums: Vec<f32> = (0..outputs).map(sum).collect();
        let bias = bias.iter().copied().chain(std::iter::repeat(0.0));
        let biases = sums.iter().zip(bias).map(|(sum, bias)| bias - shift * unit * sum).collect();
        let shifts = sums.iter().map(|sum| shift * sum).collect();
        Ok(Self { matrix, alpha, unit, shifts, biases })
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.matrix.outputs()
    }

    /// `[rows, columns]` times these matrices transposed, one below the other, and their biases; a slice of all their outputs for
    /// each row.
    pub fn multiply(matrices: &[Self], rows: &[f32], outputs: &mut [&mut [f32]]) {
        let mut rest: Vec<&mut [f32]> = outputs.iter_mut().map(|output| &mut **output).collect();
        let mut known: Option<(Option<f32>, Activations)> = None;
        for Self { matrix, alpha, unit, shifts, biases } in matrices {
            // What reads the same is mostly calibrated alike.
            let activations = match known.take() {
                Some((same, activations)) if same == *alpha => activations,
                _ => quantised(rows, matrix, *alpha),
            };
            let mut parts: Vec<&mut [f32]> = Vec::with_capacity(rest.len());
            for rest in &mut rest {
                let (part, behind) = std::mem::take(rest).split_at_mut(matrix.outputs());
                *rest = behind;
                parts.push(part);
            }
            matrix.product(&activations, parts.iter_mut().map(|part| &mut **part).enumerate());
            for part in parts {
                for ((sum, shift), bias) in part.iter_mut().zip(shifts).zip(biases) {
                    *sum = (*sum + shift) * unit + bias;
                }
            }
            known = Some((*alpha, activations));
        }
    }
}

/// Rows on the grid of a matrix.
fn quantised(rows: &[f32], matrix: &Int8Matrix, alpha: Option<f32>) -> Activations {
    let columns = matrix.columns;
    let each = rows.par_chunks_exact(columns);
    match alpha {
        Some(alpha) => {
            let mut activations = Activations::new(matrix.span);
            activations.calibrate(each, columns, alpha);
            activations
        }
        // One scale for a row: all of its blocks share it.
        None => {
            let mut activations = Activations::new(columns / BLOCK);
            activations.fill(each, columns, |row, values| values.copy_from_slice(row));
            activations
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(outputs: usize, columns: usize) -> Vec<u8> {
        (0..outputs * columns)
            .map(|index| ((index * 37 + index / 5) % 255) as u8)
            .map(|w| w.max(1) ^ 0x80)
            .collect()
    }

    fn product(matrices: &[CalibratedMatrix], rows: &[f32], count: usize) -> Vec<f32> {
        let outputs: usize = matrices.iter().map(CalibratedMatrix::outputs).sum();
        let mut result = vec![f32::NAN; count * outputs];
        let mut slices: Vec<&mut [f32]> = result.chunks_exact_mut(outputs).collect();
        CalibratedMatrix::multiply(matrices, rows, &mut slices);
        result
    }

    #[test]
    fn the_integers_that_are_multiplied_are_those_of_intgemm() {
        for (outputs, columns) in [(24, 64), (40, 256), (17, 1536)] {
            let weights = weights(outputs, columns);
            let (alpha, scale) = (20.0f32, 50.0f32);
            let row = |index: usize| &weights[index * columns..][..columns];
            let bias: Vec<f32> = (0..outputs).map(|index| index as f32 / 3.0).collect();
            let matrix = CalibratedMatrix::pack(outputs, columns, row, scale, Some(alpha), &bias).unwrap();
            // Some are cut, some are halfway between two.
            let rows: Vec<f32> = (0..3 * columns).map(|index| (index % 601) as f32 / 40.0 - 7.5).collect();
            let got = product(&[matrix], &rows, 3);
            for (input, got) in rows.chunks(columns).zip(got.chunks(outputs)) {
                for (output, got) in got.iter().enumerate() {
                    let quant = |x: &f32| (x * alpha).round_ties_even().clamp(-127.0, 127.0) as i32 + 127;
                    let weights = || row(output).iter().map(|weight| i32::from(weight.cast_signed()));
                    let sum: i32 = input.iter().zip(weights()).map(|(x, w)| quant(x) * w).sum();
                    let unit = 1.0 / (alpha * scale);
                    let bias = bias[output] - 127.0 * unit * weights().sum::<i32>() as f32;
                    assert_eq!(*got, sum as f32 * unit + bias);
                }
            }
        }
    }

    #[test]
    fn matrices_below_each_other_keep_their_own_grids() {
        let weights = weights(32, 64);
        let part = |from: usize, scale, alpha| {
            CalibratedMatrix::pack(16, 64, |row| &weights[(from + row) * 64..][..64], scale, alpha, &[])
                .unwrap()
        };
        let rows: Vec<f32> = (0..128).map(|index| (index as f32 * 0.3).sin()).collect();
        let both = product(&[part(0, 9.0, Some(90.0)), part(16, 7.0, None)], &rows, 2);
        let (first, second) =
            (product(&[part(0, 9.0, Some(90.0))], &rows, 2), product(&[part(16, 7.0, None)], &rows, 2));
        for row in 0..2 {
            assert_eq!(both[row * 32..][..16], first[row * 16..][..16]);
            assert_eq!(both[row * 32 + 16..][..16], second[row * 16..][..16]);
        }
    }

    #[test]
    fn without_a_calibration_the_largest_of_a_row_becomes_127() {
        let weights = weights(16, 64);
        let matrix =
            CalibratedMatrix::pack(16, 64, |row| &weights[row * 64..][..64], 10.0, None, &[]).unwrap();
        let row: Vec<f32> = (0..64).map(|index| (index as f32 * 0.7).cos() * 3.0).collect();
        for (output, got) in product(&[matrix], &row, 1).iter().enumerate() {
            let exact: f32 = row
                .iter()
                .zip(&weights[output * 64..])
                .map(|(x, w)| x * f32::from(w.cast_signed()) / 10.0)
                .sum();
            assert!((exact - got).abs() < 1.5, "{exact} {got}");
        }
    }

    #[test]
    fn what_no_grid_has_is_refused() {
        let good = [1u8; 64];
        let low = [128u8; 64];
        let pack = |row: &'static [u8], columns, scale, alpha| {
            CalibratedMatrix::pack(1, columns, |_| row, scale, alpha, &[]).is_err()
        };
        let (good, low): (&'static [u8], &'static [u8]) =
            (Box::leak(Box::new(good)), Box::leak(Box::new(low)));
        assert!(!pack(good, 64, 1.0, Some(1.0)));
        assert!(pack(low, 64, 1.0, None) && pack(good, 32, 1.0, None) && pack(good, 40, 1.0, None));
        assert!(
            pack(good, 64, 0.0, None) && pack(good, 64, f32::NAN, None) && pack(good, 64, 1.0, Some(-1.0))
        );
    }
}
