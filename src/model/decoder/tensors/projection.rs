//! The output projection on a device: the rows of the tied embedding for each shortlist's common tokens. The few tokens that
//! a row may copy are multiplied on the host, which has the embedding.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::{
    super::{
        super::{Logits, ModelError, ShortlistId, Vocabulary},
        output::{Copied, Wanted},
        tokens::TokenMatrix,
    },
    linear::Linear,
};

#[derive(Default)]
pub(super) struct Projection {
    shortlists: Vec<Shortlist>,
}

struct Shortlist {
    /// The common tokens, sorted.
    ids: Arc<[u32]>,
    weights: Linear,
    copied: Copied,
}

impl Projection {
    pub(super) fn new(
        embedding: &TokenMatrix,
        vocabularies: &[Vocabulary],
        width: usize,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let shortlists = vocabularies.iter().map(|vocabulary| {
            let mut ids = vocabulary.common.clone();
            ids.sort_unstable();
            ids.dedup();
            let mut weights = Vec::with_capacity(ids.len() * width);
            for token in &ids {
                embedding.read(*token, 1.0, &mut weights)?;
            }
            let weights = Linear::new(weights, width, device)?;
            Ok(Shortlist { ids: ids.into(), weights, copied: Copied::new(vocabulary, embedding) })
        });
        Ok(Self { shortlists: shortlists.collect::<Result<_, ModelError>>()? })
    }

    fn shortlist(&self, ShortlistId(id): ShortlistId) -> Result<&Shortlist, ModelError> {
        self.shortlists.get(id).ok_or(ModelError::Unknown(id))
    }

    /// The tokens that a row with this shortlist may copy.
    pub(super) fn copied(&self, shortlist: ShortlistId) -> Result<&Copied, ModelError> {
        Ok(&self.shortlist(shortlist)?.copied)
    }

    /// The logits of `hidden`, `[wanted, width]`.
    pub(super) fn logits(
        &self,
        embedding: &TokenMatrix,
        hidden: &Tensor,
        wanted: &[Wanted],
    ) -> Result<Vec<Logits>, ModelError> {
        let mut answers = Vec::with_capacity(wanted.len());
        for Wanted { shortlist, copied, .. } in wanted {
            let ids = Arc::clone(&self.shortlist(*shortlist)?.ids);
            answers.push(Logits { ids, copied: Arc::clone(copied), values: Vec::new() });
        }
        for (id, Shortlist { ids, weights, .. }) in self.shortlists.iter().enumerate() {
            let asked = |wanted: &Wanted| wanted.shortlist == ShortlistId(id) && !ids.is_empty();
            let rows: Vec<u32> =
                (0u32..).zip(wanted).filter_map(|(row, wanted)| asked(wanted).then_some(row)).collect();
            if rows.is_empty() {
                continue;
            }
            let hidden = hidden.index_select(&Tensor::new(rows.as_slice(), hidden.device())?, 0)?;
            for (row, values) in rows.into_iter().zip(weights.forward(&hidden)?.to_vec2()?) {
                answers[row as usize].values = values;
            }
        }
        if wanted.iter().any(|wanted| !wanted.copied.is_empty()) {
            for (answer, hidden) in answers.iter_mut().zip(hidden.to_vec2::<f32>()?) {
                for token in &*answer.copied {
                    answer.values.push(embedding.dot(*token, &hidden)?);
                }
            }
        }
        Ok(answers)
    }
}
