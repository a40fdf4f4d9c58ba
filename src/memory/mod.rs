//! The translation memory on disk: results of earlier translations, kept across restarts in one file.
//!
//! A crash loses at most the entries that were not yet committed.

mod file;
mod kept;

pub use self::{file::MemoryFile, kept::Key};
