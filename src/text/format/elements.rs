//! What the elements of HTML and of common XML documents are to a translator.

use super::lex::Dialect;
use crate::text::Block;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// It stands between the words of a sentence.
    Inline,
    /// Inline words that are the same in every language.
    Kept,
    /// A line end that may stand inside a sentence.
    Break,
    /// It begins and ends a block of this kind.
    Block(Block),
    /// All in it is copied, with the elements in it.
    Copied,
    /// All in it is copied, up to its end tag; it has no elements.
    Raw,
}

/// Elements of HTML between words.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "data", "del", "dfn", "em", "font",
    "i", "img", "input", "ins", "label", "mark", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "small", "span",
    "strike", "strong", "sub", "sup", "time", "u", "wbr",
];

/// Elements of XML vocabularies (DocBook, NewsML, TEI, XLIFF) between words, beside those of HTML.
const INLINE_XML: &[&str] = &[
    "bpt", "bx", "emphasis", "ept", "ex", "g", "hi", "inline", "it", "link", "mrk", "ph", "quote", "ref",
    "sc", "ec", "pc", "ulink", "x",
];

/// Elements of HTML without an end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements whose end tag may be missing: a second one ends the first.
const IMPLIED: &[&str] = &["dd", "dt", "li", "option", "p", "td", "th", "tr"];

/// Parts of a page that are not its text.
const FURNITURE: &[&str] =
    &["aside", "button", "dialog", "figcaption", "footer", "form", "menu", "nav", "select"];

/// Elements of HTML that a plain text in HTML would have.
const KNOWN: &[&str] = &[
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "html",
    "iframe",
    "kbd",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "samp",
    "script",
    "section",
    "select",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "tt",
    "ul",
    "var",
    "video",
];

/// Elements of feeds and of XLIFF that are identifiers, addresses, dates or names.
const CODES: &[&str] = &[
    "author",
    "category",
    "cloud",
    "code",
    "contributor",
    "copyright-year",
    "creator",
    "date",
    "docs",
    "email",
    "enclosure",
    "generator",
    "guid",
    "height",
    "id",
    "identifier",
    "language",
    "lastBuildDate",
    "loc",
    "modified",
    "name",
    "pre",
    "pubDate",
    "published",
    "script",
    "skipDays",
    "skipHours",
    "source",
    "style",
    "ttl",
    "updated",
    "uri",
    "url",
    "webMaster",
    "managingEditor",
    "width",
    "isodate",
    "lastmod",
    "changefreq",
    "priority",
];

/// What the element `name` is. `in_text`: there is text before it in the same block.
pub(super) fn element(dialect: Dialect, name: &str, in_text: bool) -> Element {
    match dialect {
        Dialect::Html => html(name),
        // The address of a feed's item is a <link>; that of other vocabularies stands in the text.
        Dialect::Xml if name == "link" && !in_text => Element::Copied,
        Dialect::Xml => {
            let local = name.rsplit(':').next().unwrap_or(name);
            if matches!(local, "code" | "kbd" | "samp" | "var") && in_text {
                Element::Kept
            } else if in_text || INLINE.contains(&local) || INLINE_XML.contains(&local) {
                Element::Inline
            } else if CODES.contains(&local) {
                Element::Copied
            } else if matches!(local, "title" | "headline" | "head") {
                Element::Block(Block::Headline)
            } else {
                Element::Block(Block::Paragraph)
            }
        }
    }
}

fn html(name: &str) -> Element {
    match name {
        "br" => Element::Break,
        "code" | "kbd" | "samp" | "tt" | "var" => Element::Kept,
        "script" | "style" | "textarea" | "iframe" | "xmp" | "noembed" | "noframes" => Element::Raw,
        "pre" | "svg" | "math" | "template" => Element::Copied,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "title" => Element::Block(Block::Headline),
        "li" => Element::Block(Block::ListItem),
        "caption" | "figcaption" => Element::Block(Block::Caption),
        name if INLINE.contains(&name) => Element::Inline,
        _ => Element::Block(Block::Paragraph),
    }
}

/// Whether an element of HTML has no end tag.
pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Whether a second start tag of this name ends the first element.
pub(super) fn ends_itself(name: &str) -> bool {
    IMPLIED.contains(&name)
}

/// Whether an element is a part of a page that is not its text.
pub(super) fn is_furniture(name: &str) -> bool {
    FURNITURE.contains(&name)
}

/// Whether HTML has this element.
pub(super) fn is_html(name: &str) -> bool {
    KNOWN.contains(&name) || INLINE.contains(&name) || VOID.contains(&name)
}
