//! Reads and writes TBX, the exchange format of termbases (ISO 30042), in the versions of 2008 (`martif`) and of 2019 (`tbx`).
//!
//! A concept has terms in several languages. Each term of the source language becomes a term with the best term of the target
//! language: the preferred one, or else the first one that is not deprecated. Definitions, notes and sources are skipped, but a note of the
//! concept that says "do not translate" means that the words of the source stay unchanged.

mod write;

use std::io::Read;

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};

pub use self::write::write;
use super::{MOST_TERM_CHARS, MOST_TERMS, Term};
use crate::{
    lang::Language,
    xml::{Events, XmlError, attribute, one_line, resolved},
};

/// Most terms of a concept; later ones are skipped.
const MOST_WORDS: usize = 256;
/// Most bytes of a term that are read; a longer term is left out.
const MOST_BYTES: usize = 8 * MOST_TERM_CHARS;

/// The note of a concept whose words stay unchanged; TBX has no category for it.
const KEEP: &str = "do not translate";

/// Why a termbase cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TbxError {
    #[error("after concept {concepts}: {error}")]
    Xml { concepts: u64, error: XmlError },
    #[error("it ends inside of a concept, after concept {0}")]
    Cut(u64),
    #[error("it has no <tbx> or <martif> element")]
    NotTbx,
    #[error("it has more than {MOST_TERMS} terms")]
    TooMany,
}

/// The terms of a direction in a termbase.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Termbase {
    pub terms: Vec<Term>,
    /// Number of terms that are too long, or have no letters or digits.
    pub left_out: usize,
}

/// Reads the terms of a direction; without a source, those of all other languages.
///
/// # Errors
/// When it is no termbase, or is not whole, or has too many terms.
pub fn read(read: impl Read, source: Option<Language>, target: Language) -> Result<Termbase, TbxError> {
    let mut events = Events::new(read);
    let (mut base, mut concepts, mut is_tbx) = (Termbase::default(), 0, false);
    let mut open: Option<Concept> = None;
    loop {
        let wrong = |error| TbxError::Xml { concepts, error };
        match events.read().map_err(wrong)? {
            Event::Eof if open.is_some() => return Err(TbxError::Cut(concepts)),
            Event::Eof if !is_tbx => return Err(TbxError::NotTbx),
            Event::Eof => return Ok(base),
            Event::Start(tag) => match (tag.local_name().as_ref(), &mut open) {
                ("tbx" | "martif", None) => is_tbx = true,
                ("termEntry" | "conceptEntry", None) => open = Some(Concept::default()),
                (name, Some(concept)) => concept.start(name, &tag),
                _ => {}
            },
            Event::End(tag) => match tag.local_name().as_ref() {
                "termEntry" | "conceptEntry" => {
                    concepts += 1;
                    base.add(open.take().unwrap_or_default(), source, target);
                    if base.terms.len() > MOST_TERMS {
                        return Err(TbxError::TooMany);
                    }
                }
                name => open.iter_mut().for_each(|concept| concept.end(name)),
            },
            Event::Text(text) => {
                open.iter_mut().for_each(|concept| concept.text(&text.xml_content(XmlVersion::Implicit1_0)));
            }
            Event::CData(text) => open.iter_mut().for_each(|concept| concept.text(&text)),
            Event::GeneralRef(entity) => {
                if let Some(concept) = open.as_mut().filter(|concept| concept.reading.is_some()) {
                    concept.text(&resolved(&entity).map_err(wrong)?);
                }
            }
            Event::Decl(_) | Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// A concept that is being read.
#[derive(Default)]
struct Concept {
    words: Vec<Word>,
    /// The language of the section; `None` for one that triglot does not translate.
    language: Option<Language>,
    reading: Option<Reading>,
    /// The text of a status or note.
    said: String,
    is_kept: bool,
}

/// What the text belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Term,
    /// The status of the last term.
    Status,
    /// A note of the concept.
    Note,
}

/// A term in one language.
struct Word {
    language: Language,
    text: String,
    status: Status,
}

/// What the termbase says about the use of a term.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Preferred,
    Usual,
    /// Deprecated or superseded: to be read, not to be written.
    Old,
}

impl Concept {
    fn start(&mut self, name: &str, tag: &BytesStart<'_>) {
        match name {
            _ if self.reading.is_some() => {}
            "langSet" | "langSec" => {
                self.language = attribute(tag, &["xml:lang", "lang"]).and_then(|code| code.parse().ok());
            }
            "term" => {
                let Some(language) = self.language.filter(|_| self.words.len() < MOST_WORDS) else { return };
                self.words.push(Word { language, text: String::new(), status: Status::Usual });
                self.reading = Some(Reading::Term);
            }
            // In the newer version the category may be the name of the element.
            "administrativeStatus" => self.reading = Some(Reading::Status),
            "termNote" if attribute(tag, &["type"]).as_deref() == Some("administrativeStatus") => {
                self.reading = Some(Reading::Status);
            }
            "note" if self.language.is_none() => self.reading = Some(Reading::Note),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match (self.reading, name) {
            (Some(Reading::Term), "term") => self.reading = None,
            (Some(Reading::Status), "termNote" | "administrativeStatus") => {
                self.reading = None;
                let status = std::mem::take(&mut self.said);
                let of_section = self.words.last_mut().filter(|word| Some(word.language) == self.language);
                if let Some(word) = of_section {
                    word.status = Status::of(status.trim());
                }
            }
            (Some(Reading::Note), "note") => {
                self.reading = None;
                self.is_kept |= std::mem::take(&mut self.said).trim().eq_ignore_ascii_case(KEEP);
            }
            (None, "langSet" | "langSec") => self.language = None,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let into = match self.reading {
            Some(Reading::Term) => self.words.last_mut().map(|word| &mut word.text),
            Some(Reading::Status | Reading::Note) => Some(&mut self.said),
            None => None,
        };
        // A longer text is too long in any case.
        if let Some(into) = into.filter(|into| into.len() <= MOST_BYTES) {
            into.push_str(text);
        }
    }
}

impl Status {
    /// The status of a name such as `preferredTerm-admn-sts`.
    fn of(name: &str) -> Self {
        match name {
            name if name.starts_with("preferred") => Self::Preferred,
            name if name.starts_with("deprecated") || name.starts_with("superseded") => Self::Old,
            _ => Self::Usual,
        }
    }
}

impl Termbase {
    fn add(&mut self, concept: Concept, source: Option<Language>, target: Language) {
        let written =
            concept.words.iter().filter(|word| word.language == target && word.status != Status::Old);
        let Some(best) = written.min_by_key(|word| word.status) else { return };
        let best_text = if concept.is_kept { String::new() } else { one_line(&best.text) };
        let is_source = |word: &&Word| match source {
            Some(source) => word.language == source,
            None => word.language != target,
        };
        for word in concept.words.iter().filter(is_source) {
            match Term::new(&one_line(&word.text), &best_text) {
                Ok(term) if concept.is_kept || !term.is_kept() => self.terms.push(term),
                _ => self.left_out += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests;
