//! Text in pieces: sentences to translate, segments to copy, and the white space between them.
//!
//! The pieces of a text tile it: joined, they are the text again, byte for byte. So a translation keeps the layout of its
//! source. The cuts depend on the language and not on a model.

mod chrf;
mod clause;
mod detect;
mod edits;
mod format;
mod inline;
mod intake;
mod revised;
mod sentence;
mod verbatim;

pub use self::{
    chrf::chrf,
    clause::split_clauses,
    detect::{DETECTION_BYTES, Detection, candidates, detect, detect_prefix, is_certainly},
    edits::{Edit, Edits},
    format::{Format, LineBreaks, Splitter, kept_spans, plain_text, split, visible},
    inline::{Inline, Mark, MarkKind, Value, Writing},
    intake::Intake,
    revised::Revised,
    verbatim::{Span, SpanKind, addresses, spans},
};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Byte offset in the whole text.
    pub start: u64,
    /// The text of the piece, unchanged.
    pub text: String,
    pub kind: PieceKind,
    /// The marks of a sentence; `None` if its text stands for itself.
    pub inline: Option<Box<Inline>>,
}

impl Piece {
    /// Byte offset of its end in the whole text.
    pub fn end(&self) -> u64 {
        self.start + self.text.len() as u64
    }
}

/// The kind of a piece; it decides between copying and translating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// White space, line ends and markup between sentences, to copy.
    Gap,
    /// Text to translate. It contains a letter, and has no white space at its edges.
    Sentence(Block),
    /// A segment that is the same in every language, to copy: a number, an address, a line of marks.
    Verbatim,
}

/// The kind of block that contains a sentence: a rough guess from the shape of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// One short line without a full stop: a headline, a section name, a place and date.
    Headline,
    /// Running text.
    Paragraph,
    /// A credit line, which begins with a copyright sign.
    Caption,
    /// A line after a bullet or an item number.
    ListItem,
}

/// Limits of the pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most characters of a sentence. A longer sentence becomes several pieces, cut between clauses where possible.
    pub max_segment_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_segment_chars: 400 }
    }
}

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The bytes at `offset` are not a UTF-8 character.
    #[error("the text is not UTF-8 at byte {offset}")]
    InvalidUtf8 { offset: u64 },
    #[error("cannot detect the language of the text; please name it")]
    UnknownLanguage,
    #[error("the text is in a language that is not supported")]
    ForeignLanguage,
}

/// White space, and characters that are equally invisible at the edge of a sentence: the byte order mark, the zero-width space,
/// the word joiner.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

/// The last character boundary of `text` at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
