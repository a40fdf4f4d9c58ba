//! Maps errors to a gRPC status; only `wire` does so too, for single fields. Invalid input names its field
//! (google.rpc.BadRequest), overload says when to retry (google.rpc.RetryInfo).

use std::{collections::HashMap, num::NonZeroU64, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, PreconditionViolation, StatusExt};

use crate::{
    article::ArticleError,
    database::DatabaseError,
    engine::EngineError,
    fidelity::Warning,
    glossary::{GlossaryError, GlossaryName},
    lang::Pair,
    server::keys::KeyName,
    summarize::SummarizeError,
    text::TextError,
    translate::{GlossaryProblem, TranslateError},
    wire::{ContractName, FieldError},
};

/// The domain of machine-readable reasons (google.rpc.ErrorInfo).
const DOMAIN: &str = "triglot";
/// When a refused caller may retry, if nothing tells a better time.
const RETRY: Duration = Duration::from_secs(1);
/// A caller that retries sooner only adds to the load.
const SOONEST: Duration = Duration::from_millis(100);

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Field(#[from] FieldError),
    /// `path` is the prefix of the fields with the languages.
    #[error("{error}")]
    Translate { path: &'static str, error: TranslateError },
    #[error("{error}")]
    Summarize { path: &'static str, error: SummarizeError },
    #[error(transparent)]
    Article(#[from] ArticleError),
    /// `field` has the terms of the request.
    #[error("{error}")]
    Glossary { field: &'static str, error: GlossaryError },
    #[error("this server keeps no glossaries; start it with --glossary-file")]
    NoGlossaries,
    #[error("the work of the call was lost")]
    Lost,
    #[error("the stream was idle for {0:?}: no message was received or sent")]
    Idle(Duration),
    #[error("the deadline of the call has passed")]
    Late,
    /// What there are too many of.
    #[error("too many {0} are running; try again later")]
    TooMany(&'static str),
    #[error("the requests of all calls take too much memory; try again later")]
    Memory,
    #[error("a message of the request has more than {limit} bytes, the limit")]
    TooLarge { limit: usize },
    #[error("the request did not go on for {0:?}: a message, or the end of the request, is missing")]
    Unfinished(Duration),
    #[error("the server is stopping and takes no new calls")]
    Stopping,
    #[error("the server stopped before the call ended")]
    Cut,
    #[error("this call needs a key in its metadata: authorization: Bearer KEY")]
    NoKey,
    #[error("this server does not know the key of the call")]
    UnknownKey,
    /// The next call may come after this time.
    #[error("the key allows fewer calls a second; try again in {0:.1?}")]
    Rate(Duration),
    #[error(
        "the key {name} allows {chars} characters a day, and too few of them are left; the next day begins at 00:00 UTC"
    )]
    Quota { name: KeyName, chars: NonZeroU64 },
    /// tonic's error about the incoming stream.
    #[error(transparent)]
    Inbound(#[from] Status),
}

impl ServiceError {
    /// The same for a request whose languages are in a nested message at `path`.
    pub fn below(self, path: &'static str) -> Self {
        match self {
            Self::Translate { error, .. } => Self::Translate { path, error },
            Self::Summarize { error, .. } => Self::Summarize { path, error },
            other => other,
        }
    }
}

impl From<TranslateError> for ServiceError {
    fn from(error: TranslateError) -> Self {
        Self::Translate { path: "", error }
    }
}

impl From<EngineError> for ServiceError {
    fn from(error: EngineError) -> Self {
        TranslateError::from(error).into()
    }
}

impl From<SummarizeError> for ServiceError {
    fn from(error: SummarizeError) -> Self {
        Self::Summarize { path: "", error }
    }
}

impl From<ServiceError> for Status {
    fn from(error: ServiceError) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::Field(error) => error.into(),
            ServiceError::Translate { path, error }
            | ServiceError::Summarize { path, error: SummarizeError::Translate(error) } => {
                translate(path, error, message)
            }
            ServiceError::Summarize { error: SummarizeError::Empty, .. } => {
                invalid(message.clone(), "text", message)
            }
            ServiceError::Summarize { path, error: SummarizeError::NoModel(_) } => {
                invalid(message.clone(), format!("{path}target_language"), message)
            }
            ServiceError::Summarize { path, error: SummarizeError::NoWriter(_) } => {
                invalid(message.clone(), format!("{path}style"), message)
            }
            ServiceError::Article(error) => article(error, message),
            ServiceError::Glossary { field, error } => glossary(field, &error, message),
            ServiceError::NoGlossaries => Status::failed_precondition(message),
            ServiceError::Lost => Status::internal(message),
            ServiceError::Idle(_) | ServiceError::Late | ServiceError::Unfinished(_) => {
                Status::deadline_exceeded(message)
            }
            ServiceError::TooLarge { .. } => Status::out_of_range(message),
            ServiceError::TooMany(_) => again(Code::ResourceExhausted, "TOO_MANY_CALLS", message, RETRY),
            ServiceError::Memory => again(Code::ResourceExhausted, "REQUEST_MEMORY", message, RETRY),
            ServiceError::Stopping | ServiceError::Cut => {
                again(Code::Unavailable, "STOPPING", message, RETRY)
            }
            ServiceError::NoKey | ServiceError::UnknownKey => {
                let details = ErrorDetails::with_error_info("UNKNOWN_KEY", DOMAIN, HashMap::new());
                Status::with_error_details(Code::Unauthenticated, message, details)
            }
            ServiceError::Rate(after) => again(Code::ResourceExhausted, "RATE", message, after.max(SOONEST)),
            ServiceError::Quota { name, .. } => {
                let mut details = ErrorDetails::with_quota_failure_violation(name.as_str(), &message);
                details.set_error_info("QUOTA", DOMAIN, HashMap::new());
                Status::with_error_details(Code::ResourceExhausted, message, details)
            }
            ServiceError::Inbound(status) => status,
        }
    }
}

fn article(error: ArticleError, message: String) -> Status {
    match error {
        ArticleError::Empty => invalid(message.clone(), "body", message),
        ArticleError::Text(error) => translate("", error.into(), message),
        ArticleError::Translate {
            field,
            error: TranslateError::Engine(EngineError::TooLong { .. } | EngineError::SourceTooLong { .. }),
        } => invalid(message.clone(), format!("{field}.text"), message),
        ArticleError::Translate { error, .. } => translate("", error, message),
        ArticleError::Summarize(error) => ServiceError::Summarize { path: "", error }.into(),
    }
}

fn translate(path: &str, error: TranslateError, message: String) -> Status {
    let reason = |field: &str, reason: &str, metadata: HashMap<String, String>| {
        let mut details = ErrorDetails::with_bad_request_violation(format!("{path}{field}"), &message);
        details.set_error_info(reason, DOMAIN, metadata);
        Status::with_error_details(Code::InvalidArgument, &message, details)
    };
    match error {
        TranslateError::Text(TextError::InvalidUtf8 { .. }) => invalid(message.clone(), "text", message),
        TranslateError::Text(TextError::UnknownLanguage) => {
            reason("source_language", "LANGUAGE_UNKNOWN", HashMap::new())
        }
        TranslateError::Text(TextError::ForeignLanguage) => {
            reason("source_language", "LANGUAGE_FOREIGN", HashMap::new())
        }
        TranslateError::SameLanguage(_) => reason("target_language", "SAME_LANGUAGE", HashMap::new()),
        TranslateError::UnsupportedPair { supported, .. } => {
            let supported = supported.iter().map(Pair::to_string).collect::<Vec<_>>().join(", ");
            reason(
                "target_language",
                "UNSUPPORTED_PAIR",
                HashMap::from([("supported_pairs".to_owned(), supported)]),
            )
        }
        TranslateError::Doubtful { place, warnings } => {
            let violation = |warning: Warning| {
                let subject = format!("segment/{}..{}", place.start, place.end);
                PreconditionViolation::new(warning.contract_name(), subject, &message)
            };
            let violations: Vec<_> = warnings.into_iter().map(violation).collect();
            let details = ErrorDetails::with_precondition_failure(violations);
            Status::with_error_details(Code::FailedPrecondition, message, details)
        }
        TranslateError::Beyond { .. } => invalid(message.clone(), format!("{path}resume_at.source"), message),
        TranslateError::Glossary { problem: GlossaryProblem::Database(error), .. } => unusable(&error),
        TranslateError::Glossary { place, problem } => {
            let kind = match problem {
                GlossaryProblem::Pair { .. } => "GLOSSARY_OTHER_PAIR",
                _ => "GLOSSARY_UNKNOWN",
            };
            reason(&format!("options.glossaries[{place}]"), kind, HashMap::new())
        }
        TranslateError::Engine(error) => engine(&error, message),
    }
}

fn glossary(field: &str, error: &GlossaryError, message: String) -> Status {
    let resource = |code, name: &GlossaryName| {
        let details = ErrorDetails::with_resource_info("triglot.v1.Glossary", name.as_str(), "", &message);
        Status::with_error_details(code, &message, details)
    };
    match error {
        GlossaryError::Unknown(name) => resource(Code::NotFound, name),
        GlossaryError::Exists(name) => resource(Code::AlreadyExists, name),
        GlossaryError::Changed { revision, .. } => {
            let current = HashMap::from([("revision".to_owned(), revision.to_string())]);
            let details = ErrorDetails::with_error_info("GLOSSARY_CHANGED", DOMAIN, current);
            Status::with_error_details(Code::Aborted, message, details)
        }
        GlossaryError::TooMany => Status::resource_exhausted(message),
        GlossaryError::TooManyTerms | GlossaryError::TooLarge => invalid(message.clone(), field, message),
        GlossaryError::Database(error) => unusable(error),
    }
}

/// The error names a file of the server, so only the log has it.
fn unusable(error: &DatabaseError) -> Status {
    tracing::error!(%error, "cannot answer a call");
    Status::internal("the server cannot use its glossary file")
}

fn engine(error: &EngineError, message: String) -> Status {
    match error {
        EngineError::Full => again(Code::ResourceExhausted, "QUEUE_FULL", message, RETRY),
        EngineError::Busy(excess) => {
            again(Code::ResourceExhausted, "NO_TIME", message, (*excess).max(SOONEST))
        }
        EngineError::WorkerLost => again(Code::Unavailable, "WORKER_LOST", message, RETRY),
        EngineError::TooLong { .. } | EngineError::SourceTooLong { .. } => {
            invalid(message.clone(), "text", message)
        }
        EngineError::Tokenizer(_) | EngineError::Start(_) => Status::internal(message),
    }
}

/// A call that may succeed after this time.
fn again(code: Code, reason: &str, message: String, after: Duration) -> Status {
    let mut details = ErrorDetails::with_retry_info(Some(after));
    details.set_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

fn invalid(message: String, field: impl Into<String>, problem: impl Into<String>) -> Status {
    let details = ErrorDetails::with_bad_request_violation(field, problem);
    Status::with_error_details(Code::InvalidArgument, message, details)
}
