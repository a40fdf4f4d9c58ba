//! The text of HTML, for readers that show no tags.

use html5gum::{Token, Tokenizer};

use super::{
    elements::{self, Element},
    lex::Dialect,
};

/// The text of a part of a page: a blank line between its blocks, and no tags, entities or scripts.
pub fn plain_text(html: &str) -> String {
    let mut text = Lines::default();
    // The element in which nothing is shown.
    let mut hidden: Option<Vec<u8>> = None;
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::EndTag(tag) if hidden.as_deref().is_some_and(|name| *name == **tag.name) => hidden = None,
            _ if hidden.is_some() => {}
            Token::String(part) => text.push(&String::from_utf8_lossy(&part)),
            Token::StartTag(tag) => match element(&tag.name) {
                Element::Raw if !tag.self_closing => hidden = Some(tag.name.to_vec()),
                other => text.tag(other),
            },
            Token::EndTag(tag) => text.tag(element(&tag.name)),
            _ => {}
        }
    }
    text.text
}

fn element(name: &[u8]) -> Element {
    elements::element(Dialect::Html, &String::from_utf8_lossy(name), true)
}

/// A text that grows, and what must stand before its next word.
#[derive(Default)]
struct Lines {
    text: String,
    is_spaced: bool,
    ends: usize,
}

impl Lines {
    fn push(&mut self, part: &str) {
        for c in part.chars() {
            // A no-break space is a character of the text.
            if c.is_ascii_whitespace() {
                self.is_spaced = true;
                continue;
            }
            if !self.text.is_empty() {
                match self.ends {
                    0 if self.is_spaced => self.text.push(' '),
                    ends => self.text.extend(std::iter::repeat_n('\n', ends)),
                }
            }
            (self.is_spaced, self.ends) = (false, 0);
            self.text.push(c);
        }
    }

    fn tag(&mut self, element: Element) {
        let ends = match element {
            Element::Break => 1,
            Element::Block(_) => 2,
            _ => 0,
        };
        self.ends = self.ends.max(ends);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_lines_and_tags_are_gone() {
        for (html, text) in [
            (
                "<p>Storm &amp; flood in <b>Nice</b>.</p>\n<p>Ports\n closed.</p>",
                "Storm & flood in Nice.\n\nPorts closed.",
            ),
            ("One<br/>two <img src=\"a.png\" alt=\"c\">three", "One\ntwo three"),
            ("<ul><li>A</li><li>B</li></ul><script>var a = '<p>';</script><!-- c -->", "A\n\nB"),
            ("3 < 5 and AT&T", "3 < 5 and AT&T"),
            ("  ", ""),
        ] {
            assert_eq!(plain_text(html), text, "{html}");
        }
    }
}
