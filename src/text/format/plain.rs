//! Plain text, in bounded memory and linear time.
//!
//! Lines are joined to blocks, blocks are cut into sentences, sentences that are too long into clauses. Only the open block
//! and the arriving line are held back. When they reach [`BLOCK_BYTES`] the block is cut there. Every decision depends on
//! the text since the last cut and never on how the text was portioned, so the same text gives the same pieces.

mod line;

use self::line::{Line, Wrap};
use super::{
    super::{Block, Limits, Piece, TextError, clause, floor, is_blank},
    emit::Emitter,
    segment::segments,
    utf8::Utf8,
};
use crate::lang::Language;

/// The most bytes that one block may have before it is cut.
const BLOCK_BYTES: usize = 16 * 1024;
/// Bytes behind the limit that tell whether the last line end or character is whole.
const LOOKAHEAD: usize = 4;

/// Cuts a plain text that arrives in portions.
#[derive(Debug)]
pub struct Plain {
    language: Language,
    limits: Limits,
    utf8: Utf8,
    emitter: Emitter,
    /// Text that has arrived; before `head` it is settled and handed out.
    text: String,
    head: usize,
    /// Where the line that is arriving begins. From `head` to there goes the open block.
    line: usize,
    /// No line ends before this place.
    scanned: usize,
    open: Option<Open>,
    wrap: Wrap,
    /// The text from `head` on is the rest of a block that was cut for its length.
    torn: bool,
    failed: Option<TextError>,
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
    /// For one text in `language`.
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
            open: None,
            wrap: Wrap::default(),
            torn: false,
            failed: None,
        }
    }

    /// Takes the next bytes, which may end inside a character, and appends the pieces that are settled.
    ///
    /// After an error the text is of no use; every further call gives the same error.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) -> Result<(), TextError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        // In portions of bounded size, so that the buffer is bounded as well.
        for portion in bytes.chunks(BLOCK_BYTES) {
            let decoded = self.utf8.decode(portion, &mut self.text);
            self.settle(false, out);
            if let Err(offset) = decoded {
                return Err(self.fail(offset));
            }
        }
        Ok(())
    }

    /// Ends the text and appends what was held back. The splitter is spent.
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

    /// As [`push`](Self::push), for text that is known to be whole characters.
    pub fn push_str(&mut self, text: &str, out: &mut Vec<Piece>) {
        let mut rest = text;
        while !rest.is_empty() {
            let (portion, after) = rest.split_at(floor(rest, BLOCK_BYTES));
            self.text.push_str(portion);
            self.settle(false, out);
            rest = after;
        }
    }

    /// Appends what was held back.
    pub fn end(&mut self, out: &mut Vec<Piece>) {
        self.settle(true, out);
        if self.line < self.text.len() {
            self.take_line(self.text.len(), out);
        }
        self.close(self.text.len(), out);
        self.emitter.flush(out);
    }

    fn fail(&mut self, offset: u64) -> TextError {
        *self.failed.insert(TextError::InvalidUtf8 { offset })
    }

    /// Takes all lines that are whole and cuts blocks that are too long.
    fn settle(&mut self, ended: bool, out: &mut Vec<Piece>) {
        loop {
            let limit = self.head + BLOCK_BYTES;
            if let Some(end) = self.line_end(limit, ended) {
                self.take_line(end, out);
            } else if self.text.len() >= limit + if ended { 1 } else { LOOKAHEAD } {
                self.tear(limit, out);
            } else {
                break;
            }
        }
        // Seldom enough that moving the rest to the front costs no more than reading it did.
        if self.head >= BLOCK_BYTES {
            self.text.drain(..self.head);
            self.line -= self.head;
            self.scanned -= self.head;
            self.head = 0;
        }
    }

    /// The end of the arriving line, with its line end, if it is known and not behind `limit`.
    fn line_end(&mut self, limit: usize, ended: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        while self.scanned < bytes.len().min(limit) {
            let length = match &bytes[self.scanned..] {
                [b'\r', b'\n', ..] => 2,
                // Whether a line feed belongs to it is not known yet.
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

    /// Takes the line that ends at `end` into the open block, or begins one with it.
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
                let block = if self.torn { Block::Paragraph } else { line.block() };
                self.open = Some(Open { block, first: line, last: None });
            }
        }
        if ends {
            self.close(end, out);
        }
    }

    /// Hands out the open block, which goes up to `end`.
    fn close(&mut self, end: usize, out: &mut Vec<Piece>) {
        if let Some(open) = self.open.take() {
            let marker = if self.torn { 0 } else { open.first.marker };
            let text = &self.text[self.head..end];
            let segments = segments(text, marker, self.language, self.limits);
            self.emitter.block(text, &segments, open.block, out);
            self.head = end;
        }
        self.torn = false;
    }

    /// Cuts the open block and the arriving line, which together go on behind `limit`.
    fn tear(&mut self, limit: usize, out: &mut Vec<Piece>) {
        let text = &self.text[self.head..floor(&self.text, limit)];
        let (block, marker) = match &self.open {
            _ if self.torn => (Block::Paragraph, 0),
            Some(open) => (open.block, open.first.marker),
            None => Line::read(text, self.language)
                .map_or((Block::Paragraph, 0), |line| (line.block(), line.marker)),
        };
        let block = if block == Block::Headline { Block::Paragraph } else { block };
        let mut segments = segments(text, marker, self.language, self.limits);
        // The last sentence goes on behind the cut. Keep it for the next round, if that still brings the
        // text forward by half a block, so that no byte is looked at more than a few times.
        let kept = |start: usize| start > 0 && text.len() - start <= BLOCK_BYTES / 2;
        let cut = match segments.last() {
            Some(last) if kept(last.start) => last.start,
            // One segment fills it all: at its last white space, or else between two grapheme clusters.
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
        self.torn = true;
    }
}
