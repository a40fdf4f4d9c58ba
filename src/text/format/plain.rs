//! Cuts plain text in bounded memory and linear time.
//!
//! Lines are joined into blocks, blocks are cut into sentences, and long sentences into clauses. Only the open block and the
//! arriving line stay in memory. When they reach [`BLOCK_BYTES`], the block is cut there. Every decision depends on the text
//! since the last cut and not on the portions, so the same text always gives the same pieces.

mod line;

use self::line::{Line, Wrap};
use super::{
    super::{Block, Limits, Piece, clause, floor, is_blank},
    emit::Emitter,
    segment::segments,
};
use crate::lang::Language;

/// The most bytes of a block.
const BLOCK_BYTES: usize = 16 * 1024;
/// Bytes after the limit that show whether the last line end or character is whole.
const LOOKAHEAD: usize = 4;

/// Cuts a plain text that arrives in portions.
#[derive(Debug)]
pub struct Plain {
    language: Language,
    limits: Limits,
    emitter: Emitter,
    /// Text that has arrived. The pieces before `head` are emitted.
    text: String,
    head: usize,
    /// Start of the arriving line. The open block is `head..line`.
    line: usize,
    /// From `line` to here there is no line end.
    scanned: usize,
    open: Option<Open>,
    wrap: Wrap,
    /// The text from `head` on continues a block that was cut because of its length.
    continued: bool,
}

/// A block that the next line may continue.
#[derive(Debug)]
struct Open {
    block: Block,
    first: Line,
    /// The last line, if there are two or more.
    last: Option<Line>,
}

impl Plain {
    /// A reader for one text in `language`.
    pub fn new(language: Language, limits: Limits) -> Self {
        Self {
            language,
            limits,
            emitter: Emitter::default(),
            text: String::new(),
            head: 0,
            line: 0,
            scanned: 0,
            open: None,
            wrap: Wrap::default(),
            continued: false,
        }
    }

    /// Takes the next text and appends the finished pieces.
    pub fn push_str(&mut self, text: &str, out: &mut Vec<Piece>) {
        let mut rest = text;
        while !rest.is_empty() {
            let (portion, after) = rest.split_at(floor(rest, BLOCK_BYTES));
            self.text.push_str(portion);
            self.take_lines(false, out);
            rest = after;
        }
    }

    /// Appends the last pieces.
    pub fn end(&mut self, out: &mut Vec<Piece>) {
        self.take_lines(true, out);
        if self.line < self.text.len() {
            self.take_line(self.text.len(), out);
        }
        self.close(self.text.len(), out);
        self.emitter.flush(out);
    }

    /// Ends the block before `text`, and copies `text`.
    pub fn copy(&mut self, text: &str, out: &mut Vec<Piece>) {
        self.end(out);
        self.emitter.gap(text, out);
    }

    /// Takes all whole lines, and cuts blocks that reach the limit.
    fn take_lines(&mut self, ended: bool, out: &mut Vec<Piece>) {
        loop {
            let limit = self.head + BLOCK_BYTES;
            if let Some(end) = self.line_end(limit, ended) {
                self.take_line(end, out);
            } else if self.text.len() >= limit + if ended { 1 } else { LOOKAHEAD } {
                self.force_cut(limit, out);
            } else {
                break;
            }
        }
        // Rare enough that moving the rest to the front costs no more than reading it.
        if self.head >= BLOCK_BYTES {
            self.text.drain(..self.head);
            self.line -= self.head;
            self.scanned -= self.head;
            self.head = 0;
        }
    }

    /// The end of the arriving line, line end included, if it has arrived and is not after `limit`.
    fn line_end(&mut self, limit: usize, ended: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        while self.scanned < bytes.len().min(limit) {
            let length = match &bytes[self.scanned..] {
                [b'\r', b'\n', ..] => 2,
                // A line feed that belongs to it may still arrive.
                [b'\r'] if !ended => return None,
                [0x0a..=0x0d, ..] => 1,
                [0xc2, 0x85, ..] => 2,
                [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
                _ => 0,
            };
            if length > 0 {
                let end = self.scanned + length;
                return (end <= limit).then_some(end);
            }
            self.scanned += 1;
        }
        None
    }

    /// Adds the line that ends at `end` to the open block, or opens a block with it.
    fn take_line(&mut self, end: usize, out: &mut Vec<Piece>) {
        let line = Line::read(&self.text[self.line..end], self.language);
        let begin = self.line;
        let continues = match (&self.open, &line) {
            (Some(open), Some(line)) => {
                self.wrap.continues(&open.first, open.last.as_ref().unwrap_or(&open.first), line)
            }
            _ => false,
        };
        if !continues {
            self.close(begin, out);
        }
        (self.line, self.scanned) = (end, end);
        let Some(line) = line else {
            self.emitter.gap(&self.text[begin..end], out);
            self.head = end;
            self.wrap = Wrap::default();
            return;
        };
        let ends = line.ends;
        match &mut self.open {
            Some(open) => {
                if open.block == Block::Headline {
                    open.block = Block::Paragraph;
                }
                open.last = Some(line);
            }
            None => {
                let block = if self.continued { Block::Paragraph } else { line.block() };
                self.open = Some(Open { block, first: line, last: None });
            }
        }
        if ends {
            self.close(end, out);
        }
    }

    /// Emits the open block, which ends at `end`.
    fn close(&mut self, end: usize, out: &mut Vec<Piece>) {
        if let Some(open) = self.open.take() {
            let marker = if self.continued { 0 } else { open.first.marker };
            let text = &self.text[self.head..end];
            let segments = segments(text, marker, self.language, self.limits);
            self.emitter.block(text, &segments, open.block, out);
            self.head = end;
        }
        self.continued = false;
    }

    /// Cuts the open block and the arriving line, which together exceed `limit`.
    fn force_cut(&mut self, limit: usize, out: &mut Vec<Piece>) {
        let text = &self.text[self.head..floor(&self.text, limit)];
        let (block, marker) = match &self.open {
            _ if self.continued => (Block::Paragraph, 0),
            Some(open) => (open.block, open.first.marker),
            None => Line::read(text, self.language)
                .map_or((Block::Paragraph, 0), |line| (line.block(), line.marker)),
        };
        let block = if block == Block::Headline { Block::Paragraph } else { block };
        let mut segments = segments(text, marker, self.language, self.limits);
        // The last sentence continues after the limit. Keep it for the next round if the cut still advances by half a block, so
        // that each byte is read only a few times.
        let kept = |start: usize| start > 0 && text.len() - start <= BLOCK_BYTES / 2;
        let cut = match segments.last() {
            Some(last) if kept(last.start) => last.start,
            // One segment fills the block: cut at its last white space, or else between grapheme clusters.
            Some(last) if last.end == text.len() => {
                let segment = &text[last.clone()];
                let blank = segment.rfind(is_blank).map(|at| last.start + at);
                let whole =
                    || last.start + clause::last_resort(segment, segment.chars().count().saturating_sub(1));
                let cut = blank.filter(|&at| kept(at)).unwrap_or_else(whole);
                if kept(cut) { cut } else { text.len() }
            }
            _ => text.len(),
        };
        segments.retain_mut(|segment| {
            segment.end = segment.start
                + text[segment.start..segment.end.min(cut).max(segment.start)]
                    .trim_end_matches(is_blank)
                    .len();
            segment.start < cut
        });
        self.emitter.block(&text[..cut], &segments, block, out);
        self.head += cut;
        (self.line, self.scanned) = (self.head, self.head);
        self.open = None;
        self.continued = true;
    }
}
