//! Unigram SentencePiece from a `.spm` file or a `spiece.model` (Kudo 2018; the reference is google/sentencepiece).
//!
//! The `tokenizers` crate is not used, because ids must be equal: it looks up character rules by grapheme where SentencePiece
//! takes the longest match, adds scores in 64 bits instead of 32, and panics on damaged rules.

use std::{collections::HashMap, ops::Range};

mod rules;

use prost::Message;

use self::rules::Rules;
use super::TokenizerError;

/// SentencePiece's symbol for a space.
pub(super) const SPACE: &str = "▁";
/// The score of an unknown character is this much below that of the least likely piece.
const UNKNOWN_PENALTY: f32 = 10.0;
/// `TrainerSpec.ModelType`
const UNIGRAM: i32 = 1;
/// The largest file, in bytes; published files have less than a twentieth of this.
const MAX_BYTES: usize = 16 << 20;
/// The most pieces.
const MAX_PIECES: usize = 1 << 20;

/// The parts of `sentencepiece_model.proto` that encoding needs.
#[derive(Message)]
struct ModelProto {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<PieceProto>,
    #[prost(message, optional, tag = "2")]
    trainer: Option<TrainerProto>,
    #[prost(message, optional, tag = "3")]
    normalizer: Option<NormalizerProto>,
}

#[derive(Message)]
struct PieceProto {
    #[prost(string, optional, tag = "1")]
    piece: Option<String>,
    #[prost(float, optional, tag = "2")]
    score: Option<f32>,
    #[prost(enumeration = "PieceType", optional, tag = "3")]
    kind: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
enum PieceType {
    None = 0,
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

#[derive(Message)]
struct TrainerProto {
    #[prost(int32, optional, tag = "3")]
    model_type: Option<i32>,
    #[prost(bool, optional, tag = "24")]
    treat_whitespace_as_suffix: Option<bool>,
    #[prost(bool, optional, tag = "35")]
    byte_fallback: Option<bool>,
}

#[derive(Message)]
struct NormalizerProto {
    #[prost(bytes = "vec", optional, tag = "2")]
    precompiled_charsmap: Option<Vec<u8>>,
    #[prost(bool, optional, tag = "3")]
    add_dummy_prefix: Option<bool>,
    #[prost(bool, optional, tag = "4")]
    remove_extra_whitespaces: Option<bool>,
    #[prost(bool, optional, tag = "5")]
    escape_whitespaces: Option<bool>,
}

/// A piece that can encode text.
struct Piece {
    text: Box<str>,
    id: u32,
    score: f32,
    user_defined: bool,
}

/// The meaning of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// A piece of text, with [`SPACE`] for spaces.
    Text(&'a str),
    /// A byte of a character that has no piece.
    Byte(u8),
    /// Not text.
    Nothing,
}

/// A vocabulary with its character rules.
pub struct SentencePiece {
    /// Sorted by bytes. This works as a trie: pieces with the same prefix are adjacent.
    pieces: Vec<Piece>,
    /// Indexes into `pieces`, by id.
    places: Vec<Option<u32>>,
    /// Ids of the bytes, if characters without a piece become bytes.
    bytes: Option<Vec<u32>>,
    /// The id for characters without a piece.
    unknown: Option<u32>,
    /// Ids of control pieces.
    controls: HashMap<String, u32>,
    /// The lowest and highest scores of normal pieces.
    min_score: f32,
    max_score: f32,
    rules: Option<Rules>,
    dummy_prefix: bool,
    remove_extra_spaces: bool,
    space: &'static str,
}

impl SentencePiece {
    /// Parses the content of a file.
    pub fn parse(file: &[u8]) -> Result<Self, TokenizerError> {
        let unsupported = |what: &str| TokenizerError::Build(format!("the SentencePiece file has {what}"));
        if file.len() > MAX_BYTES {
            return Err(unsupported("too many bytes"));
        }
        let model =
            ModelProto::decode(file).map_err(|error| unsupported(&format!("damaged content: {error}")))?;
        let trainer = model.trainer.unwrap_or_default();
        let normalizer = model.normalizer.unwrap_or_default();
        if trainer.model_type.unwrap_or(UNIGRAM) != UNIGRAM {
            return Err(unsupported("a model other than unigram, which is not supported"));
        }
        if trainer.treat_whitespace_as_suffix() {
            return Err(unsupported("spaces after words, which is not supported"));
        }
        if model.pieces.len() > MAX_PIECES {
            return Err(unsupported("too many pieces"));
        }
        let mut places = vec![None; model.pieces.len()];
        let mut pieces = Vec::with_capacity(model.pieces.len());
        let (mut bytes, mut unknown, mut controls) = ([None; 256], None, HashMap::new());
        let (mut min_score, mut max_score) = (f32::MAX, f32::MIN);
        for (piece, id) in model.pieces.into_iter().zip(0u32..) {
            let score = piece.score.unwrap_or_default();
            if !score.is_finite() {
                return Err(unsupported("a score that is not a finite number"));
            }
            let kind = piece
                .kind
                .map_or(PieceType::Normal, |kind| PieceType::try_from(kind).unwrap_or(PieceType::None));
            if kind == PieceType::Normal {
                (min_score, max_score) = (min_score.min(score), max_score.max(score));
            }
            let text = piece.piece.unwrap_or_default();
            match kind {
                PieceType::Normal | PieceType::UserDefined if !text.is_empty() => {
                    let user_defined = kind == PieceType::UserDefined;
                    pieces.push(Piece { text: text.into(), id, score, user_defined });
                }
                PieceType::Byte => {
                    let byte = byte(&text).ok_or_else(|| unsupported("an invalid byte piece"))?;
                    bytes[usize::from(byte)].get_or_insert(id);
                }
                PieceType::Unknown => unknown = unknown.or(Some(id)),
                PieceType::Control => _ = controls.entry(text).or_insert(id),
                _ => (),
            }
        }
        if min_score > max_score {
            return Err(unsupported("no pieces"));
        }
        pieces.sort_by(|a, b| a.text.cmp(&b.text));
        pieces.dedup_by(|a, b| a.text == b.text);
        for (place, piece) in (0u32..).zip(&pieces) {
            places[piece.id as usize] = Some(place);
        }
        let all: Option<Vec<u32>> = bytes.into_iter().collect();
        let bytes = match trainer.byte_fallback() {
            true => Some(all.ok_or_else(|| unsupported("no piece for some byte"))?),
            false => None,
        };
        Ok(Self {
            pieces,
            places,
            bytes,
            unknown,
            controls,
            min_score,
            max_score,
            rules: normalizer
                .precompiled_charsmap
                .as_deref()
                .filter(|rules| !rules.is_empty())
                .map(Rules::parse)
                .transpose()?,
            dummy_prefix: normalizer.add_dummy_prefix.unwrap_or(true),
            remove_extra_spaces: normalizer.remove_extra_whitespaces.unwrap_or(true),
            space: if normalizer.escape_whitespaces.unwrap_or(true) { SPACE } else { " " },
        })
    }

    /// Whether this piece can encode text.
    pub fn has(&self, piece: &str) -> bool {
        self.pieces.binary_search_by(|other| (*other.text).cmp(piece)).is_ok()
    }

    /// Cuts a text into pieces. Characters without a piece become bytes, or else a run of them becomes one piece.
    pub fn encode(&self, text: &str) -> Vec<String> {
        let text = self.normalize(text);
        let mut pieces = Vec::new();
        for (range, id) in self.best_path(&text) {
            let text = &text[range];
            match id {
                None if self.bytes.is_some() => pieces.extend(text.bytes().map(byte_piece)),
                _ => pieces.push(text.to_owned()),
            }
        }
        pieces
    }

    /// The ids of these pieces in the file. A run without a piece gets the unknown id, or nothing if there is none.
    pub fn ids(&self, text: &str) -> Vec<u32> {
        let text = self.normalize(text);
        let mut ids = Vec::new();
        for (range, id) in self.best_path(&text) {
            match (id, &self.bytes) {
                (None, Some(bytes)) => {
                    ids.extend(text[range].bytes().filter_map(|byte| bytes.get(usize::from(byte))));
                }
                _ => ids.extend(id.or(self.unknown)),
            }
        }
        ids
    }

    /// Number of ids.
    pub fn size(&self) -> usize {
        self.places.len()
    }

    /// The meanings of all ids, in order.
    pub fn forms(&self) -> impl Iterator<Item = Form<'_>> {
        (0u32..).zip(&self.places).map(|(id, _)| self.form(id))
    }

    /// The meaning of an id; [`Form::Nothing`] for an unknown id.
    pub fn form(&self, id: u32) -> Form<'_> {
        if let Some(place) = self.places.get(id as usize).copied().flatten() {
            return self.pieces.get(place as usize).map_or(Form::Nothing, |piece| Form::Text(&piece.text));
        }
        let byte = self.bytes.iter().flatten().position(|byte| *byte == id);
        byte.and_then(|byte| u8::try_from(byte).ok()).map_or(Form::Nothing, Form::Byte)
    }

    /// The text of ids, without invalid UTF-8.
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut bytes = Vec::new();
        for id in ids {
            match self.form(*id) {
                Form::Text(piece) => bytes.extend_from_slice(piece.replace(SPACE, " ").as_bytes()),
                Form::Byte(byte) => bytes.push(byte),
                Form::Nothing => (),
            }
        }
        let text: String = bytes.utf8_chunks().map(|chunk| chunk.valid()).collect();
        text.trim_start().to_owned()
    }

    /// The id of a control piece.
    pub fn control(&self, name: &str) -> Option<u32> {
        self.controls.get(name).copied()
    }

    /// The normalised text: characters replaced by the rules, and spaces by [`SPACE`].
    fn normalize(&self, text: &str) -> String {
        let mut rest = text;
        if self.remove_extra_spaces {
            while !rest.is_empty() {
                let (replaced, length) = self.replace(rest);
                if replaced != " " {
                    break;
                }
                rest = &rest[length..];
            }
        }
        if rest.is_empty() {
            return String::new();
        }
        let mut normal = String::with_capacity(text.len() + SPACE.len());
        if self.dummy_prefix {
            normal.push_str(self.space);
        }
        let mut behind_space = self.remove_extra_spaces;
        while !rest.is_empty() {
            let (mut replaced, length) = self.replace(rest);
            if behind_space {
                replaced = replaced.trim_start_matches(' ');
            }
            if !replaced.is_empty() {
                normal.push_str(&replaced.replace(' ', self.space));
                behind_space = self.remove_extra_spaces && replaced.ends_with(' ');
            }
            rest = &rest[length..];
        }
        if self.remove_extra_spaces {
            normal.truncate(normal.trim_end_matches(self.space).len());
        }
        normal
    }

    /// The replacement of the longest prefix that has one, else the first character; and the prefix's length in bytes, a
    /// character boundary.
    fn replace<'a>(&'a self, text: &'a str) -> (&'a str, usize) {
        let defined = self.prefixes(text.as_bytes()).filter(|(_, piece)| piece.user_defined).last();
        if let Some((length, _)) = defined {
            return (&text[..length], length);
        }
        let rule = self.rules.as_ref().and_then(|rules| rules.longest(text));
        rule.unwrap_or_else(|| {
            let length = text.chars().next().map_or(0, char::len_utf8);
            (&text[..length], length)
        })
    }

    /// The pieces that are prefixes of a text, with their lengths, shortest first.
    fn prefixes<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, &'a Piece)> {
        let mut alike = self.pieces.as_slice();
        text.iter()
            .enumerate()
            .map_while(move |(index, byte)| {
                // Of the pieces with this prefix, keep those that continue with this byte.
                let at = |piece: &Piece| piece.text.as_bytes().get(index).copied();
                let from = alike.partition_point(|piece| at(piece) < Some(*byte));
                alike = &alike[from..];
                let to = alike.partition_point(|piece| at(piece) == Some(*byte));
                alike = &alike[..to];
                let first = alike.first()?;
                Some((index + 1, (first.text.len() == index + 1).then_some(first)))
            })
            .filter_map(|(length, piece)| Some((length, piece?)))
    }

    /// The Viterbi path: parts of the text with their ids, with the best sum of scores.
    fn best_path(&self, text: &str) -> Vec<(Range<usize>, Option<u32>)> {
        /// The best path to a position in the text.
        #[derive(Clone, Copy, Default)]
        struct Way {
            score: f32,
            /// Start and id of its last piece.
            last: Option<(usize, Option<u32>)>,
        }
        let mut ways = vec![Way::default(); text.len() + 1];
        let unknown = self.min_score - UNKNOWN_PENALTY;
        for (start, c) in text.char_indices() {
            let so_far = ways[start].score;
            // Like the reference, compare in 64 bits and store in 32.
            let mut try_way = |end: usize, score: f64, id| {
                let (way, score) = (&mut ways[end], score + f64::from(so_far));
                if way.last.is_none() || score > f64::from(way.score) {
                    *way = Way { score: score as f32, last: Some((start, id)) };
                }
            };
            let mut single = false;
            for (length, piece) in self.prefixes(&text.as_bytes()[start..]) {
                let score = match piece.user_defined {
                    true => f64::from(length as f32 * self.max_score) - 0.1,
                    false => f64::from(piece.score),
                };
                try_way(start + length, score, Some(piece.id));
                single |= length == c.len_utf8();
            }
            if !single {
                try_way(start + c.len_utf8(), f64::from(unknown), None);
            }
        }
        let mut parts: Vec<(Range<usize>, Option<u32>)> = Vec::new();
        let mut end = text.len();
        while let Some((start, id)) = ways[end].last {
            match parts.last_mut() {
                Some((range, None)) if id.is_none() => range.start = start,
                _ => parts.push((start..end, id)),
            }
            end = start;
        }
        parts.reverse();
        parts
    }
}

/// The text of a byte piece.
fn byte_piece(byte: u8) -> String {
    format!("<0x{byte:02X}>")
}

/// The byte of a byte piece.
fn byte(name: &str) -> Option<u8> {
    u8::from_str_radix(name.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(pieces: &[(&str, f32, PieceType)]) -> SentencePiece {
        let piece = |(text, score, kind): &(&str, f32, PieceType)| PieceProto {
            piece: Some((*text).to_owned()),
            score: Some(*score),
            kind: Some(*kind as i32),
        };
        let pieces = pieces.iter().map(piece).collect();
        let proto = ModelProto { pieces, trainer: None, normalizer: None };
        SentencePiece::parse(&proto.encode_to_vec()).unwrap()
    }

    #[test]
    fn the_best_sum_wins_and_a_run_of_unknown_characters_is_one_piece() {
        use PieceType::*;
        let model = model(&[
            ("<unk>", 0.0, Unknown),
            ("▁", -2.0, Normal),
            ("a", -3.0, Normal),
            ("b", -3.0, Normal),
            ("ab", -4.0, Normal),
            ("▁a", -3.5, Normal),
            ("@@", 0.0, UserDefined),
        ]);
        assert_eq!(model.encode("ab  a "), ["▁", "ab", "▁a"]);
        assert_eq!(model.encode("xяb"), ["▁", "xя", "b"]);
        assert_eq!(model.encode("a@@b"), ["▁a", "@@", "b"]);
        assert!(model.encode(" ").is_empty() && model.encode("").is_empty());
    }

    #[test]
    fn ids_are_positions_in_the_file() {
        use PieceType::{Byte, Control, Normal, Unknown};
        let mut pieces: Vec<(String, PieceType)> = vec![("</s>".into(), Control), ("<unk>".into(), Unknown)];
        let parse = |pieces: &[(String, PieceType)], byte_fallback| {
            let piece = |(text, kind): &(String, PieceType)| PieceProto {
                piece: Some(text.clone()),
                score: Some(-1.0),
                kind: Some(*kind as i32),
            };
            let trainer = TrainerProto { byte_fallback: Some(byte_fallback), ..Default::default() };
            let pieces = pieces.iter().map(piece).collect();
            SentencePiece::parse(
                &ModelProto { pieces, trainer: Some(trainer), normalizer: None }.encode_to_vec(),
            )
        };
        pieces.extend([("b".into(), Normal), ("▁".into(), Normal), ("a".into(), Normal)]);
        let model = parse(&pieces, false).unwrap();
        assert_eq!(model.ids("ab éя"), [3, 4, 2, 3, 1]);
        assert_eq!(
            (model.form(2), model.form(1), model.form(9)),
            (Form::Text("b"), Form::Nothing, Form::Nothing)
        );
        assert_eq!((model.control("</s>"), model.control("b")), (Some(0), None));
        pieces.extend((0..=255).map(|byte| (byte_piece(byte), Byte)));
        let model = parse(&pieces, true).unwrap();
        assert_eq!(model.ids("aé"), [3, 4, 5 + 0xc3, 5 + 0xa9]);
        assert_eq!(model.encode("aé"), ["▁", "a", "<0xC3>", "<0xA9>"]);
        assert_eq!(model.form(5 + 0xc3), Form::Byte(0xc3));
        pieces.pop();
        assert!(parse(&pieces, true).is_err(), "a byte is missing");
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let model = |normalizer, trainer| {
            let piece = PieceProto { piece: Some("a".to_owned()), score: Some(0.0), kind: None };
            let proto = ModelProto { pieces: vec![piece], trainer, normalizer };
            SentencePiece::parse(&proto.encode_to_vec())
        };
        let rules = |bytes: &[u8]| {
            Some(NormalizerProto { precompiled_charsmap: Some(bytes.to_vec()), ..Default::default() })
        };
        assert!(model(None, None).is_ok());
        assert!(model(rules(&[9, 0, 0, 0, 1]), None).is_err());
        assert!(model(rules(&[0; 4]), None).is_err());
        let wild = model(rules(&[4, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]), None).expect("the rules are valid");
        assert_eq!(wild.encode("a"), ["▁", "a"]);
        assert!(model(None, Some(TrainerProto { model_type: Some(2), ..Default::default() })).is_err());
        assert!(SentencePiece::parse(b"no protobuf").is_err());
        assert!(SentencePiece::parse(&[]).is_err());
    }
}
