//! Emits pieces in order, with their offsets, and joins adjacent gaps.

use std::ops::Range;

use super::spans;
use crate::text::{Block, Inline, MarkKind, Piece, PieceKind, floor, verbatim};

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
        let inline = spans::inline(text);
        let is_verbatim = is_verbatim(text, &spans::kept(text));
        self.piece_of(text, inline, is_verbatim, block, out);
    }

    /// Emits a segment with its marks.
    pub fn marked(&mut self, text: &str, inline: Inline, block: Block, out: &mut Vec<Piece>) {
        let kept = inline.marks.iter().filter(|mark| mark.kind == MarkKind::Kept);
        let kept: Vec<Range<usize>> = kept.map(|mark| mark.place.clone()).collect();
        let is_verbatim = is_verbatim(&inline.edits.apply(text), &kept);
        self.piece_of(text, inline, is_verbatim, block, out);
    }

    fn piece_of(
        &mut self,
        text: &str,
        inline: Inline,
        is_verbatim: bool,
        block: Block,
        out: &mut Vec<Piece>,
    ) {
        let kind = if is_verbatim { PieceKind::Verbatim } else { PieceKind::Sentence(block) };
        self.flush(out);
        let is_marked = matches!(kind, PieceKind::Sentence(_)) && !inline.is_plain();
        self.piece(text.to_owned(), kind, is_marked.then(|| Box::new(inline)), out);
    }

    /// Emits the pending gap.
    pub fn flush(&mut self, out: &mut Vec<Piece>) {
        if !self.gap.is_empty() {
            let gap = std::mem::take(&mut self.gap);
            self.piece(gap, PieceKind::Gap, None, out);
        }
    }

    fn piece(&mut self, text: String, kind: PieceKind, inline: Option<Box<Inline>>, out: &mut Vec<Piece>) {
        let start = self.offset;
        self.offset += text.len() as u64;
        out.push(Piece { start, text, kind, inline });
    }
}

/// Whether there is nothing to translate beside the words that are kept.
fn is_verbatim(plain: &str, kept: &[Range<usize>]) -> bool {
    let mut at = 0;
    kept.iter().all(|kept| {
        let between = plain.get(at..kept.start).unwrap_or_default();
        at = at.max(kept.end);
        verbatim::is_verbatim(between)
    }) && verbatim::is_verbatim(plain.get(at..).unwrap_or_default())
}
