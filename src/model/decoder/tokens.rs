//! A matrix `[tokens, width]` in the mapped file: the embedding, or a separate output projection. The network reads single
//! rows for input tokens, and multiplies packed parts for output tokens.

use std::ops::Range;

use candle_core::quantized::GgmlDType;
use half::f16;

use super::super::{
    ModelError,
    gguf::{Weights, dequantise},
    int8::{BLOCK, Int8Matrix, Source},
    mapped::MappedFile,
    vector,
};

/// Bytes of a Q8_0 block: a half float and 32 quants.
const Q8_0_BYTES: usize = 2 + BLOCK;

/// A matrix with a row for each token, in the mapped file.
pub(super) struct TokenMatrix {
    file: MappedFile,
    bytes: Range<usize>,
    dtype: GgmlDType,
    tokens: usize,
    width: usize,
}

impl TokenMatrix {
    /// Takes a tensor of this width. `weights` must be of the same `file`.
    pub(super) fn new(
        file: &MappedFile,
        weights: Weights<'_>,
        name: &str,
        width: usize,
    ) -> Result<Self, ModelError> {
        let (bytes, dtype, tokens) = weights.rows(name, width)?;
        if bytes.end > file.len() {
            return Err(ModelError::Format(format!("{name} lies outside the file")));
        }
        Ok(Self { file: file.clone(), bytes, dtype, tokens, width })
    }

    /// Number of rows.
    pub(super) fn tokens(&self) -> usize {
        self.tokens
    }

    /// Length of a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    fn row(&self, token: u32) -> &[u8] {
        let length = self.bytes.len() / self.tokens;
        &self.file[self.bytes.start + token as usize * length..][..length]
    }

    /// Appends a token's row, multiplied by `factor`.
    pub(super) fn read(&self, token: u32, factor: f32, output: &mut Vec<f32>) -> Result<(), ModelError> {
        if token as usize >= self.tokens {
            return Err(ModelError::Token(token));
        }
        if self.dtype == GgmlDType::Q8_0 {
            for (scale, quants) in blocks(self.row(token)) {
                let scale = scale.to_f32() * factor;
                output.extend(quants.iter().map(|quant| f32::from(quant.cast_signed()) * scale));
            }
        } else {
            let row = dequantise(self.row(token), self.dtype, self.width)?;
            output.extend(row.into_iter().map(|value| value * factor));
        }
        Ok(())
    }

    /// Dot product of a token's row and `hidden`, `[width]`.
    pub(super) fn dot(&self, token: u32, hidden: &[f32]) -> Result<f32, ModelError> {
        let mut row = Vec::with_capacity(self.width);
        self.read(token, 1.0, &mut row)?;
        Ok(vector::dot(&row, hidden))
    }

    /// Packs the rows of these tokens. All must be below [`Self::tokens`].
    pub(super) fn pack(&self, tokens: &[u32]) -> Result<Int8Matrix, ModelError> {
        if self.dtype != GgmlDType::Q8_0 {
            return Int8Matrix::quantise(&[Picked { matrix: self, tokens }], self.width);
        }
        Int8Matrix::pack(tokens.len(), self.width, 1, |rows, quants, scales| {
            let blocks = tokens[rows].iter().flat_map(|token| blocks(self.row(*token)));
            for ((scale, source), (target, into)) in blocks.zip(quants.chunks_exact_mut(BLOCK).zip(scales)) {
                if !scale.is_finite() {
                    return Err(ModelError::Format("an embedding is not a finite number".to_owned()));
                }
                *into = scale;
                for (target, source) in target.iter_mut().zip(source) {
                    *target = source.cast_signed();
                }
            }
            Ok(())
        })
    }
}

/// The Q8_0 blocks of a row: scale and quants.
fn blocks(row: &[u8]) -> impl Iterator<Item = (f16, &[u8])> {
    row.chunks_exact(Q8_0_BYTES).map(|block| (f16::from_le_bytes([block[0], block[1]]), &block[2..]))
}

/// The rows of some tokens.
struct Picked<'a> {
    matrix: &'a TokenMatrix,
    tokens: &'a [u32],
}

impl Source for Picked<'_> {
    fn outputs(&self) -> usize {
        self.tokens.len()
    }

    fn levels(&self) -> f32 {
        127.0
    }

    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError> {
        let mut weights = Vec::with_capacity(rows.len() * self.matrix.width);
        for token in &self.tokens[rows] {
            self.matrix.read(*token, 1.0, &mut weights)?;
        }
        Ok(weights)
    }
}
