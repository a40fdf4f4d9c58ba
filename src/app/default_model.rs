//! Chooses the default model, which runs when the arguments name none: Firefox's models if they load and pass their check, else
//! the built-in model. The first start online saves its choice; after that, only `triglot models use` changes it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{AppError, models::start};
use crate::{
    config::{DEFAULT_MODEL, EngineArguments},
    hub::{HubError, ModelReference},
    translate::Translator,
};

/// The default model if it works.
const PREFERRED: &str = "firefox";
const HEADER: &str = "# The default model of triglot. To change it, run `triglot models use MODEL`.\n";

/// The content of `default-model.toml`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    model: String,
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("default-model.toml")
}

/// The saved choice; `None` before the first choice.
///
/// # Errors
/// When the file cannot be read or is invalid.
pub fn decided(data_dir: &Path) -> Result<Option<ModelReference>, AppError> {
    let path = path(data_dir);
    let wrong = |reason: String| AppError::Decision { path: path.clone(), reason };
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| wrong(error.to_string()))?,
    };
    let decision: Decision = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    decision.model.parse().map(Some).map_err(|error| wrong(format!("{error}")))
}

/// Saves a choice; `None` leaves it to the next start.
///
/// # Errors
/// When the file cannot be written or removed.
pub fn decide(data_dir: &Path, model: Option<&ModelReference>) -> Result<(), AppError> {
    let path = path(data_dir);
    let io = |error| HubError::Io { path: path.clone(), error };
    let Some(model) = model else {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(error).into()),
            _ => Ok(()),
        };
    };
    let text = toml::to_string(&Decision { model: model.to_string() })
        .map_err(|error| AppError::Decision { path: path.clone(), reason: error.to_string() })?;
    fs::create_dir_all(data_dir).map_err(io)?;
    let file = tempfile::NamedTempFile::new_in(data_dir).map_err(io)?;
    fs::write(file.path(), [HEADER, &text].concat()).map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Loads the default model.
pub fn translator(arguments: &EngineArguments) -> Result<Translator, AppError> {
    let data_dir = arguments.hub.data_dir();
    let built_in = ModelReference::Named(DEFAULT_MODEL.to_owned());
    // Firefox's models support neither GPUs nor adapters.
    if arguments.gpu || arguments.names_adapters() {
        return start(arguments, &[built_in]);
    }
    if let Some(model) = decided(&data_dir)? {
        return start(arguments, &[model]);
    }
    let preferred = ModelReference::Named(PREFERRED.to_owned());
    let (translator, model) = match start(arguments, std::slice::from_ref(&preferred)) {
        Ok(translator) => (translator, preferred),
        Err(error) => {
            tracing::warn!(
                %error,
                "cannot use Firefox's models; the small built-in model {DEFAULT_MODEL} runs instead; \
                 to change this, run `triglot models use {PREFERRED}`"
            );
            (start(arguments, std::slice::from_ref(&built_in))?, built_in)
        }
    };
    // Offline, the choice is not final: Firefox's models may only be missing.
    if !arguments.hub.offline
        && let Err(error) = decide(&data_dir, Some(&model))
    {
        tracing::debug!(%error, "cannot save the default model");
    }
    Ok(translator)
}
