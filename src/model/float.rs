//! Linear layers with 32-bit weights, packed like the 8-bit ones: panels of sixteen outputs, and one pass for several rows.
//!
//! Every sum runs over the columns in order, for any number of rows and threads. So the result of a row does not depend on the
//! other rows; a library's matrix product chooses the order by the total size.

use multiversion::multiversion;
use rayon::prelude::*;

use super::{ModelError, int8::Source};

/// Outputs side by side.
const PANEL: usize = 16;
/// Rows in a pass over a panel.
const TILE: usize = 8;
/// Below this many multiplications, threads cost more than they save.
const PARALLEL: usize = 1 << 17;

/// A matrix `[outputs, columns]` in packed form.
pub struct F32Matrix {
    outputs: usize,
    columns: usize,
    /// `[panel][column][output]`, with zeros after the last output.
    weights: Vec<[f32; PANEL]>,
}

impl F32Matrix {
    /// Packs matrices `[_, columns]`, stacked.
    pub fn pack(sources: &[impl Source], columns: usize) -> Result<Self, ModelError> {
        let outputs = sources.iter().map(Source::outputs).sum::<usize>();
        let mut weights = vec![[0.0; PANEL]; outputs.div_ceil(PANEL) * columns];
        let mut output = 0;
        for source in sources {
            for start in (0..source.outputs()).step_by(PANEL) {
                let rows = source.rows(start..source.outputs().min(start + PANEL))?;
                if !rows.iter().all(|weight| weight.is_finite()) {
                    return Err(ModelError::Format("a weight is not a finite number".to_owned()));
                }
                for row in rows.chunks_exact(columns.max(1)) {
                    let panel = &mut weights[output / PANEL * columns..][..columns];
                    for (column, weight) in panel.iter_mut().zip(row) {
                        column[output % PANEL] = *weight;
                    }
                    output += 1;
                }
            }
        }
        Ok(Self { outputs, columns, weights })
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Multiplies `[rows, columns]` by this matrix transposed, into a slice of `outputs` for each row.
    pub fn multiply(&self, rows: &[f32], outputs: &mut [&mut [f32]]) {
        if self.outputs == 0 || self.columns == 0 {
            return;
        }
        assert_eq!(rows.len(), self.columns * outputs.len(), "there is an output for each row");
        // Split by panel first, so that each panel owns its part of every output.
        let mut parts: Vec<Vec<&mut [f32]>> = Vec::new();
        parts.resize_with(self.outputs.div_ceil(PANEL), || Vec::with_capacity(outputs.len()));
        for output in outputs.iter_mut() {
            for (part, values) in parts.iter_mut().zip(output.chunks_mut(PANEL)) {
                part.push(values);
            }
        }
        let panel = |(weights, mut outputs): (&[[f32; PANEL]], Vec<&mut [f32]>)| {
            for (rows, outputs) in rows.chunks(TILE * self.columns).zip(outputs.chunks_mut(TILE)) {
                let rows: Vec<&[f32]> = rows.chunks_exact(self.columns).collect();
                tile(weights, &rows, outputs);
            }
        };
        let panels = self.weights.chunks_exact(self.columns);
        if rows.len() * self.outputs < PARALLEL {
            panels.zip(parts).for_each(panel);
        } else {
            let least = parts.len().div_ceil(4 * rayon::current_num_threads());
            self.weights.par_chunks_exact(self.columns).zip(parts).with_min_len(least).for_each(panel);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx+avx2"))]
fn tile(weights: &[[f32; PANEL]], rows: &[&[f32]], outputs: &mut [&mut [f32]]) {
    // If the compiler knows the number of rows, the sums stay in registers.
    match rows.len() {
        TILE => sums::<TILE>(weights, rows, outputs),
        count if count >= 4 => {
            let (rows, last) = rows.split_at(4);
            let (outputs, last_outputs) = outputs.split_at_mut(4);
            sums::<4>(weights, rows, outputs);
            for (row, output) in last.chunks(1).zip(last_outputs.chunks_mut(1)) {
                sums::<1>(weights, row, output);
            }
        }
        _ => {
            for (row, output) in rows.chunks(1).zip(outputs.chunks_mut(1)) {
                sums::<1>(weights, row, output);
            }
        }
    }
}

#[inline(always)]
fn sums<const ROWS: usize>(weights: &[[f32; PANEL]], rows: &[&[f32]], outputs: &mut [&mut [f32]]) {
    let Some(rows) = rows.first_chunk::<ROWS>() else { return };
    let columns = weights.len();
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &rows[row][..columns]);
    let mut sums = [[0.0f32; PANEL]; ROWS];
    for (column, weights) in weights.iter().enumerate() {
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let value = row[column];
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += value * weight;
            }
        }
    }
    for (output, sums) in outputs.iter_mut().zip(sums) {
        let width = output.len();
        output.copy_from_slice(&sums[..width]);
    }
}
