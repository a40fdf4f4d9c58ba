//! The two uses of Gemma's tied embedding: rows of it read from the mapped file for tokens that come in, and packed
//! parts of it multiplied for the tokens that may come out.
//!
//! A vocabulary of 262,144 is mostly other languages, and half of what could be written in a language hardly ever is: names,
//! above all, and those stand in the source. So only a language's common tokens are packed; of the others, a row can write
//! those that it has read, whose rows of the embedding are multiplied where they lie.

use std::{ops::Range, sync::Arc};

use half::f16;
use memmap2::Mmap;
use rayon::prelude::*;

use super::super::{
    Logits, ModelError, ShortlistId, Vocabulary,
    int8::{Activations, BLOCK, Int8Matrix},
    shortlists::Shortlists,
    vector,
};

/// Bytes of a Q8_0 block: a half float and 32 quants.
const Q8_0_BYTES: usize = 2 + BLOCK;

/// The embedding, Q8_0, in the mapped file.
pub(super) struct Embedding {
    file: Arc<Mmap>,
    /// First byte.
    start: usize,
    tokens: usize,
    width: usize,
}

impl Embedding {
    /// Takes the matrix `[tokens, _]` at these bytes of the file.
    pub(super) fn new(file: Arc<Mmap>, bytes: Range<usize>, tokens: usize) -> Result<Self, ModelError> {
        let wrong = || ModelError::Format("the embedding does not fit its file".to_owned());
        let blocks = bytes.len().checked_div(tokens).ok_or_else(wrong)? / Q8_0_BYTES;
        if blocks * Q8_0_BYTES * tokens != bytes.len() || bytes.end > file.len() {
            return Err(wrong());
        }
        Ok(Self { file, start: bytes.start, tokens, width: blocks * BLOCK })
    }

    fn row_bytes(&self) -> usize {
        self.width / BLOCK * Q8_0_BYTES
    }

    /// The blocks of a token's row: scale and quants.
    fn row(&self, token: u32) -> impl Iterator<Item = (f16, &[u8])> {
        let row = &self.file[self.start + token as usize * self.row_bytes()..][..self.row_bytes()];
        row.chunks_exact(Q8_0_BYTES).map(|block| (f16::from_le_bytes([block[0], block[1]]), &block[2..]))
    }

    /// Product of a token's row, unscaled, with a vector of the width.
    pub(super) fn dot(&self, token: u32, hidden: &[f32]) -> f32 {
        let mut weights = [0.0; BLOCK];
        let blocks = self.row(token).zip(hidden.chunks_exact(BLOCK));
        let product = |((scale, quants), values): ((f16, &[u8]), &[f32])| {
            for (weight, quant) in weights.iter_mut().zip(quants) {
                *weight = f32::from(quant.cast_signed());
            }
            scale.to_f32() * vector::dot(&weights, values)
        };
        blocks.map(product).sum()
    }

    /// Appends a token's embedding, scaled as Gemma scales it, by the root of the width.
    pub(super) fn read(&self, token: u32, output: &mut Vec<f32>) -> Result<(), ModelError> {
        self.read_scaled(token, (self.width as f32).sqrt(), output)
    }

    /// Appends a token's row, as it is multiplied for a logit.
    pub(super) fn read_row(&self, token: u32, output: &mut Vec<f32>) -> Result<(), ModelError> {
        self.read_scaled(token, 1.0, output)
    }

    fn read_scaled(&self, token: u32, factor: f32, output: &mut Vec<f32>) -> Result<(), ModelError> {
        if token as usize >= self.tokens {
            return Err(ModelError::Token(token));
        }
        for (scale, quants) in self.row(token) {
            let scale = scale.to_f32() * factor;
            output.extend(quants.iter().map(|quant| f32::from(quant.cast_signed()) * scale));
        }
        Ok(())
    }
}

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
    /// Those of the vocabulary that the embedding has.
    pub(super) fn new(vocabulary: &Vocabulary, embedding: &Embedding) -> Self {
        let mut tokens = vocabulary.copied.clone();
        tokens.retain(|token| (*token as usize) < embedding.tokens);
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
    pub(super) fn new(embedding: &Embedding, vocabularies: &[Vocabulary]) -> Result<Self, ModelError> {
        let common: Vec<&[u32]> = vocabularies.iter().map(|vocabulary| &*vocabulary.common).collect();
        let common = Shortlists::new(embedding.tokens, &common, |tokens| pack(embedding, tokens))?;
        let copied = vocabularies.iter().map(|vocabulary| Copied::new(vocabulary, embedding));
        Ok(Self { common, copied: copied.collect() })
    }

    /// What a row can write though it is not common, if it has read it.
    pub(super) fn copied(&self, ShortlistId(id): ShortlistId) -> Result<&Copied, ModelError> {
        self.copied.get(id).ok_or(ModelError::Unknown(id))
    }

    /// Logits of `[wanted, width]`.
    pub(super) fn logits(
        &self,
        embedding: &Embedding,
        hidden: &[f32],
        wanted: &[Wanted],
    ) -> Result<Vec<Logits>, ModelError> {
        let hidden = || hidden.chunks_exact(embedding.width);
        let mut activations = Activations::default();
        activations.fill(hidden().collect::<Vec<_>>().into_par_iter(), embedding.width, |hidden, row| {
            row.copy_from_slice(hidden);
        });
        let rows = wanted.iter().map(|wanted| (wanted.shortlist, Arc::clone(&wanted.copied)));
        let mut answers = self.common.logits(rows, Int8Matrix::outputs, |group, parts| {
            group.product(&activations, parts.into_iter());
        })?;
        for (Logits { ids, copied, values }, hidden) in answers.iter_mut().zip(hidden()) {
            for (value, token) in values[ids.len()..].iter_mut().zip(&**copied) {
                *value = embedding.dot(*token, hidden);
            }
        }
        Ok(answers)
    }
}

fn pack(embedding: &Embedding, tokens: &[u32]) -> Result<Int8Matrix, ModelError> {
    Int8Matrix::pack(tokens.len(), embedding.width, 1, |rows, quants, scales| {
        let blocks = tokens[rows].iter().flat_map(|token| embedding.row(*token));
        for ((scale, source), (target, into)) in blocks.zip(quants.chunks_exact_mut(BLOCK).zip(scales)) {
            *into = scale;
            for (target, source) in target.iter_mut().zip(source) {
                *target = source.cast_signed();
            }
        }
        Ok(())
    })
}
