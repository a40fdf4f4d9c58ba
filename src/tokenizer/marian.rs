//! The vocabularies of a Marian model: the SentencePiece of the source cuts a text into pieces, and `vocab.json` maps these
//! to ids.
//!
//! The numbers in the `.spm` files are not used: their first piece is `<unk>`, but id 0 is `</s>`. Ids equal those of
//! Transformers' `MarianTokenizer` without sacremoses, which rewrites punctuation and was not used in training. Two cases
//! differ: the text of a special token is ordinary text, and so is the tag of a target language, as in `>>fra<< text`, that
//! the vocabulary does not contain.

use std::{collections::HashMap, sync::Arc};

use super::{
    Tokenizer, TokenizerError,
    gguf::occurs_in,
    sentencepiece::{SPACE, SentencePiece},
};
use crate::lang::Language;

const END: &str = "</s>";
const UNKNOWN: &str = "<unk>";
/// Pieces that are not text.
const SPECIAL: [&str; 4] = [END, UNKNOWN, "<pad>", "<s>"];
/// Upper limit of ids.
const MAX_ID: u32 = 1 << 20;

/// The two vocabularies of a Marian model. In most models they are the same.
pub struct MarianTokenizer {
    source: SentencePiece,
    ids: Arc<HashMap<String, u32>>,
    /// Target pieces by id.
    pieces: Vec<Option<String>>,
    /// The SentencePiece of the target texts in training, if known.
    target: Option<SentencePiece>,
    /// Whether the target has its own ids.
    is_split: bool,
    end: u32,
    unknown: u32,
}

impl MarianTokenizer {
    /// Reads `source.spm`, `vocab.json`, `target.spm` if present, and `target_vocab.json` if the target has its own vocabulary.
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
                false => Err(TokenizerError::Build("vocab.json has an id that is too large".to_owned())),
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
            is_split: target.is_some(),
            source: SentencePiece::parse(spm)?,
            target: target_spm.map(SentencePiece::parse).transpose()?,
            ids,
            pieces,
        })
    }

    /// The id that ends a sentence.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Sizes of the source and target vocabularies: the largest id plus 1.
    pub fn sizes(&self) -> (usize, usize) {
        (self.ids.values().max().map_or(0, |largest| *largest as usize + 1), self.pieces.len())
    }

    /// Whether a tag before the text names its target language.
    pub fn is_multilingual(&self) -> bool {
        self.ids.keys().any(|piece| is_language_tag(piece))
    }

    /// The tag of a target language, if the vocabulary has one.
    pub fn tag(&self, language: Language) -> Option<&str> {
        let tags = language.tables().iso.iter().map(|code| format!(">>{code}<<"));
        tags.into_iter().find_map(|tag| self.ids.get_key_value(&tag).map(|(tag, _)| tag.as_str()))
    }

    /// Ids that can occur in a text of `language`, and the id that ends it. A shared vocabulary is mostly two vocabularies
    /// side by side, but in training the model only had to write pieces of `target.spm`.
    pub fn shortlist(&self, language: Language) -> Vec<u32> {
        let fits = |piece: &str| {
            let text = piece.replace(SPACE, " ");
            !SPECIAL.contains(&piece)
                && !is_language_tag(piece)
                && text.chars().all(|c| occurs_in(c, language))
                && self.target.as_ref().is_none_or(|target| target.has(piece))
        };
        (0u32..)
            .zip(&self.pieces)
            .filter(|(id, piece)| *id == self.end || piece.as_deref().is_some_and(fits))
            .map(|(id, _)| id)
            .collect()
    }

    /// The id of the language tag that a text begins with, and the rest of the text.
    fn split_tag<'a>(&self, text: &'a str) -> Option<(u32, &'a str)> {
        let end = text.strip_prefix(">>")?.find("<<")? + ">><<".len();
        let (tag, rest) = text.split_at(end);
        Some((*self.ids.get(tag)?, rest))
    }
}

/// Whether a piece names a target language.
fn is_language_tag(piece: &str) -> bool {
    piece.starts_with(">>") && piece.ends_with("<<") && piece.len() > ">><<".len()
}

impl Tokenizer for MarianTokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let (tag, text) = self.split_tag(text).map_or((None, text), |(tag, rest)| (Some(tag), rest));
        let pieces = self.source.encode(text);
        let ids = pieces.iter().map(|piece| self.ids.get(piece).copied().unwrap_or(self.unknown));
        Ok(tag.into_iter().chain(ids).chain([self.end]).collect())
    }

    fn decode(&self, ids: &[u32]) -> String {
        // Compare texts and not ids: the target may have its own ids.
        let pieces = ids.iter().filter(|id| **id != self.end);
        let pieces = pieces.filter_map(|id| self.pieces.get(*id as usize)?.as_deref());
        let text: String =
            pieces.filter(|piece| !SPECIAL.contains(piece) && !is_language_tag(piece)).collect();
        text.replace(SPACE, " ").trim_start().to_owned()
    }

    fn decode_source(&self, ids: &[u32]) -> Option<String> {
        (!self.is_split).then(|| self.decode(ids))
    }
}
