//! The byte-level BPE vocabulary in a GGUF file (`tokenizer.ggml.model` = "gpt2") of Llama 3, Qwen or SmolLM. A named rule
//! cuts a text into words, and a list gives the order in which the bytes of a word are merged (Radford et al. 2019).
//!
//! The `tokenizers` crate does both. This module has the named rules, and decides which tokens are text. The reference is
//! llama.cpp; `tests/chat_model.rs` compares.

use std::collections::HashMap;

use candle_core::quantized::gguf_file::Value;
use tokenizers::{
    DecoderWrapper, ModelWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper,
    SplitDelimiterBehavior, TokenizerImpl,
    models::bpe::{BPE, Vocab},
    pre_tokenizers::{
        byte_level::ByteLevel,
        digits::Digits,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
};

use super::{
    Tokenizer, TokenizerError,
    control::{SpecialTokens, frames_messages},
};

/// The words of Llama 3. Those of Qwen differ only in single digits instead of up to three.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Values of `tokenizer.ggml.token_type`.
const NORMAL: u32 = 1;
const CONTROL: u32 = 3;
const USER_DEFINED: u32 = 4;

type Library =
    TokenizerImpl<ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;

/// A byte-level BPE vocabulary from a GGUF file.
pub struct ByteLevelTokenizer {
    library: Library,
    /// Control and user-defined tokens, for templates.
    special: SpecialTokens,
    /// Whether a token is text, by id.
    is_text: Vec<bool>,
    begin: Option<u32>,
}

impl ByteLevelTokenizer {
    /// The value of `tokenizer.ggml.model` for this kind of vocabulary.
    pub const MODEL: &str = "gpt2";

    /// Reads `tokenizer.ggml.*` of a file's metadata.
    pub fn from_gguf(mut metadata: HashMap<String, Value>) -> Result<Self, TokenizerError> {
        let missing = TokenizerError::Missing;
        let mut list = |key: &'static str| match metadata.remove(key) {
            Some(Value::Array(values)) => Ok(values),
            _ => Err(missing(key)),
        };
        let texts = strings(list("tokenizer.ggml.tokens")?).ok_or(missing("tokenizer.ggml.tokens"))?;
        let merges = strings(list("tokenizer.ggml.merges")?).ok_or(missing("tokenizer.ggml.merges"))?;
        let types: Vec<u32> = list("tokenizer.ggml.token_type")?
            .iter()
            .map(|kind| kind.to_i32().ok().and_then(|kind| u32::try_from(kind).ok()))
            .collect::<Option<_>>()
            .ok_or(missing("tokenizer.ggml.token_type"))?;
        if texts.len() != types.len() || u32::try_from(texts.len()).is_err() {
            return Err(missing("tokenizer.ggml.token_type"));
        }
        let Some(Value::String(rule)) = metadata.get("tokenizer.ggml.pre") else {
            return Err(missing("tokenizer.ggml.pre"));
        };
        let (words, whole_words) = words(rule)?;
        let begin = match metadata.get("tokenizer.ggml.add_bos_token") {
            Some(Value::Bool(true)) => {
                let id = metadata.get("tokenizer.ggml.bos_token_id").and_then(|id| id.to_u32().ok());
                Some(
                    id.filter(|id| (*id as usize) < texts.len())
                        .ok_or(missing("tokenizer.ggml.bos_token_id"))?,
                )
            }
            _ => None,
        };
        let special = (0u32..).zip(&texts).zip(&types);
        let special = special.filter(|(_, kind)| matches!(**kind, CONTROL | USER_DEFINED));
        let special = SpecialTokens::new(special.map(|((id, text), _)| (id, text.as_str())))?;
        let is_text =
            |(text, kind): (&String, &u32)| matches!(*kind, NORMAL | USER_DEFINED) && !frames_messages(text);
        let is_text = texts.iter().zip(&types).map(is_text).collect();
        let pair =
            |merge: String| merge.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
        let merges: Vec<(String, String)> =
            merges.into_iter().map(pair).collect::<Option<_>>().ok_or(missing("tokenizer.ggml.merges"))?;
        let vocabulary: Vocab = texts.into_iter().zip(0u32..).collect();
        // The library joins the halves of a merge in a buffer as long as the longest token, so an unknown merge could
        // overflow it.
        let known = |(left, right): &(String, String)| vocabulary.contains_key(&format!("{left}{right}"));
        if !merges.iter().all(known) {
            return Err(missing("tokenizer.ggml.merges"));
        }
        let bpe = BPE::builder()
            .vocab_and_merges(vocabulary, merges)
            .ignore_merges(whole_words)
            .build()
            .map_err(|error| TokenizerError::Build(error.to_string()))?;
        let mut library = Library::new(bpe.into());
        library.with_pre_tokenizer(Some(words));
        library.with_decoder(Some(ByteLevel::default()));
        Ok(Self { library, special, is_text, begin })
    }

    /// Ids of all text tokens and of these special tokens.
    pub fn vocabulary(&self, special: &[u32]) -> Vec<u32> {
        let belongs = |(id, is_text): &(u32, &bool)| **is_text || special.contains(id);
        (0u32..).zip(&self.is_text).filter(belongs).map(|(id, _)| id).collect()
    }

    fn append(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        let encoding = self.library.encode_fast(text, false);
        ids.extend_from_slice(encoding.map_err(|error| TokenizerError::Encode(error.to_string()))?.get_ids());
        Ok(())
    }
}

impl Tokenizer for ByteLevelTokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = Vec::new();
        self.append(text, &mut ids)?;
        Ok(ids)
    }

    fn encode_template(&self, text: &str, first: bool) -> Result<Vec<u32>, TokenizerError> {
        self.special.encode(text, first, |between, _, ids| self.append(between, ids))
    }

    fn begin(&self) -> Option<u32> {
        self.begin
    }

    fn decode(&self, ids: &[u32]) -> String {
        let is_text = |id: &u32| self.is_text.get(*id as usize) == Some(&true);
        let ids: Vec<u32> = ids.iter().copied().filter(is_text).collect();
        // The library decodes an incomplete character to this one.
        self.library.decode(&ids, false).unwrap_or_default().replace('\u{fffd}', "")
    }
}

fn strings(values: Vec<Value>) -> Option<Vec<String>> {
    let text = |value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    values.into_iter().map(text).collect()
}

/// The cut into words by the rule that llama.cpp has under this name, and whether a word that is a token skips the merges.
fn words(rule: &str) -> Result<(PreTokenizerWrapper, bool), TokenizerError> {
    let pattern = |pattern: &str| {
        let split =
            Split::new(SplitPattern::Regex(pattern.to_owned()), SplitDelimiterBehavior::Isolated, false);
        split.map_err(|error| TokenizerError::Build(error.to_string()))
    };
    let bytes = |cuts: bool| PreTokenizerWrapper::from(ByteLevel::new(false, true, cuts));
    let (parts, whole_words) = match rule {
        "gpt-2" => (vec![bytes(true)], false),
        "smollm" => (vec![Digits::new(true).into(), bytes(true)], false),
        "llama-bpe" | "llama3" => (vec![pattern(LLAMA3)?.into(), bytes(false)], true),
        "qwen2" => (vec![pattern(QWEN2)?.into(), bytes(false)], false),
        other => {
            return Err(TokenizerError::Build(format!("the pre-tokenizer {other:?} is not supported")));
        }
    };
    Ok((Sequence::new(parts).into(), whole_words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(tokens: &[&str], merges: &[&str]) -> Result<ByteLevelTokenizer, TokenizerError> {
        let texts = |texts: &[&str]| {
            Value::Array(texts.iter().map(|text| Value::String((*text).to_owned())).collect())
        };
        let list = [
            ("tokenizer.ggml.tokens", texts(tokens)),
            ("tokenizer.ggml.merges", texts(merges)),
            ("tokenizer.ggml.token_type", Value::Array(vec![Value::I32(1); tokens.len()])),
            ("tokenizer.ggml.pre", Value::String("gpt-2".to_owned())),
        ];
        ByteLevelTokenizer::from_gguf(list.map(|(key, value)| (key.to_owned(), value)).into())
    }

    #[test]
    fn merges_into_an_unknown_token_are_refused() {
        let tokens = ["a", "b", "ab"];
        assert_eq!(load(&tokens, &["a b"]).unwrap().encode("abb").unwrap(), [2, 1]);
        assert!(load(&tokens, &["ab ab"]).is_err());
        assert!(load(&tokens, &["b a"]).is_err());
    }
}
