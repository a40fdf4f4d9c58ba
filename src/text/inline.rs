//! What stands between the words of a sentence in its document: tags, entities, and words that are not translated.
//!
//! A model reads the plain text of a sentence. [`Inline`] says how the bytes of the document become this text, and what must come
//! back around the words of the translation.

use std::{borrow::Cow, ops::Range};

use super::{Edits, Piece};

/// The marks of a sentence, and how its characters are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inline {
    /// From the bytes of the piece to its plain text: tags go, entities become characters.
    pub edits: Edits,
    /// Marks in the order of the document.
    pub marks: Vec<Mark>,
    /// How the document writes characters of the translation.
    pub writing: Writing,
}

/// Bytes that stand in the translation exactly once, in the order of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its bytes, as a range in the piece.
    pub source: Range<usize>,
    /// Byte range in the plain text: empty for a tag, and otherwise the words that are kept.
    pub place: Range<usize>,
    pub kind: MarkKind,
    /// Values of attributes to translate, in order.
    pub values: Vec<Value>,
}

/// The kind of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A start tag, or another opening mark.
    Open,
    /// An end tag, or another closing mark.
    Close,
    /// A tag without content, or a comment.
    Void,
    /// Words that are the same in every language: code, a name under `translate="no"`.
    Kept,
}

/// The value of an attribute that is text for readers, such as `alt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Byte range in the piece, without quotes.
    pub range: Range<usize>,
    /// The value with its entities resolved.
    pub plain: String,
}

/// How a document writes text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// Every character stands for itself.
    #[default]
    Literal,
    /// Text of an HTML document.
    Html,
    /// The value of an attribute in such quotes.
    Attribute {
        quote: char,
    },
    /// Text of an XML document.
    Xml,
    /// HTML in a CDATA section.
    HtmlInCdata,
    Markdown,
    /// A cell of a Markdown table.
    MarkdownCell,
    /// The lines of a subtitle: at most `width` characters a line, with `lines` lines in the source.
    Cue {
        lines: usize,
        width: usize,
    },
}

impl Inline {
    /// Whether the piece is plain text, and its translation is written as it stands.
    pub fn is_plain(&self) -> bool {
        self.edits.is_empty() && self.marks.is_empty() && self.writing == Writing::Literal
    }

    /// The bytes from `after` on whose plain text is `range`, and their part of the marks. A pair of tags around the whole range
    /// stays outside, as do single tags at its edges; a pair around some of its words belongs to it.
    pub fn slice(&self, range: Range<usize>, after: usize) -> (Range<usize>, Self) {
        let partners = self.partners();
        let within = |at: usize| range.start < at && at < range.end;
        let belongs = |(index, mark): (usize, &Mark)| {
            let at = mark.place.start;
            let partner = || partners[index].is_some_and(|other| within(self.marks[other].place.start));
            mark.source.start >= after
                && match mark.kind {
                    MarkKind::Open => within(at) || (at == range.start && partner()),
                    MarkKind::Close => within(at) || (at == range.end && partner()),
                    MarkKind::Void => within(at),
                    MarkKind::Kept => range.start <= at && mark.place.end <= range.end,
                }
        };
        let mut all = (0..self.marks.len()).filter(|&index| belongs((index, &self.marks[index])));
        let marks = match (all.next(), all.next_back()) {
            (Some(first), last) => &self.marks[first..=last.unwrap_or(first)],
            (None, _) => &[],
        };
        let words = self.edits.back(range.clone());
        let start = marks.first().map_or(words.start, |mark| mark.source.start.min(words.start)).max(after);
        let end = marks.last().map_or(words.end, |mark| mark.source.end.max(words.end)).max(start);
        let edits = self
            .edits
            .iter()
            .filter(|edit| start <= edit.range.start && edit.range.end <= end)
            .map(|edit| (edit.range.start - start..edit.range.end - start, edit.with.clone()));
        let place = |at: usize| at.clamp(range.start, range.end) - range.start;
        let bytes = |bytes: &Range<usize>| bytes.start - start..bytes.end - start;
        let marks = marks.iter().map(|mark| Mark {
            source: bytes(&mark.source),
            place: place(mark.place.start)..place(mark.place.end),
            values: mark
                .values
                .iter()
                .map(|value| Value { range: bytes(&value.range), ..value.clone() })
                .collect(),
            kind: mark.kind,
        });
        (start..end, Self { edits: edits.collect(), marks: marks.collect(), writing: self.writing })
    }
}

impl Inline {
    /// Joins ranges of the plain text that cut a mark with words.
    pub fn whole(&self, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut whole: Vec<Range<usize>> = Vec::new();
        let cuts = |at: usize| {
            self.marks
                .iter()
                .find(|mark| mark.place.start < at && at < mark.place.end)
                .map(|mark| mark.place.end)
        };
        for range in ranges {
            match whole.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => whole.push(range.clone()),
            }
            if let Some(last) = whole.last_mut() {
                last.end = cuts(last.end).unwrap_or(last.end);
            }
        }
        whole
    }

    /// Marks each "&" between spaces of the plain text as kept: it stands for "and" in a name.
    pub fn keep_lone(&mut self, plain: &str) {
        for (at, _) in plain.match_indices('&') {
            let is_blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
            if !(is_blank(plain[..at].chars().next_back()) && is_blank(plain[at + 1..].chars().next())) {
                continue;
            }
            let place = at..at + 1;
            if self.marks.iter().any(|mark| mark.place.start <= at && at < mark.place.end) {
                continue;
            }
            let index = self.marks.partition_point(|mark| mark.place.start <= at);
            let source = self.edits.back(place.clone());
            self.marks.insert(index, Mark { source, place, kind: MarkKind::Kept, values: Vec::new() });
        }
    }

    /// For each mark, the other mark of its pair.
    pub fn partners(&self) -> Vec<Option<usize>> {
        let mut partners = vec![None; self.marks.len()];
        let mut open = Vec::new();
        for (index, mark) in self.marks.iter().enumerate() {
            match mark.kind {
                MarkKind::Open => open.push(index),
                MarkKind::Close => {
                    if let Some(other) = open.pop() {
                        (partners[index], partners[other]) = (Some(other), Some(index));
                    }
                }
                MarkKind::Void | MarkKind::Kept => {}
            }
        }
        partners
    }
}

impl Piece {
    /// The text that a model reads.
    pub fn plain(&self) -> Cow<'_, str> {
        match &self.inline {
            Some(inline) if !inline.edits.is_empty() => Cow::Owned(inline.edits.apply(&self.text)),
            _ => Cow::Borrowed(&self.text),
        }
    }
}
