//! Reads a document in memory, with the place of each of its tokens. So its bytes can be kept where they do not change.

use std::ops::Range;

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesStart, Event},
    name::{QName, ResolveResult},
};

use super::{DEPTH, XmlError, resolved};

/// Most attributes of a tag: each is compared with all others.
const ATTRIBUTES: usize = 256;

/// The tokens of a document, one after another. An empty element is a start and an end.
pub struct Tokens<'a> {
    reader: NsReader<&'a [u8]>,
    /// Bytes of the byte order mark, which the reader does not count.
    mark: usize,
    depth: usize,
    has_root: bool,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { reader, mark, depth: 0, has_root: false }
    }

    /// The next token and its byte range; at the end always [`Event::Eof`].
    ///
    /// # Errors
    /// When the document is not well-formed. Entities that it declares are unknown.
    pub fn read(&mut self) -> Result<(Event<'a>, Range<usize>), XmlError> {
        let start = self.offset();
        let event = self.reader.read_event()?;
        match &event {
            Event::Start(_) if self.depth == DEPTH => return Err(XmlError::Deep),
            Event::Start(_) if self.depth == 0 && self.has_root => return Err(XmlError::Outside),
            Event::Start(tag) => {
                check(tag)?;
                self.has_root = true;
                self.depth += 1;
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Text(text) if self.depth == 0 && !text.trim_matches(super::is_blank).is_empty() => {
                return Err(XmlError::Outside);
            }
            Event::CData(_) | Event::GeneralRef(_) if self.depth == 0 => return Err(XmlError::Outside),
            Event::GeneralRef(entity) => drop(resolved(entity)?),
            Event::Eof if self.depth > 0 => return Err(XmlError::Cut),
            _ => {}
        }
        Ok((event, start..self.offset()))
    }

    /// The namespace of an element that [`read`](Self::read) has just started.
    pub fn namespace(&self, name: QName<'_>) -> ResolveResult<'_> {
        self.reader.resolver().resolve_element(name).0
    }

    /// The byte after the last token.
    pub fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).saturating_add(self.mark)
    }
}

/// Checks the attributes of a tag, which the reader does not look at.
fn check(tag: &BytesStart<'_>) -> Result<(), XmlError> {
    for (count, attribute) in tag.attributes().enumerate() {
        if count == ATTRIBUTES {
            return Err(XmlError::Attributes(ATTRIBUTES));
        }
        attribute.map_err(quick_xml::Error::from)?.normalized_value(XmlVersion::Implicit1_0)?;
    }
    Ok(())
}

/// Whether the text can stand inside of an element: its tags are in pairs, and it has no entity that it would have to declare.
pub fn is_well_formed(inner: &str) -> bool {
    let element = format!("<x>{inner}</x>");
    let mut tokens = Tokens::new(&element);
    loop {
        match tokens.read() {
            Ok((Event::Eof, _)) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Result<Vec<Range<usize>>, XmlError> {
        let mut tokens = Tokens::new(text);
        let mut places = Vec::new();
        loop {
            match tokens.read()? {
                (Event::Eof, _) => return Ok(places),
                (_, place) => places.push(place),
            }
        }
    }

    #[test]
    fn places_tile_the_document() {
        let text = "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'>]><a x='1>'>b &amp; <![CDATA[<c>]]><d/>\u{e9}<!-- e --></a >\n";
        let text = format!("\u{feff}{text}");
        let places = all(&text).unwrap();
        assert_eq!(places.first().unwrap().start, '\u{feff}'.len_utf8());
        assert_eq!(places.last().unwrap().end, text.len());
        assert!(places.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(places.iter().any(|place| text.get(place.clone()) == Some("<![CDATA[<c>]]>")));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        assert!(matches!(all("<a><b></b>"), Err(XmlError::Cut)));
        for outside in ["<a/><b/>", "<a/>b", "b<a/>", "<a/>&amp;", "<![CDATA[b]]><a/>"] {
            assert!(matches!(all(outside), Err(XmlError::Outside)), "{outside}");
        }
        assert!(
            matches!(all("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), Err(XmlError::Entity(name)) if name == "b")
        );
        for syntax in [
            "<a></b>",
            "<a b='1' b='2'/>",
            "<a b=1/>",
            "<a b='&c;'/>",
            "<a>&</a>",
            "</a>",
            "<a:b xmlns:a='1'/",
        ] {
            assert!(matches!(all(syntax), Err(XmlError::Syntax(_))), "{syntax}: {:?}", all(syntax));
        }
        assert!(matches!(all(&"<a>".repeat(DEPTH + 1)), Err(XmlError::Deep)));
        let many: String = (0..=ATTRIBUTES).map(|n| format!(" a{n}='b'")).collect();
        assert!(matches!(all(&format!("<a{many}/>")), Err(XmlError::Attributes(_))));
    }

    #[test]
    fn only_pairs_of_tags_can_stand_inside_of_an_element() {
        for inner in ["", "a", "<b>a</b> &amp; <br/>", "a > b"] {
            assert!(is_well_formed(inner), "{inner}");
        }
        for inner in ["<b>a", "a</b>", "</x><x>", "&nbsp;", "a & b", "a < b", "<br>"] {
            assert!(!is_well_formed(inner), "{inner}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[<>/&;!?a-b\\[\\]'\"= -]{0,60}") {
            let _ = all(&text);
            let _ = is_well_formed(&text);
        }
    }
}
