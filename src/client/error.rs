//! The errors of local and remote translation.

use std::{error::Error, io, path::PathBuf};

use crate::{
    article::ArticleError,
    glossary::GlossaryError,
    queue::QueueError,
    summarize::SummarizeError,
    translate::{TranslateError, TranslatorError},
    wire::AnswerError,
};

/// Why a text cannot be translated or summarised.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error(transparent)]
    Translator(#[from] TranslatorError),
    #[error(transparent)]
    Translate(#[from] TranslateError),
    #[error(transparent)]
    Summarize(#[from] SummarizeError),
    #[error(transparent)]
    Article(#[from] ArticleError),
    #[error(transparent)]
    Glossary(#[from] GlossaryError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error("cannot connect to {server}: {}", innermost(.error))]
    Connect { server: String, error: tonic::transport::Error },
    #[error("cannot read {path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("the address {server} must begin with https:// or http://")]
    Scheme { server: String },
    #[error("{server} would get the text without encryption; certificates need an address with https://")]
    PlainText { server: String },
    #[error("{place} has no key in its first line")]
    NoKey { place: String },
    #[error(
        "{server} would get the key without encryption; a key needs https://, or a server on this machine"
    )]
    OpenKey { server: String },
    #[error("{}", status(.0))]
    Status(#[from] tonic::Status),
    #[error("the server sent an invalid response: {0}")]
    Answer(#[from] AnswerError),
}

/// A status of the server, or what broke the connection to it.
fn status(status: &tonic::Status) -> String {
    match status.source() {
        Some(cause) => format!("the connection to the server broke: {}", innermost(cause)),
        None => format!("the server returned an error: {} ({:?})", status.message(), status.code()),
    }
}

/// The root cause of an error. tonic's own message is only "transport error".
fn innermost(mut error: &(dyn Error + 'static)) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
