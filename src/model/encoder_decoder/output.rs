//! The output projection. It computes logits only for a row's candidates: the shortlist of its target language, or the tokens that
//! its source allows.

use std::{borrow::Cow, ops::Range, sync::Arc};

use rayon::prelude::*;

use super::super::{
    Logits, ModelError, ShortlistId,
    checkpoint::FileMatrix,
    int8::Source,
    linear::{Linear, Matrix, Precision},
    shortlists::Shortlists,
};

/// Weights and biases of the whole vocabulary.
pub(in super::super) trait Projection: Send + Sync {
    /// Size of the vocabulary.
    fn tokens(&self) -> usize;

    /// Packs the rows of `tokens` into a layer that computes their logits in the same order.
    fn pick(&self, tokens: &[u32]) -> Result<Linear, ModelError>;
}

/// A projection whose weights are in a checkpoint.
pub(in super::super) struct FileProjection {
    pub weights: FileMatrix,
    /// One value per token; empty without a bias.
    pub bias: Vec<f32>,
    pub width: usize,
    pub precision: Precision,
}

/// A projection and the packed rows of all shortlists.
pub struct Output {
    projection: Box<dyn Projection>,
    shortlists: Shortlists<Linear>,
}

/// The tokens that a source allows, and the layer that computes their logits.
pub(super) struct Candidates {
    /// In ascending order.
    ids: Arc<[u32]>,
    weights: Linear,
}

/// The candidates of a row.
#[derive(Clone)]
pub(super) enum Choice {
    Shortlist(ShortlistId),
    Own(Arc<Candidates>),
}

/// The rows of `matrix` at `tokens`.
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

impl Projection for FileProjection {
    fn tokens(&self) -> usize {
        self.weights.outputs()
    }

    fn pick(&self, tokens: &[u32]) -> Result<Linear, ModelError> {
        let picked = Picked { matrix: &self.weights, tokens: tokens.into() };
        let weights = Matrix::pack(&[picked], self.width, self.precision)?;
        Ok(Linear { weights, bias: picked_bias(&self.bias, tokens) })
    }
}

/// The biases of `tokens`; empty if all are zero. Most models have only zeros, and skipping the addition saves time.
pub(in super::super) fn picked_bias(bias: &[f32], tokens: &[u32]) -> Vec<f32> {
    let mut picked: Vec<f32> = tokens.iter().filter_map(|token| bias.get(*token as usize)).copied().collect();
    if picked.iter().all(|bias| *bias == 0.0) {
        picked.clear();
    }
    picked
}

impl Output {
    /// Starts without shortlists; [`Self::restrict`] sets them.
    pub(in super::super) fn new(projection: impl Projection + 'static) -> Self {
        Self { projection: Box::new(projection), shortlists: Shortlists::default() }
    }

    pub(super) fn restrict(&mut self, vocabularies: &[Vec<u32>]) -> Result<(), ModelError> {
        let pick = |tokens: &[u32]| self.projection.pick(tokens);
        self.shortlists = Shortlists::new(self.projection.tokens(), vocabularies, pick)?;
        Ok(())
    }

    /// Packs the candidates of a row. `ids` are in ascending order.
    pub(super) fn gather(&self, ids: Vec<u32>) -> Result<Candidates, ModelError> {
        Ok(Candidates { weights: self.projection.pick(&ids)?, ids: ids.into() })
    }

    /// Logits of `hidden` `[rows, width]`, each row with its own candidates.
    pub(super) fn logits(
        &self,
        hidden: &[f32],
        width: usize,
        choices: &[Choice],
    ) -> Result<Vec<Logits>, ModelError> {
        let numbered = || choices.iter().enumerate();
        let listed: Vec<(usize, ShortlistId)> = numbered()
            .filter_map(|(row, choice)| match choice {
                Choice::Shortlist(id) => Some((row, *id)),
                Choice::Own(_) => None,
            })
            .collect();
        let own: Vec<(usize, &Candidates)> = numbered()
            .filter_map(|(row, choice)| match choice {
                Choice::Shortlist(_) => None,
                Choice::Own(candidates) => Some((row, &**candidates)),
            })
            .collect();
        let row = |row: usize| &hidden[row * width..][..width];
        let multiply = |group: &Linear, parts: Vec<(usize, &mut [f32])>| {
            let rows: Vec<f32> = parts.iter().flat_map(|(part, _)| row(listed[*part].0)).copied().collect();
            let mut outputs: Vec<&mut [f32]> = parts.into_iter().map(|(_, output)| output).collect();
            group.apply(&rows, &mut outputs);
        };
        let lists = listed.iter().map(|(_, shortlist)| (*shortlist, Arc::default()));
        let by_list = self.shortlists.logits(lists, |group| group.weights.outputs(), multiply)?;
        // The rows of one source are adjacent, so they share one pass over its candidates.
        let same = |(_, a): &(usize, &Candidates), (_, b): &(usize, &Candidates)| std::ptr::eq(*a, *b);
        let sources: Vec<&[(usize, &Candidates)]> = own.chunk_by(same).collect();
        let by_source = sources.into_par_iter().flat_map_iter(|rows| {
            let each = || rows.iter().map(|(row, _)| *row);
            let mut answers: Vec<Vec<f32>> =
                rows.iter().map(|(_, candidates)| vec![0.0; candidates.ids.len()]).collect();
            let asked: Vec<f32> = each().flat_map(row).copied().collect();
            let mut outputs: Vec<&mut [f32]> = answers.iter_mut().map(Vec::as_mut_slice).collect();
            if let Some((_, candidates)) = rows.first() {
                candidates.weights.apply(&asked, &mut outputs);
            }
            rows.iter().zip(answers).map(|((row, candidates), values)| {
                (*row, Logits { ids: Arc::clone(&candidates.ids), copied: Arc::default(), values })
            })
        });
        let mut all: Vec<(usize, Logits)> = by_source.collect();
        all.extend(listed.iter().map(|(row, _)| *row).zip(by_list));
        all.sort_by_key(|(row, _)| *row);
        Ok(all.into_iter().map(|(_, logits)| logits).collect())
    }
}
