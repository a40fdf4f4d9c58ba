//! Loads a Gemma 3 from a GGUF file, with the prompt of its manifest and optionally with an adapter merged into its weights.

use std::sync::Arc;

use candle_core::Device;

use super::{
    LoadError, Manifest,
    gguf::GgufFile,
    vocabulary::{CommonTokens, vocabulary},
};
use crate::{
    engine::{AdapterInfo, LoadedModel, ModelInfo},
    hub::{AdapterFiles, ModelFiles},
    lang::Language,
    model::{
        ModelError, Network,
        adapter::Adapter,
        decoder::{Decoder, TensorDecoder},
    },
    tokenizer::{GgufTokenizer, TokenizerError},
};

/// Loads the model. Without a table of common tokens, all tokens of a language's script count as common.
pub(super) fn load(
    files: &ModelFiles,
    mut info: ModelInfo,
    adapter: Option<AdapterFiles>,
    device: Option<&Device>,
) -> Result<LoadedModel, LoadError> {
    let manifest = manifest(files, adapter.as_ref())?;
    if let Some(adapter) = &adapter {
        info.name = format!("{}+{}", info.name, adapter.name);
        info.adapter = Some(AdapterInfo { sha256: adapter.sha256(), licence: adapter.licence.clone() });
    }
    let adapter = adapter.map(parse).transpose()?;
    if let Some(adapter) = &adapter {
        adapter.check_base(&files.sha256).map_err(ModelError::from)?;
    }
    let common = files.common.map(CommonTokens);
    let mut file = GgufFile::open(&files.path)?;
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
            let adapter = adapter.as_ref();
            Ok(match device {
                Some(device) => Box::new(TensorDecoder::load(file.bytes(), &file.content, adapter, device)?),
                None => Box::new(Decoder::load(file.bytes(), &file.content, adapter)?),
            })
        },
    );
    let ((tokenizer, stops, vocabularies), mut network) = (vocabulary?, network?);
    network.restrict(&vocabularies)?;
    file.release()?;
    Ok(LoadedModel {
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

/// Returns the adapter's manifest, or else the catalogue's. The catalogue's examples are only for the model without an adapter.
fn manifest(files: &ModelFiles, adapter: Option<&AdapterFiles>) -> Result<Manifest, LoadError> {
    if let Some(own) = adapter.and_then(|adapter| adapter.manifest.as_deref()) {
        return Ok(Manifest::parse(own)?);
    }
    let manifest = Manifest::parse(files.manifest.unwrap_or_default())?;
    Ok(if adapter.is_some() { manifest.without_examples() } else { manifest })
}

fn parse(files: AdapterFiles) -> Result<Adapter, LoadError> {
    let adapter = Adapter::parse(&files.config, &files.weights)
        .map_err(|error| LoadError::Adapter { name: files.name.clone(), error })?;
    if !adapter.names_base() {
        tracing::warn!(
            adapter = files.name,
            "the adapter does not name the model file that it was made for; only its shapes are checked"
        );
    }
    Ok(adapter)
}
