//! The vocabularies of a student of Marian's: SentencePiece models whose numbers are the ids, one for both languages or one for
//! each.

use super::{
    Tokenizer, TokenizerError,
    sentencepiece::{Form, SentencePiece},
};

const END: &str = "</s>";

/// A vocabulary for sources and one for answers, which may be one.
pub struct BergamotTokenizer {
    source: SentencePiece,
    /// None where it is that of the source.
    target: Option<SentencePiece>,
    source_end: u32,
    end: u32,
}

impl BergamotTokenizer {
    /// Reads `vocab.*.spm`, or `srcvocab.*.spm` and `trgvocab.*.spm`.
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

    /// The id that ends an answer.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Ids of sources and of answers.
    pub fn sizes(&self) -> (usize, usize) {
        (self.source.size(), self.target().size())
    }

    /// Whether both languages have one vocabulary.
    pub fn is_shared(&self) -> bool {
        self.target.is_none()
    }

    /// Ids that an answer may have: all that stand for text, and its end. What stands for unknown text is suppressed, as in the
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
