//! Emits pieces in order, with their offsets, and joins adjacent gaps.

use std::ops::Range;

use crate::text::{Block, Piece, PieceKind, floor, verbatim};

/// The most bytes of a gap. The limit bounds memory for endless white space.
const GAP_BYTES: usize = 16 * 1024;

/// Keeps the offset of the next piece and the gap that is not emitted yet.
#[derive(Debug, Default)]
pub(super) struct Emitter {
    gap: String,
    offset: u64,
}

impl Emitter {
    /// Adds white space. It is emitted before the next sentence or at the end.
    pub fn gap(&mut self, mut text: &str, out: &mut Vec<Piece>) {
        // Gaps are filled to the same length, whatever portions the white space came in.
        while self.gap.len() + text.len() > GAP_BYTES {
            let (fill, rest) = text.split_at(floor(text, GAP_BYTES - self.gap.len()));
            self.gap.push_str(fill);
            self.flush(out);
            text = rest;
        }
        self.gap.push_str(text);
    }

    /// Emits the segments of `text` and the gaps around them.
    pub fn block(&mut self, text: &str, segments: &[Range<usize>], block: Block, out: &mut Vec<Piece>) {
        let mut at = 0;
        for segment in segments {
            self.gap(&text[at..segment.start], out);
            self.segment(&text[segment.clone()], block, out);
            at = segment.end;
        }
        self.gap(&text[at..], out);
    }

    fn segment(&mut self, text: &str, block: Block, out: &mut Vec<Piece>) {
        let kind = if verbatim::is_verbatim(text) { PieceKind::Verbatim } else { PieceKind::Sentence(block) };
        self.flush(out);
        self.piece(text.to_owned(), kind, out);
    }

    /// Emits the pending gap.
    pub fn flush(&mut self, out: &mut Vec<Piece>) {
        if !self.gap.is_empty() {
            let gap = std::mem::take(&mut self.gap);
            self.piece(gap, PieceKind::Gap, out);
        }
    }

    fn piece(&mut self, text: String, kind: PieceKind, out: &mut Vec<Piece>) {
        let start = self.offset;
        self.offset += text.len() as u64;
        out.push(Piece { start, text, kind });
    }
}
