//! Articles: a headline, a lead and a body that are translated together, each in its own format. They have one language and one
//! identity, and several languages are translated into at once.

mod stream;
mod translate;

pub use self::{
    stream::{Job, each},
    translate::detect,
};
use crate::{
    lang::Language,
    summarize::{self, Length, Style, SummarizeError, Summary},
    text::{Format, LineBreaks, TextError},
    translate::{TranslateError, Translation},
};

/// An article to translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// The caller's name for it; nothing is read from it.
    pub id: String,
    /// `None`: that of the request.
    pub source: Option<Language>,
    pub texts: Texts,
}

/// The texts of an article, or their translations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts<T = Text> {
    pub title: Option<T>,
    /// A teaser, beside the body or in its place.
    pub lead: Option<T>,
    pub body: Option<T>,
}

/// A text with its format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    pub format: Format,
}

impl<T> Default for Texts<T> {
    fn default() -> Self {
        Self { title: None, lead: None, body: None }
    }
}

impl<T> Texts<T> {
    /// The texts that there are, the longest kind first: the body, the lead, the title.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        [&self.body, &self.lead, &self.title].into_iter().flatten()
    }
}

impl Texts {
    /// Length of all texts, in bytes.
    pub fn bytes(&self) -> usize {
        self.iter().map(|text| text.text.len()).sum()
    }
}

/// Languages and options of a stream of articles.
#[derive(Debug, Clone)]
pub struct Request {
    /// At least one, each once.
    pub targets: Vec<Language>,
    /// How to translate each text. Its source is that of articles that name none. Its target and its format mean nothing.
    pub options: crate::translate::Request,
    pub summaries: Option<Summaries>,
    /// Whether the results have the order of the articles.
    pub ordered: bool,
}

/// How to summarise articles.
#[derive(Debug, Clone, PartialEq)]
pub struct Summaries {
    pub length: Length,
    pub style: Style,
    /// Only the title and the summary are translated.
    pub instead: bool,
}

/// A translated article.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translated {
    /// The language that was detected, with a confidence from 0 to 1.
    pub detected: Option<(Language, f32)>,
    /// Whether it was already in the target language.
    pub copied: bool,
    pub texts: Texts<Translation>,
    /// Of the body, or else of the lead.
    pub summary: Option<Summary>,
}

/// What became of an article in one language.
#[derive(Debug)]
pub struct Outcome<E> {
    pub id: String,
    /// The place of the article in the stream.
    pub index: u64,
    pub target: Language,
    pub result: Result<Translated, E>,
}

impl<E> Outcome<E> {
    /// The same with another error.
    pub fn map_err<F>(self, error: impl FnOnce(E) -> F) -> Outcome<F> {
        let Self { id, index, target, result } = self;
        Outcome { id, index, target, result: result.map_err(error) }
    }
}

/// Why an article cannot be translated.
#[derive(Debug, thiserror::Error)]
pub enum ArticleError {
    #[error("the article has no text")]
    Empty,
    #[error(transparent)]
    Text(#[from] TextError),
    /// Of the text in this field.
    #[error("{field}: {error}")]
    Translate { field: &'static str, error: TranslateError },
    #[error("summary: {0}")]
    Summarize(#[from] SummarizeError),
}

impl Summaries {
    /// The request for the summary of a text.
    fn request(&self, source: Language, target: Language, format: Format) -> summarize::Request {
        summarize::Request {
            source: Some(source),
            target: Some(target),
            length: self.length,
            style: self.style,
            format,
            fallback: None,
            line_breaks: LineBreaks::default(),
        }
    }
}
