//! The tokenizer of a Bergamot model: SentencePiece with one vocabulary for both languages or one per language.

use super::{
    Tokenizer, TokenizerError,
    sentencepiece::{Form, SentencePiece},
};

const END: &str = "</s>";

/// The source and target vocabularies.
pub struct BergamotTokenizer {
    source: SentencePiece,
    /// `None` if both languages share `source`.
    target: Option<SentencePiece>,
    source_end: u32,
    end: u32,
}

impl BergamotTokenizer {
    /// Parses `vocab.*.spm`, or `srcvocab.*.spm` and `trgvocab.*.spm`.
    ///
    /// # Errors
    /// When a file is invalid or has no end token.
    pub fn parse(source: &[u8], target: Option<&[u8]>) -> Result<Self, TokenizerError> {
        let source = SentencePiece::parse(source)?;
        let target = target.map(SentencePiece::parse).transpose()?;
        let end = |pieces: &SentencePiece| pieces.control(END).ok_or(TokenizerError::Missing(END));
        let source_end = end(&source)?;
        Ok(Self { end: target.as_ref().map_or(Ok(source_end), end)?, source_end, source, target })
    }

    fn target(&self) -> &SentencePiece {
        self.target.as_ref().unwrap_or(&self.source)
    }

    /// The end token of the target.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Number of source ids and of target ids.
    pub fn sizes(&self) -> (usize, usize) {
        (self.source.size(), self.target().size())
    }

    /// Whether both languages share one vocabulary.
    pub fn is_shared(&self) -> bool {
        self.target.is_none()
    }

    /// The target ids that may be generated: those with text, and the end token. The unknown token is suppressed, as in the
    /// reference.
    pub fn written(&self) -> Vec<u32> {
        let forms = (0u32..).zip(self.target().forms());
        forms.filter(|(id, form)| *id == self.end || *form != Form::Nothing).map(|(id, _)| id).collect()
    }
}

impl Tokenizer for BergamotTokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = self.source.ids(text);
        ids.push(self.source_end);
        Ok(ids)
    }

    fn decode(&self, ids: &[u32]) -> String {
        self.target().decode(ids)
    }

    fn decode_source(&self, ids: &[u32]) -> Option<String> {
        Some(self.source.decode(ids))
    }
}
