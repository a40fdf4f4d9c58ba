//! Token embeddings. The output projection is tied to them.

use std::{ops::Range, sync::Arc};

use super::super::{
    ModelError,
    encoder_decoder::{Projection, picked_bias},
    int8::{CalibratedMatrix, Source},
    linear::{Linear, Matrix, Precision},
};

/// Embedding vectors `[tokens, width]`, in the precision of the file.
pub(super) enum Vectors {
    F32(Vec<f32>),
    /// Signed bytes and their quantisation multiplier.
    Int8(Vec<u8>, f32),
}

pub(super) struct Embedding {
    pub vectors: Vectors,
    pub tokens: usize,
    pub width: usize,
}

impl Embedding {
    fn range(&self, token: u32) -> Result<Range<usize>, ModelError> {
        let index = usize::try_from(token).ok().filter(|index| *index < self.tokens);
        let index = index.ok_or(ModelError::Token(token))?;
        Ok(index * self.width..(index + 1) * self.width)
    }

    /// Appends `vector * scale + position` for a token.
    pub(super) fn read(
        &self,
        token: u32,
        scale: f32,
        position: &[f32],
        output: &mut Vec<f32>,
    ) -> Result<(), ModelError> {
        let range = self.range(token)?;
        match &self.vectors {
            Vectors::F32(vectors) => {
                let each = vectors[range].iter().zip(position);
                output.extend(each.map(|(value, position)| value * scale + position));
            }
            Vectors::Int8(vectors, multiplier) => {
                let unit = 1.0 / multiplier;
                let each = vectors[range].iter().zip(position);
                output.extend(
                    each.map(|(value, position)| f32::from(value.cast_signed()) * unit * scale + position),
                );
            }
        }
        Ok(())
    }
}

/// The output projection: an embedding and a bias.
pub(super) struct TiedProjection {
    pub embedding: Arc<Embedding>,
    /// One value per token; empty without a bias.
    pub bias: Vec<f32>,
    /// The activations' quantisation multiplier for an 8-bit embedding.
    pub alpha: Option<f32>,
    /// The precision in which a 32-bit embedding is computed.
    pub precision: Precision,
}

impl Projection for TiedProjection {
    fn tokens(&self) -> usize {
        self.embedding.tokens
    }

    fn pick(&self, tokens: &[u32]) -> Result<Linear, ModelError> {
        let embedding = &*self.embedding;
        let ranges = tokens.iter().map(|token| embedding.range(*token)).collect::<Result<Vec<_>, _>>()?;
        let bias = picked_bias(&self.bias, tokens);
        match &embedding.vectors {
            Vectors::F32(vectors) => {
                let picked = Picked { vectors, ranges };
                Ok(Linear { weights: Matrix::pack(&[picked], embedding.width, self.precision)?, bias })
            }
            Vectors::Int8(vectors, multiplier) => {
                let row = |index: usize| &vectors[Range::clone(&ranges[index])];
                let (outputs, width) = (ranges.len(), embedding.width);
                let matrix = CalibratedMatrix::pack(outputs, width, row, *multiplier, self.alpha, &bias)?;
                Ok(Linear { weights: Matrix::Calibrated(vec![matrix]), bias: Vec::new() })
            }
        }
    }
}

/// The vectors of the picked tokens.
struct Picked<'a> {
    vectors: &'a [f32],
    ranges: Vec<Range<usize>>,
}

impl Source for Picked<'_> {
    fn outputs(&self) -> usize {
        self.ranges.len()
    }

    fn levels(&self) -> f32 {
        127.0
    }

    fn is_free(&self) -> bool {
        true
    }

    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError> {
        let ranges = self.ranges.get(rows.clone()).ok_or(ModelError::Unknown(rows.end))?;
        Ok(ranges.iter().flat_map(|range| &self.vectors[Range::clone(range)]).copied().collect())
    }
}
