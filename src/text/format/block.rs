//! A block of a document with its tags and entities, until it ends and is cut into sentences.

use std::ops::Range;

use super::{
    emit::Emitter,
    lex::{self, Dialect, Reference},
    segment,
};
use crate::{
    lang::Language,
    text::{Block, Inline, Limits, Mark, MarkKind, Piece, Value, Writing, is_blank},
};

/// A block that grows with the document.
#[derive(Debug, Default)]
pub(super) struct Growing {
    /// The bytes of the document, and the text for readers.
    raw: String,
    plain: String,
    inline: Inline,
    /// Where kept words began.
    kept: Option<Kept>,
}

/// The start of words that are not translated.
#[derive(Debug)]
struct Kept {
    raw: usize,
    plain: usize,
    marks: usize,
}

impl Growing {
    /// Adds text that stands for itself.
    pub fn text(&mut self, text: &str) {
        self.raw.push_str(text);
        self.plain.push_str(text);
    }

    /// Adds bytes that stand for other text, such as an entity.
    pub fn resolved(&mut self, bytes: &str, text: &str) {
        let start = self.raw.len();
        self.raw.push_str(bytes);
        if bytes == text {
            self.plain.push_str(text);
            return;
        }
        self.inline.edits.push(start..self.raw.len(), text);
        self.plain.push_str(text);
    }

    /// Adds a tag. The ranges of `values` are within it.
    pub fn tag(&mut self, bytes: &str, kind: MarkKind, values: Vec<Value>) {
        let start = self.raw.len();
        self.resolved(bytes, "");
        let values = values
            .into_iter()
            .map(|value| Value { range: start + value.range.start..start + value.range.end, ..value });
        let place = self.plain.len()..self.plain.len();
        self.inline.marks.push(Mark { source: start..self.raw.len(), place, kind, values: values.collect() });
    }

    /// Adds text with entities.
    pub fn read(&mut self, dialect: Dialect, mut text: &str) {
        while let Some(at) = text.find('&') {
            self.text(&text[..at]);
            text = &text[at..];
            let length = match lex::reference(dialect, text) {
                Reference::Entity(length, resolved) => {
                    self.resolved(&text[..length], &resolved);
                    length
                }
                Reference::Unknown(length) => {
                    self.keep_text(&text[..length]);
                    length
                }
                Reference::Text | Reference::Partial => {
                    self.text("&");
                    1
                }
            };
            text = &text[length..];
        }
        self.text(text);
    }

    /// Adds text that is the same in every language.
    pub fn keep_text(&mut self, text: &str) {
        let is_inner = self.kept.is_some();
        self.keep();
        self.text(text);
        if !is_inner {
            self.kept();
        }
    }

    /// Adds a tag that stands for white space.
    pub fn line_end(&mut self, bytes: &str) {
        let (raw, plain) = (self.raw.len(), self.plain.len());
        self.resolved(bytes, if self.plain.ends_with(is_blank) { "" } else { " " });
        let mark = Mark {
            source: raw..self.raw.len(),
            place: plain..plain,
            kind: MarkKind::Void,
            values: Vec::new(),
        };
        self.inline.marks.push(mark);
    }

    /// Begins words that are not translated.
    pub fn keep(&mut self) {
        let (raw, plain, marks) = (self.raw.len(), self.plain.len(), self.inline.marks.len());
        self.kept.get_or_insert(Kept { raw, plain, marks });
    }

    /// Ends them: they are one mark.
    pub fn kept(&mut self) {
        let Some(Kept { raw, plain, marks }) = self.kept.take() else { return };
        self.inline.marks.truncate(marks);
        // A segment has no white space at its edges.
        let words = self.plain[plain..].trim_end_matches(is_blank);
        let start = plain + words.len() - words.trim_start_matches(is_blank).len();
        let place = start..plain + words.len();
        let kind = if place.is_empty() { MarkKind::Void } else { MarkKind::Kept };
        self.inline.marks.push(Mark { source: raw..self.raw.len(), place, kind, values: Vec::new() });
    }

    /// Length in bytes of the document.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// The number of characters to read.
    pub fn plain_chars(&self) -> usize {
        self.plain.chars().count()
    }

    /// Whether there is nothing to read in it yet.
    pub fn is_blank(&self) -> bool {
        self.plain.chars().all(is_blank)
    }

    /// Ends the block: emits its sentences, and the bytes around them.
    pub fn end(
        &mut self,
        way: &Way,
        block: Block,
        writing: Writing,
        emitter: &mut Emitter,
        out: &mut Vec<Piece>,
    ) {
        self.kept();
        let is_kept = |mark: &&Mark| mark.kind == MarkKind::Kept;
        let kept: Vec<_> = self.inline.marks.iter().filter(is_kept).map(|mark| mark.place.clone()).collect();
        let segments = segment::segments_around(&self.plain, 0, way.language, way.limits, &kept);
        self.emit(&segments, block, writing, Some(way), emitter, out);
    }

    /// Ends the block: emits it as one segment.
    pub fn end_as_one(
        &mut self,
        block: Block,
        writing: Writing,
        emitter: &mut Emitter,
        out: &mut Vec<Piece>,
    ) {
        let body = self.plain.trim_start_matches(is_blank);
        let start = self.plain.len() - body.len();
        let end = start + body.trim_end_matches(is_blank).len();
        let whole = start..end;
        let segments = if end > start { std::slice::from_ref(&whole) } else { &[] };
        self.emit(segments, block, writing, None, emitter, out);
    }

    fn emit(
        &mut self,
        segments: &[Range<usize>],
        block: Block,
        writing: Writing,
        way: Option<&Way>,
        emitter: &mut Emitter,
        out: &mut Vec<Piece>,
    ) {
        let Growing { raw, plain, mut inline, .. } = std::mem::take(self);
        inline.writing = writing;
        inline.keep_lone(&plain);
        let mut at = 0;
        for segment in inline.whole(segments) {
            let (bytes, part) = inline.slice(segment, at);
            gap(&raw, at..bytes.start, &inline, way, emitter, out);
            emitter.marked(&raw[bytes.clone()], part, block, out);
            at = bytes.end;
        }
        gap(&raw, at..raw.len(), &inline, way, emitter, out);
    }
}

/// Copies the bytes between sentences; the attributes for readers in them are blocks of their own.
fn gap(
    raw: &str,
    range: Range<usize>,
    inline: &Inline,
    way: Option<&Way>,
    emitter: &mut Emitter,
    out: &mut Vec<Piece>,
) {
    let mut at = range.start;
    let is_here = |mark: &&Mark| range.start <= mark.source.start && mark.source.end <= range.end;
    let values = inline.marks.iter().filter(is_here).flat_map(|mark| &mark.values);
    for (Value { range, .. }, way) in values.zip(way.into_iter().cycle()) {
        emitter.gap(&raw[at..range.start], out);
        value(raw, range, way, emitter, out);
        at = range.end;
    }
    emitter.gap(&raw[at..range.end], out);
}

/// Emits the value of an attribute, which has the range `range`.
pub(super) fn value(raw: &str, range: &Range<usize>, way: &Way, emitter: &mut Emitter, out: &mut Vec<Piece>) {
    let mut block = Growing::default();
    block.read(Dialect::Html, &raw[range.clone()]);
    let quote = raw[..range.start].chars().next_back().unwrap_or('"');
    block.end(way, Block::Headline, Writing::Attribute { quote }, emitter, out);
}

/// How the blocks of a document are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub language: Language,
    pub limits: Limits,
    /// The text is for reading, so the navigation and other furniture of a page are left out.
    pub text_only: bool,
}
