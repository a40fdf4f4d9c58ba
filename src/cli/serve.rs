//! `triglot serve`: runs the server until SIGTERM or Ctrl-C. SIGHUP reloads all models from disk.

use std::process::ExitCode;

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::CliError;
use crate::{app, config::ServeArguments, server};

pub async fn run(arguments: ServeArguments) -> Result<ExitCode, CliError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // Register SIGHUP before the models load, or it would end the process.
    let hangup = signal(SignalKind::hangup())?;
    let limits = arguments.limits();
    // A stop signal also interrupts the loading, which takes seconds.
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let mut stop = Box::pin(stop);
    let translator = tokio::select! {
        translator = app::load(&arguments.engine) => translator?,
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    let listener = TcpListener::bind(arguments.listen).await?;
    tracing::info!(
        address = %listener.local_addr()?,
        models = app::names(&translator),
        threads = arguments.engine.threads(),
        "serving"
    );
    let memory = translator.memory().clone();
    let (replace, translator) = watch::channel(translator);
    tokio::select! {
        served = server::serve(listener, translator, limits, stop) => served?,
        () = app::reload(hangup, &arguments.engine, replace) => {}
    }
    memory.flush().await;
    Ok(ExitCode::SUCCESS)
}
