//! A document that arrives in bytes: decodes them, counts them, and hands the text to the reader of its format.

use super::{emit::Emitter, utf8::Utf8};
use crate::text::{Piece, TextError};

/// The most bytes that are decoded at a time: portions of bounded size keep every buffer bounded.
const PORTION: usize = 16 * 1024;

/// The reader of a format.
pub(super) trait Read {
    /// Takes the next text and appends the finished pieces.
    fn push_str(&mut self, text: &str, emitter: &mut Emitter, out: &mut Vec<Piece>);

    /// Ends the document and appends the last pieces.
    fn end(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>);
}

/// A document in the format of its reader.
#[derive(Debug)]
pub(super) struct Document<R> {
    reader: R,
    utf8: Utf8,
    text: String,
    emitter: Emitter,
    failed: Option<TextError>,
}

impl<R: Read> Document<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, utf8: Utf8::default(), text: String::new(), emitter: Emitter::default(), failed: None }
    }

    /// The reader, for its settings.
    pub fn reader(&mut self) -> &mut R {
        &mut self.reader
    }

    /// Takes the next bytes, which may end inside a character. After an error, every later call returns the same error.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) -> Result<(), TextError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        for portion in bytes.chunks(PORTION) {
            self.text.clear();
            let decoded = self.utf8.decode(portion, &mut self.text);
            self.reader.push_str(&self.text, &mut self.emitter, out);
            if let Err(offset) = decoded {
                return Err(self.fail(offset));
            }
        }
        Ok(())
    }

    pub fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), TextError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Some(offset) = self.utf8.unfinished() {
            return Err(self.fail(offset));
        }
        self.end(out);
        Ok(())
    }

    /// As [`push`](Self::push), for valid text.
    pub fn push_str(&mut self, text: &str, out: &mut Vec<Piece>) {
        self.reader.push_str(text, &mut self.emitter, out);
    }

    /// As [`finish`](Self::finish), for valid text.
    pub fn end(&mut self, out: &mut Vec<Piece>) {
        self.reader.end(&mut self.emitter, out);
        self.emitter.flush(out);
    }

    fn fail(&mut self, offset: u64) -> TextError {
        *self.failed.insert(TextError::InvalidUtf8 { offset })
    }
}
