//! `triglot worker`: translates the articles of a queue.

use std::process::ExitCode;

use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use super::CliError;
use crate::{app, client::ClientError, config::WorkerArguments, queue::Queue, worker::Worker};

pub async fn run(arguments: WorkerArguments) -> Result<ExitCode, CliError> {
    let options = arguments.queue.options().ok_or(CliError::NoQueue)?;
    // First, because it may fail and models take seconds.
    let queue = Queue::connect(&options).await.map_err(ClientError::from)?;
    let translator = app::load(&arguments.engine).await?;
    let stop = CancellationToken::new();
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::spawn({
        let stop = stop.clone();
        async move {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = ctrl_c() => {}
            }
            stop.cancel();
        }
    });
    let models = app::names(&translator);
    tracing::info!(servers = options.shown(), models, "working");
    let worker = Worker { queue, translator, tries: arguments.tries, drain: arguments.drain() };
    let articles = worker.run(stop).await.map_err(ClientError::from)?;
    tracing::info!(articles, "stopped");
    Ok(ExitCode::SUCCESS)
}
