//! The output projection: the tokens that may come next, of one target language at a time.

use std::{borrow::Cow, ops::Range, sync::Arc};

use super::super::{
    Logits, ModelError, ShortlistId,
    checkpoint::FileMatrix,
    int8::Source,
    linear::{Linear, Matrix, Precision},
    shortlists::Shortlists,
};

/// Weights and biases of all tokens in the checkpoint, and packed those of the shortlists.
pub struct Output {
    weights: FileMatrix,
    /// A value for each token, or none.
    bias: Vec<f32>,
    precision: Precision,
    shortlists: Shortlists<Linear>,
}

/// Rows of a matrix in an order of one's own.
struct Picked<'a> {
    matrix: &'a FileMatrix,
    tokens: Cow<'a, [u32]>,
}

impl Source for Picked<'_> {
    fn outputs(&self) -> usize {
        self.tokens.len()
    }

    fn levels(&self) -> f32 {
        self.matrix.levels()
    }

    fn is_free(&self) -> bool {
        self.matrix.is_free()
    }

    fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ModelError> {
        let tokens = self.tokens.get(rows.clone()).ok_or(ModelError::Unknown(rows.end))?;
        let row = |token: &u32| self.matrix.rows(*token as usize..*token as usize + 1);
        Ok(tokens.iter().map(row).collect::<Result<Vec<_>, _>>()?.concat())
    }
}

impl Output {
    /// Without shortlists: nothing can be written yet.
    pub(in super::super) fn new(weights: FileMatrix, bias: Vec<f32>, precision: Precision) -> Self {
        Self { weights, bias, precision, shortlists: Shortlists::default() }
    }

    pub(super) fn restrict(&mut self, width: usize, vocabularies: &[Vec<u32>]) -> Result<(), ModelError> {
        let pack = |tokens: &[u32]| {
            let picked = Picked { matrix: &self.weights, tokens: tokens.into() };
            let mut bias: Vec<f32> =
                tokens.iter().filter_map(|token| self.bias.get(*token as usize)).copied().collect();
            // So it is in most models, and adding nothing to a vocabulary takes time.
            if bias.iter().all(|bias| *bias == 0.0) {
                bias.clear();
            }
            Ok(Linear { weights: Matrix::pack(&[picked], width, self.precision)?, bias })
        };
        self.shortlists = Shortlists::new(self.weights.outputs(), vocabularies, pack)?;
        Ok(())
    }

    /// Logits of `[rows, width]`, each row under its own shortlist.
    pub(super) fn logits(
        &self,
        hidden: &[f32],
        width: usize,
        shortlists: &[ShortlistId],
    ) -> Result<Vec<Logits>, ModelError> {
        let multiply = |group: &Linear, parts: Vec<(usize, &mut [f32])>| {
            let rows = parts.iter().flat_map(|(row, _)| &hidden[row * width..][..width]);
            let rows: Vec<f32> = rows.copied().collect();
            let mut outputs: Vec<&mut [f32]> = parts.into_iter().map(|(_, output)| output).collect();
            group.weights.multiply(&rows, &mut outputs);
            for output in outputs {
                for (logit, bias) in output.iter_mut().zip(&group.bias) {
                    *logit += bias;
                }
            }
        };
        let rows = shortlists.iter().map(|shortlist| (*shortlist, Arc::default()));
        self.shortlists.logits(rows, |group| group.weights.outputs(), multiply)
    }
}
