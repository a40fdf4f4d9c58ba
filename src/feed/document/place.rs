//! The places of a document that a translation replaces.

use std::ops::Range;

use super::Entry;
use crate::{
    article::{Text, Texts},
    lang::Language,
    text::plain_text,
    xml::{is_char, is_well_formed},
};

/// What there is to translate in a document.
#[derive(Debug)]
pub(super) struct Found {
    pub language: Option<String>,
    /// The feed, and its items.
    pub entries: Vec<Entry>,
    pub slots: Vec<Slot>,
    pub labels: Vec<Label>,
    pub untranslated: usize,
}

impl Default for Found {
    fn default() -> Self {
        let entries = vec![Entry::default()];
        Self { language: None, entries, slots: Vec::new(), labels: Vec::new(), untranslated: 0 }
    }
}

/// A text of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Title,
    Lead,
    Body,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Title, Self::Lead, Self::Body];

    pub fn of(self, texts: &Texts) -> Option<&Text> {
        match self {
            Self::Title => texts.title.as_ref(),
            Self::Lead => texts.lead.as_ref(),
            Self::Body => texts.body.as_ref(),
        }
    }

    pub fn of_mut(self, texts: &mut Texts) -> &mut Option<Text> {
        match self {
            Self::Title => &mut texts.title,
            Self::Lead => &mut texts.lead,
            Self::Body => &mut texts.body,
        }
    }
}

/// How the document writes a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With the entities of XML.
    Escaped,
    /// In a CDATA section.
    CData,
    /// As elements of the document.
    Markup,
    /// As a string of JSON, with its quotes.
    Json,
}

/// A place where a text of an entry stands. A text may have several places.
#[derive(Debug)]
pub(super) struct Slot {
    pub entry: usize,
    pub part: Part,
    /// Without white space at its edges.
    pub place: Range<usize>,
    pub style: Style,
    /// The text stands here without its tags.
    pub is_plain: bool,
}

impl Slot {
    /// The bytes of a text in this place; `None` if it cannot stand here.
    pub fn write(&self, text: &str) -> Option<String> {
        let plain = self.is_plain.then(|| plain_text(text));
        let text = plain.as_deref().unwrap_or(text);
        let xml = || text.chars().filter(|&c| is_char(c)).collect::<String>();
        match self.style {
            Style::Escaped => Some(quick_xml::escape::partial_escape(xml()).into_owned()),
            Style::CData => Some(xml().replace("]]>", "]]]]><![CDATA[>")),
            Style::Markup => Some(xml()).filter(|text| is_well_formed(text)),
            Style::Json => serde_json::to_string(text).ok(),
        }
    }
}

/// A place where the document declares a language.
#[derive(Debug)]
pub(super) struct Label {
    /// Whose language; `None`: that of the document.
    pub entry: Option<usize>,
    /// The code, or where it is missing.
    pub place: Range<usize>,
    /// The language that stands there, if we know it.
    pub language: Option<Language>,
    /// What stands around a code that is missing.
    pub around: (String, String),
}

impl Label {
    /// A label with a code.
    pub fn new(entry: Option<usize>, place: Range<usize>, code: &str) -> Self {
        Self { entry, place, language: code.parse().ok(), around: Default::default() }
    }

    /// A label that the document lacks.
    pub fn missing(at: usize, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { entry: None, place: at..at, language: None, around: (before.into(), after.into()) }
    }

    /// What makes the label true; `None` if it is.
    pub fn edit(&self, target: Language, translated: &[Option<Texts>]) -> Option<(Range<usize>, String)> {
        let is_translated = match self.entry {
            Some(entry) => translated.get(entry).is_some_and(Option::is_some),
            None => translated.iter().any(Option::is_some),
        };
        let (before, after) = &self.around;
        (is_translated && self.language != Some(target))
            .then(|| (self.place.clone(), format!("{before}{}{after}", target.code())))
    }
}

/// The byte range of `part` in `source`; `None` if it is not a slice of it.
pub(super) fn place_of(source: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(source.as_ptr().addr())?;
    let place = start..start.checked_add(part.len())?;
    (source.get(place.clone())? == part).then_some(place)
}
