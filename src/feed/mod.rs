//! Translates feeds: RSS, Atom and JSON Feed.

pub mod document;
