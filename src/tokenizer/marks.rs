//! Tokens that stand for themselves wherever they are spelled out, whatever the rules for the text between them; and those
//! that have to do with messages, which are never text.

use aho_corasick::{AhoCorasick, MatchKind};

use super::TokenizerError;

/// What ends an answer in the chat formats of Gemma, Llama and Qwen, beside what a file names.
const ENDS: [&str; 6] =
    ["<end_of_turn>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "</s>"];
/// What begins a message.
const BEGINNINGS: [&str; 4] = ["<start_of_turn>", "<|im_start|>", "<|start_header_id|>", "<|end_header_id|>"];

/// Whether a token ends an answer, by its spelling. `</s>` is a user-defined piece of Gemma's, for struck-out text; llama.cpp
/// takes it for an end all the same.
pub fn ends_answer(spelling: &str) -> bool {
    ENDS.contains(&spelling)
}

/// Whether a token belongs to messages and never to text, by its spelling. Some files say of such a token that it is
/// user-defined, which would let a text that spells it end its own message.
pub(super) fn frames_messages(spelling: &str) -> bool {
    ends_answer(spelling) || BEGINNINGS.contains(&spelling)
}

/// Finds them; the longest at each place.
pub(super) struct Marks {
    finder: AhoCorasick,
    /// In the order of the finder's patterns.
    ids: Vec<u32>,
}

impl Marks {
    pub(super) fn new<'a>(marks: impl Iterator<Item = (u32, &'a str)>) -> Result<Self, TokenizerError> {
        let (ids, texts): (Vec<u32>, Vec<&str>) = marks.filter(|(_, text)| !text.is_empty()).unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(texts)
            .map_err(|error| TokenizerError::Build(error.to_string()))?;
        Ok(Self { finder, ids })
    }

    /// Ids of a text: those of its marks, and what `between` appends for the text between them, told whether a mark comes
    /// before it, or nothing at all, if the text is the `first`.
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
