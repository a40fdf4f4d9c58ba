//! An output projection cut down to shortlists.
//!
//! The tokens of all shortlists are sorted into groups by the shortlists that hold them; each group is a matrix of its own,
//! and a shortlist is a few groups. So languages that share most of their tokens cost the memory of one.

use std::{collections::BTreeMap, sync::Arc};

use super::{Logits, ModelError, ShortlistId};

/// Most shortlists: a bit of a number for each.
const MOST: usize = u32::BITS as usize;

/// Tokens by the shortlists that hold them, and what makes their logits.
pub(super) struct Shortlists<M> {
    groups: Vec<M>,
    lists: Vec<List>,
}

struct List {
    /// In ascending order.
    groups: Vec<usize>,
    /// Tokens in the order of the groups' outputs.
    ids: Arc<[u32]>,
}

impl<M> Default for Shortlists<M> {
    fn default() -> Self {
        Self { groups: Vec::new(), lists: Vec::new() }
    }
}

impl<M> Shortlists<M> {
    /// Sorts tokens below `tokens` into groups; `pack` makes the matrix of one.
    pub(super) fn new(
        tokens: usize,
        vocabularies: &[Vec<u32>],
        pack: impl Fn(&[u32]) -> Result<M, ModelError>,
    ) -> Result<Self, ModelError> {
        if vocabularies.len() > MOST {
            return Err(ModelError::Format(format!("{} shortlists are too many", vocabularies.len())));
        }
        let mut holders = vec![0u32; tokens];
        for (list, vocabulary) in vocabularies.iter().enumerate() {
            for token in vocabulary {
                *holders.get_mut(*token as usize).ok_or(ModelError::Token(*token))? |= 1 << list;
            }
        }
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (token, holders) in (0u32..).zip(holders).filter(|(_, holders)| *holders != 0) {
            members.entry(holders).or_default().push(token);
        }
        let groups = members.values().map(|tokens| pack(tokens)).collect::<Result<_, _>>()?;
        let lists = (0..vocabularies.len())
            .map(|list| {
                let held = members.iter().enumerate().filter(|(_, (holders, _))| **holders >> list & 1 == 1);
                let (groups, ids): (Vec<_>, Vec<_>) =
                    held.map(|(group, (_, tokens))| (group, tokens.as_slice())).unzip();
                List { groups, ids: ids.concat().into() }
            })
            .collect();
        Ok(Self { groups, lists })
    }

    /// Logits of `[rows, width]`, each row under its own shortlist. `multiply` is given a group, rows that want it, and a
    /// slice for the logits of each.
    pub(super) fn logits(
        &self,
        hidden: &[f32],
        width: usize,
        shortlists: &[ShortlistId],
        multiply: impl Fn(&M, &[f32], &mut [&mut [f32]]),
        outputs: impl Fn(&M) -> usize,
    ) -> Result<Vec<Logits>, ModelError> {
        let mut answers = Vec::with_capacity(shortlists.len());
        for ShortlistId(id) in shortlists {
            let ids = Arc::clone(&self.lists.get(*id).ok_or(ModelError::Unknown(*id))?.ids);
            answers.push(Logits { values: vec![0.0; ids.len()], ids, copied: Arc::default() });
        }
        // What of each answer is still to be computed; groups fill it from the front.
        let mut rest: Vec<&mut [f32]> =
            answers.iter_mut().map(|answer| answer.values.as_mut_slice()).collect();
        for (index, group) in self.groups.iter().enumerate() {
            let (mut rows, mut parts) = (Vec::new(), Vec::new());
            let each = shortlists.iter().zip(hidden.chunks_exact(width)).zip(&mut rest);
            for ((ShortlistId(id), hidden), rest) in each {
                if self.lists[*id].groups.contains(&index) {
                    let (part, behind) = std::mem::take(rest).split_at_mut(outputs(group));
                    *rest = behind;
                    rows.extend_from_slice(hidden);
                    parts.push(part);
                }
            }
            if !parts.is_empty() {
                multiply(group, &rows, &mut parts);
            }
        }
        Ok(answers)
    }
}
