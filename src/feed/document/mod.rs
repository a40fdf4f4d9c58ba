//! A feed that is translated in place: its texts and the language that it declares are replaced, and all other bytes stay.
//!
//! Nothing is built from a model of feeds, so nothing is lost: links, ids, enclosures, unknown elements, comments, and the way in
//! which a text is written (CDATA or escaped).

mod content;
mod encoding;
mod json;
mod place;
mod roles;
mod xml;

use self::place::Found;
use crate::{article::Texts, lang::Language, text::Edits, xml::XmlError};

/// Most bytes of a document.
pub const DOCUMENT_BYTES: usize = 32 << 20;
/// Most items of a document.
pub const ITEMS: usize = 10_000;

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("it has more than {} MiB", DOCUMENT_BYTES >> 20)]
    Large,
    #[error("it has more than {ITEMS} items")]
    Items,
    #[error("it is neither RSS nor Atom nor JSON Feed")]
    NotAFeed,
    #[error("it names the encoding {0}, which is unknown")]
    UnknownEncoding(String),
    #[error("its bytes are not text in {0}")]
    Encoding(&'static str),
    #[error("after byte {at}: {error}")]
    Xml { at: usize, error: XmlError },
    #[error("it is not JSON Feed: {0}")]
    Json(#[from] serde_json::Error),
}

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RSS 2.0 and its earlier versions (0.91, 0.92).
    Rss,
    /// RSS 1.0, which is RDF.
    Rdf,
    Atom,
    /// JSON Feed 1.0 and 1.1.
    Json,
}

/// The feed's own texts, or an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What the document says to tell it from others: its guid or id, and otherwise its link. Empty if it has neither.
    pub id: String,
    /// The language that it declares for itself.
    pub language: Option<String>,
    /// Title, description (or subtitle, or summary), and content.
    pub texts: Texts,
}

/// A feed.
#[derive(Debug)]
pub struct Document {
    kind: Kind,
    /// In UTF-8.
    source: String,
    found: Found,
}

impl Document {
    /// Reads a feed in UTF-8, in UTF-16 with a byte order mark, or in the encoding that its XML declaration names.
    ///
    /// # Errors
    /// When it is not a feed, is not well-formed, or is larger than [`DOCUMENT_BYTES`] and [`ITEMS`] allow.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, DocumentError> {
        if bytes.len() > DOCUMENT_BYTES {
            return Err(DocumentError::Large);
        }
        let source = encoding::decode(bytes)?;
        let text = unmarked(&source);
        let (kind, found) = match text.trim_start().chars().next() {
            Some('<') => xml::find(text)?,
            Some('{') => (Kind::Json, json::find(text)?),
            _ => return Err(DocumentError::NotAFeed),
        };
        Ok(Self { kind, source, found })
    }

    /// The kind of the document.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The language that the feed declares, as it is written there.
    pub fn language(&self) -> Option<&str> {
        self.found.language.as_deref()
    }

    /// The feed itself, which may have no texts, and then its items in the order of the document.
    pub fn entries(&self) -> &[Entry] {
        &self.found.entries
    }

    /// The number of texts that stay as they are: the titles and descriptions of podcasts and media that repeat no text of their
    /// item.
    pub fn untranslated(&self) -> usize {
        self.found.untranslated
    }

    /// The document with these texts in place of those of [`entries`](Self::entries), in UTF-8. What is `None` or missing stays as
    /// it is. If any text is given, the document declares the language `target`.
    ///
    /// XHTML in Atom stays as it is if the text in its place is not well-formed.
    pub fn render(&self, target: Language, translated: &[Option<Texts>]) -> Vec<u8> {
        let text = unmarked(&self.source);
        let mark = &self.source[..self.source.len() - text.len()];
        let labels = self.found.labels.iter().filter_map(|label| label.edit(target, translated));
        let texts = self.found.slots.iter().filter_map(|slot| {
            let old = slot.part.of(&self.found.entries.get(slot.entry)?.texts)?;
            let new = slot.part.of(translated.get(slot.entry)?.as_ref()?)?;
            // Equal text may be written in another way.
            let written = (new.text != old.text).then(|| slot.write(&new.text))??;
            Some((slot.place.clone(), written))
        });
        let mut edits: Vec<_> = labels.chain(texts).collect();
        edits.sort_by_key(|(place, _)| place.start);
        let edits: Edits = edits.into_iter().collect();
        format!("{mark}{}", edits.apply(text)).into_bytes()
    }
}

/// The text without a byte order mark.
fn unmarked(source: &str) -> &str {
    source.strip_prefix('\u{feff}').unwrap_or(source)
}

#[cfg(test)]
mod tests;
