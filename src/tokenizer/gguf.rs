//! The SentencePiece vocabulary inside a GGUF file (`tokenizer.ggml.model` = "llama"): byte-pair merges ordered by
//! score, bytes for what has no piece.
//!
//! SentencePiece merges the neighbouring pair whose union has the best score. The `tokenizers` crate wants a list of
//! merges instead; every way to split a piece into two others, ordered by the score of the whole, gives the same ids.
//! The reference is llama.cpp, held by `tests/tokenizer.rs`.

use std::collections::{HashMap, HashSet};

use candle_core::quantized::gguf_file::{Content, Value};
use tokenizers::{AddedToken, Tokenizer as Pipeline, models::bpe::BPE, normalizers::replace::Replace};
use unicode_script::{Script, UnicodeScript};

use super::{Tokenizer, TokenizerError};
use crate::lang::Language;

/// SentencePiece's stand-in for a space.
const SPACE: char = '▁';

/// Pieces that end an answer, beside the end of the text.
const END_MARKS: [&str; 2] = ["<end_of_turn>", "</s>"];

/// What a piece of the vocabulary is, numbered as GGUF numbers it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PieceType {
    Normal,
    UserDefined,
    Byte(u8),
    /// Control, unknown or unused: never read from text, never written to it.
    Hidden,
}

/// A SentencePiece BPE vocabulary from a GGUF file.
pub struct GgufTokenizer {
    pipeline: Pipeline,
    pieces: Vec<(String, PieceType)>,
    bos: u32,
    eos: u32,
}

impl GgufTokenizer {
    /// Reads `tokenizer.ggml.*`.
    pub fn from_gguf(content: &Content) -> Result<Self, TokenizerError> {
        let list = |key: &'static str| {
            content
                .metadata
                .get(key)
                .and_then(|value| value.to_vec().ok())
                .ok_or(TokenizerError::Missing(key))
        };
        let tokens = list("tokenizer.ggml.tokens")?;
        let scores = list("tokenizer.ggml.scores")?;
        let types = list("tokenizer.ggml.token_type")?;
        if tokens.len() != scores.len() || tokens.len() != types.len() {
            return Err(TokenizerError::Lengths {
                tokens: tokens.len(),
                scores: scores.len(),
                types: types.len(),
            });
        }
        let mut pieces = Vec::with_capacity(tokens.len());
        for (token, kind) in tokens.iter().zip(types) {
            let text = token.to_string().map_err(|_| TokenizerError::Missing("tokenizer.ggml.tokens"))?;
            pieces.push((text.clone(), piece_type(text, kind)));
        }
        let scores: Vec<f32> = scores
            .iter()
            .map(|score| score.to_f32().map_err(|_| TokenizerError::Missing("tokenizer.ggml.scores")))
            .collect::<Result<_, _>>()?;
        let special = |key: &'static str| {
            content
                .metadata
                .get(key)
                .and_then(|value| value.to_u32().ok())
                .filter(|id| (*id as usize) < pieces.len())
                .ok_or(TokenizerError::Missing(key))
        };
        let bos = special("tokenizer.ggml.bos_token_id")?;
        let eos = special("tokenizer.ggml.eos_token_id")?;
        Ok(Self { pipeline: pipeline(&pieces, &scores)?, pieces, bos, eos })
    }

    /// Ids that end a line of output: the marks that llama.cpp takes for the end of an answer, and every piece with a
    /// line end.
    pub fn line_ends(&self) -> Vec<u32> {
        (0u32..)
            .zip(&self.pieces)
            .filter(|(id, (text, kind))| {
                *id == self.eos
                    || END_MARKS.contains(&text.as_str())
                    || (*kind != PieceType::Hidden && text.contains('\n'))
            })
            .map(|(id, _)| id)
            .collect()
    }

    /// Ids that can occur in a line of `language`: its script (and Latin, for names, in Russian), digits,
    /// punctuation, symbols. Byte pieces stay for the four-byte characters alone (emoji), so that no other script
    /// can be spelled with them. [`Self::line_ends`] are included.
    pub fn shortlist(&self, language: Language) -> Vec<u32> {
        let ends: HashSet<u32> = self.line_ends().into_iter().collect();
        (0u32..)
            .zip(&self.pieces)
            .filter(|(id, (text, kind))| {
                ends.contains(id)
                    || match kind {
                        PieceType::Normal => text.chars().all(|c| c != '\n' && occurs_in(c, language)),
                        PieceType::UserDefined => is_blank(text) || is_tag(text),
                        PieceType::Byte(byte) => matches!(byte, 0x80..=0xbf | 0xf0),
                        PieceType::Hidden => false,
                    }
            })
            .map(|(id, _)| id)
            .collect()
    }
}

impl Tokenizer for GgufTokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self
            .pipeline
            .encode_fast(text, false)
            .map_err(|error| TokenizerError::Encode(error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    fn begin(&self) -> Option<u32> {
        Some(self.bos)
    }

    fn decode(&self, ids: &[u32]) -> String {
        let mut bytes = Vec::new();
        for (text, kind) in ids.iter().filter_map(|id| self.pieces.get(*id as usize)) {
            match kind {
                PieceType::Normal | PieceType::UserDefined => {
                    bytes.extend_from_slice(text.replace(SPACE, " ").as_bytes());
                }
                PieceType::Byte(byte) => bytes.push(*byte),
                PieceType::Hidden => {}
            }
        }
        bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()
    }
}

fn piece_type(text: &str, kind: &Value) -> PieceType {
    match kind.to_i32() {
        // "</s>" is a user-defined piece of Gemma's, for struck-out text; llama.cpp takes it for an end all the same.
        _ if END_MARKS.contains(&text) => PieceType::Hidden,
        Ok(1) => PieceType::Normal,
        Ok(4) => PieceType::UserDefined,
        Ok(6) => text
            .strip_prefix("<0x")
            .and_then(|rest| rest.strip_suffix('>'))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .map_or(PieceType::Hidden, PieceType::Byte),
        _ => PieceType::Hidden,
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| matches!(c, SPACE | '\t'))
}

/// Whether it is an HTML tag; other user-defined pieces stand for pictures and the like.
fn is_tag(text: &str) -> bool {
    let name = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let name = name.map(|name| name.strip_prefix('/').unwrap_or(name));
    name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()))
}

pub(super) fn occurs_in(c: char, language: Language) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // Control characters and invisible marks have no business in a line of news.
    if c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
    {
        return false;
    }
    match c.script() {
        Script::Common | Script::Inherited => true,
        // Basic Latin to Latin Extended-A: the alphabets of Europe, and the ligatures of French.
        Script::Latin => c < '\u{180}',
        Script::Cyrillic => language == Language::Russian && matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё'),
        _ => false,
    }
}

fn pipeline(pieces: &[(String, PieceType)], scores: &[f32]) -> Result<Pipeline, TokenizerError> {
    let build = |error: tokenizers::Error| TokenizerError::Build(error.to_string());
    let ids: HashMap<&str, u32> = pieces.iter().map(|(text, _)| text.as_str()).zip(0u32..).collect();
    let mut merges: Vec<(u32, &str, &str)> = Vec::new();
    for ((text, kind), id) in pieces.iter().zip(0u32..) {
        if *kind != PieceType::Normal {
            continue;
        }
        for (at, _) in text.char_indices().skip(1) {
            let (left, right) = text.split_at(at);
            if ids.contains_key(left) && ids.contains_key(right) {
                merges.push((id, left, right));
            }
        }
    }
    // Stable, so that pieces of equal score keep the order of the vocabulary.
    merges.sort_by(|a, b| scores[b.0 as usize].total_cmp(&scores[a.0 as usize]));
    let merges = merges.into_iter().map(|(_, left, right)| (left.to_owned(), right.to_owned())).collect();
    let vocabulary: tokenizers::models::bpe::Vocab =
        ids.into_iter().map(|(text, id)| (text.to_owned(), id)).collect();
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .byte_fallback(true)
        .fuse_unk(true)
        .unk_token("<unk>".to_owned())
        .build()
        .map_err(build)?;
    let mut pipeline = Pipeline::new(model);
    pipeline.with_normalizer(Some(Replace::new(" ", SPACE.to_string()).map_err(build)?)).map_err(build)?;
    let user_defined: Vec<AddedToken> = pieces
        .iter()
        .filter(|(_, kind)| *kind == PieceType::UserDefined)
        .map(|(text, _)| AddedToken::from(text.clone(), false).normalized(false))
        .collect();
    pipeline.add_tokens(user_defined).map_err(build)?;
    Ok(pipeline)
}
