//! Reads subtitles: SubRip and WebVTT. The lines of a cue are one segment; numbers, times, notes and styles are copied.

use super::{
    block::Growing,
    document::Read,
    emit::Emitter,
    lex::{self, Dialect, Reference},
};
use crate::text::{Block, MarkKind, Piece, Writing, floor};

/// The most bytes of a line.
const LINE_BYTES: usize = 4 * 1024;
/// The most lines of a cue.
const CUE_LINES: usize = 64;

/// Reads subtitles.
#[derive(Debug)]
pub(super) struct Subtitles {
    /// The arriving line.
    line: String,
    in_cue: bool,
    /// The lines of the open cue.
    cue: Vec<String>,
}

impl Subtitles {
    pub fn new() -> Self {
        Self { line: String::new(), in_cue: false, cue: Vec::new() }
    }

    /// Takes a line with its line end, or a part of a long line.
    fn take(&mut self, line: String, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let is_time = line.contains("-->");
        if is_time || line.trim().is_empty() || self.cue.len() >= CUE_LINES {
            self.end_cue(emitter, out);
        }
        if self.in_cue && !is_time && !line.trim().is_empty() {
            self.cue.push(line);
        } else {
            self.in_cue = is_time;
            emitter.gap(&line, out);
        }
    }

    fn end_cue(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let cue = std::mem::take(&mut self.cue);
        let mut rest = cue.as_slice();
        // Each line of a dialogue begins with a dash.
        while let Some(first) = rest.first() {
            let more = rest[1..].iter().position(|line| is_speech(line)).unwrap_or(rest.len() - 1);
            let (lines, after) =
                rest.split_at(if is_speech(first) || more + 1 < rest.len() { more + 1 } else { rest.len() });
            speech(lines, emitter, out);
            rest = after;
        }
    }
}

/// Emits lines that belong together.
fn speech(lines: &[String], emitter: &mut Emitter, out: &mut Vec<Piece>) {
    let mut block = Growing::default();
    let mut width = 0;
    for (index, line) in lines.iter().enumerate() {
        let text = line.trim_end_matches(['\r', '\n']);
        let before = block.plain_chars();
        read(&mut block, text, index == 0);
        width = width.max(block.plain_chars() - before);
        let end = &line[text.len()..];
        if index + 1 < lines.len() { block.resolved(end, " ") } else { block.text(end) }
    }
    block.end_as_one(Block::Paragraph, Writing::Cue { lines: lines.len(), width }, emitter, out);
}

/// Whether a line begins with a dash, after tags.
fn is_speech(line: &str) -> bool {
    let mut rest = line.trim_start();
    while rest.starts_with('<') || rest.starts_with("{\\") {
        let Some(end) = rest.find(['>', '}']) else { break };
        rest = rest[end + 1..].trim_start();
    }
    rest.starts_with(['-', '–', '—'])
}

/// Reads the tags and entities of a line.
fn read(block: &mut Growing, line: &str, is_first: bool) {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let is_tag = |c: char| c.is_ascii_alphanumeric() || c == '/';
        let tag = match c {
            '<' if rest[1..].starts_with(is_tag) => rest.find('>').map(|end| end + 1),
            '{' if rest.starts_with("{\\") => rest.find('}').map(|end| end + 1),
            '-' | '–' | '—' if is_first && block.is_blank() => {
                let dash = c.len_utf8();
                Some(rest.len() - rest[dash..].trim_start().len())
            }
            _ => None,
        };
        let length = match (tag, lex::reference(Dialect::Html, rest)) {
            (Some(length), _) => {
                let kind = match &rest[..length] {
                    tag if tag.starts_with("</") => MarkKind::Close,
                    tag if tag.starts_with('<')
                        && tag[1..].starts_with(|c: char| c.is_ascii_alphabetic()) =>
                    {
                        MarkKind::Open
                    }
                    _ => MarkKind::Void,
                };
                block.tag(&rest[..length], kind, Vec::new());
                length
            }
            (None, Reference::Entity(length, text)) if c == '&' => {
                block.resolved(&rest[..length], &text);
                length
            }
            _ => {
                let length = rest[c.len_utf8()..]
                    .find(['<', '{', '&', '-', '–', '—'])
                    .map_or(rest.len(), |at| at + c.len_utf8());
                block.text(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
}

impl Read for Subtitles {
    fn push_str(&mut self, text: &str, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            while self.line.len() > LINE_BYTES {
                let rest = self.line.split_off(floor(&self.line, LINE_BYTES));
                let start = std::mem::replace(&mut self.line, rest);
                self.take(start, emitter, out);
            }
            if self.line.ends_with('\n') {
                let line = std::mem::take(&mut self.line);
                self.take(line, emitter, out);
            }
        }
    }

    fn end(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take(line, emitter, out);
        }
        self.end_cue(emitter, out);
    }
}
