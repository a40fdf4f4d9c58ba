//! Finds what there is to translate in JSON Feed.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    DocumentError, Entry, ITEMS,
    place::{Found, Label, Part, Slot, Style, place_of},
};
use crate::{article::Text, text::Format, xml::is_blank};

/// The beginnings of the versions of JSON Feed.
const VERSIONS: [&str; 2] = ["https://jsonfeed.org/version/", "http://jsonfeed.org/version/"];

/// A value as it is written.
type Value<'a> = Option<&'a RawValue>;

#[derive(Deserialize)]
struct Feed<'a> {
    #[serde(borrow)]
    version: Value<'a>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    language: Value<'a>,
    #[serde(borrow)]
    title: Value<'a>,
    #[serde(borrow)]
    description: Value<'a>,
    #[serde(borrow)]
    home_page_url: Value<'a>,
    #[serde(borrow, default, deserialize_with = "bounded")]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    id: Value<'a>,
    #[serde(borrow)]
    url: Value<'a>,
    #[serde(borrow)]
    language: Value<'a>,
    #[serde(borrow)]
    title: Value<'a>,
    #[serde(borrow)]
    summary: Value<'a>,
    #[serde(borrow)]
    content_html: Value<'a>,
    #[serde(borrow)]
    content_text: Value<'a>,
}

/// Keeps the place of a `null`.
fn even_null<'de, D: Deserializer<'de>>(value: D) -> Result<Value<'de>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

/// Reads one item more than a document may have, and skips the others.
fn bounded<'de, D: Deserializer<'de>>(items: D) -> Result<Vec<Item<'de>>, D::Error> {
    struct Items;
    impl<'de> Visitor<'de> for Items {
        type Value = Vec<Item<'de>>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("an array of items")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while items.len() <= ITEMS
                && let Some(item) = all.next_element()?
            {
                items.push(item);
            }
            while all.next_element::<IgnoredAny>()?.is_some() {}
            Ok(items)
        }
    }
    items.deserialize_seq(Items)
}

/// What there is to translate in a document.
pub(super) fn find(source: &str) -> Result<Found, DocumentError> {
    let feed: Feed<'_> = serde_json::from_str(source)?;
    let version =
        string(feed.version).filter(|version| VERSIONS.iter().any(|known| version.starts_with(known)));
    let (Some(_), Some(version)) = (version, feed.version) else { return Err(DocumentError::NotAFeed) };
    if feed.items.len() > ITEMS {
        return Err(DocumentError::Items);
    }
    let mut find = Find { source, found: Found::default() };
    find.found.entries[0].id = string(feed.home_page_url).unwrap_or_default();
    find.text(0, Part::Title, feed.title, Format::Plain);
    find.text(0, Part::Lead, feed.description, Format::Plain);
    find.found.language = string(feed.language);
    match feed.language {
        Some(language) => find.label(None, language),
        None => {
            find.found.labels.extend(place_of(source, version.get()).map(|place| lacking(source, &place)))
        }
    }
    for item in feed.items {
        find.item(&item);
    }
    Ok(find.found)
}

struct Find<'a> {
    source: &'a str,
    found: Found,
}

impl Find<'_> {
    fn item(&mut self, item: &Item<'_>) {
        let entry = self.found.entries.len();
        // An id should be a string, and may be a number.
        let id = string(item.id).or_else(|| item.id.map(|id| id.get().to_owned()));
        self.found.entries.push(Entry {
            id: id.or_else(|| string(item.url)).unwrap_or_default(),
            language: string(item.language),
            ..Entry::default()
        });
        self.text(entry, Part::Title, item.title, Format::Plain);
        self.text(entry, Part::Lead, item.summary, Format::Plain);
        self.text(entry, Part::Body, item.content_html, Format::Html);
        self.text(entry, Part::Body, item.content_text, Format::Plain);
        item.language.into_iter().for_each(|language| self.label(Some(entry), language));
    }

    /// Takes a text. A second body is the first one without its tags.
    fn text(&mut self, entry: usize, part: Part, value: Value<'_>, format: Format) {
        let text = string(value).filter(|text| !text.chars().all(is_blank));
        let (Some(read), Some(place)) = (text, value.and_then(|value| place_of(self.source, value.get())))
        else {
            return;
        };
        let text = part.of_mut(&mut self.found.entries[entry].texts);
        let is_plain = text.is_some();
        text.get_or_insert(Text { text: read, format });
        self.found.slots.push(Slot { entry, part, place, style: Style::Json, is_plain });
    }

    fn label(&mut self, entry: Option<usize>, value: &RawValue) {
        let code = string(Some(value)).unwrap_or_default();
        if let Some(place) = place_of(self.source, value.get()) {
            let quotes = ("\"".to_owned(), "\"".to_owned());
            self.found.labels.push(Label { around: quotes, ..Label::new(entry, place, &code) });
        }
    }
}

/// The label of a feed that declares no language: a member after its version, written in the same way.
fn lacking(source: &str, version: &Range<usize>) -> Label {
    let before = &source[..version.start];
    let (space, colon) = match before.rsplit_once("\"version\"") {
        Some((before, colon)) => (&before[before.trim_end().len()..], colon),
        None => ("", ":"),
    };
    Label::missing(version.end, format!(",{space}\"language\"{colon}\""), "\"")
}

/// The text of a string.
fn string(value: Value<'_>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}
