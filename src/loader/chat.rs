//! Loads a chat model from a GGUF file to write summaries: its network, vocabulary and chat template. The article is
//! tokenised apart from the template, so no text in it can end a message or begin an answer.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::Arc,
};

use candle_core::quantized::gguf_file::Value;

use super::{
    LoadError,
    gguf::GgufFile,
    template::{ChatTemplate, TemplateError},
};
use crate::{
    engine::{Frame, LoadedModel, ModelInfo, Prompt, SearchDefaults},
    lang::Language,
    model::{
        Network, Vocabulary,
        decoder::{Decoder, DecoderConfig},
    },
    tokenizer::{ByteLevelTokenizer, GgufTokenizer, Tokenizer, TokenizerError, ends_answer},
};

/// Metadata keys of the tokens that end an answer.
const END_KEYS: [&str; 2] = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"];
/// Most tokens of the text and of the template after it. A small model loses track of a text long before its positions run
/// out.
const MAX_SOURCE_TOKENS: usize = 2048;
/// Most tokens of an answer.
const MAX_ANSWER_TOKENS: usize = 256;

/// Loads a chat model from a GGUF file. `general.languages` in the file names the languages that it writes; if it names none of
/// ours, only English is assumed. Pairs and languages in `info` are ignored.
///
/// # Errors
/// When the file is damaged, has no chat template, or needs an unsupported feature.
pub(super) fn load(path: &Path, info: ModelInfo) -> Result<LoadedModel, LoadError> {
    let mut file = GgufFile::open(path)?;
    let config = DecoderConfig::from_gguf(&file.content)?;
    let languages = languages(&file);
    let licence = match file.text("general.license") {
        Some(licence) if info.licence.is_empty() => licence.to_owned(),
        _ => info.licence,
    };
    let pieces = file.take_vocabulary();
    let metadata = TokenMetadata::new(&pieces)?;
    let (tokenizer, vocabulary): (Arc<dyn Tokenizer>, Vec<u32>) = match metadata.model.as_str() {
        ByteLevelTokenizer::MODEL => {
            let tokenizer = ByteLevelTokenizer::from_gguf(pieces)?;
            let vocabulary = tokenizer.vocabulary(&metadata.ends);
            (Arc::new(tokenizer), vocabulary)
        }
        GgufTokenizer::MODEL => {
            let tokenizer = GgufTokenizer::from_gguf(pieces)?;
            let vocabulary = tokenizer.vocabulary(&metadata.ends);
            (Arc::new(tokenizer), vocabulary)
        }
        other => Err(TokenizerError::Build(format!("vocabularies of the type {other:?} are not supported")))?,
    };

    let template = metadata.template()?;
    let mut frames = Vec::new();
    for language in &languages {
        frames.push((*language, frame(&template, &*tokenizer, *language)?));
    }
    let framed = frames.iter().map(|(_, frame)| frame.before.len()).max().unwrap_or_default();
    // The text and the rest of the template.
    let max_source = config.positions.saturating_sub(framed + MAX_ANSWER_TOKENS).min(MAX_SOURCE_TOKENS);
    if max_source < MAX_ANSWER_TOKENS {
        return Err(LoadError::Positions { positions: config.positions, template: framed });
    }
    let mut network = Decoder::load(file.bytes(), &file.content, None)?;
    network.restrict(&Language::ALL.map(|language| match languages.contains(&language) {
        true => Vocabulary { common: vocabulary.clone(), copied: Vec::new() },
        false => Vocabulary::default(),
    }))?;
    file.release()?;
    Ok(LoadedModel {
        info: ModelInfo { licence, pairs: BTreeSet::new(), summarises: languages, ..info },
        network: Box::new(network),
        tokenizer,
        prompt: Prompt::chat(frames.into_iter().collect()),
        stops: metadata.ends.into(),
        search_defaults: SearchDefaults::default(),
        longest_source: Some(max_source),
        longest_output: Some(MAX_ANSWER_TOKENS),
    })
}

/// The instruction for a summary in a language. Its wording is that of the models' training data.
fn instruction(language: Language) -> String {
    format!("Summarize the following news article in two or three sentences, in {}.", language.name())
}

fn frame(
    template: &ChatTemplate<'_>,
    tokenizer: &dyn Tokenizer,
    language: Language,
) -> Result<Frame, LoadError> {
    let (before, after) = template.around(&instruction(language))?;
    let mut before = tokenizer.encode_template(&before, true)?;
    if let Some(begin) = tokenizer.begin().filter(|begin| before.first() != Some(begin)) {
        before.insert(0, begin);
    }
    Ok(Frame { before, after: tokenizer.encode_template(&after, false)? })
}

/// The languages that the file names, without those that triglot does not know; English if none is left.
fn languages(file: &GgufFile) -> BTreeSet<Language> {
    let named = match file.content.metadata.get("general.languages") {
        Some(Value::Array(codes)) => codes.as_slice(),
        _ => &[],
    };
    let languages: BTreeSet<Language> =
        named.iter().filter_map(|code| Language::from_iso(code.to_string().ok()?)).collect();
    if languages.is_empty() { [Language::English].into() } else { languages }
}

/// The tokenizer metadata of a file, without the vocabulary itself.
struct TokenMetadata {
    /// Type of the vocabulary.
    model: String,
    template: Option<String>,
    begin: String,
    end: String,
    /// Tokens that end an answer; at least one.
    ends: Vec<u32>,
}

impl TokenMetadata {
    fn new(pieces: &HashMap<String, Value>) -> Result<Self, TokenizerError> {
        let text = |key: &str| pieces.get(key).and_then(|value| value.to_string().ok()).cloned();
        let Some(Value::Array(tokens)) = pieces.get("tokenizer.ggml.tokens") else {
            return Err(TokenizerError::Missing("tokenizer.ggml.tokens"));
        };
        let token = |key: &str| {
            let id = pieces.get(key)?.to_u32().ok()?;
            Some((id, tokens.get(id as usize)?.to_string().ok()?.clone()))
        };
        let by_spelling =
            (0u32..).zip(tokens).filter(|(_, token)| token.to_string().is_ok_and(|token| ends_answer(token)));
        let mut ends: Vec<u32> = by_spelling.map(|(id, _)| id).collect();
        ends.extend(END_KEYS.into_iter().filter_map(|key| Some(token(key)?.0)));
        ends.sort_unstable();
        ends.dedup();
        if ends.is_empty() {
            return Err(TokenizerError::Missing("tokenizer.ggml.eos_token_id"));
        }
        let spelling = |key: &str| token(key).map_or_else(String::new, |(_, text)| text);
        Ok(Self {
            model: text("tokenizer.ggml.model").ok_or(TokenizerError::Missing("tokenizer.ggml.model"))?,
            template: text("tokenizer.chat_template"),
            begin: spelling("tokenizer.ggml.bos_token_id"),
            end: spelling("tokenizer.ggml.eos_token_id"),
            ends,
        })
    }

    fn template(&self) -> Result<ChatTemplate<'_>, TemplateError> {
        let source = self.template.as_deref().ok_or(TemplateError::Missing)?;
        Ok(ChatTemplate { source, begin: &self.begin, end: &self.end })
    }
}
