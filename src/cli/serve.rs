//! `triglot serve`: until SIGTERM or Ctrl-C. SIGHUP loads the models again, as they are by then.

use std::process::ExitCode;

use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::{CliError, start};
use crate::{
    config::{EngineArguments, ServeArguments},
    server,
    translate::Translator,
};

pub async fn run(arguments: ServeArguments) -> Result<ExitCode, CliError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // From here on it does not end the process, also while the models are still being loaded.
    let hangup = signal(SignalKind::hangup())?;
    let limits = arguments.limits();
    // Loading takes seconds; a stop meanwhile must not wait for it.
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let mut stop = Box::pin(stop);
    let translator = tokio::select! {
        translator = load(&arguments.engine) => translator?,
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    let listener = TcpListener::bind(arguments.listen).await?;
    tracing::info!(
        address = %listener.local_addr()?,
        models = names(&translator),
        threads = arguments.engine.threads(),
        "serving"
    );
    let (replace, translator) = watch::channel(translator);
    tokio::select! {
        served = server::serve(listener, translator, limits, stop) => served?,
        () = reload(hangup, &arguments.engine, replace) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Loads the models again whenever it is asked for. New calls go to the new ones, running ones end where they began; what
/// cannot be loaded leaves everything as it is.
async fn reload(mut asked: Signal, arguments: &EngineArguments, replace: watch::Sender<Translator>) {
    while asked.recv().await.is_some() {
        tracing::info!("reloading the models");
        match load(arguments).await {
            Ok(translator) => {
                tracing::info!(models = names(&translator), "reloaded the models; new calls use them");
                replace.send_replace(translator);
            }
            Err(error) => tracing::error!(%error, "cannot reload the models; the loaded ones stay in use"),
        }
    }
    // No signal can come any more; serving goes on.
    std::future::pending().await
}

async fn load(arguments: &EngineArguments) -> Result<Translator, CliError> {
    let arguments = arguments.clone();
    tokio::task::spawn_blocking(move || start::translator(&arguments)).await.map_err(std::io::Error::other)?
}

fn names(translator: &Translator) -> String {
    let names: Vec<&str> = translator.engines().iter().map(|engine| engine.model().name.as_str()).collect();
    names.join(", ")
}
