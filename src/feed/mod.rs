//! Jobs over feeds of articles: documents of feeds, JSON Lines, folders and archives of pages come in, each article is translated once
//! for each language, and the same kinds go out. A journal makes it safe to stop a job at any moment.
//!
//! ```text
//! source -> events in order -> journal: known? -> client::Articles -> journal -> output and webhook, in order
//! ```

mod coding;
mod counts;
pub mod document;
mod failures;
pub mod fetch;
mod journal;
mod lines;
mod object;
pub mod opml;
mod output;
mod place;
mod run;
mod sink;
mod source;
pub mod warc;
mod webhook;

use std::{io, path::PathBuf};

pub use self::{
    counts::Counts,
    failures::Failures,
    journal::Journal,
    object::{Object, ObjectError},
    output::Output,
    place::Place,
    run::Job,
    source::{Input, InputError, Reader},
    webhook::{Secret, SecretError, Webhook},
};
use crate::{client::ClientError, database::DatabaseError};

/// Why a job cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("cannot write {path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("cannot write {object}: {error}")]
    Object { object: String, error: io::Error },
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    #[error(
        "several feeds, files or languages need a folder for their output: give one with --output FOLDER/, or a file that ends in .jsonl"
    )]
    NeedsFolder,
    #[error("the job was stopped; with a journal, the same command goes on with it")]
    Stopped,
    #[error(transparent)]
    Journal(#[from] DatabaseError),
    #[error(transparent)]
    Client(#[from] ClientError),
}
