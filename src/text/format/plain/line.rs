//! Reads from a line the kind of its block, and whether the next line continues the block.
//!
//! News text has two forms: one paragraph a line, with captions and headlines under each other without blank lines, and
//! paragraphs wrapped at a column. Two adjacent lines and a short memory of the paragraph distinguish them, so a text can be
//! cut while it arrives.

use crate::{
    lang::{Language, abbreviation},
    text::{Block, is_blank, sentence},
};

/// Likely widths of a wrapped line, in characters.
const WRAPPED: std::ops::RangeInclusive<usize> = 40..=120;
/// A shorter line is not wrapped, even if the next line begins with a lower-case letter.
const SHORT: usize = 20;
/// The maximum width of a headline, in characters.
const MAX_HEADLINE: usize = 140;

/// A line that is not blank.
#[derive(Debug)]
pub(super) struct Line {
    indent: String,
    width: usize,
    first: char,
    first_word: usize,
    /// Bytes of the bullet or number at the start of the line, without the indent.
    pub marker: usize,
    marker_width: usize,
    dash: bool,
    /// The line ends with the end of a sentence.
    pub ends: bool,
    /// The line ends with a full stop, which may belong to an abbreviation.
    stopped: bool,
    /// The line ends with a colon or semicolon.
    lead_in: bool,
    /// The line ends in a way that no headline does, as with a comma.
    open: bool,
    /// A sentence ends inside the line or at its end.
    running: bool,
}

impl Line {
    /// Reads a line, with or without its line end; `None` for a blank line.
    pub fn read(text: &str, language: Language) -> Option<Line> {
        let body = text.trim_start_matches(is_blank);
        let indent = text[..text.len() - body.len()].to_owned();
        let body = body.trim_end_matches(is_blank);
        let first = body.chars().next()?;
        let marker = marker(body);
        let ends = sentence::ends_sentence(body, language);
        let width = indent.chars().count() + body.chars().count();
        // Expensive, and unused for a line that is too wide to be wrapped.
        let running = ends
            || (width <= *WRAPPED.end() && !sentence::sentence_ends(&body[marker..], language).is_empty());
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

    /// The kind of block that this line is on its own.
    pub fn block(&self) -> Block {
        if self.marker > 0 {
            Block::ListItem
        } else if self.first == '©' {
            Block::Caption
        } else if self.ends || self.stopped || self.lead_in || self.width > MAX_HEADLINE {
            Block::Paragraph
        } else {
            Block::Headline
        }
    }

    /// Whether the line always begins a block.
    fn begins(&self) -> bool {
        self.marker > 0
            || self.dash
            || !(self.first.is_alphanumeric()
                || matches!(self.first, '"' | '\'' | '“' | '‘' | '«' | '„' | '(' | '$' | '€' | '£'))
    }
}

/// How the lines since the last blank line are wrapped.
#[derive(Debug, Default)]
pub(super) struct Wrap {
    width: usize,
    joined: bool,
}

impl Wrap {
    /// Whether `next` continues the block whose first and last lines so far are `first` and `last`.
    pub fn continues(&mut self, first: &Line, last: &Line, next: &Line) -> bool {
        let same_indent = next.indent == last.indent;
        // The lines of a list item may be indented by the width of its marker.
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

    /// Whether `last` looks wrapped because the first word of `next` did not fit.
    fn is_full(&mut self, last: &Line, next: &Line) -> bool {
        self.width = self.width.max(last.width);
        let width = self.width.max(next.width);
        let cut = WRAPPED.contains(&last.width)
            && WRAPPED.end() >= &width
            && last.width + 1 + next.first_word > width;
        // Two headlines under each other look the same, so there must be a sign of running text.
        cut && (self.joined || last.open || last.running || next.running)
    }
}

fn last_word(body: &str) -> &str {
    body.rsplit(is_blank).next().unwrap_or(body)
}

/// The length in bytes of a bullet, or of a number with its dot or bracket, if white space follows.
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
    fn markers_need_white_space_after_them() {
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
