//! The translation memory on disk, in one file: results of earlier translations, kept across restarts, and units that people
//! translated.
//!
//! A crash loses at most the entries that were not yet committed.

mod file;
mod kept;
pub mod tmx;
mod unit;

pub use self::{
    file::MemoryFile,
    kept::Key,
    unit::{Imported, LEAST_SIMILARITY, Match, Unit},
};
