//! Loads a Marian model from a folder with the files of its repository: network, vocabularies and language pairs.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use serde::Deserialize;

use super::{
    LoadError,
    folder::{bytes, required, text},
};
use crate::{
    decode::Patience,
    engine::{LoadedModel, MAX_BEAM_SIZE, ModelInfo, Prompt, SearchDefaults},
    lang::{Language, Pair},
    model::{
        ModelError, Network, Vocabulary,
        checkpoint::Checkpoint,
        linear::Precision,
        marian::{Marian, MarianConfig},
    },
    tokenizer::{MarianTokenizer, TokenizerError},
};

/// `tokenizer_config.json`
#[derive(Default, Deserialize)]
struct TokenizerConfig {
    source_lang: Option<String>,
    target_lang: Option<String>,
    #[serde(default)]
    separate_vocabs: bool,
}

/// Loads a Marian from a folder with `config.json`, `source.spm`, `vocab.json`, and `model.safetensors` or
/// `pytorch_model.bin`. Optional are `target.spm`, `generation_config.json` and `tokenizer_config.json`; if the last one has
/// `separate_vocabs`, `target_vocab.json` is required. Pairs in `info` are ignored: the files define them.
///
/// # Errors
/// When a file is missing or damaged or needs an unsupported feature, and when neither the files nor the name tell the
/// languages.
pub(super) fn load(folder: &Path, info: ModelInfo, precision: Precision) -> Result<LoadedModel, LoadError> {
    let required_text = |name| required(name, text(folder, name)?);
    let config = required_text("config.json")?;
    let generation = text(folder, "generation_config.json")?;
    let config = MarianConfig::parse(&config, generation.as_deref())?;
    let tokenizer = match text(folder, "tokenizer_config.json")? {
        Some(tokenizer) => serde_json::from_str(&tokenizer)
            .map_err(|error| TokenizerError::Build(format!("tokenizer_config.json: {error}")))?,
        None => TokenizerConfig::default(),
    };
    let spm = required("source.spm", bytes(folder, "source.spm")?)?;
    let target = if tokenizer.separate_vocabs { Some(required_text("target_vocab.json")?) } else { None };
    let target_spm = bytes(folder, "target.spm")?;
    let vocabulary = required_text("vocab.json")?;
    let vocabulary = MarianTokenizer::parse(&spm, &vocabulary, target_spm.as_deref(), target.as_deref())?;
    check_vocabulary(&config, &vocabulary)?;
    // The model may be named after a symbolic link, so try the name of the folder too.
    let folder_name = folder.file_name().unwrap_or_default().to_string_lossy();
    let pairs = pairs(&tokenizer, &info.name, &vocabulary)
        .or_else(|| pairs(&tokenizer, &folder_name, &vocabulary))
        .ok_or_else(|| LoadError::Languages(info.name.clone()))?;

    let checkpoint = Checkpoint::open(folder).map_err(ModelError::from)?;
    let mut network = Marian::load(&checkpoint, config.clone(), precision)?;
    let targets: BTreeSet<Language> = pairs.iter().map(|pair| pair.target).collect();
    let shortlists = Language::ALL.map(|language| match targets.contains(&language) {
        true => Vocabulary { common: vocabulary.shortlist(language), copied: Vec::new() },
        false => Vocabulary::default(),
    });
    network.restrict(&shortlists)?;
    // After the load, only single rows of the embeddings are read.
    checkpoint.release()?;
    let tags: BTreeMap<Language, String> =
        targets.iter().filter_map(|target| Some((*target, vocabulary.tag(*target)?.to_owned()))).collect();
    Ok(LoadedModel {
        info: ModelInfo { pairs, ..info },
        network: Box::new(network),
        stops: [vocabulary.end()].into(),
        tokenizer: Arc::new(vocabulary),
        prompt: Prompt::tagged(tags),
        search_defaults: SearchDefaults {
            beam_size: config.beam_size.clamp(1, MAX_BEAM_SIZE as usize),
            patience: if config.early_stopping { Patience::Full } else { Patience::Hopeless },
            length_penalty: config.length_penalty,
            ..SearchDefaults::default()
        },
        longest_source: Some(config.positions),
        // The end token takes one of the positions.
        longest_output: Some(config.longest_output - 1),
    })
}

/// Checks that every token id has a row in the embeddings, and that tokenizer and network have the same end token.
fn check_vocabulary(config: &MarianConfig, vocabulary: &MarianTokenizer) -> Result<(), ModelError> {
    let (sources, targets) = vocabulary.sizes();
    if sources > config.source_vocabulary || targets > config.target_vocabulary {
        return Err(ModelError::Format("its vocabularies are larger than its embeddings".to_owned()));
    }
    if vocabulary.end() != config.end {
        return Err(ModelError::Format("</s> is not the token that ends a sentence".to_owned()));
    }
    Ok(())
}

/// Returns the directions of a model: from its tokenizer's configuration, or else from a name such as opus-mt-en-fr. The
/// targets of a multilingual model are the languages that have a tag in its vocabulary.
fn pairs(config: &TokenizerConfig, name: &str, vocabulary: &MarianTokenizer) -> Option<BTreeSet<Pair>> {
    let named = |source: &str, target: &str| {
        let targets: Vec<Language> = match vocabulary.is_multilingual() {
            true => {
                Language::ALL.into_iter().filter(|language| vocabulary.tag(*language).is_some()).collect()
            }
            false => languages(target),
        };
        let all = languages(source).into_iter().flat_map(|source| {
            targets
                .iter()
                .filter(move |target| **target != source)
                .map(move |target| Pair { source, target: *target })
        });
        let pairs: BTreeSet<Pair> = all.collect();
        (!pairs.is_empty()).then_some(pairs)
    };
    let configured = config.source_lang.as_deref().zip(config.target_lang.as_deref());
    configured.and_then(|(source, target)| named(source, target)).or_else(|| {
        // The name of a repository may end in "@REVISION".
        let (rest, target) = name.split('@').next()?.rsplit_once('-')?;
        named(rest.rsplit('-').next()?, target)
    })
}

/// ISO 639 codes of groups that contain all three languages.
const ALL_FAMILIES: &[&str] = &["mul", "ine"];

/// Returns the languages of `codes`: ISO 639 codes of languages or families, separated by "+" or "_". Unknown codes are
/// ignored.
fn languages(codes: &str) -> Vec<Language> {
    let is = |known: &&str, code: &str| known.eq_ignore_ascii_case(code);
    let family = |code: &str| -> Vec<Language> {
        let all = ALL_FAMILIES.iter().any(|known| is(known, code));
        let stands = |language: &Language| language.tables().families.iter().any(|known| is(known, code));
        Language::ALL.into_iter().filter(|language| all || stands(language)).collect()
    };
    let one = |code: &str| Language::from_iso(code).map_or_else(|| family(code), |language| vec![language]);
    codes.split(['+', '_']).flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPM: &[u8] = include_bytes!("../../tests/reference/marian-tiny-tc/source.spm");

    fn pairs_of(name: &str, config: Option<(&str, &str)>, tags: &[&str]) -> Vec<String> {
        let pieces = ["</s>", "<unk>"].into_iter().chain(tags.iter().copied());
        let ids: BTreeMap<&str, u32> = pieces.zip(0..).collect();
        let vocabulary =
            MarianTokenizer::parse(SPM, &serde_json::to_string(&ids).unwrap(), None, None).unwrap();
        let (source_lang, target_lang) =
            config.map(|(source, target)| (source.to_owned(), target.to_owned())).unzip();
        let config = TokenizerConfig { source_lang, target_lang, separate_vocabs: false };
        let pairs = pairs(&config, name, &vocabulary).unwrap_or_default();
        pairs.iter().map(Pair::to_string).collect()
    }

    #[test]
    fn directions_come_from_the_configuration_or_the_name() {
        assert_eq!(pairs_of("mine", Some(("eng", "fra")), &[]), ["en-fr"]);
        assert_eq!(pairs_of("opus-mt-fr-ru", None, &[]), ["fr-ru"]);
        assert_eq!(pairs_of("opus-mt-en-fr", Some(("ru", "en")), &[]), ["ru-en"]);
        assert_eq!(pairs_of("opus-mt-tc-big-zle-en", None, &[]), ["ru-en"]);
        assert!(pairs_of("mine", None, &[]).is_empty() && pairs_of("opus-mt-de-fi", None, &[]).is_empty());
    }

    #[test]
    fn tags_define_the_target_languages() {
        assert_eq!(pairs_of("opus-mt-en-sla", None, &[">>rus<<", ">>pol<<"]), ["en-ru"]);
        assert_eq!(
            pairs_of("x", Some(("mul", "mul")), &[">>fra<<", ">>rus<<"]),
            ["en-fr", "en-ru", "fr-ru", "ru-fr"]
        );
    }
}
