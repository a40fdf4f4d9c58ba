//! Handles of what a network holds for its callers.

/// A row: one growing sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowId(pub(super) usize);

/// The beginning that rows can share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PrefixId(pub(super) usize);
