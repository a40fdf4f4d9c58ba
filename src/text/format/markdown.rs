//! Reads Markdown with pulldown-cmark. The document is cut at blank lines outside of code; each part is parsed on its own. Text
//! between the marks of a paragraph, a heading, an item or a cell is read, and everything else is copied.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{
    block::{Growing, Way},
    document::Read,
    elements,
    emit::Emitter,
    lex::{self, Dialect, Lexed},
};
use crate::text::{Block, MarkKind, Piece, Writing, floor};

/// The most bytes of a part.
const PART_BYTES: usize = 32 * 1024;

/// Reads Markdown.
#[derive(Debug)]
pub(super) struct Markdown {
    way: Way,
    /// The arriving part, and the start of its arriving line.
    part: String,
    line: usize,
    /// The line before is blank.
    blank: bool,
    /// What the lines stand in.
    inside: Option<Inside>,
    is_first: bool,
}

/// A region that may have blank lines.
#[derive(Debug)]
enum Inside {
    /// Code, up to a line with at least so many of this character.
    Fence(char, usize),
    /// A block of HTML, up to a line that contains this text.
    Html(&'static str),
    /// The fields before the text, up to such a line.
    FrontMatter(&'static str),
}

/// Blocks of HTML that may have blank lines, with their ends.
const HTML: [(&str, &str); 6] = [
    ("<!--", "-->"),
    ("<?", "?>"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<pre", "</pre>"),
    ("<textarea", "</textarea>"),
];

impl Markdown {
    pub fn new(way: Way) -> Self {
        Self { way, part: String::new(), line: 0, blank: false, inside: None, is_first: true }
    }

    /// Takes the line that ends at `end`.
    fn take_line(&mut self, end: usize, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let line = &self.part[self.line..end];
        let body = line.trim();
        let begins = self.blank && self.inside.is_none() && line.starts_with(|c: char| !c.is_whitespace());
        let first = self.is_first && self.line == 0;
        let inside = match &self.inside {
            Some(Inside::Fence(mark, count)) => {
                let ends = body.chars().all(|c| c == *mark) && body.chars().count() >= *count;
                if ends { None } else { self.inside.take() }
            }
            Some(Inside::Html(text)) => {
                if body.contains(text) {
                    None
                } else {
                    self.inside.take()
                }
            }
            Some(Inside::FrontMatter(text)) => {
                if body == *text {
                    None
                } else {
                    self.inside.take()
                }
            }
            None if first && body == "---" => Some(Inside::FrontMatter("---")),
            None if first && body == "+++" => Some(Inside::FrontMatter("+++")),
            None => opens(body),
        };
        self.inside = inside;
        self.blank = body.is_empty();
        if begins && self.line > 0 {
            let at = self.line;
            self.parse(at, emitter, out);
            self.line = end - at;
        } else {
            self.line = end;
        }
        if self.part.len() >= PART_BYTES && self.line > 0 && self.line == self.part.len().min(end) {
            self.parse(self.line, emitter, out);
            self.line = 0;
        }
    }

    /// Parses and emits the first `length` bytes of the part.
    fn parse(&mut self, length: usize, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let rest = self.part.split_off(length);
        let part = std::mem::replace(&mut self.part, rest);
        let mut options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES;
        if std::mem::take(&mut self.is_first) {
            options |=
                Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
        }
        // The definition of a reference may stand in another part.
        let mut elsewhere = |_: BrokenLink<'_>| Some((CowStr::from("#"), CowStr::from("")));
        let events =
            Parser::new_with_broken_link_callback(&part, options, Some(&mut elsewhere)).into_offset_iter();
        let mut writer = Writer {
            way: self.way,
            part: &part,
            at: 0,
            block: None,
            kind: Block::Paragraph,
            writing: Writing::Markdown,
            opened: false,
            copied: 0,
            in_address: false,
            emitter,
            out,
        };
        for (event, range) in events {
            writer.take(event, range);
        }
        writer.end_block();
        let at = writer.at;
        emitter.gap(&part[at..], out);
    }
}

/// What a line begins.
fn opens(body: &str) -> Option<Inside> {
    // A fence may stand in a quotation or in an item.
    let body = body.trim_start_matches(['>', ' ', '-', '*', '+']);
    for mark in ['`', '~'] {
        let count = body.chars().take_while(|&c| c == mark).count();
        if count >= 3 {
            return (mark == '~' || !body[count..].contains('`')).then_some(Inside::Fence(mark, count));
        }
    }
    HTML.iter()
        .find(|(start, end)| body.starts_with(start) && !body.contains(end))
        .map(|(_, end)| Inside::Html(end))
}

impl Read for Markdown {
    fn push_str(&mut self, text: &str, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        for line in text.split_inclusive('\n') {
            let mut rest = line;
            loop {
                let room = PART_BYTES.saturating_sub(self.part.len() - self.line.min(self.part.len()));
                let (fits, after) = rest.split_at(floor(rest, room));
                self.part.push_str(fits);
                if after.is_empty() {
                    break;
                }
                // A line that is longer than a part.
                let length = self.part.len();
                self.parse(length, emitter, out);
                self.line = 0;
                rest = after;
            }
            if line.ends_with('\n') {
                self.take_line(self.part.len(), emitter, out);
            }
        }
    }

    fn end(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let length = self.part.len();
        if self.line < length {
            self.take_line(length, emitter, out);
        }
        let length = self.part.len();
        self.parse(length, emitter, out);
    }
}

/// Makes blocks of the events of a part.
struct Writer<'a> {
    way: Way,
    part: &'a str,
    /// The bytes before are emitted, or are in the open block.
    at: usize,
    block: Option<Growing>,
    kind: Block,
    writing: Writing,
    /// A mark has opened, and its bytes go up to the next event.
    opened: bool,
    /// Depth in blocks that are copied.
    copied: usize,
    /// In a link that shows its address.
    in_address: bool,
    emitter: &'a mut Emitter,
    out: &'a mut Vec<Piece>,
}

impl<'a> Writer<'a> {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_)) => {
                self.end_block();
                self.copied += 1;
            }
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_)) => {
                self.copied = self.copied.saturating_sub(1);
            }
            Event::End(TagEnd::Link) if self.in_address => self.in_address = false,
            _ if self.copied > 0 || self.in_address => {}
            Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. }) => {
                self.up_to(range.start);
                self.growing().keep();
                let address = &self.part[range.clone()];
                self.growing().text(address);
                self.growing().kept();
                self.at = range.end;
                self.in_address = true;
            }
            Event::Start(tag) if is_inline(&tag) => {
                self.up_to(range.start);
                self.opened = true;
            }
            Event::End(tag) if is_inline_end(tag) => self.close(range.end),
            Event::Start(tag) => {
                self.end_block();
                self.begin(&tag);
            }
            Event::End(tag) => {
                self.end_block();
                if matches!(tag, TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell) {
                    (self.kind, self.writing) = (Block::Paragraph, Writing::Markdown);
                }
            }
            Event::Text(text) => {
                self.up_to(range.start);
                let bytes = self.rest(range.end);
                self.growing().resolved(bytes, &text);
            }
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {
                self.up_to(range.start);
                let bytes = self.rest(range.end);
                self.growing().keep_text(bytes);
            }
            Event::InlineHtml(_) => {
                self.up_to(range.start);
                let bytes = self.rest(range.end);
                self.growing().tag(bytes, html_kind(bytes), Vec::new());
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {
                self.up_to(range.start);
                let bytes = self.rest(range.end);
                self.growing().tag(bytes, MarkKind::Void, Vec::new());
            }
            Event::SoftBreak => {
                self.up_to(range.start);
                let bytes = self.rest(range.end);
                self.growing().resolved(bytes, " ");
            }
            Event::HardBreak => {
                self.up_to(range.start);
                let bytes = self.rest(range.end);
                self.growing().line_end(bytes);
            }
            Event::Html(_) | Event::Rule => self.end_block(),
        }
    }

    /// The kind of the blocks in a container.
    fn begin(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.kind = Block::Headline,
            Tag::Item => self.kind = Block::ListItem,
            Tag::TableCell => (self.kind, self.writing) = (Block::Headline, Writing::MarkdownCell),
            _ => {}
        }
    }

    /// The open block; it begins at the cursor.
    fn growing(&mut self) -> &mut Growing {
        self.block.get_or_insert_default()
    }

    /// Takes the bytes up to the next event: an opening mark, the backslash of an escape, or the indent of a line.
    fn up_to(&mut self, start: usize) {
        let start = start.max(self.at);
        if self.block.is_none() {
            self.emitter.gap(&self.part[self.at..start], self.out);
            self.at = start;
        }
        let opened = std::mem::take(&mut self.opened);
        let bytes = &self.part[self.at..start];
        if opened {
            self.growing().tag(bytes, MarkKind::Open, Vec::new());
        } else if !bytes.is_empty() {
            self.growing().resolved(bytes, "");
        }
        self.at = start;
    }

    /// The bytes from the cursor to `end`, which becomes the cursor.
    fn rest(&mut self, end: usize) -> &'a str {
        let end = end.max(self.at);
        let bytes = &self.part[self.at..end];
        self.at = end;
        bytes
    }

    /// Ends a mark: the bytes from the last event in it to its end close it.
    fn close(&mut self, end: usize) {
        let kind = if std::mem::take(&mut self.opened) { MarkKind::Void } else { MarkKind::Close };
        let bytes = self.rest(end);
        if self.block.is_some() || kind == MarkKind::Void {
            self.growing().tag(bytes, kind, Vec::new());
        } else {
            self.emitter.gap(bytes, self.out);
        }
    }

    fn end_block(&mut self) {
        self.opened = false;
        if let Some(mut block) = self.block.take() {
            block.end(&self.way, self.kind, self.writing, self.emitter, self.out);
        }
    }
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

fn is_inline_end(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}

/// The kind of a tag of HTML in a paragraph.
fn html_kind(bytes: &str) -> MarkKind {
    match lex::markup(Dialect::Html, bytes) {
        Lexed::Tag(_, lex::Tag::End(_)) => MarkKind::Close,
        Lexed::Tag(_, lex::Tag::Start(tag)) if !tag.closed && !elements::is_void(&tag.name) => MarkKind::Open,
        _ => MarkKind::Void,
    }
}
