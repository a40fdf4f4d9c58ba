//! A model in a folder, as hubs publish it: pulled and checked, or the operator's own.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    HubError, Lock, Progress, Snapshot,
    install::sha256_file,
    lock::{PICKLE, SAFETENSORS, most_bytes},
    reference::served_name,
};

/// A folder that can be loaded from.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    /// What the model is called in requests and logs.
    pub name: String,
    pub path: PathBuf,
    /// Empty where nobody says.
    pub licence: String,
    /// SHA-256 of the weights, hexadecimal.
    pub sha256: String,
}

impl ModelFolder {
    /// A folder of the operator's. One with a lock, such as a copy of what was pulled elsewhere, is checked against it.
    pub fn open(path: &Path, progress: &dyn Progress) -> Result<Self, HubError> {
        // So that "./" has a name as well.
        let path = path.canonicalize().map_err(HubError::io(path))?;
        let name = served_name(&path);
        if path.join(Lock::NAME).exists() {
            let snapshot = Snapshot::open(&path, progress)?;
            let licence = snapshot.lock.licence.clone();
            return Ok(Self::checked(name, licence, snapshot));
        }
        let weights =
            [SAFETENSORS, PICKLE].map(|name| path.join(name)).into_iter().find(|path| path.exists());
        let weights = weights.unwrap_or_else(|| path.join(SAFETENSORS));
        let sha256 = sha256_file(&weights, &())?;
        Ok(Self { name, path, licence: String::new(), sha256 })
    }

    /// A folder that was checked.
    pub fn checked(name: String, licence: String, Snapshot { folder, lock }: Snapshot) -> Self {
        let sha256 = lock.weights().map_or_else(String::new, |weights| weights.sha256.clone());
        Self { name, path: folder, licence, sha256 }
    }

    /// The kind of network, as its configuration names it.
    pub fn architecture(&self) -> Result<String, HubError> {
        #[derive(Deserialize)]
        struct Config {
            model_type: String,
        }
        let path = self.path.join("config.json");
        let most = most_bytes("config.json").unwrap_or_default();
        let mut text = Vec::new();
        let file = File::open(&path).map_err(HubError::io(&path))?;
        file.take(most).read_to_end(&mut text).map_err(HubError::io(&path))?;
        let config: Config = serde_json::from_slice(&text)
            .map_err(|error| HubError::io(&path)(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        Ok(config.model_type)
    }
}
