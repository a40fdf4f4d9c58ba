//! Models are loaded again, as they are by then, while those that were loaded before go on working.

use tokio::{signal::unix::Signal, sync::watch};

use super::load;
use crate::{config::EngineArguments, translate::Translator};

/// Loads the models again whenever it is asked for. New calls go to the new ones, running ones end where they began; what
/// cannot be loaded leaves everything as it is.
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
    // No signal can come any more; serving goes on.
    std::future::pending().await
}

/// The names of the models that run, for the log.
pub fn names(translator: &Translator) -> String {
    let names: Vec<&str> = translator.engines().iter().map(|engine| engine.model().name.as_str()).collect();
    names.join(", ")
}
