//! Copies code between fences, and comments and scripts of several lines, in a plain text.
//!
//! Such a region begins at the start of a line and has an end. Without an end within [`HELD_BYTES`], its lines are text.

use super::{LineBreaks, block::Way, document::Read, emit::Emitter, plain::Plain};
use crate::text::{Piece, floor};

/// The most bytes of a region.
const HELD_BYTES: usize = 64 * 1024;
/// The most bytes of a line that may begin a region.
const LINE_BYTES: usize = 1024;

/// A plain text whose code is copied.
#[derive(Debug)]
pub(super) struct Fenced {
    plain: Plain,
    /// The arriving line.
    line: String,
    /// The start of the line is already passed on.
    inside_line: bool,
    region: Option<Region>,
}

/// Lines that are copied if their end comes.
#[derive(Debug)]
struct Region {
    held: String,
    end: End,
}

/// What ends a region.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// A line with at least so many of this character, and nothing else.
    Fence(char, usize),
    /// A line that contains this text.
    Text(&'static str),
}

impl Fenced {
    pub fn new(way: Way) -> Self {
        Self {
            plain: Plain::new(way.language, way.limits),
            line: String::new(),
            inside_line: false,
            region: None,
        }
    }

    /// Sets the meaning of line ends.
    pub fn set_line_breaks(&mut self, line_breaks: LineBreaks) {
        self.plain.set_line_breaks(line_breaks);
    }

    /// Takes a line with its line end, or a part of a long line.
    fn take(&mut self, line: &str, out: &mut Vec<Piece>) {
        let whole = !self.inside_line && line.ends_with('\n');
        self.inside_line = !line.ends_with('\n');
        if let Some(region) = &mut self.region {
            region.held.push_str(line);
            let ends = region.end.is_in(line);
            if ends || region.held.len() > HELD_BYTES {
                let held = self.region.take().map(|region| region.held).unwrap_or_default();
                if ends { self.plain.copy(&held, out) } else { self.plain.push_str(&held, out) }
            }
        } else if let Some(end) = End::of(line).filter(|_| whole) {
            self.region = Some(Region { held: line.to_owned(), end });
        } else {
            self.plain.push_str(line, out);
        }
    }
}

impl Read for Fenced {
    fn push_str(&mut self, text: &str, _: &mut Emitter, out: &mut Vec<Piece>) {
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            while self.line.len() > LINE_BYTES {
                let rest = self.line.split_off(floor(&self.line, LINE_BYTES));
                let start = std::mem::replace(&mut self.line, rest);
                self.take(&start, out);
            }
            if self.line.ends_with('\n') {
                let line = std::mem::take(&mut self.line);
                self.take(&line, out);
            }
        }
    }

    fn end(&mut self, _: &mut Emitter, out: &mut Vec<Piece>) {
        let mut line = std::mem::take(&mut self.line);
        if let Some(Region { held, end }) = self.region.take() {
            if end.is_in(&line) {
                self.plain.copy(&(held + &std::mem::take(&mut line)), out);
            } else {
                self.plain.push_str(&held, out);
            }
        }
        self.plain.push_str(&line, out);
        self.plain.end(out);
    }
}

impl End {
    /// The end of the region that `line` begins.
    fn of(line: &str) -> Option<Self> {
        let body = line.trim_start_matches(' ');
        if line.len() - body.len() > 3 {
            return None;
        }
        for mark in ['`', '~'] {
            let count = body.chars().take_while(|&c| c == mark).count();
            if count >= 3 {
                return (mark == '~' || !body[count..].contains('`')).then_some(Self::Fence(mark, count));
            }
        }
        let text = [("<!--", "-->"), ("<script", "</script"), ("<style", "</style")]
            .into_iter()
            .find(|(start, end)| body.starts_with(start) && !body.contains(end))
            .map(|(_, end)| end)?;
        Some(Self::Text(text))
    }

    fn is_in(&self, line: &str) -> bool {
        match self {
            Self::Fence(mark, count) => {
                let body = line.trim();
                body.chars().all(|c| c == *mark) && body.chars().count() >= *count
            }
            Self::Text(text) => line.contains(text),
        }
    }
}
