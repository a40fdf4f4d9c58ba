//! The content of an element: its text, where it stands, and how it is written.

use std::{borrow::Cow, ops::Range};

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};

use super::place::Style;
use crate::xml::{Tokens, XmlError, is_blank, resolved};

/// What stands before and after the text of a CDATA section.
const CDATA: (&str, &str) = ("<![CDATA[", "]]>");

/// A text in an element.
#[derive(Debug)]
pub(super) struct Content {
    /// Without white space at its edges.
    pub place: Range<usize>,
    pub style: Style,
    pub text: String,
}

/// All that an element contains.
pub(super) struct Inner<'a> {
    source: &'a str,
    /// Between its tags.
    pub place: Range<usize>,
    /// The text in it that is not in other elements.
    runs: Vec<Run<'a>>,
    /// The elements in it: their number, and the first one with the place between its tags.
    elements: usize,
    first: Option<(BytesStart<'a>, Range<usize>)>,
}

/// A piece of text: a CDATA section, or text and entities.
struct Run<'a> {
    /// For a CDATA section, within it.
    place: Range<usize>,
    text: Cow<'a, str>,
    is_section: bool,
}

impl<'a> Inner<'a> {
    /// Reads to the end of the element that has just started.
    pub fn read(source: &'a str, tokens: &mut Tokens<'a>) -> Result<Self, XmlError> {
        let start = tokens.offset();
        let mut inner = Self { source, place: start..start, runs: Vec::new(), elements: 0, first: None };
        let mut depth = 0;
        loop {
            let (event, place) = tokens.read()?;
            match event {
                Event::Start(tag) => {
                    if depth == 0 {
                        inner.elements += 1;
                        inner.first.get_or_insert((tag, place.end..place.end));
                    }
                    depth += 1;
                }
                Event::End(_) if depth == 0 => {
                    inner.place.end = place.start;
                    return Ok(inner);
                }
                Event::End(_) => {
                    depth -= 1;
                    if let (0, 1, Some((_, content))) = (depth, inner.elements, &mut inner.first) {
                        content.end = place.start;
                    }
                }
                Event::Text(text) if depth == 0 => {
                    inner.run(place, text.xml_content(XmlVersion::Implicit1_0))
                }
                Event::GeneralRef(entity) if depth == 0 => inner.run(place, resolved(&entity)?.into()),
                Event::CData(text) if depth == 0 => {
                    let place = place.start + CDATA.0.len()..place.end - CDATA.1.len();
                    let text = text.xml_content(XmlVersion::Implicit1_0);
                    inner.runs.push(Run { place, text, is_section: true });
                }
                _ => {}
            }
        }
    }

    /// Adds text outside of sections. A text with many entities is one run.
    fn run(&mut self, place: Range<usize>, text: Cow<'a, str>) {
        match self.runs.last_mut() {
            Some(last) if !last.is_section && last.place.end == place.start => {
                last.place.end = place.end;
                last.text.to_mut().push_str(&text);
            }
            _ => self.runs.push(Run { place, text, is_section: false }),
        }
    }

    /// Whether there are elements in it.
    pub fn has_elements(&self) -> bool {
        self.elements > 0
    }

    /// The only element in it, if it has no text beside it: the `div` around XHTML.
    pub fn wrapper(&self) -> Option<(&BytesStart<'a>, Range<usize>)> {
        let is_alone = self.elements == 1 && self.runs.iter().all(Run::is_blank);
        self.first.as_ref().filter(|_| is_alone).map(|(tag, place)| (tag, place.clone()))
    }

    /// The text that its entities and sections stand for; `None` if there is nothing to read.
    pub fn text(&self) -> Option<Content> {
        let first = self.runs.iter().position(|run| !run.is_blank())?;
        let last = self.runs.iter().rposition(|run| !run.is_blank())?;
        let text: String = self.runs[first..=last].iter().map(|run| &*run.text).collect();
        let (first, last) = (&self.runs[first], &self.runs[last]);
        let (mut place, style) = (
            trimmed(self.source, &first.place).start..trimmed(self.source, &last.place).end,
            if first.is_section && last.is_section { Style::CData } else { Style::Escaped },
        );
        if style == Style::Escaped {
            // A section at one end only is replaced with its markers.
            if first.is_section {
                place.start = first.place.start - CDATA.0.len();
            }
            if last.is_section {
                place.end = last.place.end + CDATA.1.len();
            }
        }
        Some(Content { place, style, text: text.trim_matches(is_blank).to_owned() })
    }

    /// The tags and texts in `place`; `None` if there is nothing.
    pub fn markup(&self, place: &Range<usize>) -> Option<Content> {
        let place = trimmed(self.source, place);
        let text = self.source[place.clone()].to_owned();
        (!text.is_empty()).then_some(Content { place, style: Style::Markup, text })
    }
}

impl Run<'_> {
    fn is_blank(&self) -> bool {
        self.text.chars().all(is_blank)
    }
}

/// The range without white space at its edges.
fn trimmed(source: &str, place: &Range<usize>) -> Range<usize> {
    let text = &source[place.clone()];
    let start = place.end - text.trim_start_matches(is_blank).len();
    start..start.max(place.start + text.trim_end_matches(is_blank).len())
}
