//! Adapters and their files: catalogue adapters are built into the binary, all others are folders.

use std::{
    borrow::Cow,
    convert::Infallible,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    CatalogError, HubError,
    install::{self, read},
};

/// Size limit of an adapter's weights, in bytes.
const MAX_WEIGHTS: u64 = 1 << 30;
/// Size limit of a configuration or a manifest, in bytes.
const MAX_TEXT: u64 = 1 << 20;

/// An adapter that is built into triglot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogAdapter {
    pub name: String,
    /// Name of the model that it was trained for.
    pub model: String,
    pub title: String,
    pub licence: String,
    /// Its folder, relative to `models/`.
    pub folder: String,
}

/// The adapter to merge into a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdapterChoice {
    /// The model's default adapter in the catalogue, if it has one.
    Own,
    /// No adapter.
    None,
    /// An adapter of the catalogue, by name.
    Named(String),
    /// A folder in PEFT's format.
    Folder(PathBuf),
}

/// The files of an adapter, read but not parsed.
pub struct AdapterFiles {
    pub name: String,
    /// Empty if unknown.
    pub licence: String,
    /// `adapter_config.json`.
    pub config: Cow<'static, [u8]>,
    /// `adapter_model.safetensors`.
    pub weights: Cow<'static, [u8]>,
    /// `manifest.toml`, if the adapter has one: the prompt and the search settings of the adapted model.
    pub manifest: Option<Cow<'static, str>>,
}

impl FromStr for AdapterChoice {
    type Err = Infallible;

    /// Reads "none", a path with a slash, or a name. The empty text, as of an empty variable, means the model's default.
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
    /// Returns its files from the binary.
    ///
    /// # Errors
    /// When this build does not contain its folder.
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
    /// Reads a folder in PEFT's format, with its `manifest.toml` if it has one.
    pub fn read(folder: &Path) -> Result<Self, HubError> {
        // Only the canonical form of "./" ends in a name.
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
