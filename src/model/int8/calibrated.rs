//! Matrices that the file stores in 8 bits with one scale per matrix, as Marian's intgemm does (Bogoychev et al. 2020).
//!
//! Activations are quantised with a calibrated multiplier: times `alpha`, rounded half to even, clipped to 127. intgemm then adds
//! 127, because its instructions need unsigned operands, and corrects for it in the bias. These kernels need no shift, but the
//! code computes it too: it changes the last bits of a result, which decide how the next layer rounds.
//!
//! Integer sums are exact up to 2^24 on every processor. On processors without VNNI, intgemm's sums saturate if two neighbouring
//! products exceed 16 bits.

use half::f16;
use rayon::prelude::*;

use super::{
    super::{ModelError, vector},
    Activations, BLOCK, Int8Matrix, PANEL, SPAN,
};

/// A matrix `[outputs, columns]`, the quantisation multiplier of its activations, and its bias.
pub struct CalibratedMatrix {
    matrix: Int8Matrix,
    /// The activations' quantisation multiplier. If `None`, each row uses 127 divided by its largest magnitude.
    alpha: Option<f32>,
    /// Scale of the integer sums.
    unit: f32,
    /// One per panel.
    offsets: Vec<Offsets>,
}

/// What is added to the outputs of a panel.
struct Offsets {
    /// What the shift of the activations adds to the integer sums.
    shifts: [f32; PANEL],
    /// The biases minus the scaled shifts.
    biases: [f32; PANEL],
}

/// intgemm adds this to quantised activations.
const SHIFT: f32 = 127.0;

impl CalibratedMatrix {
    /// Packs quantised weights. `row(i)` returns the signed bytes of row `i`; `scale` is their quantisation multiplier. `bias` has
    /// one value per output or is empty.
    ///
    /// # Errors
    /// When `columns` is not a multiple of [`BLOCK`], a row has another length or contains -128, which intgemm never writes, or a
    /// multiplier is out of range.
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
            return wrong(format!("cannot split rows of {columns} weights into blocks"));
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
                if weights.len() != columns {
                    return Err(ModelError::Format("an 8-bit weight is missing".to_owned()));
                }
                for (quant, weight) in quants.iter_mut().zip(weights) {
                    *quant = weight.cast_signed();
                }
            }
            Ok(())
        })?;
        // intgemm shifts only calibrated activations.
        let shift = if alpha.is_some() { SHIFT } else { 0.0 };
        let mut offsets = Vec::with_capacity(outputs.div_ceil(PANEL));
        for first in (0..outputs).step_by(PANEL) {
            let (mut shifts, mut biases) = ([0.0; PANEL], [0.0; PANEL]);
            for (lane, index) in (first..outputs).take(PANEL).enumerate() {
                let (sum, least) = vector::sum_and_least(row(index));
                if least == i8::MIN {
                    return wrong("an 8-bit weight is below -127".to_owned());
                }
                let bias = bias.get(index).copied().unwrap_or_default();
                (shifts[lane], biases[lane]) = (shift * sum as f32, bias - shift * unit * sum as f32);
            }
            offsets.push(Offsets { shifts, biases });
        }
        Ok(Self { matrix, alpha, unit, offsets })
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.matrix.outputs()
    }

    /// Multiplies `rows` `[rows, columns]` by the transposes of the stacked matrices and adds their biases. `outputs` has one slice
    /// per row, with the outputs of all matrices.
    pub fn multiply(matrices: &[Self], rows: &[f32], outputs: &mut [&mut [f32]]) {
        let mut rest: Vec<&mut [f32]> = outputs.iter_mut().map(|output| &mut **output).collect();
        let mut known: Option<(Option<f32>, Activations)> = None;
        for Self { matrix, alpha, unit, offsets } in matrices {
            // Matrices with the same input often share a multiplier. Then the activations are quantised once.
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
            let finish = |panel: usize, mut sums: [f32; PANEL]| {
                let Offsets { shifts, biases } = &offsets[panel];
                for ((sum, shift), bias) in sums.iter_mut().zip(shifts).zip(biases) {
                    *sum = (*sum + shift) * unit + bias;
                }
                sums
            };
            matrix.product_then(&activations, parts.into_iter().enumerate(), finish);
            known = Some((*alpha, activations));
        }
    }
}

/// Quantises the rows for a matrix.
fn quantised(rows: &[f32], matrix: &Int8Matrix, alpha: Option<f32>) -> Activations {
    let columns = matrix.columns;
    let each = rows.par_chunks_exact(columns);
    match alpha {
        Some(alpha) => {
            let mut activations = Activations::new(matrix.span);
            activations.calibrate(each, columns, alpha);
            activations
        }
        // One scale per row: all of its blocks share it.
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
    fn quantised_activations_match_intgemm() {
        for (outputs, columns) in [(24, 64), (40, 256), (17, 1536)] {
            let weights = weights(outputs, columns);
            let (alpha, scale) = (20.0f32, 50.0f32);
            let row = |index: usize| &weights[index * columns..][..columns];
            let bias: Vec<f32> = (0..outputs).map(|index| index as f32 / 3.0).collect();
            let matrix = CalibratedMatrix::pack(outputs, columns, row, scale, Some(alpha), &bias).unwrap();
            // Includes values that are clipped and values halfway between two integers.
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
    fn stacked_matrices_keep_their_own_multipliers() {
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
    fn without_calibration_the_largest_activation_of_a_row_becomes_127() {
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
    fn invalid_matrices_are_rejected() {
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
