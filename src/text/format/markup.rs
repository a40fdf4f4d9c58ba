//! Reads HTML and XML: finds the blocks of text between the tags, and copies everything else.
//!
//! A tag between words becomes a mark of its sentence; a tag between blocks is copied, and the values of its attributes for readers
//! are blocks of their own. Only the open block and the arriving tag stay in memory. A tag or a block beyond its limit is copied or
//! cut there. Every decision depends on the bytes since the last token, so any portions give the same pieces.

mod section;

use self::section::SECTION;
use super::{
    block::{self, Growing, Way},
    document::Read,
    elements::{self, Element},
    emit::Emitter,
    lex::{self, Dialect, Lexed, Reference, StartTag, Tag},
};
use crate::text::{Block, MarkKind, Piece, Value, Writing, floor};

/// The most bytes of a block, and of a tag that is read.
const BLOCK_BYTES: usize = 16 * 1024;
/// The most bytes of text that are taken at a time.
const RUN_BYTES: usize = 4 * 1024;
/// Bytes after a run that show whether its last character is whole.
const LOOKAHEAD: usize = 4;
/// The deepest nesting of XML whose tags are told apart.
const DEPTH: usize = 1024;

/// Reads a document with tags.
#[derive(Debug)]
pub(super) struct Markup {
    dialect: Dialect,
    writing: Writing,
    way: Way,
    /// Text that has arrived, from `head` on.
    text: String,
    head: usize,
    /// Length of `text` at the last token that had not arrived.
    stuck: usize,
    block: Growing,
    kind: Block,
    /// A line end that the next text decides on.
    broken: bool,
    mode: Mode,
    /// The element in which nothing is translated.
    region: Option<Region>,
    /// Whether each open element of XML is inline.
    open: Vec<bool>,
    /// Open elements beyond [`DEPTH`].
    deeper: usize,
    /// The document in a CDATA section.
    section: Option<Box<Markup>>,
}

/// How the bytes at the head are read.
#[derive(Debug)]
enum Mode {
    Tokens,
    /// Copies up to this text, in lower case, and goes on before it.
    Before(String),
    /// Copies up to the end of this text.
    Through(&'static str),
    /// Copies the rest of a tag that is too long.
    LongTag(Option<u8>),
    /// Reads a CDATA section.
    Section,
}

/// An element in which nothing is translated.
#[derive(Debug)]
struct Region {
    name: String,
    /// Open elements of this name.
    depth: usize,
    /// It stands between words.
    inline: bool,
}

/// What a step has done.
enum Step {
    Advanced,
    /// More bytes must arrive.
    Waits,
}

impl Markup {
    /// A reader of a document in `dialect`.
    pub fn new(dialect: Dialect, way: Way) -> Self {
        let writing = match dialect {
            Dialect::Html => Writing::Html,
            Dialect::Xml => Writing::Xml,
        };
        Self {
            dialect,
            writing,
            way,
            text: String::new(),
            head: 0,
            stuck: 0,
            block: Growing::default(),
            kind: Block::Paragraph,
            broken: false,
            mode: Mode::Tokens,
            region: None,
            open: Vec::new(),
            deeper: 0,
            section: None,
        }
    }

    fn advance(&mut self, ended: bool, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        while self.head < self.text.len() {
            let step = match &self.mode {
                Mode::Tokens => self.token(ended, emitter, out),
                Mode::Before(_) | Mode::Through(_) => self.copy_until(ended, emitter, out),
                Mode::LongTag(_) => self.copy_tag(emitter, out),
                Mode::Section => self.section(ended, emitter, out),
            };
            if matches!(step, Step::Waits) {
                break;
            }
        }
        if self.head >= BLOCK_BYTES || self.head == self.text.len() {
            self.text.drain(..self.head);
            self.stuck = self.stuck.saturating_sub(self.head);
            self.head = 0;
        }
    }

    /// Reads a run of text, a tag or an entity.
    fn token(&mut self, ended: bool, emitter: &mut Emitter, out: &mut Vec<Piece>) -> Step {
        let rest = &self.text[self.head..];
        let window = &rest[..floor(rest, RUN_BYTES)];
        match window.find(['<', '&']) {
            Some(0) if rest.starts_with('<') => return self.markup(ended, emitter, out),
            Some(0) => return self.reference(ended, emitter, out),
            Some(at) => self.take_text(at, emitter, out),
            None if rest.len() >= RUN_BYTES + LOOKAHEAD => {
                let cut = window.rfind(char::is_whitespace).filter(|&at| at > 0).unwrap_or(window.len());
                self.take_text(cut, emitter, out);
            }
            None if ended => self.take_text(rest.len(), emitter, out),
            None => return Step::Waits,
        }
        Step::Advanced
    }

    /// Takes so many bytes of text.
    fn take_text(&mut self, length: usize, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let run = self.text[self.head..self.head + length].to_owned();
        self.head += length;
        if self.copies() {
            return emitter.gap(&run, out);
        }
        if self.broken
            && let Some(first) = run.chars().find(|c| !c.is_whitespace())
        {
            self.broken = false;
            if !first.is_lowercase() {
                let kind = self.kind;
                self.end_block(emitter, out);
                self.kind = kind;
            }
        }
        self.block.text(&run);
        self.bound(emitter, out);
    }

    fn reference(&mut self, ended: bool, emitter: &mut Emitter, out: &mut Vec<Piece>) -> Step {
        let (length, text) = match lex::reference(self.dialect, &self.text[self.head..]) {
            Reference::Partial if !ended => return Step::Waits,
            Reference::Partial | Reference::Text => {
                self.take_text(1, emitter, out);
                return Step::Advanced;
            }
            Reference::Entity(length, text) => (length, Some(text)),
            Reference::Unknown(length) => (length, None),
        };
        let bytes = self.text[self.head..self.head + length].to_owned();
        self.head += length;
        if self.copies() {
            emitter.gap(&bytes, out);
        } else if let Some(text) = text {
            self.block.resolved(&bytes, &text);
        } else {
            self.block.keep_text(&bytes);
        }
        self.bound(emitter, out);
        Step::Advanced
    }

    fn markup(&mut self, ended: bool, emitter: &mut Emitter, out: &mut Vec<Piece>) -> Step {
        let rest = &self.text[self.head..];
        if self.dialect == Dialect::Xml {
            if rest.starts_with(SECTION) {
                return self.open_section(emitter, out);
            }
            if !ended && SECTION.starts_with(rest) {
                return Step::Waits;
            }
        }
        // The first bytes decide whether it is markup, and a ">" may end it.
        let is_new = self.stuck < self.head + 5 || self.text[self.stuck..].contains('>');
        let window = &rest[..floor(rest, BLOCK_BYTES)];
        match if is_new { lex::markup(self.dialect, window) } else { Lexed::Partial } {
            Lexed::Tag(length, tag) => {
                let bytes = rest[..length].to_owned();
                self.head += length;
                match tag {
                    Tag::Start(tag) => self.start(&bytes, tag, emitter, out),
                    Tag::End(name) => self.close(&bytes, &name, emitter, out),
                }
            }
            Lexed::Other(length) => {
                let bytes = rest[..length].to_owned();
                self.head += length;
                self.take_tag(&bytes, MarkKind::Void, Vec::new(), emitter, out);
            }
            Lexed::Text => self.take_text(1, emitter, out),
            Lexed::Partial if rest.len() >= BLOCK_BYTES + LOOKAHEAD || ended => self.open_long(emitter, out),
            Lexed::Partial => {
                self.stuck = self.text.len();
                return Step::Waits;
            }
        }
        self.bound(emitter, out);
        Step::Advanced
    }

    /// Begins to copy markup that is too long, or that has no end.
    fn open_long(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let rest = &self.text[self.head..];
        self.mode = match () {
            () if rest.starts_with("<!--") => Mode::Through("-->"),
            () if rest.starts_with("<?") && self.dialect == Dialect::Xml => Mode::Through("?>"),
            () => Mode::LongTag(None),
        };
        // A "-->" does not end the comment that it begins.
        let length = floor(rest, if matches!(self.mode, Mode::Through(_)) { 4 } else { 1 });
        let bytes = rest[..length].to_owned();
        self.head += length;
        self.end_block(emitter, out);
        emitter.gap(&bytes, out);
    }

    /// A start tag.
    fn start(&mut self, bytes: &str, tag: StartTag, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let element = elements::element(self.dialect, &tag.name, !self.block.is_blank());
        let has_content = match self.dialect {
            Dialect::Html => !elements::is_void(&tag.name),
            Dialect::Xml => !tag.closed,
        };
        if let Some(region) = &mut self.region
            && region.name == tag.name
            && has_content
        {
            if self.dialect == Dialect::Html && elements::ends_itself(&tag.name) {
                self.region = None;
            } else {
                region.depth += 1;
            }
        }
        let is_inline = matches!(element, Element::Inline | Element::Kept | Element::Break);
        if self.dialect == Dialect::Xml && has_content {
            if self.open.len() < DEPTH { self.open.push(is_inline) } else { self.deeper += 1 }
        }
        if self.region.is_some() {
            return self.take_tag(bytes, MarkKind::Void, Vec::new(), emitter, out);
        }
        let is_code = matches!(element, Element::Kept | Element::Copied);
        let furniture =
            self.way.text_only && self.dialect == Dialect::Html && elements::is_furniture(&tag.name);
        let copied = tag.translate == Some(false) || (is_code && tag.translate != Some(true)) || furniture;
        if !is_inline {
            self.end_block(emitter, out);
            if let Element::Block(kind) = element {
                self.kind = kind;
            }
        }
        if copied {
            if is_inline {
                self.block.keep();
            }
            if has_content {
                self.region = Some(Region { name: tag.name, depth: 1, inline: is_inline });
                self.take_tag(bytes, MarkKind::Open, Vec::new(), emitter, out);
            } else {
                self.take_tag(bytes, MarkKind::Void, Vec::new(), emitter, out);
                if is_inline {
                    self.block.kept();
                }
            }
            return;
        }
        match element {
            Element::Raw => {
                emitter.gap(bytes, out);
                self.mode = Mode::Before(format!("</{}", tag.name));
            }
            Element::Break => {
                self.block.line_end(bytes);
                self.broken = true;
            }
            Element::Inline if has_content => {
                self.take_tag(bytes, MarkKind::Open, tag.values, emitter, out);
            }
            Element::Inline => self.take_tag(bytes, MarkKind::Void, tag.values, emitter, out),
            Element::Block(_) | Element::Copied | Element::Kept => {
                self.copy_values(bytes, &tag.values, emitter, out)
            }
        }
    }

    /// An end tag.
    fn close(&mut self, bytes: &str, name: &str, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let is_inline = match self.dialect {
            Dialect::Html => {
                matches!(
                    elements::element(self.dialect, name, false),
                    Element::Inline | Element::Kept | Element::Break
                )
            }
            Dialect::Xml if self.deeper > 0 => {
                self.deeper -= 1;
                false
            }
            Dialect::Xml => self.open.pop().unwrap_or(false),
        };
        if let Some(region) = &mut self.region {
            if region.name == name {
                region.depth -= 1;
            }
            let (ends, inline) = (region.depth == 0, region.inline);
            self.take_tag(bytes, MarkKind::Close, Vec::new(), emitter, out);
            if ends {
                self.region = None;
                if inline {
                    self.block.kept();
                } else {
                    self.kind = Block::Paragraph;
                }
            }
        } else if is_inline {
            self.take_tag(bytes, MarkKind::Close, Vec::new(), emitter, out);
        } else {
            self.end_block(emitter, out);
            emitter.gap(bytes, out);
        }
    }

    /// Takes a tag that is a mark of the block, or is copied with its region.
    fn take_tag(
        &mut self,
        bytes: &str,
        kind: MarkKind,
        values: Vec<Value>,
        emitter: &mut Emitter,
        out: &mut Vec<Piece>,
    ) {
        if self.copies() { emitter.gap(bytes, out) } else { self.block.tag(bytes, kind, values) }
    }

    /// Copies a tag between blocks, with the values of its attributes as blocks.
    fn copy_values(&self, bytes: &str, values: &[Value], emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let mut at = 0;
        for Value { range, .. } in values {
            emitter.gap(&bytes[at..range.start], out);
            block::value(bytes, range, &self.way, emitter, out);
            at = range.end;
        }
        emitter.gap(&bytes[at..], out);
    }

    /// Whether the text at the head belongs to no block.
    fn copies(&self) -> bool {
        self.region.as_ref().is_some_and(|region| !region.inline)
    }

    fn end_block(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        self.broken = false;
        self.block.end(&self.way, self.kind, self.writing, emitter, out);
        self.kind = Block::Paragraph;
    }

    /// Ends a block that is too long.
    fn bound(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        if self.block.len() >= BLOCK_BYTES {
            let kind = self.kind;
            self.end_block(emitter, out);
            self.kind = kind;
            if self.region.as_ref().is_some_and(|region| region.inline) {
                self.block.keep();
            }
        }
    }

    /// Copies up to a text.
    fn copy_until(&mut self, ended: bool, emitter: &mut Emitter, out: &mut Vec<Piece>) -> Step {
        let rest = &self.text[self.head..];
        let (end, through) = match &self.mode {
            Mode::Before(end) => (end.as_str(), false),
            Mode::Through(end) => (*end, true),
            _ => return Step::Advanced,
        };
        let found =
            rest.as_bytes().windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
        // The text may have begun to arrive.
        let length = match found {
            Some(at) if through => at + end.len(),
            Some(at) => at,
            None if ended => rest.len(),
            None => floor(rest, (rest.len() + 1).saturating_sub(end.len())),
        };
        let bytes = rest[..length].to_owned();
        self.head += length;
        emitter.gap(&bytes, out);
        match found {
            Some(_) => self.mode = Mode::Tokens,
            None => return Step::Waits,
        }
        Step::Advanced
    }

    /// Copies a tag that is too long, up to a ">" outside of quotes.
    fn copy_tag(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) -> Step {
        let Mode::LongTag(mut quote) = self.mode else { return Step::Advanced };
        let rest = &self.text[self.head..];
        let end = rest.bytes().position(|b| {
            match (quote, b) {
                (Some(open), b) if open == b => quote = None,
                (None, b'"' | b'\'') => quote = Some(b),
                (None, b'>') => return true,
                _ => {}
            }
            false
        });
        let length = end.map_or(rest.len(), |at| at + 1);
        let bytes = rest[..length].to_owned();
        self.head += length;
        emitter.gap(&bytes, out);
        self.mode = if end.is_some() { Mode::Tokens } else { Mode::LongTag(quote) };
        Step::Advanced
    }
}

impl Read for Markup {
    fn push_str(&mut self, text: &str, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let mut rest = text;
        while !rest.is_empty() {
            let (portion, after) = rest.split_at(floor(rest, BLOCK_BYTES));
            self.text.push_str(portion);
            self.advance(false, emitter, out);
            rest = after;
        }
    }

    fn end(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        self.advance(true, emitter, out);
        if let Some(mut section) = self.section.take() {
            section.end(emitter, out);
        }
        self.end_block(emitter, out);
    }
}
