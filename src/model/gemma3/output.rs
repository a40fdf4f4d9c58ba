//! The two uses of Gemma's tied embedding: rows of it read from the mapped file for tokens that come in, and packed
//! parts of it multiplied for the tokens that may come out.
//!
//! A vocabulary of 262,144 is mostly other languages. The tokens of all shortlists are sorted into groups by the
//! shortlists that hold them; each group is packed once, and a shortlist is a few groups. So three languages that share
//! most of their tokens cost the memory of one.

use std::{collections::BTreeMap, sync::Arc};

use candle_core::Tensor;
use half::f16;
use memmap2::Mmap;

use super::super::{
    Logits, ModelError, ShortlistId,
    int8::{BLOCK, Int8Matrix},
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
    /// Takes the matrix `[tokens, width]` that begins at byte `start` of the file.
    pub(super) fn new(
        file: Arc<Mmap>,
        start: usize,
        tokens: usize,
        width: usize,
    ) -> Result<Self, ModelError> {
        let embedding = Self { file, start, tokens, width };
        let bytes = embedding.row_bytes().checked_mul(tokens).and_then(|bytes| bytes.checked_add(start));
        if !width.is_multiple_of(BLOCK) || bytes.is_none_or(|end| end > embedding.file.len()) {
            return Err(ModelError::Format("the embedding does not fit its file".to_owned()));
        }
        Ok(embedding)
    }

    fn row_bytes(&self) -> usize {
        self.width / BLOCK * Q8_0_BYTES
    }

    /// The blocks of a token's row: scale and quants.
    fn row(&self, token: u32) -> impl Iterator<Item = (f16, &[u8])> {
        let row = &self.file[self.start + token as usize * self.row_bytes()..][..self.row_bytes()];
        row.chunks_exact(Q8_0_BYTES).map(|block| (f16::from_le_bytes([block[0], block[1]]), &block[2..]))
    }

    /// Appends a token's embedding, scaled as Gemma scales it, by the root of the width.
    pub(super) fn read(&self, token: u32, output: &mut Vec<f32>) -> Result<(), ModelError> {
        if token as usize >= self.tokens {
            return Err(ModelError::Token(token));
        }
        let factor = (self.width as f32).sqrt();
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
    /// Tokens in the order of the groups' outputs.
    ids: Arc<[u32]>,
}

impl Projection {
    pub(super) fn new(embedding: &Embedding, vocabularies: &[Vec<u32>]) -> Result<Self, ModelError> {
        let mut holders: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (shortlist, vocabulary) in vocabularies.iter().enumerate() {
            for token in vocabulary {
                if *token as usize >= embedding.tokens {
                    return Err(ModelError::Token(*token));
                }
                let holders = holders.entry(*token).or_default();
                if holders.last() != Some(&shortlist) {
                    holders.push(shortlist);
                }
            }
        }
        let mut members: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
        for (token, holders) in holders {
            members.entry(holders).or_default().push(token);
        }
        let groups = members.values().map(|tokens| pack(embedding, tokens)).collect();
        let shortlists = (0..vocabularies.len())
            .map(|shortlist| {
                let held =
                    members.iter().enumerate().filter(|(_, (holders, _))| holders.contains(&shortlist));
                let (groups, ids): (Vec<_>, Vec<_>) =
                    held.map(|(group, (_, tokens))| (group, tokens.as_slice())).unzip();
                Shortlist { groups, ids: ids.concat().into() }
            })
            .collect();
        Ok(Self { groups, shortlists })
    }

    /// Logits of `[rows, width]`, each row under its own shortlist.
    pub(super) fn logits(
        &self,
        hidden: &Tensor,
        shortlists: &[ShortlistId],
    ) -> Result<Vec<Logits>, ModelError> {
        let mut answers = Vec::with_capacity(shortlists.len());
        for ShortlistId(id) in shortlists {
            let ids = Arc::clone(&self.shortlists.get(*id).ok_or(ModelError::Unknown(*id))?.ids);
            answers.push(Logits { values: Vec::with_capacity(ids.len()), ids });
        }
        for (group, matrix) in self.groups.iter().enumerate() {
            let takers: Vec<usize> = (0..shortlists.len())
                .filter(|row| self.shortlists[shortlists[*row].0].groups.contains(&group))
                .collect();
            if takers.is_empty() {
                continue;
            }
            let rows: Vec<u32> = takers.iter().map(|row| *row as u32).collect();
            let rows = Tensor::from_vec(rows, takers.len(), hidden.device())?;
            let values = matrix.forward(&hidden.index_select(&rows, 0)?)?.flatten_all()?.to_vec1::<f32>()?;
            for (row, values) in takers.into_iter().zip(values.chunks_exact(matrix.outputs())) {
                answers[row].values.extend_from_slice(values);
            }
        }
        Ok(answers)
    }
}

fn pack(embedding: &Embedding, tokens: &[u32]) -> Int8Matrix {
    Int8Matrix::pack(tokens.len(), embedding.width, |row, quants, scales| {
        let blocks = embedding.row(tokens[row]);
        for ((scale, source), (target, into)) in blocks.zip(quants.chunks_exact_mut(BLOCK).zip(scales)) {
            *into = scale;
            for (target, source) in target.iter_mut().zip(source) {
                *target = source.cast_signed();
            }
        }
    })
}
