//! A linear layer with 32-bit or 8-bit weights and an optional bias.

use super::{
    ModelError,
    float::F32Matrix,
    int8::{CalibratedMatrix, Int8Matrix, Source},
};

/// The precision of weights in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// Quantised to 8 bits at load: a quarter of the memory, and much faster.
    Int8,
}

/// A matrix `[outputs, columns]`.
pub enum Matrix {
    F32(F32Matrix),
    Int8(Int8Matrix),
    /// Stacked matrices that the file stores in 8 bits, each with its own bias.
    Calibrated(Vec<CalibratedMatrix>),
}

impl Matrix {
    /// Packs matrices `[_, columns]`, stacked.
    pub fn pack(sources: &[impl Source], columns: usize, precision: Precision) -> Result<Self, ModelError> {
        match precision {
            Precision::F32 => F32Matrix::pack(sources, columns).map(Self::F32),
            Precision::Int8 => Int8Matrix::quantise(sources, columns).map(Self::Int8),
        }
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        match self {
            Self::F32(matrix) => matrix.outputs(),
            Self::Int8(matrix) => matrix.outputs(),
            Self::Calibrated(matrices) => matrices.iter().map(CalibratedMatrix::outputs).sum(),
        }
    }

    /// Multiplies `rows` `[rows, columns]` by the transpose of this matrix. `outputs` has one slice per row.
    pub fn multiply(&self, rows: &[f32], outputs: &mut [&mut [f32]]) {
        match self {
            Self::F32(matrix) => matrix.multiply(rows, outputs),
            Self::Int8(matrix) => matrix.multiply(rows, outputs),
            Self::Calibrated(matrices) => CalibratedMatrix::multiply(matrices, rows, outputs),
        }
    }
}

/// `x W^T + b`
pub struct Linear {
    pub weights: Matrix,
    /// One value per output; empty without a bias.
    pub bias: Vec<f32>,
}

impl Linear {
    /// `[rows, columns]` to `[rows, outputs]`.
    pub fn forward(&self, rows: &[f32], count: usize) -> Vec<f32> {
        let outputs = self.weights.outputs();
        let mut result = vec![0.0; count * outputs];
        self.apply(rows, &mut result.chunks_exact_mut(outputs.max(1)).collect::<Vec<_>>());
        result
    }

    /// Like [`Self::forward`], but writes to one slice per row.
    pub fn apply(&self, rows: &[f32], outputs: &mut [&mut [f32]]) {
        self.weights.multiply(rows, outputs);
        for output in outputs {
            for (value, bias) in output.iter_mut().zip(&self.bias) {
                *value += bias;
            }
        }
    }
}
