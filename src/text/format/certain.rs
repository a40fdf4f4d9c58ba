//! Finds the format of a document from its name or its beginning, where it is certain.

use super::{
    Format, elements,
    lex::{self, Dialect, Lexed, Tag},
};
use crate::text::floor;

/// The most start tags that are looked at.
const TAGS: usize = 64;

impl Format {
    /// The format of a file with this name; `Auto` if the name does not tell.
    pub fn of_name(name: &str) -> Self {
        let Some((_, extension)) = name.rsplit_once('.') else { return Self::Auto };
        match extension.to_ascii_lowercase().as_str() {
            "txt" | "text" => Self::Plain,
            "html" | "htm" | "xhtml" => Self::Html,
            "xml" | "rss" | "atom" | "xlf" | "xliff" => Self::Xml,
            "md" | "markdown" | "mkd" => Self::Markdown,
            "srt" | "vtt" => Self::Subtitles,
            _ => Self::Auto,
        }
    }

    /// This format, or for `Auto` the format of a document with this beginning.
    pub fn found(self, beginning: &[u8]) -> Self {
        if self != Self::Auto {
            return self;
        }
        let text = match std::str::from_utf8(beginning) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default(),
        };
        let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let text = &text[..floor(text, super::super::DETECTION_BYTES)];
        if is_subtitles(text) {
            Self::Subtitles
        } else if is_page(text) {
            Self::Html
        } else if is_xml(text) {
            Self::Xml
        } else if is_markdown(text) {
            Self::Markdown
        } else if has_html(text) {
            Self::Html
        } else {
            Self::Plain
        }
    }

    /// Whether a document that begins with this byte may have a format that its next lines tell.
    pub(in crate::text) fn may_begin(first: u8) -> bool {
        // The byte order mark begins with 0xef.
        matches!(first, b'<' | b'#' | b'-' | b'`' | b'~' | b'|' | b'>' | b'*' | b'[' | b'!' | b'W' | 0xef)
            || first.is_ascii_digit()
    }
}

/// The header of WebVTT, or a number and a time.
fn is_subtitles(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("WEBVTT") {
        return rest.chars().next().is_none_or(char::is_whitespace);
    }
    let mut lines = text.lines();
    let number = lines.next().unwrap_or_default().trim();
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let time = if is_number { lines.next().unwrap_or_default() } else { number };
    is_time(time)
}

/// Whether a line is the time of a cue: "00:00:06,174 --> 00:00:12,305".
fn is_time(line: &str) -> bool {
    let Some((from, to)) = line.split_once("-->") else { return false };
    let is_clock = |time: &str| {
        let time = time.trim();
        time.contains(':')
            && time.contains([',', '.'])
            && time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b',' | b'.'))
    };
    is_clock(from) && to.split_whitespace().next().is_some_and(is_clock)
}

/// A whole page of HTML, or XHTML.
fn is_page(text: &str) -> bool {
    let start: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    let start = start.trim_start();
    (start.starts_with("<!doctype html") && start.len() > "<!doctype html>".len())
        || start.starts_with("<html")
        || (start.starts_with("<?xml") && (start.contains("<!doctype html") || start.contains("<html")))
}

/// A declaration of XML with an element after it, or the root element of a known vocabulary.
fn is_xml(text: &str) -> bool {
    let roots = ["rss", "feed", "xliff", "urlset", "rdf:RDF", "tmx", "newsItem", "nitf"];
    let is_root = |text: &str| match lex::markup(Dialect::Xml, text) {
        Lexed::Tag(_, Tag::Start(tag)) => roots.contains(&tag.name.as_str()),
        _ => false,
    };
    let declared = text.starts_with("<?xml") && text.find("?>").is_some_and(|end| text[end..].contains('<'));
    declared || is_root(text)
}

/// A part of a page: an element of HTML with its end tag.
fn has_html(text: &str) -> bool {
    let mut open: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('<') {
        at += next;
        match lex::markup(Dialect::Html, &text[at..]) {
            Lexed::Tag(length, Tag::Start(tag)) => {
                at += length;
                if elements::is_html(&tag.name) && open.len() < TAGS {
                    open.push(tag.name);
                }
            }
            Lexed::Tag(length, Tag::End(name)) => {
                at += length;
                // A script alone is code in a text.
                if open.contains(&name) && !matches!(name.as_str(), "script" | "style") {
                    return true;
                }
            }
            Lexed::Other(length) => at += length,
            Lexed::Text | Lexed::Partial => at += 1,
        }
    }
    false
}

/// Code between fences, the second line of a table, a link with an address, or fields before the text.
fn is_markdown(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end);
    let fields = text.starts_with("---\n") && lines.clone().skip(1).any(|line| line == "---");
    let fences = text.lines().filter(|line| line.starts_with("```") || line.starts_with("~~~")).count();
    let is_rule = |line: &str| {
        let cells = line.trim().trim_matches('|');
        line.contains('|')
            && cells.contains("--")
            && cells.chars().all(|c| matches!(c, '-' | ':' | '|' | ' '))
    };
    let has_field = text.lines().nth(1).is_some_and(|line| line.contains(": "));
    (fields && has_field) || fences >= 2 || lines.any(is_rule) || has_link(text)
}

/// Whether there is a link such as `[text](https://example.org)`.
fn has_link(text: &str) -> bool {
    text.match_indices("](").any(|(at, _)| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        let target = text[at + 2..].split(['\n', ')']).next().unwrap_or_default();
        let is_address = ["http://", "https://", "/", "#", "mailto:", "./", "../"]
            .iter()
            .any(|start| target.starts_with(start));
        line.contains('[') && is_address && text[at + 2 + target.len()..].starts_with(')')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certain_formats_are_found() {
        for (text, format) in [
            ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n", Format::Subtitles),
            ("\u{feff}1\r\n00:00:06,174 --> 00:00:12,305\r\nHi\r\n", Format::Subtitles),
            ("<!DOCTYPE html>\n<html><p>Hi", Format::Html),
            ("<?xml version=\"1.0\"?>\n<html xmlns=\"x\">", Format::Html),
            ("<p>The bridge is closed.</p>", Format::Html),
            ("The <b>new</b> law", Format::Html),
            ("<?xml version=\"1.0\"?>\n<note>Hi</note>", Format::Xml),
            ("<rss version=\"2.0\"><channel>", Format::Xml),
            ("```python\nprint(1)\n```\n", Format::Markdown),
            ("| A | B |\n|---|--:|\n| c | d |\n", Format::Markdown),
            ("See [the report](https://example.org/r_1.html).", Format::Markdown),
            ("---\ntitle: Storm\n---\nText", Format::Markdown),
            ("</item>", Format::Plain),
            ("<hr>", Format::Plain),
            ("<!DOCTYPE html>", Format::Plain),
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", Format::Plain),
            ("<script>var news = \"old\";</script>", Format::Plain),
            ("If x < 5 and y > 3, print \"<br>\" & stop.", Format::Plain),
            ("- Schools: 12 million\n* [x] Hospital repairs\n", Format::Plain),
            ("1\nA headline\n", Format::Plain),
            ("", Format::Plain),
        ] {
            assert_eq!(Format::Auto.found(text.as_bytes()), format, "{text}");
        }
        assert_eq!(Format::of_name("/a/b.c/news.HTM"), Format::Html);
        assert_eq!(Format::of_name("news"), Format::Auto);
    }
}
