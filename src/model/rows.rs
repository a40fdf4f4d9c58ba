//! The rows of a network, and the handles of rows and prefixes.

use slab::Slab;

use super::ModelError;

/// The handle of a row, which is one growing sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowId(pub(super) usize);

/// The handle of a prefix that rows can share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PrefixId(pub(super) usize);

/// The state of each row.
pub(super) struct Rows<T>(Slab<T>);

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self(Slab::new())
    }
}

impl<T: Clone> Rows<T> {
    pub(super) fn open(&mut self, row: T) -> RowId {
        RowId(self.0.insert(row))
    }

    /// Opens a copy of a row.
    pub(super) fn fork(&mut self, row: RowId) -> Result<RowId, ModelError> {
        let copy = self.get(row)?.clone();
        Ok(self.open(copy))
    }

    pub(super) fn get(&self, RowId(row): RowId) -> Result<&T, ModelError> {
        self.0.get(row).ok_or(ModelError::Unknown(row))
    }

    pub(super) fn get_mut(&mut self, RowId(row): RowId) -> Result<&mut T, ModelError> {
        self.0.get_mut(row).ok_or(ModelError::Unknown(row))
    }

    pub(super) fn close(&mut self, RowId(row): RowId) -> Option<T> {
        self.0.try_remove(row)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
