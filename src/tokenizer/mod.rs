//! Text to token ids and back. A tokenizer belongs to a model and comes from the model's own file.

mod bergamot;
mod bpe;
mod byte_level;
mod gguf;
mod marian;
mod marks;
mod sentencepiece;
mod t5;

pub use bergamot::BergamotTokenizer;
pub use byte_level::ByteLevelTokenizer;
pub use gguf::GgufTokenizer;
pub use marian::MarianTokenizer;
pub use marks::ends_answer;
pub use t5::T5Tokenizer;

/// What can be wrong with a vocabulary.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    #[error("the model file has no usable {0}")]
    Missing(&'static str),
    #[error("the vocabulary's lists differ in length: {tokens} tokens, {scores} scores, {types} types")]
    Lengths { tokens: usize, scores: usize, types: usize },
    #[error("the vocabulary cannot be built: {0}")]
    Build(String),
    #[error("the text cannot be tokenised: {0}")]
    Encode(String),
}

/// A vocabulary with its rules.
pub trait Tokenizer: Send + Sync {
    /// Ids of `text`. Control tokens that are spelled out in the text are ordinary text.
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError>;

    /// Ids of a template's own words: control tokens that are spelled out are themselves. `first`: no text comes before it.
    fn encode_template(&self, text: &str, first: bool) -> Result<Vec<u32>, TokenizerError> {
        let _ = first;
        self.encode(text)
    }

    /// The id that begins a text, where the model wants one.
    fn begin(&self) -> Option<u32> {
        None
    }

    /// The text of `ids`; bytes that are no UTF-8 are left out.
    fn decode(&self, ids: &[u32]) -> String;
}
