//! How a document's bytes are cut into pieces: a module a format.
//!
//! A format finds the blocks of text in a document and hands out all other bytes unchanged. Sentences inside a block
//! ([`segment`]) and the offsets of pieces ([`emit`]) are the same for every format.

mod emit;
mod plain;
mod segment;
mod utf8;

use self::plain::Plain;
use super::{Limits, Piece, TextError};
use crate::lang::Language;

/// What the bytes of a document are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines of text.
    #[default]
    Plain,
}

/// Cuts a document that arrives in portions. See [`split`] for one that is there as a whole.
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

    /// Takes the next bytes, which may end inside a character, and appends the pieces that are settled.
    ///
    /// # Errors
    /// When the bytes are not text. Every further call gives the same error.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) -> Result<(), TextError> {
        match &mut self.0 {
            Reader::Plain(plain) => plain.push(bytes, out),
        }
    }

    /// Ends the document and appends what was held back. The splitter is spent.
    ///
    /// # Errors
    /// As [`push`](Self::push), and when the document ends inside a character.
    pub fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), TextError> {
        match &mut self.0 {
            Reader::Plain(plain) => plain.finish(out),
        }
    }
}

/// Cuts a whole plain text, with the pieces of a [`Splitter`] that gets it in any portions.
pub fn split(text: &str, language: Language, limits: Limits) -> Vec<Piece> {
    let mut plain = Plain::new(language, limits);
    let mut pieces = Vec::new();
    plain.push_str(text, &mut pieces);
    plain.end(&mut pieces);
    pieces
}
