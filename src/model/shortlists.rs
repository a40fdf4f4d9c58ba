//! Output projections that are restricted to shortlists.
//!
//! Tokens are grouped by the set of shortlists that contain them. Each group has its own matrix, and a shortlist is a union of
//! groups. So languages that share most tokens take little more memory than one language.

use std::{collections::BTreeMap, sync::Arc};

use super::{Logits, ModelError, ShortlistId};

/// Most shortlists: each takes a bit of a `u32`.
const MOST: usize = u32::BITS as usize;

/// The groups' matrices, and the groups of each shortlist.
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
    /// Groups the tokens below `tokens`. `pack` builds the matrix of a group.
    pub(super) fn new(
        tokens: usize,
        vocabularies: &[impl AsRef<[u32]>],
        pack: impl Fn(&[u32]) -> Result<M, ModelError>,
    ) -> Result<Self, ModelError> {
        if vocabularies.len() > MOST {
            return Err(ModelError::Format(format!("{} shortlists are too many", vocabularies.len())));
        }
        let mut holders = vec![0u32; tokens];
        for (list, vocabulary) in vocabularies.iter().enumerate() {
            for token in vocabulary.as_ref() {
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

    /// Computes the logits of rows, each with its own shortlist. `multiply` gets a group and, for each row that uses it, the row's
    /// index and a slice of `outputs(group)` values. The logits of copied tokens come last; they stay zero.
    pub(super) fn logits(
        &self,
        rows: impl Iterator<Item = (ShortlistId, Arc<[u32]>)>,
        outputs: impl Fn(&M) -> usize,
        multiply: impl Fn(&M, Vec<(usize, &mut [f32])>),
    ) -> Result<Vec<Logits>, ModelError> {
        let (mut lists, mut answers) = (Vec::new(), Vec::new());
        for (ShortlistId(id), copied) in rows {
            let list = self.lists.get(id).ok_or(ModelError::Unknown(id))?;
            lists.push(list);
            let values = vec![0.0; list.ids.len() + copied.len()];
            answers.push(Logits { ids: Arc::clone(&list.ids), copied, values });
        }
        // The unfilled rest of each row's logits; groups fill it from the front.
        let mut rest: Vec<&mut [f32]> =
            answers.iter_mut().map(|answer| answer.values.as_mut_slice()).collect();
        for (index, group) in self.groups.iter().enumerate() {
            let mut parts = Vec::with_capacity(lists.len());
            for (row, (list, rest)) in lists.iter().zip(&mut rest).enumerate() {
                if list.groups.contains(&index) {
                    let (part, behind) = std::mem::take(rest).split_at_mut(outputs(group));
                    *rest = behind;
                    parts.push((row, part));
                }
            }
            if !parts.is_empty() {
                multiply(group, parts);
            }
        }
        Ok(answers)
    }
}
