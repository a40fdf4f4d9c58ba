//! Loads a folder with a Firefox model, as Mozilla publishes it: network, vocabularies, lexical shortlist and direction.

use std::{path::Path, sync::Arc};

use serde::Deserialize;

use super::{LoadError, folder, packed};
use crate::{
    engine::{LoadedModel, ModelInfo, Prompt, SearchDefaults},
    hub::{BergamotFiles, HubError},
    lang::{Language, Pair},
    model::{
        ModelError, Network, Vocabulary,
        bergamot::{Bergamot, BergamotConfig, LexicalShortlist, ModelFile, POSITIONS},
        linear::Precision,
    },
    tokenizer::BergamotTokenizer,
};

/// Size limit of a decompressed model file, in bytes; 32-bit models take less than a third.
const MAX_MODEL: u64 = 1 << 30;
/// Size limit of a decompressed vocabulary, in bytes; published ones take 900 kB.
const MAX_VOCABULARY: u64 = 16 << 20;
/// Size limit of a decompressed shortlist, in bytes; published ones take 5 MB.
const MAX_SHORTLIST: u64 = 64 << 20;
/// Most tokens of a source, including its end token. The reference splits longer ones (`max-length-break`).
const LONGEST_SOURCE: usize = 128;

/// The languages in `metadata.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(alias = "fromLang")]
    source_language: String,
    #[serde(alias = "toLang")]
    target_language: String,
}

/// Loads a model from a folder with a model file and vocabularies. The lexical shortlist and `metadata.json` are optional. Sets
/// the direction in `info`.
///
/// # Errors
/// When a file is missing, damaged or not supported, or when the languages are unknown.
pub(super) fn load(folder: &Path, info: ModelInfo, precision: Precision) -> Result<LoadedModel, LoadError> {
    let unreadable = |error: HubError| LoadError::from(ModelError::Format(error.to_string()));
    let files = BergamotFiles::find(folder).map_err(unreadable)?;
    let files = files.ok_or_else(|| ModelError::Format("the model file is missing".to_owned()))?;
    let pair = pair(folder, &files.languages)?.ok_or_else(|| LoadError::Direction(info.name.clone()))?;
    let source = packed::read(&files.vocabulary, MAX_VOCABULARY)?;
    let target = files.target_vocabulary.as_deref();
    let target = target.map(|path| packed::read(path, MAX_VOCABULARY)).transpose()?;
    let vocabulary = BergamotTokenizer::parse(&source, target.as_deref())?;

    let content = packed::read(&files.model, MAX_MODEL)?;
    let file = ModelFile::parse(&content).map_err(ModelError::from)?;
    let config = file.configuration().map_err(ModelError::from)?;
    fits(&config, &vocabulary)?;
    let shortlist =
        files.shortlist.as_deref().map(|path| shortlist(path, &config, &vocabulary)).transpose()?;
    let written = vocabulary.written();
    let all = 0..config.target_vocabulary as u32;
    let forbidden = all.filter(|token| written.binary_search(token).is_err()).collect();
    // With a lexical shortlist, the source determines the candidates. An empty vocabulary saves packing all tokens.
    let common = if shortlist.is_some() { Vec::new() } else { written };
    let mut network = Bergamot::load(&file, shortlist, forbidden, precision)?;
    network.restrict(&Language::ALL.map(|language| match language == pair.target {
        true => Vocabulary { common: common.clone(), copied: Vec::new() },
        false => Vocabulary::default(),
    }))?;
    Ok(LoadedModel {
        info: ModelInfo { pairs: [pair].into(), ..info },
        network: Box::new(network),
        stops: [vocabulary.end()].into(),
        tokenizer: Arc::new(vocabulary),
        prompt: Prompt::default(),
        search_defaults: SearchDefaults::default(),
        longest_source: Some(LONGEST_SOURCE),
        // The end token takes one position.
        longest_output: Some(POSITIONS - 1),
    })
}

fn shortlist(
    path: &Path,
    config: &BergamotConfig,
    vocabulary: &BergamotTokenizer,
) -> Result<LexicalShortlist, LoadError> {
    let content = packed::read(path, MAX_SHORTLIST)?;
    // The lists cover the pieces of the vocabulary; an embedding may have more rows.
    let (sources, _) = vocabulary.sizes();
    let shortlist =
        LexicalShortlist::parse(&content, sources, config.target_vocabulary, vocabulary.is_shared());
    Ok(shortlist.map_err(ModelError::from)?)
}

/// Checks that every id of the vocabularies has a row in the embeddings.
fn fits(config: &BergamotConfig, vocabulary: &BergamotTokenizer) -> Result<(), ModelError> {
    let (sources, targets) = vocabulary.sizes();
    let wrong = |what: &str| Err(ModelError::Format(what.to_owned()));
    if sources > config.source_vocabulary || targets > config.target_vocabulary {
        return wrong("the vocabularies are larger than the embeddings");
    }
    if config.shared_embedding != vocabulary.is_shared() {
        return wrong("the model has one embedding for two vocabularies, or two embeddings for one");
    }
    Ok(())
}

/// The direction of a model: from `metadata.json`, or else from the name of the model file.
fn pair(folder: &Path, languages: &str) -> Result<Option<Pair>, LoadError> {
    let named = |source: &str, target: &str| {
        let (source, target) = (Language::from_iso(source)?, Language::from_iso(target)?);
        (source != target).then_some(Pair { source, target })
    };
    if let Some(text) = folder::text(folder, "metadata.json")?
        && let Ok(metadata) = serde_json::from_str::<Metadata>(&text)
    {
        return Ok(named(&metadata.source_language, &metadata.target_language));
    }
    let half = languages.len() / 2;
    let codes = languages.split_once('-').or_else(|| languages.split_at_checked(half));
    Ok(codes.and_then(|(source, target)| named(source, target)))
}
