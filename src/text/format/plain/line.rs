//! What one line shows about the block it stands in, and whether the next line continues it.
//!
//! News text comes both ways: a paragraph a line, with captions and headlines one under the other and no blank
//! line between, and paragraphs wrapped at some column. Both are told apart from two neighbouring lines and
//! a little memory of the paragraph, so that a text can be cut while it still arrives.

use crate::{
    lang::{Language, abbreviation},
    text::{Block, is_blank, sentence},
};

/// Widths, in characters, that a wrapped line is likely to have.
const WRAPPED: std::ops::RangeInclusive<usize> = 40..=120;
/// A line this short is not wrapped, even if the next one begins with a small letter.
const SHORT: usize = 20;
/// A headline is not wider than this.
const HEADLINE: usize = 140;

/// A line that is not blank.
#[derive(Debug)]
pub(super) struct Line {
    indent: String,
    width: usize,
    first: char,
    first_word: usize,
    /// Bytes of the bullet or number at the begin of the line, without the indent.
    pub marker: usize,
    marker_width: usize,
    dash: bool,
    /// The line ends where a sentence ends.
    pub ends: bool,
    /// The line ends with a full stop, perhaps only that of an abbreviation.
    stopped: bool,
    lead_in: bool,
    /// The line ends as no headline ends.
    open: bool,
    /// A sentence ends inside the line or at its end.
    running: bool,
}

impl Line {
    /// Reads a line, with or without its line end. A blank one has no facts.
    pub fn read(text: &str, language: Language) -> Option<Line> {
        let body = text.trim_start_matches(is_blank);
        let indent = text[..text.len() - body.len()].to_owned();
        let body = body.trim_end_matches(is_blank);
        let first = body.chars().next()?;
        let marker = marker(body);
        let ends = sentence::ends(body, language);
        let width = indent.chars().count() + body.chars().count();
        // Of no use in a line that is too wide to be wrapped, and not free.
        let running =
            ends || (width <= *WRAPPED.end() && !sentence::ends_in(&body[marker..], language).is_empty());
        Some(Line {
            width,
            indent,
            first,
            first_word: body.split(is_blank).next().unwrap_or(body).chars().count(),
            marker,
            marker_width: if marker == 0 { 0 } else { body[..marker].chars().count() + 1 },
            dash: matches!(first, '—' | '–' | '―') && body.chars().nth(1).is_none_or(is_blank),
            ends,
            stopped: body.ends_with('.'),
            lead_in: body.ends_with([':', ';']),
            open: body.ends_with([',', '-', '(', '«', '“']) || abbreviation::is_joining(last_word(body)),
            running,
        })
    }

    /// The sort of block that this line makes if it stays alone.
    pub fn block(&self) -> Block {
        if self.marker > 0 {
            Block::ListItem
        } else if self.first == '©' {
            Block::Caption
        } else if self.ends || self.stopped || self.lead_in || self.width > HEADLINE {
            Block::Paragraph
        } else {
            Block::Headline
        }
    }

    /// True if the line can only begin a block.
    fn begins(&self) -> bool {
        self.marker > 0
            || self.dash
            || !(self.first.is_alphanumeric()
                || matches!(self.first, '"' | '\'' | '“' | '‘' | '«' | '„' | '(' | '$' | '€' | '£'))
    }
}

/// What the lines since the last blank one have shown of the way the text is wrapped.
#[derive(Debug, Default)]
pub(super) struct Wrap {
    width: usize,
    joined: bool,
}

impl Wrap {
    /// True if `next` continues the block whose last line is `last`, in a text wrapped like this.
    pub fn continues(&mut self, first: &Line, last: &Line, next: &Line) -> bool {
        let same_indent = next.indent == last.indent;
        // The lines of a list item may be set in by the width of its marker.
        let hanging = first.marker > 0
            && next.indent.chars().count() == first.indent.chars().count() + first.marker_width
            && next.indent.starts_with(&first.indent);
        if last.ends || next.begins() || !(same_indent || hanging) {
            return false;
        }
        let small = next.first.is_lowercase() && last.width >= SHORT && !last.lead_in;
        let joins = small || (hanging && !same_indent) || self.is_full(last, next);
        self.joined |= joins;
        joins
    }

    /// True if `last` looks cut because the first word of `next` had no room on it.
    fn is_full(&mut self, last: &Line, next: &Line) -> bool {
        self.width = self.width.max(last.width);
        let width = self.width.max(next.width);
        let cut = WRAPPED.contains(&last.width)
            && WRAPPED.end() >= &width
            && last.width + 1 + next.first_word > width;
        // Two headlines, one under the other, look like that as well. Running text gives itself away.
        cut && (self.joined || last.open || last.running || next.running)
    }
}

fn last_word(body: &str) -> &str {
    body.rsplit(is_blank).next().unwrap_or(body)
}

/// The bytes of a bullet, or of a number with its dot or bracket, that white space follows.
fn marker(body: &str) -> usize {
    let Some(first) = body.chars().next() else {
        return 0;
    };
    let length = if matches!(first, '-' | '*' | '+' | '•' | '·' | '‣' | '▪' | '●' | '◦' | '■' | '►')
    {
        first.len_utf8()
    } else {
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        match body.as_bytes().get(digits) {
            Some(b'.') if (1..=2).contains(&digits) => digits + 1,
            Some(b')') if (1..=3).contains(&digits) => digits + 1,
            _ => return 0,
        }
    };
    let rest = &body[length..];
    if rest.starts_with(is_blank) { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_need_white_space_behind_them() {
        for (line, bytes) in [
            ("- a", 1),
            ("• a", 3),
            ("1. a", 2),
            ("12) a", 3),
            ("-5", 0),
            ("3.5", 0),
            ("2018. A", 0),
            ("1.", 0),
        ] {
            assert_eq!(marker(line), bytes, "{line}");
        }
    }

    #[test]
    fn the_shape_of_a_line_gives_its_block() {
        let block = |line| Line::read(line, Language::English).map(|line| line.block());
        assert_eq!(block("  \t\n"), None);
        assert_eq!(block("  Harbour reopens after the storm\n"), Some(Block::Headline));
        assert_eq!(block("The harbour is open again."), Some(Block::Paragraph));
        assert_eq!(block("© A. Photographer"), Some(Block::Caption));
        assert_eq!(block("2) bread"), Some(Block::ListItem));
    }
}
