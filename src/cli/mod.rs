//! The subcommands, a file each.

mod bench;
mod client;
mod detect;
mod health;
mod input;
mod models;
mod output;
mod serve;
mod summarize;
mod translate;

use std::{error::Error, io, path::PathBuf, process::ExitCode};

use crate::{
    app::AppError,
    config::{Arguments, Command, TwoLengths},
    engine::EngineError,
    hub::HubError,
    model::ModelError,
    server::ServeError,
    summarize::SummarizeError,
    translate::TranslateError,
    wire::AnswerError,
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    #[error(transparent)]
    Length(#[from] TwoLengths),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{0} is your own folder; this command works only with models that triglot installs")]
    Folder(PathBuf),
    #[error("--alternatives must be less than --beam-size")]
    Alternatives,
    #[error(
        "--adapter cannot be used with --server; name the model with its adapter: --model gemma3-270m+news"
    )]
    ServersAdapter,
    #[error("cannot derive a model name from {0}")]
    Nameless(String),
    #[error("this command measures translation, and {0} does not translate")]
    NotMeasured(String),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Translate(#[from] TranslateError),
    #[error(transparent)]
    Summarize(#[from] SummarizeError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("cannot connect to {server}: {}", innermost(.error))]
    Connect { server: String, error: tonic::transport::Error },
    #[error("the server returned an error: {} ({:?})", .0.message(), .0.code())]
    Status(#[from] tonic::Status),
    #[error("the server sent an invalid response: {0}")]
    Answer(#[from] AnswerError),
    #[error("cannot write the result as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// Whether the reader of standard output has gone. That is no failure of the command, and nobody is left to tell.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The cause of an error; tonic's own says no more than "transport error".
fn innermost(mut error: &(dyn Error + 'static)) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

/// Runs a command.
pub fn run(arguments: Arguments) -> Result<ExitCode, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = match arguments.command {
        Command::Serve(arguments) => runtime.block_on(serve::run(arguments)),
        Command::Translate(arguments) => runtime.block_on(translate::run(arguments)),
        Command::Summarize(arguments) => runtime.block_on(summarize::run(arguments)),
        Command::Detect(arguments) => detect::run(&arguments),
        Command::Models { command } => runtime.block_on(models::run(command)),
        Command::Health(arguments) => runtime.block_on(health::run(arguments)),
        Command::Bench(arguments) => runtime.block_on(bench::run(&arguments)),
    };
    // A read of standard input cannot be called off; it must not hold up the end.
    runtime.shutdown_background();
    code
}
