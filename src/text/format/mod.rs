//! Cuts the bytes of a document into pieces. Each format has a module.
//!
//! A format finds the blocks of text in a document and copies all other bytes. The cut of a block into sentences ([`segment`])
//! and the offsets of pieces ([`emit`]) are the same for every format.

mod emit;
mod plain;
mod segment;
mod utf8;

use self::plain::Plain;
use super::{Limits, Piece, TextError};
use crate::lang::Language;

/// The format of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines of text.
    #[default]
    Plain,
}

/// The meaning of a line end in plain text that does not follow the end of a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineBreaks {
    /// The shape of the lines decides: lines that are wrapped at a column are joined; headlines, verse and lists are kept.
    #[default]
    Auto,
    /// Every line is a block.
    Keep,
    /// The lines of a paragraph are one text, up to a blank line or a list item.
    Join,
}

/// Cuts a document that arrives in portions. [`split`] cuts a whole text.
#[derive(Debug)]
pub struct Splitter(Reader);

#[derive(Debug)]
enum Reader {
    Plain(Plain),
}

impl Splitter {
    /// A splitter for one document whose text is in `language`.
    pub fn new(format: Format, language: Language, limits: Limits) -> Self {
        Self(match format {
            Format::Plain => Reader::Plain(Plain::new(language, limits)),
        })
    }

    /// The same splitter with this meaning of line ends. Only plain text has lines.
    #[must_use]
    pub fn with_line_breaks(mut self, line_breaks: LineBreaks) -> Self {
        match &mut self.0 {
            Reader::Plain(plain) => plain.set_line_breaks(line_breaks),
        }
        self
    }

    /// Takes the next bytes, which may end inside a character, and appends the finished pieces.
    ///
    /// # Errors
    /// If the bytes are not text. Every later call returns the same error.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) -> Result<(), TextError> {
        match &mut self.0 {
            Reader::Plain(plain) => plain.push(bytes, out),
        }
    }

    /// Ends the document and appends the last pieces. Do not use the splitter afterwards.
    ///
    /// # Errors
    /// As [`push`](Self::push), and if the document ends inside a character.
    pub fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), TextError> {
        match &mut self.0 {
            Reader::Plain(plain) => plain.finish(out),
        }
    }
}

/// Cuts a whole plain text into the same pieces as a [`Splitter`] that receives it in portions.
pub fn split(text: &str, language: Language, limits: Limits) -> Vec<Piece> {
    let mut plain = Plain::new(language, limits);
    let mut pieces = Vec::new();
    plain.push_str(text, &mut pieces);
    plain.end(&mut pieces);
    pieces
}
