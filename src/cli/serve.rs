//! `triglot serve`: until SIGTERM or Ctrl-C.

use std::process::ExitCode;

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{CliError, start};
use crate::{config::ServeArguments, server, translate::Translator};

pub async fn run(arguments: ServeArguments) -> Result<ExitCode, CliError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let limits = arguments.limits();
    // Loading takes seconds; a stop meanwhile must not wait for it.
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let mut stop = Box::pin(stop);
    let engine = arguments.engine.clone();
    let loading = tokio::task::spawn_blocking(move || start::translators(&engine));
    let translators = tokio::select! {
        translators = loading => translators.map_err(std::io::Error::other)??,
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    let listener = TcpListener::bind(arguments.listen).await?;
    tracing::info!(
        address = %listener.local_addr()?,
        models = translators.iter().map(Translator::name).collect::<Vec<_>>().join(", "),
        threads = arguments.engine.options().threads,
        "serving"
    );
    server::serve(listener, translators, limits, stop).await?;
    Ok(ExitCode::SUCCESS)
}
