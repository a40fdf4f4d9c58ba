//! The translation memory on disk, in one file: results of earlier translations, kept across restarts, and units that people
//! translated.
//!
//! The file is a redb database. Its pages have checksums and a commit is atomic, so a crash loses at most the entries that were not
//! yet committed. It contains translated text, so only its owner can read it.

mod file;
mod kept;
pub mod tmx;
mod unit;

use std::{io, path::PathBuf};

pub use self::{
    file::MemoryFile,
    kept::Key,
    unit::{Imported, LEAST_SIMILARITY, Match, Unit},
};

/// Why a memory file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    #[error("cannot open the memory {0}: another process uses it")]
    Busy(PathBuf),
    #[error("{0} is not a memory file of triglot")]
    Foreign(PathBuf),
    #[error("the memory {path} has format {format}, but this version reads format {expected}")]
    Format { path: PathBuf, format: u64, expected: u64 },
    #[error("the memory {path} is damaged: {reason}; remove it, or restore it from a copy")]
    Damaged { path: PathBuf, reason: String },
    #[error("cannot use the memory {path}: {error}")]
    Io { path: PathBuf, error: io::Error },
    #[error("cannot use the memory {path}: {error}")]
    Database { path: PathBuf, error: Box<redb::Error> },
}
