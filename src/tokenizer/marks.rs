//! Tokens that stand for themselves wherever they are spelled out, whatever the rules for the text between them.

use aho_corasick::{AhoCorasick, MatchKind};

use super::TokenizerError;

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

    /// Ids of a text: those of its marks, and what `between` appends for the text between them.
    pub(super) fn encode(
        &self,
        text: &str,
        mut between: impl FnMut(&str, &mut Vec<u32>) -> Result<(), TokenizerError>,
    ) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = Vec::new();
        let mut end = 0;
        for found in self.finder.find_iter(text) {
            between(&text[end..found.start()], &mut ids)?;
            ids.push(self.ids[found.pattern().as_usize()]);
            end = found.end();
        }
        between(&text[end..], &mut ids)?;
        Ok(ids)
    }
}
