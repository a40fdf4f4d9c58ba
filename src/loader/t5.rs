//! Loads a T5 from a folder with the files of its repository: network and vocabulary. The files do not name the task of the
//! model; it is assumed to write summaries.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use super::{
    LoadError,
    folder::{bytes, required, text},
};
use crate::{
    decode::Patience,
    engine::{LoadedModel, MAX_BEAM_SIZE, ModelInfo, Prompt, SearchDefaults},
    lang::Language,
    model::{
        ModelError, Network, Vocabulary,
        checkpoint::Checkpoint,
        linear::Precision,
        t5::{T5, T5Config},
    },
    tokenizer::{T5Tokenizer, TokenizerError},
};

/// Loads a T5 or an mT5 from a folder with `config.json`, `spiece.model`, and `model.safetensors` or
/// `pytorch_model.bin`. `generation_config.json` is optional. The shortlist of a language has the tokens of its script. Pairs
/// and languages in `info` are ignored.
///
/// # Errors
/// When a file is missing or damaged or needs an unsupported feature, such as a vocabulary that is only in `tokenizer.json`.
pub(super) fn load(folder: &Path, info: ModelInfo, precision: Precision) -> Result<LoadedModel, LoadError> {
    let config = required("config.json", text(folder, "config.json")?)?;
    let generation = text(folder, "generation_config.json")?;
    let config = T5Config::parse(&config, generation.as_deref())?;
    let vocabulary = T5Tokenizer::parse(&pieces(folder)?)?;
    if vocabulary.size() > config.vocabulary {
        return Err(ModelError::Format("its vocabulary is larger than its embedding".to_owned()).into());
    }
    if vocabulary.end() != config.end {
        return Err(ModelError::Format("</s> is not the token that ends a text".to_owned()).into());
    }

    let checkpoint = Checkpoint::open(folder).map_err(ModelError::from)?;
    let mut network = T5::load(&checkpoint, config.clone(), precision)?;
    network.restrict(
        &Language::ALL
            .map(|language| Vocabulary { common: vocabulary.shortlist(language), copied: Vec::new() }),
    )?;
    // After the load, only single rows of the embedding are read.
    checkpoint.release()?;
    let summarises = if config.many_languages { Language::ALL.into() } else { [Language::English].into() };
    let prefix = config.prefix.as_deref().map(str::trim_end).filter(|prefix| !prefix.is_empty());
    let tags =
        prefix.into_iter().flat_map(|prefix| Language::ALL.map(|language| (language, prefix.to_owned())));
    Ok(LoadedModel {
        info: ModelInfo { pairs: BTreeSet::new(), summarises, ..info },
        network: Box::new(network),
        stops: [vocabulary.end()].into(),
        tokenizer: Arc::new(vocabulary),
        prompt: Prompt::tagged(tags.collect()),
        search_defaults: SearchDefaults {
            beam_size: config.beam_size.clamp(1, MAX_BEAM_SIZE as usize),
            patience: if config.early_stopping { Patience::Full } else { Patience::Hopeless },
            length_penalty: config.length_penalty,
            no_repeat_ngram: config.no_repeat_ngram,
            ..SearchDefaults::default()
        },
        longest_source: Some(config.positions),
        // The end token takes one of the positions.
        longest_output: Some(config.longest_output - 1),
    })
}

/// Reads `spiece.model`.
fn pieces(folder: &Path) -> Result<Vec<u8>, LoadError> {
    const NAME: &str = "spiece.model";
    if !folder.join(NAME).exists() && folder.join("tokenizer.json").exists() {
        let missing = "the folder has no spiece.model; its tokenizer.json is not supported";
        return Err(TokenizerError::Build(missing.to_owned()).into());
    }
    required(NAME, bytes(folder, NAME)?)
}
