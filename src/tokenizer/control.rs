//! Special tokens, which are matched in a text before the rules of the vocabulary apply to the text between them; and control
//! tokens of chat messages, which are never text.

use aho_corasick::{AhoCorasick, MatchKind};

use super::TokenizerError;

/// Tokens that end an answer in the chat formats of Gemma, Llama and Qwen, in addition to those that a file names.
const ENDS: [&str; 6] =
    ["<end_of_turn>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "</s>"];
/// Tokens that begin a message.
const BEGINNINGS: [&str; 4] = ["<start_of_turn>", "<|im_start|>", "<|start_header_id|>", "<|end_header_id|>"];

/// Whether a token ends an answer, by its text. In Gemma, `</s>` is a user-defined piece for struck-out text; llama.cpp
/// treats it as an end of the answer too.
pub fn ends_answer(spelling: &str) -> bool {
    ENDS.contains(&spelling)
}

/// Whether a token frames messages and is never text, by its text. Some files declare such a token user-defined, so a text
/// could contain it and end its own message.
pub(super) fn frames_messages(spelling: &str) -> bool {
    ends_answer(spelling) || BEGINNINGS.contains(&spelling)
}

/// Finds special tokens in a text, the longest at each place.
pub(super) struct SpecialTokens {
    finder: AhoCorasick,
    /// In the order of the finder's patterns.
    ids: Vec<u32>,
}

impl SpecialTokens {
    pub(super) fn new<'a>(tokens: impl Iterator<Item = (u32, &'a str)>) -> Result<Self, TokenizerError> {
        let (ids, texts): (Vec<u32>, Vec<&str>) = tokens.filter(|(_, text)| !text.is_empty()).unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(texts)
            .map_err(|error| TokenizerError::Build(error.to_string()))?;
        Ok(Self { finder, ids })
    }

    /// The ids of a text: its special tokens, and the ids that `between` appends for the text between them. `between` also
    /// learns whether a special token comes before its text, or nothing at all if this text is the `first`.
    pub(super) fn encode(
        &self,
        text: &str,
        first: bool,
        mut between: impl FnMut(&str, bool, &mut Vec<u32>) -> Result<(), TokenizerError>,
    ) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = Vec::new();
        let mut end = 0;
        for found in self.finder.find_iter(text) {
            between(&text[end..found.start()], first || end > 0, &mut ids)?;
            ids.push(self.ids[found.pattern().as_usize()]);
            end = found.end();
        }
        between(&text[end..], first || end > 0, &mut ids)?;
        Ok(ids)
    }
}
