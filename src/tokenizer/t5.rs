//! The vocabulary of a T5 or an mT5: a SentencePiece whose numbers are the ids.
//!
//! The ids of a text are SentencePiece's and then `</s>`, as in the training of the published models. They equal those of
//! `T5Tokenizer` before Transformers 5, whose version cuts at white space first and has no bytes. One case differs: the text
//! of a special token is ordinary text. Characters without a piece are bytes in mT5 and `<unk>` in T5. Sentinels
//! (`<extra_id_0>` and so on) are pieces in mT5, and have ids after all pieces in T5; they are never decoded to text.

use super::{
    Tokenizer, TokenizerError,
    gguf::occurs_in,
    sentencepiece::{Form, SPACE, SentencePiece},
};
use crate::lang::Language;

const END: &str = "</s>";

/// The vocabulary of sources and outputs.
pub struct T5Tokenizer {
    pieces: SentencePiece,
    end: u32,
}

impl T5Tokenizer {
    /// Reads `spiece.model`.
    pub fn parse(spm: &[u8]) -> Result<Self, TokenizerError> {
        let pieces = SentencePiece::parse(spm)?;
        let end = pieces.control(END).ok_or(TokenizerError::Missing(END))?;
        Ok(Self { pieces, end })
    }

    /// The id that ends a text.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Number of pieces.
    pub fn size(&self) -> usize {
        self.pieces.size()
    }

    /// Ids that can occur in a text of `language`, and the id that ends it. Bytes are excluded, because all characters of the
    /// languages have pieces.
    pub fn shortlist(&self, language: Language) -> Vec<u32> {
        let fits = |form: Form<'_>| match form {
            Form::Text(piece) => {
                !is_sentinel(piece) && piece.replace(SPACE, " ").chars().all(|c| occurs_in(c, language))
            }
            Form::Byte(_) | Form::Nothing => false,
        };
        let all = (0u32..).zip(self.pieces.forms());
        all.filter(|(id, form)| *id == self.end || fits(*form)).map(|(id, _)| id).collect()
    }
}

/// Whether a piece is a sentinel.
fn is_sentinel(piece: &str) -> bool {
    piece.trim_start_matches(SPACE).starts_with("<extra_id_")
}

impl Tokenizer for T5Tokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = self.pieces.ids(text);
        ids.push(self.end);
        Ok(ids)
    }

    fn decode(&self, ids: &[u32]) -> String {
        let is_text = |id: &u32| !matches!(self.pieces.form(*id), Form::Text(piece) if is_sentinel(piece));
        self.pieces.decode(&ids.iter().copied().filter(is_text).collect::<Vec<_>>())
    }
}
