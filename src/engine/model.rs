//! A model as the engine takes it: network, vocabulary, prompt, and what is known about it.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use candle_core::Device;

use super::{
    Manifest, Prompt, TemplateError,
    gguf::GgufFile,
    vocabulary::{CommonTokens, vocabulary},
};
use crate::{
    decode::Patience,
    lang::{Language, Pair},
    model::{
        ModelError, Network, ShortlistId,
        adapter::Adapter,
        copy::{Copy, CopyTokenizer, END},
        decoder::{Decoder, DecoderKind, TensorDecoder},
    },
    tokenizer::{GgufTokenizer, Tokenizer, TokenizerError},
};

/// The shortlist of a target language, in the order in which [`LoadedModel`] restricts its network.
pub fn shortlist(language: Language) -> ShortlistId {
    ShortlistId(Language::ALL.iter().position(|other| *other == language).unwrap_or_default())
}

/// What a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    pub name: String,
    /// SHA-256 of the weights, hexadecimal; empty without weights.
    pub sha256: String,
    pub licence: String,
    pub pairs: BTreeSet<Pair>,
    /// The languages in which it writes summaries of texts.
    pub summarises: BTreeSet<Language>,
    /// What is merged into the weights.
    pub adapter: Option<AdapterInfo>,
}

/// What an adapter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterInfo {
    /// SHA-256 of its weights, hexadecimal.
    pub sha256: String,
    /// Empty where nobody says.
    pub licence: String,
}

/// A model that is ready to run.
pub struct LoadedModel {
    pub info: ModelInfo,
    pub network: Box<dyn Network>,
    pub tokenizer: Arc<dyn Tokenizer>,
    pub prompt: Prompt,
    /// Tokens that end a segment.
    pub stops: Arc<[u32]>,
    pub search_defaults: SearchDefaults,
    /// Most tokens of a question, where the network has a bound of its own.
    pub longest_source: Option<usize>,
    /// Most tokens of an answer, the same.
    pub longest_output: Option<usize>,
}

/// Search settings from the model's own configuration; as in [`SearchOptions`](crate::decode::SearchOptions).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchDefaults {
    /// Unless the caller says otherwise.
    pub beam_size: usize,
    pub prune: f32,
    pub patience: Patience,
    pub length_penalty: f32,
    /// So many tokens in a row must not occur twice in an answer.
    pub no_repeat_ngram: Option<usize>,
}

impl Default for SearchDefaults {
    fn default() -> Self {
        Self {
            beam_size: 1,
            prune: f32::INFINITY,
            patience: Patience::default(),
            length_penalty: 1.0,
            no_repeat_ngram: None,
        }
    }
}

/// Why a model cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read the model file: {0}")]
    Read(#[from] std::io::Error),
    #[error("the model file is not a valid GGUF file: {0}")]
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
        "cannot tell which languages {0:?} translates: set source_lang and target_lang in its tokenizer_config.json, or \
         name the folder like opus-mt-en-fr"
    )]
    Languages(String),
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl LoadedModel {
    /// Name of the model that copies its input.
    pub const COPY: &str = "copy";

    /// Whether models of an architecture can be run, those that translate and those that do not; so that none is fetched in
    /// vain.
    pub fn runs(architecture: &str, translates: bool) -> bool {
        match architecture {
            "gemma3" => true,
            "marian" => translates,
            "t5" | "mt5" => !translates,
            other => DecoderKind::from_name(other).is_some() && !translates,
        }
    }

    /// Loads a model of one of the architectures that triglot knows from a GGUF file whose digest was checked, with an
    /// adapter that was made for it. Where it is not known which tokens are common, all of a language's script are. Without
    /// a device it runs on the kernels for the CPU.
    pub fn load(
        architecture: &str,
        path: &Path,
        adapter: Option<&Adapter>,
        common: Option<CommonTokens<'_>>,
        info: ModelInfo,
        manifest: Manifest,
        device: Option<&Device>,
    ) -> Result<Self, LoadError> {
        if let Some(adapter) = adapter {
            adapter.check_base(&info.sha256).map_err(ModelError::from)?;
        }
        match architecture {
            "gemma3" => Self::gemma3(path, adapter, common, info, manifest, device),
            other => Err(LoadError::Architecture(other.to_owned())),
        }
    }

    fn gemma3(
        path: &Path,
        adapter: Option<&Adapter>,
        common: Option<CommonTokens<'_>>,
        info: ModelInfo,
        manifest: Manifest,
        device: Option<&Device>,
    ) -> Result<Self, LoadError> {
        let mut file = GgufFile::open(path)?;
        let pieces = file.take_vocabulary();
        let (vocabulary, network) = rayon::join(
            || {
                let tokenizer = GgufTokenizer::from_gguf(pieces)?;
                let stops = tokenizer.line_ends();
                let vocabularies = Language::ALL
                    .map(|language| vocabulary(language, tokenizer.shortlist(language), &stops, common));
                Ok::<_, TokenizerError>((tokenizer, stops, vocabularies))
            },
            || -> Result<Box<dyn Network>, ModelError> {
                Ok(match device {
                    Some(device) => {
                        Box::new(TensorDecoder::load(file.bytes(), &file.content, adapter, device)?)
                    }
                    None => Box::new(Decoder::load(file.bytes(), &file.content, adapter)?),
                })
            },
        );
        let ((tokenizer, stops, vocabularies), mut network) = (vocabulary?, network?);
        network.restrict(&vocabularies)?;
        file.release()?;
        Ok(Self {
            info,
            network,
            tokenizer: Arc::new(tokenizer),
            prompt: manifest.prompt,
            stops: stops.into(),
            search_defaults: manifest.search_defaults,
            longest_source: None,
            longest_output: None,
        })
    }

    /// The model that copies its input.
    pub fn copy() -> Self {
        Self {
            info: ModelInfo {
                name: Self::COPY.to_owned(),
                sha256: String::new(),
                licence: "part of triglot".to_owned(),
                pairs: Pair::all().collect(),
                summarises: BTreeSet::new(),
                adapter: None,
            },
            network: Box::new(Copy::default()),
            tokenizer: Arc::new(CopyTokenizer),
            prompt: Prompt::default(),
            stops: [END].into(),
            search_defaults: SearchDefaults::default(),
            longest_source: None,
            longest_output: None,
        }
    }
}
