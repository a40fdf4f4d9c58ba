//! The SentencePiece vocabulary in a GGUF file (`tokenizer.ggml.model` = "llama"): byte-pair merges ordered by score, and
//! bytes for characters without a piece.
//!
//! The reference is llama.cpp; `tests/tokenizer.rs` compares.

use std::collections::{HashMap, HashSet};

use candle_core::quantized::gguf_file::Value;
use unicode_script::{Script, UnicodeScript};

use super::{
    Tokenizer, TokenizerError,
    bpe::Bpe,
    control::{SpecialTokens, ends_answer, frames_messages},
};
use crate::lang::Language;

/// SentencePiece's symbol for a space.
const SPACE: &str = "▁";

/// The type of a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PieceType {
    Normal,
    UserDefined,
    Byte(u8),
    /// Control, unknown or unused: never text.
    Hidden,
}

/// A SentencePiece BPE vocabulary from a GGUF file.
pub struct GgufTokenizer {
    bpe: Bpe,
    /// The types of the pieces, by id.
    types: Vec<PieceType>,
    /// User-defined pieces, which are matched first in every text.
    user_defined: SpecialTokens,
    /// User-defined and control pieces, which are matched first in templates.
    special: SpecialTokens,
    /// Ids of the bytes.
    bytes: [u32; 256],
    /// Whether a space is added before a text, at its start and after special tokens.
    space_first: bool,
    bos: Option<u32>,
    eos: u32,
}

impl GgufTokenizer {
    /// The value of `tokenizer.ggml.model` for this kind of vocabulary.
    pub const MODEL: &str = "llama";

    /// Reads `tokenizer.ggml.*` of a file's metadata.
    pub fn from_gguf(mut metadata: HashMap<String, Value>) -> Result<Self, TokenizerError> {
        let mut list = |key: &'static str| match metadata.remove(key) {
            Some(Value::Array(values)) => Ok(values),
            _ => Err(TokenizerError::Missing(key)),
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
        let missing = TokenizerError::Missing;
        let text = |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(missing("tokenizer.ggml.tokens")),
        };
        let texts: Vec<String> = tokens.into_iter().map(text).collect::<Result<_, _>>()?;
        let scores: Vec<f32> = scores
            .iter()
            .map(|score| score.to_f32().map_err(|_| missing("tokenizer.ggml.scores")))
            .collect::<Result<_, _>>()?;
        let mut types: Vec<PieceType> =
            texts.iter().zip(&types).map(|(text, kind)| piece_type(text, kind)).collect();
        let special = |key: &'static str| {
            metadata
                .get(key)
                .and_then(|value| value.to_u32().ok())
                .filter(|id| (*id as usize) < texts.len())
                .ok_or(missing(key))
        };
        // llama.cpp's defaults for this kind of vocabulary.
        let says = |key: &str| !matches!(metadata.get(key), Some(Value::Bool(false)));
        let space_first = says("tokenizer.ggml.add_space_prefix");
        let begins = says("tokenizer.ggml.add_bos_token");
        let bos = begins.then(|| special("tokenizer.ggml.bos_token_id")).transpose()?;
        let eos = special("tokenizer.ggml.eos_token_id")?;
        for id in [bos, Some(eos), special("tokenizer.ggml.eot_token_id").ok()].into_iter().flatten() {
            types[id as usize] = PieceType::Hidden;
        }
        let of_types = |wanted: &[PieceType]| {
            let pieces = (0u32..).zip(&texts).zip(&types).filter(|(_, kind)| wanted.contains(kind));
            SpecialTokens::new(pieces.map(|((id, text), _)| (id, text.as_str())))
        };
        let user_defined = of_types(&[PieceType::UserDefined])?;
        let special = of_types(&[PieceType::UserDefined, PieceType::Hidden])?;
        // Every byte must have a piece, so that every text has ids.
        let mut bytes = [u32::MAX; 256];
        for (id, kind) in (0u32..).zip(&types) {
            if let PieceType::Byte(byte) = kind {
                bytes[usize::from(*byte)] = id;
            }
        }
        if bytes.contains(&u32::MAX) {
            return Err(missing("tokenizer.ggml.token_type"));
        }
        let bpe = Bpe::new(texts, scores, |id| types[id as usize] == PieceType::Normal);
        Ok(Self { bpe, types, user_defined, special, bytes, space_first, bos, eos })
    }

    /// The pieces with their ids and types.
    fn pieces(&self) -> impl Iterator<Item = (u32, &str, PieceType)> {
        let pieces = self.bpe.pieces().iter().zip(&self.types);
        (0u32..).zip(pieces).map(|(id, (text, kind))| (id, text.as_str(), *kind))
    }

    /// Ids that end a line of output: the tokens that end an answer in llama.cpp, and every piece with a line end.
    pub fn line_ends(&self) -> Vec<u32> {
        self.pieces()
            .filter(|(id, text, kind)| {
                *id == self.eos || ends_answer(text) || (*kind != PieceType::Hidden && text.contains('\n'))
            })
            .map(|(id, ..)| id)
            .collect()
    }

    /// Ids that can occur in a line of `language`: its script (in Russian also Latin, for names), digits, punctuation,
    /// symbols, and [`Self::line_ends`]. Byte pieces are only those of four-byte characters (emoji), so that no other script
    /// can be written in bytes.
    pub fn shortlist(&self, language: Language) -> Vec<u32> {
        let ends: HashSet<u32> = self.line_ends().into_iter().collect();
        self.pieces()
            .filter(|(id, text, kind)| {
                ends.contains(id)
                    || match kind {
                        PieceType::Normal => text.chars().all(|c| c != '\n' && occurs_in(c, language)),
                        PieceType::UserDefined => is_blank(text) || is_tag(text),
                        PieceType::Byte(byte) => matches!(byte, 0x80..=0xbf | 0xf0),
                        PieceType::Hidden => false,
                    }
            })
            .map(|(id, ..)| id)
            .collect()
    }

    /// Ids of all text pieces and of these special tokens.
    pub fn vocabulary(&self, special: &[u32]) -> Vec<u32> {
        let belongs =
            |(id, _, kind): &(u32, &str, PieceType)| *kind != PieceType::Hidden || special.contains(id);
        self.pieces().filter(belongs).map(|(id, ..)| id).collect()
    }

    /// Appends the ids of the text between special tokens. `first`: whether a space may have to be added before it.
    fn merge(&self, text: &str, first: bool, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        let space = if first && self.space_first && !text.is_empty() { SPACE } else { "" };
        let text = format!("{space}{}", text.replace(' ', SPACE));
        self.bpe.encode(&text, |piece| match piece {
            Ok(id) => ids.push(id),
            // A character without a piece becomes bytes.
            Err(text) => ids.extend(text.bytes().map(|byte| self.bytes[usize::from(byte)])),
        });
        Ok(())
    }
}

impl Tokenizer for GgufTokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        self.user_defined.encode(text, false, |between, first, ids| self.merge(between, first, ids))
    }

    fn encode_template(&self, text: &str, first: bool) -> Result<Vec<u32>, TokenizerError> {
        self.special.encode(text, first, |between, first, ids| self.merge(between, first, ids))
    }

    fn begin(&self) -> Option<u32> {
        self.bos
    }

    fn decode(&self, ids: &[u32]) -> String {
        let mut bytes = Vec::new();
        for id in ids.iter().map(|id| *id as usize).filter(|id| *id < self.types.len()) {
            let text = &self.bpe.pieces()[id];
            match self.types[id] {
                PieceType::Normal | PieceType::UserDefined => {
                    bytes.extend_from_slice(text.replace(SPACE, " ").as_bytes());
                }
                PieceType::Byte(byte) => bytes.push(byte),
                PieceType::Hidden => {}
            }
        }
        bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()
    }
}

fn piece_type(text: &str, kind: &Value) -> PieceType {
    match kind.to_i32() {
        _ if frames_messages(text) || text.is_empty() => PieceType::Hidden,
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
    text.chars().all(|c| matches!(c, '▁' | '\t'))
}

/// Whether a piece is an HTML tag. Other user-defined pieces stand for images and the like.
fn is_tag(text: &str) -> bool {
    let name = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let name = name.map(|name| name.strip_prefix('/').unwrap_or(name));
    name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Whether a character can occur in a line of `language`.
pub(super) fn occurs_in(c: char, language: Language) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // News text has no control characters and no invisible marks.
    if c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
    {
        return false;
    }
    match c.script() {
        Script::Common | Script::Inherited => true,
        // Basic Latin to Latin Extended-A: the alphabets of Europe, and the ligatures of French.
        Script::Latin => c < '\u{180}',
        Script::Cyrillic => language.writes(c),
        _ => false,
    }
}
