//! Reads and writes TMX, the exchange format of translation memories (LISA, TMX 1.4b Specification, 2005).
//!
//! A file may have gigabytes, so units are read and written one after another. Tags inside of a segment are left out, and so is
//! the native code that they contain.

mod bounded;
mod write;

use std::io::{BufReader, Read};

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesDecl, BytesRef, BytesStart, Event},
};

use self::bounded::Bounded;
pub use self::write::Writer;
use super::Unit;
use crate::lang::{Language, Pair};

/// Most bytes of one tag or one text in a file.
const EVENT_BYTES: usize = 1 << 20;
/// Most bytes of a segment; a unit with a longer one is left out.
const SEGMENT_BYTES: usize = 16 << 10;
/// Most variants of a unit; later ones are left out.
const VARIANTS: usize = 256;

/// Elements whose content is native code or a text of its own.
const NATIVE: [&str; 6] = ["bpt", "ept", "it", "ph", "ut", "sub"];

/// Why a file of units cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TmxError {
    #[error("it is not XML after unit {units}: {error}")]
    Xml { units: u64, error: quick_xml::Error },
    #[error("it has the encoding {0}; convert it to UTF-8")]
    Encoding(String),
    #[error("the entity &{name}; after unit {units} is unknown")]
    Entity { units: u64, name: String },
    #[error("it ends inside of a unit, after unit {0}")]
    Cut(u64),
    #[error("it has no <tmx> element")]
    NotTmx,
}

/// The text of a file in UTF-8, with a bound for each event.
type Text<R> = Bounded<BufReader<DecodeReaderBytes<R, Vec<u8>>>>;

/// The units of a file, one after another. After an error there are no more.
pub struct Units<R: Read> {
    reader: Reader<Text<R>>,
    buffer: Vec<u8>,
    /// The source language of units that do not name one; `None`: each of their languages.
    source: Option<Language>,
    /// Number of `tu` elements so far.
    elements: u64,
    is_tmx: bool,
    has_ended: bool,
    ready: std::vec::IntoIter<Unit>,
}

/// A unit that is being read.
#[derive(Default)]
struct Open {
    source: Option<Language>,
    variants: Vec<(Option<Language>, String)>,
    in_segment: bool,
    /// Depth of native code.
    native: usize,
}

impl<R: Read> Units<R> {
    /// Reads UTF-8, or UTF-16 with a byte order mark.
    pub fn new(read: R) -> Self {
        let decoded = DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(read);
        let mut reader = Reader::from_reader(Bounded::new(BufReader::new(decoded)));
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
            source: None,
            elements: 0,
            is_tmx: false,
            has_ended: false,
            ready: Vec::new().into_iter(),
        }
    }

    /// Number of `tu` elements so far, also of those without a unit for triglot's languages.
    pub fn elements(&self) -> u64 {
        self.elements
    }

    /// The units of the next `tu` element; `None` at the end.
    fn element(&mut self) -> Result<Option<Vec<Unit>>, TmxError> {
        let mut open: Option<Open> = None;
        loop {
            self.buffer.clear();
            self.reader.get_mut().refill(EVENT_BYTES);
            let units = self.elements;
            let wrong = |error| TmxError::Xml { units, error };
            match self.reader.read_event_into(&mut self.buffer).map_err(wrong)? {
                Event::Eof if open.is_some() => return Err(TmxError::Cut(units)),
                Event::Eof if !self.is_tmx => return Err(TmxError::NotTmx),
                Event::Eof => return Ok(None),
                Event::Decl(declaration) => check(&declaration)?,
                Event::Start(tag) if open.is_none() => match tag.name().as_ref() {
                    "tmx" => self.is_tmx = true,
                    "header" => self.source = language(&tag, &["srclang"]),
                    "tu" => {
                        let source = language(&tag, &["srclang"]).or(self.source);
                        open = Some(Open { source, ..Open::default() });
                    }
                    _ => {}
                },
                Event::Start(tag) => open.iter_mut().for_each(|open| open.start(&tag)),
                Event::End(tag) if tag.name().as_ref() == "tu" => {
                    self.elements += 1;
                    return Ok(Some(open.map(Open::units).unwrap_or_default()));
                }
                Event::End(tag) => open.iter_mut().for_each(|open| open.end(tag.name().as_ref())),
                Event::Text(text) => {
                    open.iter_mut().for_each(|open| open.text(&text.xml_content(XmlVersion::Implicit1_0)));
                }
                Event::CData(text) => open.iter_mut().for_each(|open| open.text(&text)),
                Event::GeneralRef(entity) => {
                    if let Some(open) = open.as_mut().filter(|open| open.in_segment) {
                        let name = || entity.xml10_content().into_owned();
                        let text =
                            resolved(&entity).ok_or_else(|| TmxError::Entity { units, name: name() })?;
                        open.text(&text);
                    }
                }
                Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }
}

impl<R: Read> Iterator for Units<R> {
    type Item = Result<Unit, TmxError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(unit) = self.ready.next() {
                return Some(Ok(unit));
            }
            if self.has_ended {
                return None;
            }
            match self.element() {
                Ok(Some(units)) => self.ready = units.into_iter(),
                Ok(None) => self.has_ended = true,
                Err(error) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Open {
    fn start(&mut self, tag: &BytesStart<'_>) {
        match tag.name().as_ref() {
            name if self.in_segment => self.native += usize::from(self.native > 0 || NATIVE.contains(&name)),
            "tuv" if self.variants.len() < VARIANTS => {
                self.variants.push((language(tag, &["xml:lang", "lang"]), String::new()));
            }
            "seg" => (self.in_segment, self.native) = (true, 0),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if self.native > 0 {
            self.native -= 1;
        } else if name == "seg" {
            self.in_segment = false;
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, segment)) = self.variants.last_mut()
            && self.in_segment
            && self.native == 0
            // One byte more shows that it is too long.
            && segment.len() <= SEGMENT_BYTES
        {
            segment.push_str(text);
        }
    }

    /// The units of all directions that the element has.
    fn units(self) -> Vec<Unit> {
        let texts: Vec<(Language, String)> = self
            .variants
            .into_iter()
            .filter(|(_, text)| text.len() <= SEGMENT_BYTES)
            .filter_map(|(language, text)| Some((language?, one_line(&text))))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let mut units = Vec::new();
        for (source, text) in &texts {
            if self.source.is_some_and(|only| only != *source) {
                continue;
            }
            for (target, translation) in texts.iter().filter(|(target, _)| target != source) {
                let pair = Pair { source: *source, target: *target };
                units.push(Unit { pair, source: text.clone(), target: translation.clone() });
            }
        }
        units
    }
}

/// Refuses an encoding that the reader does not decode.
fn check(declaration: &BytesDecl<'_>) -> Result<(), TmxError> {
    match declaration.encoding() {
        Some(Ok(name)) if !["utf-8", "utf-16", "us-ascii"].contains(&name.to_lowercase().as_str()) => {
            Err(TmxError::Encoding(name.into_owned()))
        }
        _ => Ok(()),
    }
}

/// The language in the first of these attributes; `None` for one that triglot does not translate.
fn language(tag: &BytesStart<'_>, names: &[&str]) -> Option<Language> {
    let value = names.iter().find_map(|name| tag.try_get_attribute(name).ok().flatten())?;
    value.normalized_value(XmlVersion::Implicit1_0).ok()?.parse().ok()
}

/// The text of a reference to a character or to one of the five entities of XML.
fn resolved(entity: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(c)) = entity.resolve_char_ref() {
        return Some(c.to_string());
    }
    quick_xml::escape::resolve_xml_entity(&entity.xml10_content()).map(str::to_owned)
}

/// The text with one space for each run of spaces, tabs and line ends, and without characters that XML cannot have.
fn one_line(text: &str) -> String {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let words = text.split(blank).filter(|word| !word.is_empty());
    let mut line = words.collect::<Vec<_>>().join(" ");
    line.retain(|c| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    line
}

#[cfg(test)]
mod tests;
