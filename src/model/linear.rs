//! A linear layer with a bias, on weights of 32 or of 8 bits.

use super::{
    ModelError,
    float::F32Matrix,
    int8::{CalibratedMatrix, Int8Matrix, Source},
};

/// What weights are computed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As they stand in the checkpoint.
    F32,
    /// Rounded to 8 bits at load: a quarter of the memory, and much faster.
    Int8,
}

/// A matrix `[outputs, columns]`.
pub enum Matrix {
    F32(F32Matrix),
    Int8(Int8Matrix),
    /// One below the other, as their file has them, each with its bias.
    Calibrated(Vec<CalibratedMatrix>),
}

impl Matrix {
    /// Packs matrices `[_, columns]`, one below the other.
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

    /// `[rows, columns]` times this matrix transposed; a slice of `outputs` for each row.
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
    /// A value for each output, or none.
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

    /// `[rows, columns]` to a slice of `outputs` for each row.
    pub fn apply(&self, rows: &[f32], outputs: &mut [&mut [f32]]) {
        self.weights.multiply(rows, outputs);
        for output in outputs {
            for (value, bias) in output.iter_mut().zip(&self.bias) {
                *value += bias;
            }
        }
    }
}
