//! Articles: a headline, a lead and a body that are translated together, each in its own format, with one language and one identity.

use crate::{lang::Language, text::Format};

/// An article to translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// The caller's name for it; nothing is read from it.
    pub id: String,
    /// `None`: detected from its texts.
    pub source: Option<Language>,
    pub texts: Texts,
}

/// The texts of an article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    pub title: Option<Text>,
    /// A lead or a teaser.
    pub summary: Option<Text>,
    pub body: Option<Text>,
}

/// A text with its format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    pub format: Format,
}
