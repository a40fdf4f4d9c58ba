//! Tokenizers: text to token ids and back. Each is read from the file of its model.

mod bergamot;
mod bpe;
mod byte_level;
mod control;
mod gguf;
mod marian;
mod sentencepiece;
mod t5;

pub use bergamot::BergamotTokenizer;
pub use byte_level::ByteLevelTokenizer;
pub use control::ends_answer;
pub use gguf::GgufTokenizer;
pub use marian::MarianTokenizer;
pub use t5::T5Tokenizer;

/// Why a vocabulary or a text cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    #[error("{0} is missing or invalid in the model file")]
    Missing(&'static str),
    #[error("the lists of the vocabulary differ in length: {tokens} tokens, {scores} scores, {types} types")]
    Lengths { tokens: usize, scores: usize, types: usize },
    #[error("cannot build the vocabulary: {0}")]
    Build(String),
    #[error("cannot tokenise the text: {0}")]
    Encode(String),
}

/// A tokenizer.
pub trait Tokenizer: Send + Sync {
    /// The ids of `text`. The text of a control token is ordinary text here.
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError>;

    /// The ids of a template's own text, in which control tokens count. `first`: whether the template begins with it.
    fn encode_template(&self, text: &str, first: bool) -> Result<Vec<u32>, TokenizerError> {
        let _ = first;
        self.encode(text)
    }

    /// The id that begins a text, if the model needs one.
    fn begin(&self) -> Option<u32> {
        None
    }

    /// The text of `ids`, without bytes that are not UTF-8.
    fn decode(&self, ids: &[u32]) -> String;

    /// The same for ids of a source; `None`: the source has a vocabulary that is not kept.
    fn decode_source(&self, ids: &[u32]) -> Option<String> {
        Some(self.decode(ids))
    }
}
