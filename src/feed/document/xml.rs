//! Finds what there is to translate in RSS and Atom.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};

use super::{
    DocumentError, Entry, ITEMS, Kind,
    content::{Content, Inner},
    place::{Found, Label, Part, Slot, Style, place_of},
    roles::{self, DUBLIN_CORE, Field, Role, Space},
};
use crate::{
    article::Text,
    text::{Format, plain_text},
    xml::{Tokens, XmlError, attribute, is_blank},
};

/// The kind of a document, and what there is to translate.
pub(super) fn find(source: &str) -> Result<(Kind, Found), DocumentError> {
    let mut walk = Walk {
        source,
        tokens: Tokens::new(source),
        kind: Kind::Rss,
        open: Vec::new(),
        entry: 0,
        copies: Vec::new(),
        channel: None,
        missing: None,
        found: Found::default(),
    };
    loop {
        let (event, place) = walk.tokens.read().map_err(|error| walk.wrong(error))?;
        match event {
            Event::Start(tag) => walk.start(&tag, place)?,
            Event::End(_) => walk.end(),
            Event::Eof => return walk.finish(),
            _ => {}
        }
    }
}

/// A walk through a document.
struct Walk<'a> {
    source: &'a str,
    tokens: Tokens<'a>,
    kind: Kind,
    /// The open elements.
    open: Vec<Role>,
    /// The open entry; the feed itself outside of items.
    entry: usize,
    /// Fields that may repeat a text of their entry.
    copies: Vec<(usize, Content)>,
    /// The prefix of the feed's name, with its colon, and the end of its start tag.
    channel: Option<(String, usize)>,
    /// The label of a feed that declares no language.
    missing: Option<Label>,
    found: Found,
}

impl<'a> Walk<'a> {
    fn wrong(&self, error: XmlError) -> DocumentError {
        DocumentError::Xml { at: self.tokens.offset(), error }
    }

    fn start(&mut self, tag: &BytesStart<'a>, place: Range<usize>) -> Result<(), DocumentError> {
        let space = Space::of(&self.tokens.namespace(tag.name()));
        let name = tag.local_name();
        let role = match self.open.last() {
            Some(&parent) => roles::role(self.kind, parent, space, name.as_ref()),
            None => {
                let (kind, role) = roles::root(space, name.as_ref()).ok_or(DocumentError::NotAFeed)?;
                self.kind = kind;
                role
            }
        };
        if self.missing.is_none() && self.open.last() == Some(&Role::Feed) {
            self.missing = self.lacking(place.start);
        }
        match role {
            Role::Field(field) => return self.field(field, tag),
            Role::Root => self.declared(tag, None),
            Role::Feed => {
                let prefix = tag.name().as_ref().strip_suffix(name.as_ref()).unwrap_or_default().to_owned();
                if self.kind == Kind::Atom {
                    let at = place.start + "<".len() + tag.name().as_ref().len();
                    self.missing = Some(Label::missing(at, " xml:lang=\"", "\""));
                }
                self.channel = Some((prefix, place.end));
                self.declared(tag, None);
            }
            Role::Entry if self.found.entries.len() > ITEMS => return Err(DocumentError::Items),
            Role::Entry => {
                self.entry = self.found.entries.len();
                self.found.entries.push(Entry::default());
                self.declared(tag, Some(self.entry));
            }
            Role::Image | Role::Other => {}
        }
        self.open.push(role);
        Ok(())
    }

    fn end(&mut self) {
        if self.open.pop() == Some(Role::Entry) {
            self.entry = 0;
        }
    }

    /// The label of a feed in RSS that declares no language: an element before its first child, which begins at `at`.
    fn lacking(&self, at: usize) -> Option<Label> {
        let (prefix, end) = self.channel.as_ref()?;
        let indent =
            Some(&self.source[*end..at]).filter(|text| text.chars().all(is_blank)).unwrap_or_default();
        let (start, end) = match self.kind {
            Kind::Rdf => (format!("<dc:language xmlns:dc=\"{DUBLIN_CORE}\">"), "</dc:language>".to_owned()),
            _ => (format!("<{prefix}language>"), format!("</{prefix}language>")),
        };
        Some(Label::missing(at, start, end + indent))
    }

    /// Reads the language in the attribute of a tag.
    fn declared(&mut self, tag: &BytesStart<'_>, entry: Option<usize>) {
        if let Ok(Some(attribute)) = tag.try_get_attribute("xml:lang")
            && let Some(place) = place_of(self.source, &attribute.value)
        {
            self.language_of(entry).get_or_insert_with(|| attribute.value.to_string());
            self.found.labels.push(Label::new(entry, place, &attribute.value));
        }
    }

    fn language_of(&mut self, entry: Option<usize>) -> &mut Option<String> {
        match entry {
            Some(entry) => &mut self.found.entries[entry].language,
            None => &mut self.found.language,
        }
    }

    fn field(&mut self, field: Field, tag: &BytesStart<'a>) -> Result<(), DocumentError> {
        let inner = Inner::read(self.source, &mut self.tokens).map_err(|error| self.wrong(error))?;
        let content = inner.text();
        match field {
            Field::Text(part) => self.text(part, tag, &inner),
            Field::Copy => self.copies.extend(content.map(|content| (self.entry, content))),
            Field::Language => {
                let entry = (self.entry > 0).then_some(self.entry);
                let (place, code) = content.map_or((inner.place, String::new()), |it| (it.place, it.text));
                self.found.labels.push(Label::new(entry, place, &code));
                // An element says more than an attribute around it.
                *self.language_of(entry) = Some(code).filter(|code| !code.is_empty());
            }
            Field::Id => {
                if let Some(id) = content {
                    self.found.entries[self.entry].id = id.text;
                }
            }
            Field::Link => {
                let is_page = attribute(tag, &["rel"]).is_none_or(|rel| rel == "alternate");
                let link =
                    content.map(|it| it.text).or_else(|| attribute(tag, &["href"]).filter(|_| is_page));
                let id = &mut self.found.entries[self.entry].id;
                if id.is_empty() {
                    *id = link.unwrap_or_default();
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, part: Part, tag: &BytesStart<'_>, inner: &Inner<'_>) {
        let kind = match self.kind {
            Kind::Atom => attribute(tag, &["type"]).unwrap_or_else(|| "text".to_owned()),
            _ => String::new(),
        };
        let content = if kind == "xhtml" || inner.has_elements() {
            let div = inner.wrapper().filter(|(tag, _)| tag.local_name().as_ref() == "div");
            div.iter().for_each(|(tag, _)| self.declared(tag, Some(self.entry)));
            inner.markup(&div.map_or(inner.place.clone(), |(_, place)| place))
        } else {
            inner.text()
        };
        let Some(content) = content else { return };
        let format = match kind.as_str() {
            _ if content.style == Style::Markup => Format::Html,
            "text" | "text/plain" => Format::Plain,
            "text/markdown" => Format::Markdown,
            "" if part == Part::Title && !is_html(&content.text) => Format::Plain,
            "" | "html" | "text/html" => Format::Html,
            // Data, or a document of its own.
            _ => return,
        };
        self.declared(tag, Some(self.entry));
        let text = part.of_mut(&mut self.found.entries[self.entry].texts);
        if text.is_some() {
            return self.copies.push((self.entry, content));
        }
        let Content { place, style, text: read } = content;
        *text = Some(Text { text: read, format });
        self.found.slots.push(Slot { entry: self.entry, part, place, style, is_plain: false });
    }

    fn finish(mut self) -> Result<(Kind, Found), DocumentError> {
        if self.channel.is_none() {
            return Err(DocumentError::NotAFeed);
        }
        if self.found.labels.iter().all(|label| label.entry.is_some()) {
            self.found.labels.extend(self.missing.take());
        }
        self.copies.sort_by_key(|(entry, _)| *entry);
        for copies in self.copies.chunk_by(|(one, _), (other, _)| one == other) {
            repeat(copies, &mut self.found);
        }
        Ok((self.kind, self.found))
    }
}

/// Finds the text of an entry that each of these fields repeats, with its tags or without.
fn repeat(copies: &[(usize, Content)], found: &mut Found) {
    let Some((entry, _)) = copies.first() else { return };
    let texts: Vec<(Part, &Text)> = Part::ALL
        .into_iter()
        .filter_map(|part| Some((part, part.of(&found.entries[*entry].texts)?)))
        .collect();
    let mut plain: Option<Vec<(Part, String)>> = None;
    for (entry, Content { place, style, text }) in copies {
        let same = texts.iter().find(|(_, other)| other.text == *text).map(|(part, _)| (*part, false));
        let repeated = same.or_else(|| {
            let pages = texts.iter().filter(|(_, text)| text.format == Format::Html);
            let plain = plain.get_or_insert_with(|| {
                pages.map(|(part, text)| (*part, words(&plain_text(&text.text)))).collect()
            });
            let text = words(text);
            plain.iter().find(|(_, other)| *other == text).map(|(part, _)| (*part, true))
        });
        match repeated {
            Some((part, is_plain)) => {
                found.slots.push(Slot { entry: *entry, part, place: place.clone(), style: *style, is_plain });
            }
            None => found.untranslated += 1,
        }
    }
}

/// The text with a space for any white space.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a title of RSS is HTML: it has elements or entities.
fn is_html(title: &str) -> bool {
    let is_name = |name: &str| {
        (2..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
    };
    let has_entity =
        title.split('&').skip(1).any(|rest| rest.split_once(';').is_some_and(|(name, _)| is_name(name)));
    has_entity || Format::Auto.found(title.as_bytes()) == Format::Html
}
