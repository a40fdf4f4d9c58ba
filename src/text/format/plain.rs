//! Cuts plain text in bounded memory and linear time.
//!
//! Lines form groups, groups are cut into blocks ([`wrap`]), blocks into sentences, and long sentences into clauses. A group ends
//! at a blank line, at the end of a sentence, and before a line that begins a block. Only the open group and the arriving line
//! stay in memory. When they reach [`BLOCK_BYTES`], the group is cut there. Every decision depends on the text since the last
//! cut and not on the portions, so the same text always gives the same pieces.

mod line;
mod list;
mod wrap;

use self::{line::Line, wrap::Wrap};
use super::{
    super::{Block, Limits, LineBreaks, Piece, TextError, clause, floor, is_blank},
    emit::Emitter,
    segment::segments,
    utf8::Utf8,
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
    utf8: Utf8,
    emitter: Emitter,
    /// Text that has arrived. The pieces before `head` are emitted.
    text: String,
    head: usize,
    /// Start of the arriving line. The open group is `head..line`.
    line: usize,
    /// From `line` to here there is no line end.
    scanned: usize,
    /// The lines of the open group.
    open: Vec<Line>,
    wrap: Wrap,
    line_breaks: LineBreaks,
    /// The text from `head` on continues a block that was cut because of its length.
    continued: bool,
    failed: Option<TextError>,
}

impl Plain {
    /// A reader for one text in `language`.
    pub fn new(language: Language, limits: Limits) -> Self {
        Self {
            language,
            limits,
            utf8: Utf8::default(),
            emitter: Emitter::default(),
            text: String::new(),
            head: 0,
            line: 0,
            scanned: 0,
            open: Vec::new(),
            wrap: Wrap::default(),
            line_breaks: LineBreaks::default(),
            continued: false,
            failed: None,
        }
    }

    /// Sets the meaning of line ends.
    pub fn set_line_breaks(&mut self, line_breaks: LineBreaks) {
        self.line_breaks = line_breaks;
    }

    /// Takes the next bytes, which may end inside a character, and appends the finished pieces.
    ///
    /// After an error, every later call returns the same error.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) -> Result<(), TextError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        // Portions of bounded size keep the buffer bounded.
        for portion in bytes.chunks(BLOCK_BYTES) {
            let decoded = self.utf8.decode(portion, &mut self.text);
            self.take_lines(false, out);
            if let Err(offset) = decoded {
                return Err(self.fail(offset));
            }
        }
        Ok(())
    }

    /// Ends the text and appends the last pieces.
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
        self.close(out);
        self.emitter.flush(out);
    }

    fn fail(&mut self, offset: u64) -> TextError {
        *self.failed.insert(TextError::InvalidUtf8 { offset })
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

    /// Adds the line that ends at `end` to the open group, or opens a group with it.
    fn take_line(&mut self, end: usize, out: &mut Vec<Piece>) {
        let begin = self.line;
        let line = Line::read(&self.text[begin..end], self.language);
        (self.line, self.scanned) = (end, end);
        let Some(line) = line else {
            self.close(out);
            self.emitter.gap(&self.text[begin..end], out);
            self.head = end;
            self.wrap = Wrap::default();
            return;
        };
        if !self.may_continue(&line) {
            self.close(out);
        }
        let ends = line.ends;
        self.open.push(line);
        if ends {
            self.close(out);
        }
    }

    /// Whether a line can be in the open group.
    fn may_continue(&self, next: &Line) -> bool {
        let (Some(first), Some(last)) = (self.open.first(), self.open.last()) else {
            return false;
        };
        let is_item = |line: &Line| {
            first.marker > 0
                && line.indent.chars().count() == first.indent.chars().count() + first.marker_width
                && line.indent.starts_with(&first.indent)
        };
        let hanging = is_item(next) && (self.open.len() == 1 || is_item(last));
        match self.line_breaks {
            LineBreaks::Keep => false,
            LineBreaks::Join => !next.begins(),
            LineBreaks::Auto => !next.begins() && (next.indent == last.indent || hanging),
        }
    }

    /// The numbers of lines in the blocks of a group.
    fn blocks(&mut self, lines: &[Line]) -> Vec<usize> {
        let joins = match self.line_breaks {
            LineBreaks::Join => vec![true; lines.len().saturating_sub(1)],
            LineBreaks::Auto | LineBreaks::Keep => self.wrap.joins(lines),
        };
        let mut blocks = vec![1; usize::from(!lines.is_empty())];
        for joins in joins {
            match blocks.last_mut() {
                Some(last) if joins => *last += 1,
                _ => blocks.push(1),
            }
        }
        blocks
    }

    /// Emits the open group.
    fn close(&mut self, out: &mut Vec<Piece>) {
        let lines = std::mem::take(&mut self.open);
        let blocks = self.blocks(&lines);
        let mut rest = lines.as_slice();
        for count in blocks {
            let (block, after) = rest.split_at(count);
            self.emit(block, out);
            rest = after;
        }
        self.continued = false;
    }

    /// Emits a block that begins at `head`.
    fn emit(&mut self, lines: &[Line], out: &mut Vec<Piece>) {
        let Some(first) = lines.first() else { return };
        let end = self.head + lines.iter().map(|line| line.bytes).sum::<usize>();
        let text = &self.text[self.head..end];
        let (block, marker) = self.kind(lines, first);
        match list::items(text, marker) {
            Some(items) => {
                for (index, item) in items.into_iter().enumerate() {
                    let marker = if index > 0 { sign(&text[item.clone()]) } else { marker };
                    let text = &text[item];
                    let segments = segments(text, marker, self.language, self.limits);
                    self.emitter.block(text, &segments, Block::ListItem, out);
                }
            }
            None => {
                let segments = segments(text, marker, self.language, self.limits);
                self.emitter.block(text, &segments, block, out);
            }
        }
        self.head = end;
        self.continued = false;
    }

    /// The kind of a block and the length of its marker.
    fn kind(&self, lines: &[Line], first: &Line) -> (Block, usize) {
        match first.block() {
            _ if self.continued => (Block::Paragraph, 0),
            Block::Headline if lines.len() > 1 => (Block::Paragraph, first.marker),
            block => (block, first.marker),
        }
    }

    /// Cuts the open group and the arriving line, which together exceed `limit`.
    fn force_cut(&mut self, limit: usize, out: &mut Vec<Piece>) {
        let limit = floor(&self.text, limit);
        let arriving = Line::read(&self.text[self.line..limit], self.language);
        if arriving.as_ref().is_none_or(|line| !self.may_continue(line)) {
            self.close(out);
        }
        let mut lines = std::mem::take(&mut self.open);
        lines.extend(arriving);
        // All blocks but the last are complete.
        let blocks = self.blocks(&lines);
        for count in &blocks[..blocks.len().saturating_sub(1)] {
            let rest = lines.split_off(*count);
            self.emit(&lines, out);
            lines = rest;
        }
        if limit - self.head <= BLOCK_BYTES / 2 {
            // The last line is still arriving.
            lines.pop();
            self.open = lines;
            return;
        }
        let text = &self.text[self.head..limit];
        let (block, marker) = lines.first().map_or((Block::Paragraph, 0), |first| self.kind(&lines, first));
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
        self.open = Vec::new();
        self.continued = true;
    }
}

/// The length of the sign at the start of an item.
fn sign(item: &str) -> usize {
    item.chars().next().map_or(0, char::len_utf8)
}
