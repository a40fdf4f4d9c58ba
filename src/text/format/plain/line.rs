//! Reads a line of plain text: its shape, how it begins and how it ends.

use crate::{
    lang::{Language, abbreviation},
    text::{Block, is_blank, sentence},
};

/// Likely widths of a wrapped line, in characters.
pub(super) const WRAPPED: std::ops::RangeInclusive<usize> = 40..=120;
/// The maximum width of a headline, in characters.
const MAX_HEADLINE: usize = 140;

/// How a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With a small letter, so it probably continues a sentence.
    Small,
    /// With a capital, which may begin a sentence or a name.
    Capital,
    /// With a capitalised word that is no name and so begins a sentence: "The", "Selon", "Он".
    Opener,
    /// With a digit, or in a line without small letters, where capitals mean nothing.
    Neutral,
}

/// A line that is not blank.
#[derive(Debug)]
pub(super) struct Line {
    /// Its length with its line end.
    pub bytes: usize,
    pub indent: String,
    pub width: usize,
    first: char,
    pub start: Start,
    pub first_word: usize,
    /// Bytes of the bullet or number at the start of the line, without the indent.
    pub marker: usize,
    pub marker_width: usize,
    dash: bool,
    /// The line ends with the end of a sentence.
    pub ends: bool,
    /// The line ends with a full stop, which may belong to an abbreviation.
    stopped: bool,
    /// The line ends with a colon or semicolon.
    pub lead_in: bool,
    /// The line ends with a comma or a hyphen, as no headline does.
    pub open: bool,
    /// The line ends inside a phrase: with a small word, an opening mark, or an abbreviation.
    pub dangling: bool,
    /// A sentence ends inside the line.
    pub running: bool,
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
        let stopped = body.ends_with('.');
        let width = indent.chars().count() + body.chars().count();
        // Expensive, and unused for a line that is too wide to be wrapped.
        let running =
            width <= *WRAPPED.end() && !sentence::sentence_ends(&body[marker..], language).is_empty();
        Some(Line {
            bytes: text.len(),
            width,
            indent,
            first,
            start: start(&body[marker..]),
            first_word: body.split(is_blank).next().unwrap_or(body).chars().count(),
            marker,
            marker_width: if marker == 0 { 0 } else { body[..marker].chars().count() + 1 },
            dash: matches!(first, '—' | '–' | '―') && body.chars().nth(1).is_none_or(is_blank),
            ends,
            stopped,
            lead_in: body.ends_with([':', ';']),
            open: body.ends_with([',', '-']),
            dangling: (stopped && !ends)
                || body.ends_with(['(', '«', '“'])
                || abbreviation::is_joining(last_word(body)),
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
    pub fn begins(&self) -> bool {
        self.marker > 0
            || self.dash
            || !(self.first.is_alphanumeric()
                || matches!(self.first, '"' | '\'' | '“' | '‘' | '«' | '„' | '(' | '$' | '€' | '£'))
    }
}

fn start(body: &str) -> Start {
    let words = body.trim_start_matches(|c: char| !c.is_alphanumeric());
    let word = words.split(|c: char| !c.is_alphanumeric()).next().unwrap_or(words);
    match word.chars().next() {
        Some(c) if c.is_lowercase() => Start::Small,
        Some(c) if c.is_uppercase() && body.contains(char::is_lowercase) => {
            if abbreviation::opens_sentence(word) { Start::Opener } else { Start::Capital }
        }
        _ => Start::Neutral,
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
