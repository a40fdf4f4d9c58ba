//! The vocabularies of a Marian: text is cut into pieces by the source's SentencePiece, and `vocab.json` gives each its id.
//!
//! Numbers inside the `.spm` files mean nothing here: their first piece is `<unk>`, while id 0 is `</s>`. Ids equal those of
//! Transformers' `MarianTokenizer` without sacremoses (which would rewrite punctuation first, and which Marian's models
//! were not trained with), but for two cases: special tokens that are spelled out in a text are ordinary text, and so is
//! a mark for a target language, as in `>>fra<< text`, that the vocabulary does not have.

use std::{collections::HashMap, sync::Arc};

use super::{
    Tokenizer, TokenizerError,
    gguf::occurs_in,
    sentencepiece::{SPACE, SentencePiece},
};
use crate::lang::Language;

const END: &str = "</s>";
const UNKNOWN: &str = "<unk>";
/// Pieces that are no text.
const SPECIAL: [&str; 4] = [END, UNKNOWN, "<pad>", "<s>"];
/// Largest id that is believed.
const MAX_ID: u32 = 1 << 20;

/// The two vocabularies of a Marian, which are one in most.
pub struct MarianTokenizer {
    source: SentencePiece,
    ids: Arc<HashMap<String, u32>>,
    /// Pieces of the target by id.
    pieces: Vec<Option<String>>,
    /// What the texts were cut into that the model learnt to write, where it is known.
    written: Option<SentencePiece>,
    end: u32,
    unknown: u32,
}

impl MarianTokenizer {
    /// Reads `source.spm`, `vocab.json`, `target.spm` where it is there, and `target_vocab.json` where the target has a
    /// vocabulary of its own.
    pub fn parse(
        spm: &[u8],
        vocabulary: &str,
        target_spm: Option<&[u8]>,
        target: Option<&str>,
    ) -> Result<Self, TokenizerError> {
        let read = |text: &str| {
            let ids: HashMap<String, u32> = serde_json::from_str(text)
                .map_err(|error| TokenizerError::Build(format!("vocab.json: {error}")))?;
            match ids.values().all(|id| *id < MAX_ID) {
                true => Ok(Arc::new(ids)),
                false => Err(TokenizerError::Build("vocab.json has ids that are too large".to_owned())),
            }
        };
        let ids = read(vocabulary)?;
        let targets = target.map_or(Ok(Arc::clone(&ids)), read)?;
        let mut pieces = vec![None; targets.values().max().map_or(0, |largest| *largest as usize + 1)];
        for (piece, id) in targets.iter() {
            pieces[*id as usize] = Some(piece.clone());
        }
        let special = |name: &'static str| ids.get(name).copied().ok_or(TokenizerError::Missing(name));
        Ok(Self {
            end: special(END)?,
            unknown: special(UNKNOWN)?,
            source: SentencePiece::parse(spm)?,
            written: target_spm.map(SentencePiece::parse).transpose()?,
            ids,
            pieces,
        })
    }

    /// The id that ends a sentence.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Ids of sources and of targets, at most.
    pub fn sizes(&self) -> (usize, usize) {
        (self.ids.values().max().map_or(0, |largest| *largest as usize + 1), self.pieces.len())
    }

    /// Whether a mark before the text names its target language.
    pub fn is_multilingual(&self) -> bool {
        self.ids.keys().any(|piece| is_mark(piece))
    }

    /// The mark of a target language, where the vocabulary has one.
    pub fn mark(&self, language: Language) -> Option<&str> {
        let marks = language.tables().iso.iter().map(|code| format!(">>{code}<<"));
        marks.into_iter().find_map(|mark| self.ids.get_key_value(&mark).map(|(mark, _)| mark.as_str()))
    }

    /// Ids that can occur in a text of `language`, and the one that ends it. One vocabulary for two languages is mostly two
    /// vocabularies side by side, of which the model has never had to write but those pieces that `target.spm` has.
    pub fn shortlist(&self, language: Language) -> Vec<u32> {
        let fits = |piece: &str| {
            let text = piece.replace(SPACE, " ");
            !SPECIAL.contains(&piece)
                && !is_mark(piece)
                && text.chars().all(|c| occurs_in(c, language))
                && self.written.as_ref().is_none_or(|written| written.has(piece))
        };
        (0u32..)
            .zip(&self.pieces)
            .filter(|(id, piece)| *id == self.end || piece.as_deref().is_some_and(fits))
            .map(|(id, _)| id)
            .collect()
    }

    /// The id of a mark that a text begins with, and what follows it.
    fn marked<'a>(&self, text: &'a str) -> Option<(u32, &'a str)> {
        let end = text.strip_prefix(">>")?.find("<<")? + ">><<".len();
        let (mark, rest) = text.split_at(end);
        Some((*self.ids.get(mark)?, rest))
    }
}

/// Whether a piece names a target language.
fn is_mark(piece: &str) -> bool {
    piece.starts_with(">>") && piece.ends_with("<<") && piece.len() > ">><<".len()
}

impl Tokenizer for MarianTokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let (mark, text) = self.marked(text).map_or((None, text), |(mark, rest)| (Some(mark), rest));
        let pieces = self.source.encode(text);
        let ids = pieces.iter().map(|piece| self.ids.get(piece).copied().unwrap_or(self.unknown));
        Ok(mark.into_iter().chain(ids).chain([self.end]).collect())
    }

    fn decode(&self, ids: &[u32]) -> String {
        // By their text: the target may number them in its own way.
        let pieces = ids.iter().filter(|id| **id != self.end);
        let pieces = pieces.filter_map(|id| self.pieces.get(*id as usize)?.as_deref());
        let text: String = pieces.filter(|piece| !SPECIAL.contains(piece) && !is_mark(piece)).collect();
        text.replace(SPACE, " ").trim_start().to_owned()
    }
}
