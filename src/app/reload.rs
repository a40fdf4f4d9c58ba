//! Reloads all models from disk, while the loaded ones go on working.

use tokio::{signal::unix::Signal, sync::watch};

use super::load;
use crate::{config::EngineArguments, translate::Translator};

/// Reloads the models at each signal. New calls use the new models, running calls keep theirs. If a model cannot be loaded, all
/// stay as they are.
pub async fn reload(mut asked: Signal, arguments: &EngineArguments, replace: watch::Sender<Translator>) {
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
    // No more signals can come; serving goes on.
    std::future::pending().await
}

/// The names of the loaded models, for the log.
pub fn names(translator: &Translator) -> String {
    let names: Vec<&str> = translator.engines().iter().map(|engine| engine.model().name.as_str()).collect();
    names.join(", ")
}
