//! How many segments had each warning, for the operator of a server.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::fidelity::Warning;

/// Counts segments by their warnings.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<Warning, u64>>);

impl Tally {
    /// The number of segments that had this warning.
    pub fn of(&self, warning: Warning) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&warning).copied().unwrap_or_default()
    }

    /// Counts a segment with these warnings.
    pub(super) fn add(&self, warnings: impl IntoIterator<Item = Warning>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in warnings {
            *counts.entry(warning).or_default() += 1;
        }
    }
}
