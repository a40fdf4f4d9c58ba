//! Reads the feeds of an OPML file (OPML 2.0, section "Subscription lists"), as readers of feeds export it.

use std::{collections::HashSet, io::Read};

use quick_xml::events::Event;
use url::Url;

use crate::xml::{Events, XmlError, attribute};

/// Most feeds of a file.
const FEEDS: usize = 10_000;
/// Longest address of a feed, in bytes.
const URL_BYTES: usize = 4096;

/// The feeds of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// In the order of the file, each once.
    pub feeds: Vec<Url>,
    /// Number of entries whose address is not one of http or https, or cannot be read.
    pub left_out: u64,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpmlError {
    #[error("the list of feeds cannot be read: {0}")]
    Xml(#[from] XmlError),
    #[error("the list of feeds has no <opml> element; give a file in OPML")]
    NotOpml,
    #[error("the list has more than {FEEDS} feeds; divide it")]
    TooMany,
}

/// Reads all feeds of a file, however deep in folders.
///
/// # Errors
/// When it is not OPML, or has too much for the memory.
pub fn read(read: impl Read) -> Result<Subscriptions, OpmlError> {
    let mut events = Events::new(read);
    let mut found = Subscriptions::default();
    let mut seen = HashSet::new();
    let mut is_opml = false;
    loop {
        match events.read()? {
            Event::Eof if !is_opml => return Err(OpmlError::NotOpml),
            Event::Eof => return Ok(found),
            Event::Start(tag) if tag.name().as_ref() == "opml" => is_opml = true,
            Event::Start(tag) if is_opml && tag.name().as_ref() == "outline" => {
                let names = ["xmlUrl", "xmlURL", "xmlurl"];
                if !names.iter().any(|name| matches!(tag.try_get_attribute(name), Ok(Some(_)))) {
                    continue;
                }
                let Some(url) = attribute(&tag, &names).and_then(|address| feed(&address)) else {
                    found.left_out += 1;
                    continue;
                };
                if seen.insert(url.clone()) {
                    if found.feeds.len() == FEEDS {
                        return Err(OpmlError::TooMany);
                    }
                    found.feeds.push(url);
                }
            }
            _ => {}
        }
    }
}

/// The address of a feed that can be fetched.
fn feed(address: &str) -> Option<Url> {
    let address = address.trim();
    let url = Url::parse(address).ok().filter(|_| address.len() <= URL_BYTES)?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}
