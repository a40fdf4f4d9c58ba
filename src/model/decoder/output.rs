//! The output projection for shortlists of tokens: packed parts of a matrix with a row for each token.
//!
//! Most of a vocabulary of 262,144 tokens is for other languages, and half of the tokens of one language are rare. These are
//! mostly parts of names, which the source contains too. So only the common tokens of a language are packed. A row can also
//! copy other tokens that it has read; their rows of the matrix are multiplied in place.

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
    /// For each shortlist, the tokens that may be copied.
    copied: Vec<Copied>,
}

/// The tokens of a shortlist that a row may write only after reading them, sorted.
#[derive(Default)]
pub(super) struct Copied(Vec<u32>);

impl Copied {
    /// The copied tokens of a vocabulary, without any that the matrix does not have.
    pub(super) fn new(vocabulary: &Vocabulary, matrix: &TokenMatrix) -> Self {
        let mut tokens = vocabulary.copied.clone();
        tokens.retain(|token| (*token as usize) < matrix.tokens());
        tokens.sort_unstable();
        Self(tokens)
    }

    /// The tokens that a row may copy after reading `tokens`; before, it could copy `known`.
    pub(super) fn after(&self, known: &Arc<[u32]>, tokens: &[u32]) -> Arc<[u32]> {
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

/// A token after which logits are wanted.
pub(super) struct Wanted {
    /// Its index in the step.
    pub token: usize,
    pub shortlist: ShortlistId,
    /// The tokens that its row may copy.
    pub copied: Arc<[u32]>,
}

impl Projection {
    pub(super) fn new(matrix: &TokenMatrix, vocabularies: &[Vocabulary]) -> Result<Self, ModelError> {
        let common: Vec<&[u32]> = vocabularies.iter().map(|vocabulary| &*vocabulary.common).collect();
        let common = Shortlists::new(matrix.tokens(), &common, |tokens| matrix.pack(tokens))?;
        let copied = vocabularies.iter().map(|vocabulary| Copied::new(vocabulary, matrix));
        Ok(Self { common, copied: copied.collect() })
    }

    /// The tokens that a row with this shortlist may copy.
    pub(super) fn copied(&self, ShortlistId(id): ShortlistId) -> Result<&Copied, ModelError> {
        self.copied.get(id).ok_or(ModelError::Unknown(id))
    }

    /// The logits of `hidden`, `[wanted, width]`.
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
