//! Loads models from their files: one module for each model family and for each kind of file. This file maps the name of an
//! architecture to its family.

mod bergamot;
mod chat;
mod copy;
mod folder;
mod gemma3;
mod gguf;
mod manifest;
mod marian;
mod packed;
mod t5;
mod template;
mod vocabulary;

use candle_core::Device;

pub use self::{
    manifest::{Manifest, ManifestError},
    template::{ChatTemplate, TemplateError},
};
use crate::{
    engine::{LoadedModel, ModelInfo},
    hub::{AdapterFiles, BergamotFiles, ModelFiles, Package, is_gguf},
    model::{ModelError, adapter::AdapterError, decoder::DecoderKind, linear::Precision, plain},
    tokenizer::TokenizerError,
};

/// Why a model cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read the model file: {0}")]
    Read(#[from] std::io::Error),
    #[error("the model file is not a valid GGUF file: {}", plain(.0))]
    Gguf(candle_core::Error),
    #[error("the header of the model file is damaged")]
    Header,
    #[error(
        "the model reads at most {positions} tokens; its chat template takes {template}, which leaves too few for a text"
    )]
    Positions { positions: usize, template: usize },
    #[error("the model architecture {0:?} is not supported")]
    Architecture(String),
    #[error(
        "cannot find out which languages {0:?} translates: set source_lang and target_lang in its tokenizer_config.json, or \
         name the folder like opus-mt-en-fr"
    )]
    Languages(String),
    #[error(
        "cannot tell which languages {0:?} translates: of English, French and Russian, its metadata.json or the names of its \
         files must name two, such as model.enfr.intgemm.alphas.bin"
    )]
    Direction(String),
    #[error("cannot use the adapter {name}: {error}")]
    Adapter { name: String, error: AdapterError },
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Models that share a loader and a prompt format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A Gemma 3 that was not trained on messages. A manifest defines its prompt.
    Gemma3,
    /// A decoder of any kind with a chat template.
    Chat,
    Marian,
    T5,
    /// A student of Marian's in the files that Firefox translates with.
    Bergamot,
}

/// The file layout of a model. GGUF files and folders have different names for the same architecture.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Folder,
    /// A GGUF file, with or without a manifest in the catalogue.
    Gguf {
        manifest: bool,
    },
}

impl Family {
    /// Returns the family of a package that may not be installed; `None` if only its files name it.
    ///
    /// # Errors
    /// When the catalogue names an unsupported architecture. This check runs before files are downloaded in vain.
    pub fn expected(package: &Package<'_>) -> Result<Option<Self>, LoadError> {
        let (architecture, layout, no_pairs) = match package {
            Package::File(model) => (
                &model.architecture,
                Layout::Gguf { manifest: model.manifest.is_some() },
                model.pairs.is_empty(),
            ),
            Package::Repository(_, Some(known)) => {
                (&known.architecture, Layout::Folder, known.pairs.is_empty())
            }
            Package::Bundle(bundle) => (&bundle.architecture, Layout::Folder, false),
            Package::Own(path) if is_gguf(path) => return Ok(Some(Self::Chat)),
            Package::Repository(_, None) | Package::Own(_) => return Ok(None),
        };
        let family = Self::named(architecture, layout)?;
        // A family either translates or summarises, but its architecture has models of both kinds: MADLAD-400 is a T5 that
        // translates.
        if family.translates() == no_pairs {
            return Err(LoadError::Architecture(architecture.clone()));
        }
        Ok(Some(family))
    }

    fn of(files: &ModelFiles) -> Result<Self, LoadError> {
        let Some(architecture) = &files.architecture else { return Ok(Self::Chat) };
        let layout = match files.path.is_dir() {
            true => Layout::Folder,
            false => Layout::Gguf { manifest: files.manifest.is_some() },
        };
        Self::named(architecture, layout)
    }

    fn named(architecture: &str, layout: Layout) -> Result<Self, LoadError> {
        match (layout, architecture) {
            (Layout::Folder, "marian") => Ok(Self::Marian),
            (Layout::Folder, "t5" | "mt5") => Ok(Self::T5),
            (Layout::Folder, BergamotFiles::ARCHITECTURE) => Ok(Self::Bergamot),
            (Layout::Gguf { manifest: true }, "gemma3") => Ok(Self::Gemma3),
            (Layout::Gguf { manifest: false }, name) if DecoderKind::from_name(name).is_some() => {
                Ok(Self::Chat)
            }
            (_, other) => Err(LoadError::Architecture(other.to_owned())),
        }
    }

    /// Whether its models translate; the others summarise.
    pub fn translates(self) -> bool {
        matches!(self, Self::Gemma3 | Self::Marian | Self::Bergamot)
    }

    /// Whether its models can run on a GPU.
    pub fn runs_on_gpu(self) -> bool {
        self == Self::Gemma3
    }

    /// Whether an adapter can be merged into its models' weights. An adapter may change the manifest, so only models with a
    /// manifest take one.
    pub fn takes_adapters(self) -> bool {
        self == Self::Gemma3
    }
}

/// Loads a model. Families that take no adapters ignore `adapter`. Without a `device`, the model runs on the CPU kernels.
/// `precision` is for weights in a folder; weights in a GGUF file keep their own.
///
/// # Errors
/// When a file is missing or damaged or needs an unsupported feature.
pub fn load(
    files: &ModelFiles,
    adapter: Option<AdapterFiles>,
    device: Option<&Device>,
    precision: Precision,
) -> Result<LoadedModel, LoadError> {
    let info = ModelInfo {
        name: files.name.clone(),
        sha256: files.sha256.clone(),
        licence: files.licence.clone(),
        pairs: files.pairs.clone(),
        ..ModelInfo::default()
    };
    match Family::of(files)? {
        Family::Gemma3 => gemma3::load(files, info, adapter, device),
        Family::Chat => chat::load(&files.path, info),
        Family::Marian => marian::load(&files.path, info, precision),
        Family::Bergamot => bergamot::load(&files.path, info, precision),
        Family::T5 => t5::load(&files.path, info, precision),
    }
}
