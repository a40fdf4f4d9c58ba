//! Errors of messages: an invalid field of a request, or an incomplete answer.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// A field of a request that violates the contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldError {
    field: String,
    problem: String,
}

impl FieldError {
    /// `field` is the path from the message to the field.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// The same error with `path` before the field, for a request that contains the message at `path`.
    pub fn below(self, path: &str) -> Self {
        Self { field: format!("{path}{}", self.field), ..self }
    }
}

impl From<prost::DecodeError> for FieldError {
    /// Parses prost's text: "failed to decode Protobuf message: Message.field: …: problem".
    fn from(error: prost::DecodeError) -> Self {
        let text = error.to_string();
        let parts: Vec<&str> = text.split(": ").skip(1).collect();
        let fields: Vec<&str> = parts
            .iter()
            .take_while(|part| !part.contains(' '))
            .filter_map(|part| part.split_once('.'))
            .map(|(_, field)| field)
            .collect();
        let problem = parts.get(fields.len()..).unwrap_or_default().join(": ");
        let field = if fields.is_empty() { "request".to_owned() } else { fields.join(".") };
        Self::new(field, problem)
    }
}

impl From<FieldError> for Status {
    /// Defined here and not in the server because the codec needs it too.
    fn from(error: FieldError) -> Self {
        let message = error.to_string();
        let details = ErrorDetails::with_bad_request_violation(error.field, error.problem);
        Status::with_error_details(Code::InvalidArgument, message, details)
    }
}

/// An answer without a part that the contract requires.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AnswerError(pub &'static str);
