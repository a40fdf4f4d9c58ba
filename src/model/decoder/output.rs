//! The output projection: packed parts of a matrix with a row for each token, for the tokens that may come out.
//!
//! A vocabulary of 262,144 is mostly other languages, and half of what could be written in a language hardly ever is: names,
//! above all, and those stand in the source. So only a language's common tokens are packed; of the others, a row can write
//! those that it has read, whose rows of the embedding are multiplied where they lie.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    super::{
        Logits, ModelError, ShortlistId, Vocabulary,
        int8::{Activations, Int8Matrix},
        shortlists::Shortlists,
    },
    TokenMatrix,
};

/// The output projection, cut into shortlists.
#[derive(Default)]
pub(super) struct Projection {
    common: Shortlists<Int8Matrix>,
    /// For each shortlist.
    copied: Vec<Copied>,
}

/// The tokens of a shortlist that a row can write where it has read them, sorted.
#[derive(Default)]
pub(super) struct Copied(Vec<u32>);

impl Copied {
    /// Those of the vocabulary that the matrix has.
    pub(super) fn new(vocabulary: &Vocabulary, matrix: &TokenMatrix) -> Self {
        let mut tokens = vocabulary.copied.clone();
        tokens.retain(|token| (*token as usize) < matrix.tokens());
        tokens.sort_unstable();
        Self(tokens)
    }

    /// What a row can copy that could copy `known` and has read `tokens` since.
    pub(super) fn behind(&self, known: &Arc<[u32]>, tokens: &[u32]) -> Arc<[u32]> {
        let mut new: Vec<u32> = tokens.to_vec();
        new.retain(|token| self.0.binary_search(token).is_ok() && !known.contains(token));
        if new.is_empty() {
            return Arc::clone(known);
        }
        new.sort_unstable();
        new.dedup();
        [known, new.as_slice()].concat().into()
    }
}

/// A token behind which logits are wanted.
pub(super) struct Wanted {
    /// Among the tokens of the step.
    pub token: usize,
    pub shortlist: ShortlistId,
    /// What the row has read and can copy.
    pub copied: Arc<[u32]>,
}

impl Projection {
    pub(super) fn new(matrix: &TokenMatrix, vocabularies: &[Vocabulary]) -> Result<Self, ModelError> {
        let common: Vec<&[u32]> = vocabularies.iter().map(|vocabulary| &*vocabulary.common).collect();
        let common = Shortlists::new(matrix.tokens(), &common, |tokens| matrix.pack(tokens))?;
        let copied = vocabularies.iter().map(|vocabulary| Copied::new(vocabulary, matrix));
        Ok(Self { common, copied: copied.collect() })
    }

    /// What a row can write though it is not common, if it has read it.
    pub(super) fn copied(&self, ShortlistId(id): ShortlistId) -> Result<&Copied, ModelError> {
        self.copied.get(id).ok_or(ModelError::Unknown(id))
    }

    /// Logits of `[wanted, width]`.
    pub(super) fn logits(
        &self,
        matrix: &TokenMatrix,
        hidden: &[f32],
        wanted: &[Wanted],
    ) -> Result<Vec<Logits>, ModelError> {
        let hidden = || hidden.chunks_exact(matrix.width());
        let mut activations = Activations::default();
        activations.fill(hidden().collect::<Vec<_>>().into_par_iter(), matrix.width(), |hidden, row| {
            row.copy_from_slice(hidden);
        });
        let rows = wanted.iter().map(|wanted| (wanted.shortlist, Arc::clone(&wanted.copied)));
        let mut answers = self.common.logits(rows, Int8Matrix::outputs, |group, parts| {
            group.product(&activations, parts.into_iter());
        })?;
        for (Logits { ids, copied, values }, hidden) in answers.iter_mut().zip(hidden()) {
            for (value, token) in values[ids.len()..].iter_mut().zip(&**copied) {
                *value = matrix.dot(*token, hidden)?;
            }
        }
        Ok(answers)
    }
}
