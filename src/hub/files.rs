//! The files to load a model from, with all that is known before the weights are read.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    BergamotFiles, HubError, Lock, ModelFile, Progress,
    install::{self, sha256_file},
    lock::{PICKLE, SAFETENSORS, most_bytes},
    reference::{is_gguf, served_name},
};
use crate::lang::Pair;

/// What describes the network in a folder of Transformers'.
const CONFIG: &str = "config.json";

/// The files of a model that is about to be loaded.
#[derive(Debug, Clone, Default)]
pub struct ModelFiles {
    /// Name of the model in requests and logs.
    pub name: String,
    /// A GGUF file, or a folder with the files of a repository.
    pub path: PathBuf,
    /// Architecture, from the catalogue, from the folder's `config.json`, or from the names of its files. `None`: the GGUF file
    /// names it.
    pub architecture: Option<String>,
    /// SHA-256 of the weights, hexadecimal.
    pub sha256: String,
    /// Empty if unknown.
    pub licence: String,
    /// The directions in the catalogue. Empty: the loader finds them in the files.
    pub pairs: BTreeSet<Pair>,
    /// The manifest in the catalogue. `None`: the files define the prompt.
    pub manifest: Option<&'static str>,
    /// The catalogue's table of common tokens, if there is one: one byte for each token.
    pub common: Option<&'static [u8]>,
    /// The pinned content of the file at `path`, if it is not checked yet.
    pub unchecked: Option<ModelFile>,
}

impl ModelFiles {
    /// Reads the user's own GGUF file or folder. A folder with a lock, such as a copy of a pulled one, is checked against it.
    pub fn own(path: &Path, progress: &dyn Progress) -> Result<Self, HubError> {
        if is_gguf(path) {
            let sha256 = sha256_file(path, progress)?;
            return Ok(Self { name: served_name(path), path: path.to_owned(), sha256, ..Self::default() });
        }
        // The name comes from the path as typed, as in `--server`; a symbolic link keeps its own name.
        let name = served_name(path);
        let path = path.canonicalize().map_err(HubError::io(path))?;
        if path.join(Lock::NAME).exists() {
            let lock = Lock::open(&path, progress)?;
            return Self::locked(name, path, lock.licence.clone(), &lock);
        }
        if !path.join(CONFIG).exists()
            && let Some(files) = BergamotFiles::find(&path)?
        {
            let sha256 = sha256_file(&files.model, progress)?;
            let architecture = Some(BergamotFiles::ARCHITECTURE.to_owned());
            return Ok(Self { name, path, architecture, sha256, ..Self::default() });
        }
        let weights =
            [SAFETENSORS, PICKLE].map(|name| path.join(name)).into_iter().find(|path| path.exists());
        let weights = weights.unwrap_or_else(|| path.join(SAFETENSORS));
        let sha256 = sha256_file(&weights, &())?;
        let architecture = Some(architecture(&path)?);
        Ok(Self { name, path, architecture, sha256, ..Self::default() })
    }

    /// Describes a folder that was checked against its lock.
    pub(super) fn locked(
        name: String,
        path: PathBuf,
        licence: String,
        lock: &Lock,
    ) -> Result<Self, HubError> {
        let sha256 = lock.weights().map_or_else(String::new, |weights| weights.sha256.clone());
        let architecture = Some(architecture(&path)?);
        Ok(Self { name, path, architecture, sha256, licence, ..Self::default() })
    }

    /// Runs `load` while the file is checked, and returns its result only if the check passes. The check needs one core;
    /// loading uses the others.
    pub fn checked<T: Send>(
        &self,
        progress: &dyn Progress,
        load: impl FnOnce(&Self) -> T + Send,
    ) -> Result<T, HubError> {
        let Some(file) = &self.unchecked else { return Ok(load(self)) };
        let (checked, loaded) = rayon::join(|| install::verify(&self.path, file, progress), || load(self));
        checked?;
        Ok(loaded)
    }
}

/// Reads `model_type` from the `config.json` of a folder.
fn architecture(folder: &Path) -> Result<String, HubError> {
    #[derive(Deserialize)]
    struct Config {
        model_type: String,
    }
    let path = folder.join(CONFIG);
    let text = install::read(&path, most_bytes(CONFIG).unwrap_or_default())?;
    let config: Config = serde_json::from_slice(&text)
        .map_err(|error| HubError::io(&path)(io::Error::new(io::ErrorKind::InvalidData, error)))?;
    Ok(config.model_type)
}
