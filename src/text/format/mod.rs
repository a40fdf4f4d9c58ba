//! Cuts the bytes of a document into pieces. Each format has a module.
//!
//! A format finds the blocks of text in a document and copies all other bytes. The cut of a block into sentences ([`segment`])
//! and the offsets of pieces ([`emit`]) are the same for every format.

mod block;
mod certain;
mod document;
mod elements;
mod emit;
mod fence;
mod lex;
mod markdown;
mod markup;
mod plain;
mod reading;
mod segment;
mod spans;
mod subtitles;
mod utf8;

use self::{
    block::Way, document::Document, fence::Fenced, lex::Dialect, markdown::Markdown, markup::Markup,
    subtitles::Subtitles,
};
pub use self::{reading::plain_text, spans::kept as kept_spans};
use super::{Limits, Piece, PieceKind, TextError};
use crate::lang::Language;

/// The format of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Found in the beginning of the document: plain unless another format is certain.
    #[default]
    Auto,
    /// Lines of text. Tags, code and entities in it are kept.
    Plain,
    Html,
    Xml,
    Markdown,
    /// SubRip or WebVTT.
    Subtitles,
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
    Plain(Document<Fenced>),
    Markup(Document<Markup>),
    Markdown(Document<Markdown>),
    Subtitles(Document<Subtitles>),
}

impl Splitter {
    /// A splitter for one document whose text is in `language`. `Auto` is plain here: see [`Format::found`].
    pub fn new(format: Format, language: Language, limits: Limits) -> Self {
        Self::of(format, Way { language, limits, text_only: false })
    }

    /// A splitter that leaves out the parts of a page that are not its text: navigation, forms, footers.
    pub fn for_reading(format: Format, language: Language, limits: Limits) -> Self {
        Self::of(format, Way { language, limits, text_only: true })
    }

    fn of(format: Format, way: Way) -> Self {
        Self(match format {
            Format::Auto | Format::Plain => Reader::Plain(Document::new(Fenced::new(way))),
            Format::Html => Reader::Markup(Document::new(Markup::new(Dialect::Html, way))),
            Format::Xml => Reader::Markup(Document::new(Markup::new(Dialect::Xml, way))),
            Format::Markdown => Reader::Markdown(Document::new(Markdown::new(way))),
            Format::Subtitles => Reader::Subtitles(Document::new(Subtitles::new())),
        })
    }

    /// The same splitter with this meaning of line ends. Only plain text has lines.
    #[must_use]
    pub fn with_line_breaks(mut self, line_breaks: LineBreaks) -> Self {
        if let Reader::Plain(document) = &mut self.0 {
            document.reader().set_line_breaks(line_breaks);
        }
        self
    }

    /// Takes the next bytes, which may end inside a character, and appends the finished pieces.
    ///
    /// # Errors
    /// If the bytes are not text. Every later call returns the same error.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) -> Result<(), TextError> {
        match &mut self.0 {
            Reader::Plain(document) => document.push(bytes, out),
            Reader::Markup(document) => document.push(bytes, out),
            Reader::Markdown(document) => document.push(bytes, out),
            Reader::Subtitles(document) => document.push(bytes, out),
        }
    }

    /// Ends the document and appends the last pieces. Do not use the splitter afterwards.
    ///
    /// # Errors
    /// As [`push`](Self::push), and if the document ends inside a character.
    pub fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), TextError> {
        match &mut self.0 {
            Reader::Plain(document) => document.finish(out),
            Reader::Markup(document) => document.finish(out),
            Reader::Markdown(document) => document.finish(out),
            Reader::Subtitles(document) => document.finish(out),
        }
    }
}

/// Cuts a whole plain text into the same pieces as a [`Splitter`] that receives it in portions.
pub fn split(text: &str, language: Language, limits: Limits) -> Vec<Piece> {
    let mut plain = Document::new(Fenced::new(Way { language, limits, text_only: false }));
    let mut pieces = Vec::new();
    plain.push_str(text, &mut pieces);
    plain.end(&mut pieces);
    pieces
}

/// The text for readers in the beginning of a document, which may end anywhere: its language is the language of the document.
pub fn visible(beginning: &[u8], format: Format) -> Vec<u8> {
    if matches!(format, Format::Auto | Format::Plain) {
        return beginning.to_vec();
    }
    let mut splitter = Splitter::for_reading(format, Language::English, Limits::default());
    let mut pieces = Vec::new();
    // An invalid character is found again when the document is read.
    let valid = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default(),
    };
    let _ = splitter.push(valid.as_bytes(), &mut pieces);
    let _ = splitter.finish(&mut pieces);
    let sentences = pieces.iter().filter(|piece| matches!(piece.kind, PieceKind::Sentence(_)));
    let lines: Vec<String> = sentences.map(|piece| piece.plain().into_owned()).collect();
    lines.join("\n").into_bytes()
}
