//! Reads one tag or one entity of a document. The tags of HTML are read by html5gum, those of XML by quick-xml; both say where the
//! tag ends.

use std::{borrow::Cow, ops::Range};

use html5gum::{DefaultEmitter, Token as HtmlToken, Tokenizer};
use quick_xml::{Reader, events::Event};

use crate::text::{Value, floor};

/// The longest entity, in bytes; the longest name of HTML has 33.
const ENTITY_BYTES: usize = 40;

/// The language of the tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Html,
    Xml,
}

/// What begins at a `<`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lexed {
    /// A tag of so many bytes.
    Tag(usize, Tag),
    /// A declaration, an instruction or a comment of so many bytes.
    Other(usize),
    /// It is text.
    Text,
    /// The end has not arrived.
    Partial,
}

/// A tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Start(StartTag),
    /// An end tag. The names of HTML are in lower case.
    End(String),
}

/// A start tag.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct StartTag {
    pub name: String,
    /// It ends with `/>`.
    pub closed: bool,
    /// `translate="no"` or the class `notranslate` (false), or `translate="yes"` (true).
    pub translate: Option<bool>,
    /// It has words in place of attributes, as a quotation in angle brackets does.
    pub is_prose: bool,
    /// The values of its attributes for readers, as ranges in the tag.
    pub values: Vec<Value>,
}

/// The attributes that readers see.
const READ: [&str; 4] = ["alt", "title", "placeholder", "aria-label"];

/// Attributes without values.
const FLAGS: [&str; 23] = [
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "checked",
    "controls",
    "default",
    "defer",
    "disabled",
    "download",
    "formnovalidate",
    "hidden",
    "inert",
    "itemscope",
    "loop",
    "multiple",
    "muted",
    "nomodule",
    "novalidate",
    "open",
    "readonly",
    "required",
    "selected",
];

/// Reads what begins with the `<` at the start of `text`.
pub(super) fn markup(dialect: Dialect, text: &str) -> Lexed {
    let bytes = text.as_bytes();
    let to = |end: &str, from: usize| match text.get(from..).and_then(|rest| rest.find(end)) {
        Some(at) => Lexed::Other(from + at + end.len()),
        None => Lexed::Partial,
    };
    let begins = |c: u8| c.is_ascii_alphabetic() || (dialect == Dialect::Xml && (c == b'_' || c >= 0x80));
    match bytes.get(1) {
        None => Lexed::Partial,
        Some(b'!') if "<!--".starts_with(&text[..floor(text, 4)]) => {
            if bytes.len() < 4 {
                Lexed::Partial
            } else {
                to("-->", if dialect == Dialect::Xml { 4 } else { 2 })
            }
        }
        Some(b'?') if dialect == Dialect::Xml => to("?>", 2),
        Some(b'!') if dialect == Dialect::Xml => xml(text),
        Some(b'!' | b'?') => to(">", 1),
        Some(b'/') => match bytes.get(2) {
            None => Lexed::Partial,
            Some(&c) if begins(c) => tag(dialect, text),
            Some(_) => Lexed::Text,
        },
        Some(&c) if begins(c) => tag(dialect, text),
        Some(_) => Lexed::Text,
    }
}

fn tag(dialect: Dialect, text: &str) -> Lexed {
    match dialect {
        Dialect::Html => html(text),
        Dialect::Xml => xml(text),
    }
}

fn html(text: &str) -> Lexed {
    // A tag ends at a ">", so a text without one is not read.
    if !text.contains('>') {
        return Lexed::Partial;
    }
    let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    for Ok(token) in Tokenizer::new_with_emitter(text, DefaultEmitter::<usize>::new_with_span()) {
        return match token {
            HtmlToken::Error(_) => continue,
            HtmlToken::StartTag(tag) => {
                let mut start =
                    StartTag { name: name(&tag.name), closed: tag.self_closing, ..StartTag::default() };
                for (key, value) in &tag.attributes {
                    let (key, plain) = (name(key), name(value));
                    start.attribute(&key, &plain);
                    let has_value = text[value.span.start..value.span.end].contains('=');
                    start.is_prose |= !has_value && !FLAGS.contains(&key.as_str()) && key != "/";
                    if READ.contains(&key.as_str())
                        && let Some(range) = quoted(text, value.span.start..value.span.end)
                    {
                        start.values.push(Value { range, plain });
                    }
                }
                start.values.sort_unstable_by_key(|value| value.range.start);
                Lexed::Tag(tag.span.end, Tag::Start(start))
            }
            HtmlToken::EndTag(tag) => Lexed::Tag(tag.span.end, Tag::End(name(&tag.name))),
            _ => Lexed::Text,
        };
    }
    Lexed::Partial
}

/// The value in an attribute with quotes, which has the range `attribute`. A value without quotes has no room for spaces.
fn quoted(text: &str, attribute: Range<usize>) -> Option<Range<usize>> {
    let (name, value) = text.get(attribute.clone())?.split_once('=')?;
    let trimmed = value.trim_start();
    let start = attribute.start + name.len() + 1 + value.len() - trimmed.len() + 1;
    let quote = trimmed.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    (trimmed.len() > 2 && trimmed.ends_with(quote)).then(|| start..attribute.end - 1)
}

fn xml(text: &str) -> Lexed {
    if !text.contains('>') {
        return Lexed::Partial;
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let (closed, tag) = match reader.read_event() {
        Ok(Event::Start(tag)) => (false, tag),
        Ok(Event::Empty(tag)) => (true, tag),
        Ok(Event::End(tag)) => {
            let length = reader.buffer_position() as usize;
            return Lexed::Tag(length, Tag::End(tag.name().as_ref().to_owned()));
        }
        Ok(Event::DocType(_)) => return Lexed::Other(reader.buffer_position() as usize),
        Ok(_) => return Lexed::Text,
        Err(_) => return Lexed::Partial,
    };
    let mut start = StartTag { name: tag.name().as_ref().to_owned(), closed, ..StartTag::default() };
    for attribute in tag.attributes().flatten() {
        start.attribute(attribute.key.as_ref(), &attribute.value);
    }
    Lexed::Tag(reader.buffer_position() as usize, Tag::Start(start))
}

impl StartTag {
    fn attribute(&mut self, name: &str, value: &str) {
        match (name, value) {
            ("translate", "no" | "false") => self.translate = Some(false),
            ("translate", "yes" | "" | "true") => {
                self.translate.get_or_insert(true);
            }
            ("class", _) if value.split_ascii_whitespace().any(|class| class == "notranslate") => {
                self.translate = Some(false);
            }
            _ => {}
        }
    }
}

/// What begins at a `&`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// An entity of so many bytes, and what it stands for.
    Entity(usize, String),
    /// An entity of so many bytes that the document defines elsewhere.
    Unknown(usize),
    /// It is text.
    Text,
    /// The end has not arrived.
    Partial,
}

/// Reads what begins with the `&` at the start of `text`.
pub(super) fn reference(dialect: Dialect, text: &str) -> Reference {
    let is_inner = |&b: &u8| b.is_ascii_alphanumeric() || b == b'#';
    let inner = text.bytes().skip(1).take(ENTITY_BYTES).take_while(is_inner).count();
    let entity = match text.as_bytes().get(1 + inner) {
        _ if inner == ENTITY_BYTES => return Reference::Text,
        None => return Reference::Partial,
        Some(b';') if inner > 0 => &text[..inner + 2],
        Some(_) => return Reference::Text,
    };
    let known = match dialect {
        Dialect::Html => html_entity(entity),
        Dialect::Xml => quick_xml::escape::unescape(entity).ok().map(Cow::into_owned),
    };
    match known {
        Some(text) => Reference::Entity(entity.len(), text),
        None => Reference::Unknown(entity.len()),
    }
}

fn html_entity(entity: &str) -> Option<String> {
    let mut text = Vec::new();
    for Ok(token) in Tokenizer::new(entity) {
        if let HtmlToken::String(part) = token {
            text.extend_from_slice(&part);
        }
    }
    let text = String::from_utf8(text).ok()?;
    (text != entity && !text.ends_with(';')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_with_its_attributes() {
        let text = "<img src=a.png alt='A &amp; B' class=\"x notranslate\" title=c/> b";
        let Lexed::Tag(length, Tag::Start(tag)) = markup(Dialect::Html, text) else { panic!("it is a tag") };
        assert_eq!((length, tag.name.as_str(), tag.translate), (text.len() - 2, "img", Some(false)));
        assert_eq!(tag.values.len(), 1);
        assert_eq!(
            (&text[tag.values[0].range.clone()], tag.values[0].plain.as_str()),
            ("A &amp; B", "A & B")
        );
    }

    #[test]
    fn only_whole_markup_is_read() {
        for text in ["<", "<a", "<a b='>", "</", "</a", "<!", "<!-", "<!-- a", "<!DOCTYPE", "<?xml"] {
            assert_eq!(markup(Dialect::Html, text), Lexed::Partial, "{text}");
            assert_eq!(markup(Dialect::Xml, text), Lexed::Partial, "{text}");
        }
        for text in ["< b>", "<5", "</ a>", "<é>"] {
            assert_eq!(markup(Dialect::Html, text), Lexed::Text, "{text}");
        }
        assert_eq!(
            markup(Dialect::Xml, "<é>"),
            Lexed::Tag(4, Tag::Start(StartTag { name: "é".to_owned(), ..StartTag::default() }))
        );
        assert_eq!(markup(Dialect::Html, "<!-- a > b -->c"), Lexed::Other(14));
        assert_eq!(markup(Dialect::Xml, "<!DOCTYPE x [<!ENTITY a \"b>\">]>c"), Lexed::Other(31));
    }

    #[test]
    fn entities_are_resolved() {
        let entity = |length, text: &str| Reference::Entity(length, text.to_owned());
        assert_eq!(reference(Dialect::Html, "&eacute;t&eacute;"), entity(8, "é"));
        assert_eq!(reference(Dialect::Xml, "&#x41;"), entity(6, "A"));
        assert_eq!(reference(Dialect::Html, "&nosuch;"), Reference::Unknown(8));
        assert_eq!(reference(Dialect::Xml, "&eacute;"), Reference::Unknown(8));
        assert_eq!(reference(Dialect::Html, "& b;"), Reference::Text);
        assert_eq!(reference(Dialect::Html, "&amp"), Reference::Partial);
    }
}
