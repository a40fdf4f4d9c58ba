//! Reads XML of unknown origin: files (TMX, TBX) in little memory, and documents (feeds) with the place of each token. No entity
//! that they declare is known.

mod bounded;
mod tokens;

use std::io::{BufReader, Read};

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesDecl, BytesRef, BytesStart, Event},
};

use self::bounded::Bounded;
pub use self::tokens::{Tokens, is_well_formed};

/// Most bytes of one tag or one text.
pub const EVENT_BYTES: usize = 1 << 20;
/// Most elements inside of each other.
const DEPTH: usize = 64;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    #[error("it is not XML: {0}")]
    Syntax(#[from] quick_xml::Error),
    #[error("it has the encoding {0}; convert it to UTF-8")]
    Encoding(String),
    #[error("the entity &{0}; is unknown")]
    Entity(String),
    #[error("it has more than {DEPTH} elements inside of each other")]
    Deep,
    #[error("a tag has more than {0} attributes")]
    Attributes(usize),
    #[error("it ends inside of an element")]
    Cut,
    #[error("it has text or a second element outside of its first element")]
    Outside,
}

/// The text of a file in UTF-8, with a bound for each event.
type Text<R> = Bounded<BufReader<DecodeReaderBytes<R, Vec<u8>>>>;

/// The events of a file, one after another. An empty element is a start and an end.
pub struct Events<R: Read> {
    reader: Reader<Text<R>>,
    buffer: Vec<u8>,
    depth: usize,
}

impl<R: Read> Events<R> {
    /// Reads UTF-8, or UTF-16 with a byte order mark.
    pub fn new(read: R) -> Self {
        let decoded = DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(read);
        let mut reader = Reader::from_reader(Bounded::new(BufReader::new(decoded)));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0 }
    }

    /// The next event; at the end always [`Event::Eof`].
    ///
    /// # Errors
    /// When the file is not well-formed, or too much of it for the memory. Then nothing after it makes sense.
    pub fn read(&mut self) -> Result<Event<'_>, XmlError> {
        self.buffer.clear();
        self.reader.get_mut().refill(EVENT_BYTES);
        let event = self.reader.read_event_into(&mut self.buffer)?;
        match &event {
            Event::Decl(declaration) => check(declaration)?,
            // The reader remembers the name of each open element.
            Event::Start(_) if self.depth == DEPTH => return Err(XmlError::Deep),
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(event)
    }

    /// Bytes of the largest event so far, about.
    #[cfg(test)]
    pub fn buffered(&self) -> usize {
        self.buffer.capacity()
    }
}

/// Refuses an encoding that the reader does not decode.
fn check(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    match declaration.encoding() {
        Some(Ok(name)) if !["utf-8", "utf-16", "us-ascii"].contains(&name.to_lowercase().as_str()) => {
            Err(XmlError::Encoding(name.into_owned()))
        }
        _ => Ok(()),
    }
}

/// The value of the first of these attributes that the tag has.
pub fn attribute(tag: &BytesStart<'_>, names: &[&str]) -> Option<String> {
    let value = names.iter().find_map(|name| tag.try_get_attribute(name).ok().flatten())?;
    value.normalized_value(XmlVersion::Implicit1_0).ok().map(Into::into)
}

/// The text of a reference to a character or to one of the five entities of XML.
///
/// # Errors
/// [`XmlError::Entity`] for all others.
pub fn resolved(entity: &BytesRef<'_>) -> Result<String, XmlError> {
    if let Ok(Some(c)) = entity.resolve_char_ref() {
        return Ok(c.to_string());
    }
    let name = entity.xml10_content();
    let text = quick_xml::escape::resolve_xml_entity(&name).map(str::to_owned);
    text.ok_or_else(|| XmlError::Entity(name.into_owned()))
}

/// The text with one space for each run of spaces, tabs and line ends, and without characters that XML cannot have.
pub fn one_line(text: &str) -> String {
    // First, since such a character may stand alone between two spaces.
    let text: String = text.chars().filter(|c| is_char(*c)).collect();
    text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// White space of XML.
pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether XML can have this character.
pub fn is_char(c: char) -> bool {
    is_blank(c) || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_no_two_spaces_whatever_stands_between_them() {
        assert_eq!(one_line(" key \0 rate\r\n\u{ffff} \t now"), "key rate now");
    }
}
