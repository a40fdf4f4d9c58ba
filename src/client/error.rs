//! The errors of local and remote translation.

use std::error::Error;

use crate::{
    glossary::GlossaryError,
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
    Glossary(#[from] GlossaryError),
    #[error("cannot connect to {server}: {}", innermost(.error))]
    Connect { server: String, error: tonic::transport::Error },
    #[error("the server returned an error: {} ({:?})", .0.message(), .0.code())]
    Status(#[from] tonic::Status),
    #[error("the server sent an invalid response: {0}")]
    Answer(#[from] AnswerError),
}

/// The root cause of an error. tonic's own message is only "transport error".
fn innermost(mut error: &(dyn Error + 'static)) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
