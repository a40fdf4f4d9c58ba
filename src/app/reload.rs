//! Reloads all models from disk while the loaded ones continue to serve.

use tokio::{signal::unix::Signal, sync::watch};

use super::load_again;
use crate::{config::EngineArguments, translate::Translator};

/// Reloads the models on every signal; the memory and the glossaries stay. New calls use the new models; running calls finish with the old ones. If
/// a model cannot be loaded, nothing changes.
pub async fn reload(mut signals: Signal, arguments: &EngineArguments, replace: watch::Sender<Translator>) {
    while signals.recv().await.is_some() {
        tracing::info!("reloading the models");
        let old = replace.borrow().clone();
        match load_again(arguments, &old).await {
            Ok(translator) => {
                tracing::info!(models = names(&translator), "reloaded the models; new calls use them");
                replace.send_replace(translator);
            }
            Err(error) => tracing::error!(%error, "cannot reload the models; the loaded ones stay in use"),
        }
    }
    // No more signals can come, but the caller expects a future that never ends.
    std::future::pending().await
}

/// The names of the running models, for the log.
pub fn names(translator: &Translator) -> String {
    let names: Vec<&str> = translator.engines().iter().map(|engine| engine.model().name.as_str()).collect();
    names.join(", ")
}
