//! What an element of RSS and Atom is, by its name, its namespace and the element around it.

use quick_xml::name::ResolveResult;

use super::{Kind, place::Part};

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The root of RSS, around the feed.
    Root,
    Feed,
    Entry,
    /// The picture of a feed; its title repeats that of the feed.
    Image,
    Field(Field),
    /// Any other; fields of media can be in it.
    Other,
}

/// An element with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Text(Part),
    /// It may repeat a text.
    Copy,
    Id,
    Link,
    Language,
}

/// A namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    None,
    Rss,
    Rdf,
    Atom,
    Content,
    Dublin,
    /// Podcasts and media.
    Media,
    Other,
}

/// Known namespaces, and the prefix that feeds use, some of them without declaring it.
const SPACES: &[(&str, &str, Space)] = &[
    ("http://purl.org/rss/1.0/", "rss", Space::Rss),
    ("http://channel.netscape.com/rdf/simple/0.9/", "rss", Space::Rss),
    ("http://my.netscape.com/rdf/simple/0.9/", "rss", Space::Rss),
    ("http://backend.userland.com/rss2", "rss", Space::Rss),
    ("http://blogs.law.harvard.edu/tech/rss", "rss", Space::Rss),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf", Space::Rdf),
    ("http://www.w3.org/2005/Atom", "atom", Space::Atom),
    ("http://purl.org/rss/1.0/modules/content/", "content", Space::Content),
    (DUBLIN_CORE, "dc", Space::Dublin),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes", Space::Media),
    ("http://www.google.com/schemas/play-podcasts/1.0", "googleplay", Space::Media),
    ("http://search.yahoo.com/mrss/", "media", Space::Media),
    ("http://search.yahoo.com/mrss", "media", Space::Media),
];

/// Has the language of a feed in RDF.
pub(super) const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";

impl Space {
    pub fn of(name: &ResolveResult<'_>) -> Self {
        let known = match name {
            ResolveResult::Unbound => return Self::None,
            ResolveResult::Bound(namespace) => SPACES.iter().find(|(name, ..)| *name == namespace.0),
            ResolveResult::Unknown(prefix) => SPACES.iter().find(|(_, usual, _)| usual == prefix),
        };
        known.map_or(Self::Other, |&(_, _, space)| space)
    }
}

/// The kind of a document with this root element, and what the element is.
pub(super) fn root(space: Space, name: &str) -> Option<(Kind, Role)> {
    match (space, name) {
        (Space::None | Space::Rss, "rss") => Some((Kind::Rss, Role::Root)),
        (Space::Rdf, "RDF") => Some((Kind::Rdf, Role::Root)),
        (Space::Atom, "feed") => Some((Kind::Atom, Role::Feed)),
        _ => None,
    }
}

/// What an element in `parent` is.
pub(super) fn role(kind: Kind, parent: Role, space: Space, name: &str) -> Role {
    let field = match (space, name) {
        (Space::None | Space::Rss, _) if kind != Kind::Atom => return rss(parent, name),
        (Space::Atom, _) if kind == Kind::Atom => return atom(parent, name),
        (Space::Content, "encoded") if parent == Role::Entry => Field::Text(Part::Body),
        (Space::Dublin, "language") if matches!(parent, Role::Feed | Role::Entry) => Field::Language,
        (Space::Media, "title" | "subtitle" | "summary" | "description") => Field::Copy,
        (Space::Dublin, "title" | "description") => Field::Copy,
        _ => return Role::Other,
    };
    Role::Field(field)
}

fn rss(parent: Role, name: &str) -> Role {
    match (parent, name) {
        (Role::Root, "channel") => Role::Feed,
        (Role::Root | Role::Feed, "item") => Role::Entry,
        (Role::Feed, "image") => Role::Image,
        (Role::Image, "title") => Role::Field(Field::Copy),
        (Role::Feed | Role::Entry, "title") => Role::Field(Field::Text(Part::Title)),
        (Role::Feed | Role::Entry, "description") => Role::Field(Field::Text(Part::Lead)),
        (Role::Feed | Role::Entry, "link") => Role::Field(Field::Link),
        (Role::Entry, "guid") => Role::Field(Field::Id),
        (Role::Feed, "language") => Role::Field(Field::Language),
        _ => Role::Other,
    }
}

fn atom(parent: Role, name: &str) -> Role {
    match (parent, name) {
        (Role::Feed, "entry") => Role::Entry,
        (Role::Feed | Role::Entry, "title") => Role::Field(Field::Text(Part::Title)),
        (Role::Feed, "subtitle") | (Role::Entry, "summary") => Role::Field(Field::Text(Part::Lead)),
        (Role::Entry, "content") => Role::Field(Field::Text(Part::Body)),
        (Role::Feed | Role::Entry, "id") => Role::Field(Field::Id),
        (Role::Feed | Role::Entry, "link") => Role::Field(Field::Link),
        _ => Role::Other,
    }
}
