//! Writes the characters of a translation as its document does: with entities, with backslashes, in lines.

use std::ops::Range;

use crate::text::{Inline, Writing};

/// The characters that a document writes in another way: the range of each in `target`, and what is written.
pub(super) fn spelled(raw: &str, inline: &Inline, plain: &str, target: &str) -> Vec<(Range<usize>, String)> {
    let spellings = spellings(raw, inline);
    // A document that has a bare "&" may have another one.
    let bare = |c: char| outside_of_edits(raw, inline, c);
    let bare_ampersand = !matches!(inline.writing, Writing::Xml | Writing::HtmlInCdata) && bare('&');
    let mut written = Vec::new();
    let mut before = None;
    for (at, c) in target.char_indices() {
        let rest = &target[at + c.len_utf8()..];
        let known = || spellings.iter().find(|(spelled, _)| *spelled == c).map(|(_, with)| with.clone());
        let with = match (inline.writing, c) {
            (Writing::Html | Writing::Attribute { .. } | Writing::HtmlInCdata | Writing::Xml, '&') => {
                (!bare_ampersand || is_entity(rest)).then(|| known().unwrap_or_else(|| "&amp;".to_owned()))
            }
            (Writing::Xml, '<') => Some("&lt;".to_owned()),
            (Writing::Html | Writing::HtmlInCdata | Writing::Attribute { .. }, '<') => {
                let opens =
                    rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
                known().or_else(|| (opens || !bare('<')).then(|| "&lt;".to_owned()))
            }
            // "]]>" ends a CDATA section, also where an attribute or what stands before the text has a part of it.
            (Writing::Xml | Writing::HtmlInCdata | Writing::Attribute { .. }, '>')
                if before.is_none_or(|c| c == ']') =>
            {
                Some("&gt;".to_owned())
            }
            (Writing::Attribute { quote }, c) if c == quote => {
                known().or_else(|| Some(if c == '"' { "&quot;" } else { "&#39;" }.to_owned()))
            }
            (Writing::Markdown | Writing::MarkdownCell, c) => markdown(c, at, plain, target, inline.writing),
            _ => known(),
        };
        written.extend(with.map(|with| (at..at + c.len_utf8(), with)));
        before = Some(c);
    }
    written
}

/// The character of each entity of the source, with its spelling.
fn spellings(raw: &str, inline: &Inline) -> Vec<(char, String)> {
    let mut spellings: Vec<(char, String)> = Vec::new();
    for edit in inline.edits.iter() {
        let (mut chars, bytes) = (edit.with.chars(), &raw[edit.range.clone()]);
        if let (Some(c), None) = (chars.next(), chars.next())
            && bytes.starts_with('&')
            && bytes.ends_with(';')
            && !spellings.iter().any(|(known, _)| *known == c)
        {
            spellings.push((c, bytes.to_owned()));
        }
    }
    spellings
}

/// Whether `raw` has the character as it stands.
fn outside_of_edits(raw: &str, inline: &Inline, c: char) -> bool {
    raw.match_indices(c).any(|(at, _)| {
        let edited = inline.edits.iter().any(|edit| edit.range.contains(&at));
        !edited && !inline.marks.iter().any(|mark| mark.source.contains(&at) && mark.source.len() > 1)
    })
}

/// Whether a "&" before `rest` would begin an entity.
fn is_entity(rest: &str) -> bool {
    let inner = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
    inner > 0 && rest.as_bytes().get(inner) == Some(&b';')
}

/// A character that would be a mark of Markdown, unless the source has it as text.
fn markdown(c: char, at: usize, plain: &str, target: &str, writing: Writing) -> Option<String> {
    let starts = at == 0 && target[c.len_utf8()..].starts_with(' ') && !plain.starts_with(c);
    let is_mark = match c {
        '|' => writing == Writing::MarkdownCell,
        '*' | '_' | '`' | '[' | ']' | '<' | '\\' => !plain.contains(c),
        '#' | '-' | '+' | '>' => starts,
        _ => false,
    };
    is_mark.then(|| format!("\\{c}"))
}

/// Line ends in place of spaces: the lines of a cue.
pub(super) fn lines(raw: &str, target: &str, lines: usize, width: usize) -> Vec<(Range<usize>, String)> {
    let end = if raw.contains("\r\n") { "\r\n" } else { "\n" };
    let chars = target.chars().count();
    let width = width.max(WIDTH);
    let spaces: Vec<(usize, usize)> = target
        .char_indices()
        .enumerate()
        .filter(|(_, (_, c))| *c == ' ')
        .map(|(count, (at, _))| (count, at))
        .collect();
    let mut count = lines.max(chars.div_ceil(width));
    loop {
        let cuts = balanced(chars, count, &spaces);
        let mut ends: Vec<usize> = cuts.iter().map(|(count, _)| *count).collect();
        ends.push(chars);
        let longest = ends
            .iter()
            .scan(0, |start, end| Some(end - std::mem::replace(start, end + 1)))
            .max()
            .unwrap_or(0);
        // One more line, if it makes the longest line short enough.
        if longest <= width || count >= lines + 2 || cuts.len() + 1 < count {
            return cuts.into_iter().map(|(_, at)| (at..at + 1, end.to_owned())).collect();
        }
        count += 1;
    }
}

/// The most characters of a line of subtitles, as broadcasters count them.
const WIDTH: usize = 42;

/// The spaces that cut a text of so many characters into `count` lines of about the same length.
fn balanced(chars: usize, count: usize, spaces: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for line in 1..count {
        let wanted = chars * line / count;
        let least = cuts.last().map_or(0, |(count, _)| count + 1);
        let after = spaces.iter().filter(|(count, _)| *count >= least);
        let Some(cut) = after.min_by_key(|(count, _)| count.abs_diff(wanted)) else { break };
        cuts.push(*cut);
    }
    cuts
}
