//! Where adapters come from: the catalogue's own are part of the binary, others are folders of the operator's.

use std::{
    borrow::Cow,
    convert::Infallible,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{CatalogError, HubError, install};

/// Largest weights file of an adapter that is read.
const MAX_WEIGHTS: u64 = 1 << 30;
/// Largest configuration or manifest that is read.
const MAX_TEXT: u64 = 1 << 20;

/// An adapter that is part of triglot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogAdapter {
    pub name: String,
    /// The model that it was made for.
    pub model: String,
    pub title: String,
    pub licence: String,
    /// Where it is below `models/`.
    pub folder: String,
}

/// Which adapter a model is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdapterChoice {
    /// The one that the catalogue gives the model, if any.
    Own,
    /// The model as it was pulled.
    None,
    /// One of the catalogue, by name.
    Named(String),
    /// One in a folder.
    Folder(PathBuf),
}

/// The files of an adapter, read and not looked into.
pub struct AdapterFiles {
    pub name: String,
    /// Empty where nobody says.
    pub licence: String,
    /// `adapter_config.json`.
    pub config: Cow<'static, [u8]>,
    /// `adapter_model.safetensors`.
    pub weights: Cow<'static, [u8]>,
    /// How the adapted model is asked, if the adapter says so.
    pub manifest: Option<Cow<'static, str>>,
}

impl FromStr for AdapterChoice {
    type Err = Infallible;

    /// "none"; a folder, which has a slash in it; or a name. Nothing, as of an empty variable, is the model's own.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "" => Self::Own,
            "none" => Self::None,
            folder if folder.contains('/') => Self::Folder(PathBuf::from(folder)),
            name => Self::Named(name.to_owned()),
        })
    }
}

impl CatalogAdapter {
    /// Its files.
    pub fn files(&self) -> Result<AdapterFiles, CatalogError> {
        macro_rules! built_in {
            ($folder:literal) => {
                Ok(AdapterFiles {
                    name: self.name.clone(),
                    licence: self.licence.clone(),
                    config: include_bytes!(concat!("../../models/", $folder, "/adapter_config.json")).into(),
                    weights: include_bytes!(concat!("../../models/", $folder, "/adapter_model.safetensors"))
                        .into(),
                    manifest: Some(include_str!(concat!("../../models/", $folder, "/manifest.toml")).into()),
                })
            };
        }
        match self.folder.as_str() {
            "gemma3-270m/news" => built_in!("gemma3-270m/news"),
            other => Err(CatalogError::Adapter(other.to_owned())),
        }
    }
}

impl AdapterFiles {
    /// Reads an adapter as PEFT writes it from its folder, and `manifest.toml` if there is one.
    pub fn read(folder: &Path) -> Result<Self, HubError> {
        // So that "./" has a name as well.
        let whole = folder.canonicalize().map_err(HubError::io(folder))?;
        let name = whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let config = read(&folder.join("adapter_config.json"), MAX_TEXT)?.into();
        let weights = read(&folder.join("adapter_model.safetensors"), MAX_WEIGHTS)?.into();
        let manifest = folder.join("manifest.toml");
        let manifest = if manifest.exists() {
            let text = String::from_utf8(read(&manifest, MAX_TEXT)?)
                .map_err(|error| HubError::io(&manifest)(std::io::Error::other(error)))?;
            Some(text.into())
        } else {
            None
        };
        Ok(Self { name, licence: String::new(), config, weights, manifest })
    }

    /// SHA-256 of the weights, hexadecimal.
    pub fn sha256(&self) -> String {
        install::hexadecimal(&Sha256::digest(&self.weights))
    }
}

/// A file of the operator's, unless it is larger than anything sensible.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, HubError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(HubError::io(path))?;
    let read = file.take(most + 1).read_to_end(&mut bytes).map_err(HubError::io(path))?;
    if read as u64 > most {
        let reason = format!("it is larger than the limit of {most} bytes");
        return Err(HubError::Altered { path: path.to_owned(), reason });
    }
    Ok(bytes)
}
