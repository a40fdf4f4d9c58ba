//! Reads and writes TMX, the exchange format of translation memories (LISA, TMX 1.4b Specification, 2005).
//!
//! A file may have gigabytes, so units are read and written one after another. Tags inside of a segment are left out, and so is
//! the native code that they contain.

mod write;

use std::io::Read;

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};

pub use self::write::Writer;
use super::Unit;
use crate::{
    lang::{Language, Pair},
    xml::{Events, XmlError, attribute, one_line, resolved},
};

/// Most bytes of a segment; a unit with a longer one is left out.
const SEGMENT_BYTES: usize = 16 << 10;
/// Most variants of a unit; later ones are left out.
const VARIANTS: usize = 256;

/// Elements whose content is native code or a text of its own.
const NATIVE: [&str; 6] = ["bpt", "ept", "it", "ph", "ut", "sub"];

/// Why a file of units cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TmxError {
    #[error("after unit {units}: {error}")]
    Xml { units: u64, error: XmlError },
    #[error("it ends inside of a unit, after unit {0}")]
    Cut(u64),
    #[error("it has no <tmx> element")]
    NotTmx,
}

/// The units of a file, one after another. After an error there are no more.
pub struct Units<R: Read> {
    events: Events<R>,
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
        Self {
            events: Events::new(read),
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
            let units = self.elements;
            let wrong = |error| TmxError::Xml { units, error };
            match self.events.read().map_err(wrong)? {
                Event::Eof if open.is_some() => return Err(TmxError::Cut(units)),
                Event::Eof if !self.is_tmx => return Err(TmxError::NotTmx),
                Event::Eof => return Ok(None),
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
                        open.text(&resolved(&entity).map_err(wrong)?);
                    }
                }
                Event::Decl(_) | Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
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

/// The language in the first of these attributes; `None` for one that triglot does not translate.
fn language(tag: &BytesStart<'_>, names: &[&str]) -> Option<Language> {
    attribute(tag, names)?.parse().ok()
}

#[cfg(test)]
mod tests;
