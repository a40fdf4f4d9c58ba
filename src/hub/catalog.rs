//! The catalogue of known models. It is built into the binary; the model files are not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{CatalogAdapter, Repository};
use crate::lang::Pair;

/// Why a catalogue is not valid.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("cannot read the catalogue: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("the catalogue contains an unknown language pair: {0:?}")]
    Pair(String),
    #[error("the catalogue contains the name {0:?}, which is not a plain file name")]
    Name(String),
    #[error("the catalogue lists the adapter {0:?}, but this build does not contain it")]
    Adapter(String),
    #[error("the catalogue lists the manifest {0:?}, but this build does not contain it")]
    Manifest(String),
    #[error("the catalogue lists the token file {0:?}, but this build does not contain it")]
    Common(String),
}

/// The models that triglot knows by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    #[serde(rename = "model")]
    pub models: Vec<Model>,
    #[serde(rename = "adapter", default)]
    pub adapters: Vec<CatalogAdapter>,
    #[serde(rename = "repository", default)]
    pub repositories: Vec<CatalogRepository>,
    #[serde(rename = "bundle", default)]
    pub bundles: Vec<Bundle>,
    #[serde(rename = "group", default)]
    pub groups: Vec<Group>,
}

/// A single-file model, whose file is joined from chunks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub name: String,
    pub title: String,
    pub architecture: String,
    pub licence: String,
    pub pairs: Vec<String>,
    /// Path of the manifest for the model without an adapter, relative to `models/`. A model without one is a chat model: its
    /// file has the prompt.
    pub manifest: Option<String>,
    /// Path of the table of common tokens, relative to `models/`.
    pub common: Option<String>,
    /// Name of the default adapter.
    pub adapter: Option<String>,
    pub file: ModelFile,
    /// The chunks of the file, in order.
    #[serde(rename = "chunk")]
    pub chunks: Vec<Chunk>,
}

/// A file whose content is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// A model in a repository on a hub. The lock that a pull writes pins its files; the catalogue does not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogRepository {
    pub name: String,
    pub title: String,
    /// `model_type` in its `config.json`.
    pub architecture: String,
    pub licence: String,
    /// The directions that it translates; empty for other models.
    pub pairs: Vec<String>,
    pub source: Repository,
}

/// A model of several files with several sources.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    pub name: String,
    pub title: String,
    pub architecture: String,
    pub licence: String,
    /// The direction that it translates.
    pub pair: String,
    /// A hub repository with copies of the files, pinned to a commit.
    pub mirror: Repository,
    /// Folder of the files in the mirror.
    pub mirror_folder: String,
    #[serde(rename = "file")]
    pub files: Vec<BundleFile>,
}

/// A file of a bundle.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    pub name: String,
    pub bytes: u64,
    /// Hexadecimal. If missing, the first pull takes it from Mozilla's record.
    pub sha256: Option<String>,
}

/// A name for several models.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    pub title: String,
    /// Names of models in the catalogue.
    pub models: Vec<String>,
}

/// A part of a model file, inside a Python wheel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    pub package: String,
    pub version: String,
    pub wheel_sha256: String,
    /// Path inside the wheel.
    pub member: String,
    pub bytes: u64,
}

impl Catalog {
    /// Parses the catalogue that is built into the binary.
    pub fn built_in() -> Result<Self, CatalogError> {
        Self::parse(include_str!("../../models/catalog.toml"))
    }

    /// Parses a catalogue. Checks that names are plain file names and that all language pairs exist.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let catalog: Self = toml::from_str(text)?;
        for model in &catalog.models {
            for name in [&model.name, &model.file.name] {
                check_name(name)?;
            }
            model.directions()?;
        }
        for repository in &catalog.repositories {
            check_name(&repository.name)?;
            repository.directions()?;
        }
        for bundle in &catalog.bundles {
            let files = bundle.files.iter().map(|file| &file.name);
            [&bundle.name, &bundle.mirror_folder]
                .into_iter()
                .chain(files)
                .try_for_each(|name| check_name(name))?;
            bundle.pair()?;
        }
        Ok(catalog)
    }
}

impl Model {
    /// The directions that it translates.
    pub fn directions(&self) -> Result<BTreeSet<Pair>, CatalogError> {
        directions(&self.pairs)
    }

    /// Returns the text of the manifest.
    pub fn manifest(&self) -> Result<Option<&'static str>, CatalogError> {
        match self.manifest.as_deref() {
            None => Ok(None),
            Some("gemma3-270m/manifest.toml") => {
                Ok(Some(include_str!("../../models/gemma3-270m/manifest.toml")))
            }
            Some(other) => Err(CatalogError::Manifest(other.to_owned())),
        }
    }

    /// Returns the table of common tokens, if there is one: one byte for each token.
    pub fn common(&self) -> Result<Option<&'static [u8]>, CatalogError> {
        match self.common.as_deref() {
            None => Ok(None),
            Some("gemma3-270m/common.bin") => Ok(Some(include_bytes!("../../models/gemma3-270m/common.bin"))),
            Some(other) => Err(CatalogError::Common(other.to_owned())),
        }
    }
}

impl Bundle {
    /// Total size of its files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The direction that it translates.
    pub fn pair(&self) -> Result<Pair, CatalogError> {
        self.pair.parse().map_err(|_| CatalogError::Pair(self.pair.clone()))
    }
}

impl CatalogRepository {
    /// The directions that it translates.
    pub fn directions(&self) -> Result<BTreeSet<Pair>, CatalogError> {
        directions(&self.pairs)
    }
}

fn directions(pairs: &[String]) -> Result<BTreeSet<Pair>, CatalogError> {
    pairs.iter().map(|pair| pair.parse().map_err(|_| CatalogError::Pair(pair.clone()))).collect()
}

fn check_name(name: &str) -> Result<(), CatalogError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(CatalogError::Name(name.to_owned()));
    }
    Ok(())
}
