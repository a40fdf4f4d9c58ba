//! The two uses of Gemma's tied embedding: rows of it read from the mapped file for tokens that come in, and packed
//! parts of it multiplied for the tokens that may come out.
//!
//! A vocabulary of 262,144 is mostly other languages. The tokens of all shortlists are sorted into groups by the
//! shortlists that hold them; each group is packed once, and a shortlist is a few groups. So three languages that share
//! most of their tokens cost the memory of one.
//!
//! Half of what could be written in a language hardly ever is: names, above all, and those stand in the source. So only a
//! language's common tokens are packed; of the others, a row can write those that it has read, whose rows of the embedding
//! are multiplied where they lie.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use half::f16;
use memmap2::Mmap;
use rayon::prelude::*;

use super::super::{
    Logits, ModelError, ShortlistId, Vocabulary,
    int8::{Activations, BLOCK, Int8Matrix},
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
    groups: Vec<Int8Matrix>,
    shortlists: Vec<Shortlist>,
}

struct Shortlist {
    groups: Vec<usize>,
    /// The common tokens, in the order of the groups' outputs.
    ids: Arc<[u32]>,
    copied: Copied,
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
        if vocabularies.len() > u32::BITS as usize {
            return Err(ModelError::Format(format!("{} shortlists are too many", vocabularies.len())));
        }
        // A bit for each shortlist that holds the token.
        let mut holders = vec![0u32; embedding.tokens];
        for (shortlist, vocabulary) in vocabularies.iter().enumerate() {
            for token in &vocabulary.common {
                *holders.get_mut(*token as usize).ok_or(ModelError::Token(*token))? |= 1 << shortlist;
            }
        }
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (token, holders) in (0u32..).zip(holders).filter(|(_, holders)| *holders != 0) {
            members.entry(holders).or_default().push(token);
        }
        let groups = members.values().map(|tokens| pack(embedding, tokens)).collect::<Result<_, _>>()?;
        let shortlists = vocabularies
            .iter()
            .enumerate()
            .map(|(shortlist, vocabulary)| {
                let held =
                    members.iter().enumerate().filter(|(_, (holders, _))| **holders >> shortlist & 1 == 1);
                let (groups, ids): (Vec<_>, Vec<_>) =
                    held.map(|(group, (_, tokens))| (group, tokens.as_slice())).unzip();
                Shortlist { groups, ids: ids.concat().into(), copied: Copied::new(vocabulary, embedding) }
            })
            .collect();
        Ok(Self { groups, shortlists })
    }

    /// What a row can write though it is not common, if it has read it.
    pub(super) fn copied(&self, ShortlistId(id): ShortlistId) -> Result<&Copied, ModelError> {
        Ok(&self.shortlists.get(id).ok_or(ModelError::Unknown(id))?.copied)
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
        let mut answers = Vec::with_capacity(wanted.len());
        for (Wanted { shortlist: ShortlistId(id), copied, .. }, hidden) in wanted.iter().zip(hidden()) {
            let ids = Arc::clone(&self.shortlists.get(*id).ok_or(ModelError::Unknown(*id))?.ids);
            let mut values = Vec::with_capacity(ids.len() + copied.len());
            values.resize(ids.len(), 0.0);
            values.extend(copied.iter().map(|token| embedding.dot(*token, hidden)));
            answers.push(Logits { ids, copied: Arc::clone(copied), values });
        }
        // What of each answer is still to be computed; groups fill it from the front. What is copied stays behind.
        let mut rest: Vec<&mut [f32]> =
            answers.iter_mut().map(|answer| answer.values.as_mut_slice()).collect();
        for (group, matrix) in self.groups.iter().enumerate() {
            let mut outputs = Vec::with_capacity(wanted.len());
            for (row, (Wanted { shortlist, .. }, rest)) in wanted.iter().zip(&mut rest).enumerate() {
                if self.shortlists[shortlist.0].groups.contains(&group) {
                    let (output, behind) = std::mem::take(rest).split_at_mut(matrix.outputs());
                    *rest = behind;
                    outputs.push((row, output));
                }
            }
            matrix.product(&activations, outputs.into_iter());
        }
        Ok(answers)
    }
}

fn pack(embedding: &Embedding, tokens: &[u32]) -> Result<Int8Matrix, ModelError> {
    Int8Matrix::pack(tokens.len(), embedding.width, |rows, quants, scales| {
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
