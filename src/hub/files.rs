//! What a model is loaded from: its files, and what is known of them without looking into the weights.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
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
    /// What the model is called in requests and logs.
    pub name: String,
    /// A GGUF file, or a folder as hubs publish it.
    pub path: PathBuf,
    /// How the model is built, as the catalogue or the folder's `config.json` names it, or the names of its files tell; none:
    /// the GGUF file says it itself.
    pub architecture: Option<String>,
    /// SHA-256 of the weights, hexadecimal.
    pub sha256: String,
    /// Empty where nobody says.
    pub licence: String,
    /// The directions that the catalogue gives it; where it gives none, the files tell them.
    pub pairs: BTreeSet<Pair>,
    /// How the catalogue has it asked; none: as its files say.
    pub manifest: Option<&'static str>,
    /// Which of its tokens are common, if the catalogue knows: a byte for each token.
    pub common: Option<&'static [u8]>,
    /// What the file at `path` must be, where that is still to be checked.
    pub unchecked: Option<ModelFile>,
}

impl ModelFiles {
    /// The operator's own GGUF file or folder. A folder with a lock, such as a copy of what was pulled elsewhere, is checked
    /// against it.
    pub fn own(path: &Path, progress: &dyn Progress) -> Result<Self, HubError> {
        if is_gguf(path) {
            let sha256 = sha256_file(path, progress)?;
            return Ok(Self { name: served_name(path), path: path.to_owned(), sha256, ..Self::default() });
        }
        // So that "./" has a name as well.
        let path = path.canonicalize().map_err(HubError::io(path))?;
        let name = served_name(&path);
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

    /// A folder that was checked against its lock.
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

    /// What `load` makes of the files, given out once they are known to be right. Checking takes one core and loading takes
    /// what is left.
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

/// The kind of network in a folder, as its configuration names it.
fn architecture(folder: &Path) -> Result<String, HubError> {
    #[derive(Deserialize)]
    struct Config {
        model_type: String,
    }
    let path = folder.join(CONFIG);
    let most = most_bytes(CONFIG).unwrap_or_default();
    let mut text = Vec::new();
    let file = File::open(&path).map_err(HubError::io(&path))?;
    file.take(most).read_to_end(&mut text).map_err(HubError::io(&path))?;
    let config: Config = serde_json::from_slice(&text)
        .map_err(|error| HubError::io(&path)(io::Error::new(io::ErrorKind::InvalidData, error)))?;
    Ok(config.model_type)
}
