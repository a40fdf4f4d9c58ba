//! Text in pieces: what is translated, what is copied, and the white space between.
//!
//! A text is cut into pieces that tile it: put end to end they are the text again, byte for byte. That is
//! what lets a translation keep the layout of its source. The cut knows the language and nothing of models.

mod chrf;
mod clause;
mod detect;
mod format;
mod intake;
mod sentence;
mod verbatim;

pub use self::{
    chrf::chrf,
    clause::parts,
    detect::{DETECTION_BYTES, Detection, detect, detect_prefix},
    format::{Format, Splitter, split},
    intake::Intake,
    verbatim::addresses,
};

/// One run of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where the piece begins: a byte offset in the whole text.
    pub start: u64,
    /// The bytes of the text from there on, unchanged.
    pub text: String,
    pub kind: PieceKind,
}

/// What a piece is, and so what is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// White space and line ends between sentences; copied.
    Gap,
    /// Text to translate. Neither begins nor ends with white space, and holds a letter.
    Sentence(Block),
    /// A segment that reads the same in every language: a number, an address, a rule; copied.
    Verbatim,
}

/// The sort of block that a sentence stands in. A coarse guess from the shape of its lines alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// One short line without a full stop: a headline, a rubric, a place and date.
    Headline,
    /// Running text.
    Paragraph,
    /// A credit line: it begins with a copyright sign.
    Caption,
    /// A line behind a bullet or an item number.
    ListItem,
}

/// Bounds on the pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most characters a sentence may have. A longer one comes as several pieces, cut between clauses
    /// where it has any.
    pub max_segment_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_segment_chars: 400 }
    }
}

/// Why bytes cannot be read as a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The bytes at `offset` begin no UTF-8 character.
    #[error("the text is not UTF-8 at byte {offset}")]
    InvalidUtf8 { offset: u64 },
    #[error("the language of the text cannot be detected; name it")]
    UnknownLanguage,
    #[error("the text is in none of the languages that are translated")]
    ForeignLanguage,
}

/// White space, and the characters that are as invisible at the edge of a sentence: a byte order mark, a
/// zero-width space, a word joiner.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

/// The last character border of `text` at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
