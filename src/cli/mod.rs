//! The subcommands. Each has one file.

mod bench;
mod detect;
mod doctor;
mod feed;
mod glossary;
mod health;
mod input;
mod keys;
mod manual;
mod memory;
mod models;
mod options;
mod output;
mod serve;
mod side_by_side;
mod summarize;
mod terms;
mod translate;
mod worker;

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};

use crate::{
    app::AppError,
    client::ClientError,
    config::{Arguments, Command, TwoLengths},
    database::DatabaseError,
    engine::EngineError,
    feed::{FeedError, SecretError},
    glossary::{GlossaryError, GlossaryName},
    hub::HubError,
    lang::{Language, Pair},
    memory::tmx::TmxError,
    model::ModelError,
    server::{KeysError, ServeError, TlsError, keys::EntriesError},
    telemetry::{self, TracesError},
    translate::MOST_TERMS,
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error(
        "{0} is open to other machines, and without TLS all texts pass in plain text: give --tls-cert and --tls-key, or \
         --insecure if you trust the network"
    )]
    Insecure(SocketAddr),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error(transparent)]
    Entry(EntriesError),
    #[error("the system has no random bytes: {0}")]
    NoRandom(getrandom::Error),
    #[error("cannot write the entry of the key: {0}")]
    WriteEntry(#[from] toml::ser::Error),
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
    #[error("cannot read the terms in {path}: {error}")]
    Terms { path: PathBuf, error: String },
    #[error("cannot import {path}: {error}")]
    Tmx { path: PathBuf, error: TmxError },
    #[error("give the file of the memory with --memory-file")]
    NoMemoryFile,
    #[error("name the server with --server, or the file of the glossaries with --glossary-file")]
    NoGlossaries,
    #[error("the glossary {name} is for {pair}; with --replace it gets another direction")]
    OtherPair { name: GlossaryName, pair: Pair },
    #[error("--from and --to are both {0}")]
    OneLanguage(Language),
    #[error(transparent)]
    Glossary(#[from] GlossaryError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("there are more than {MOST_TERMS} terms")]
    TooManyTerms,
    #[error("this command measures translation, but {0} does not translate")]
    NotMeasured(String),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error("cannot start the client for HTTP: {0}")]
    Http(#[from] reqwest::Error),
    #[error("name the servers of NATS with --nats")]
    NoQueue,
    #[error("triglot has no command {0}; triglot --help lists them")]
    NoCommand(String),
    #[error("--watch needs a folder: give one with --output FOLDER/")]
    WatchNeedsFolder,
    #[error("the journal has no place beside the output: name a file for it with --journal FILE")]
    NeedsJournal,
    #[error("cannot use the secret of the webhook in {path}: {error}")]
    Secret { path: PathBuf, error: SecretError },
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Traces(#[from] TracesError),
    #[error("cannot write the result as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// Whether the reader of standard output closed it. This is no failure, and nobody would read a message.
    pub fn is_closed_pipe(&self) -> bool {
        let (Self::Output(error) | Self::Feed(FeedError::Output(error))) = self else { return false };
        error.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Starts the log and runs a command.
pub fn run(arguments: Arguments) -> Result<ExitCode, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let traces = match &arguments.command {
        Command::Serve(arguments) => runtime.block_on(async { arguments.traces.start() })?,
        _ => None,
    };
    telemetry::start(&arguments.log, arguments.log_format, traces.as_ref());
    let code = match arguments.command {
        Command::Serve(arguments) => runtime.block_on(serve::run(arguments)),
        Command::Translate(arguments) => runtime.block_on(translate::run(arguments)),
        Command::Worker(arguments) => runtime.block_on(worker::run(arguments)),
        Command::Feed(arguments) => runtime.block_on(feed::run(*arguments)),
        Command::Summarize(arguments) => runtime.block_on(summarize::run(arguments)),
        Command::Detect(arguments) => detect::run(&arguments),
        Command::Completions { shell } => manual::completions(shell).map(|()| ExitCode::SUCCESS),
        Command::Man { command } => manual::man(&command).map(|()| ExitCode::SUCCESS),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Models { command } => runtime.block_on(models::run(command)),
        Command::Memory { command } => memory::run(command),
        Command::Glossary { command } => runtime.block_on(glossary::run(command)),
        Command::Keys { command } => keys::run(command),
        Command::Health(arguments) => runtime.block_on(health::run(arguments)),
        Command::Bench(arguments) => runtime.block_on(bench::run(&arguments)),
    };
    drop(traces);
    // A blocking read of standard input cannot be cancelled, so the runtime does not wait for it.
    runtime.shutdown_background();
    code
}
