//! What a job reads, as events in order. An input that cannot be read is an event, too: the other ones go on.

mod find;
mod read;

use std::{fmt, path::PathBuf, str::FromStr};

use url::Url;

pub(super) use self::find::with_end;
pub use self::read::Reader;
use super::{
    document::Document,
    journal::Finished,
    lines::Line,
    object::{self, Object, ObjectError},
};
use crate::{article::Article, lang::Language};

/// Longest line, and longest file of one article, in bytes.
const ARTICLE_BYTES: usize = 16 << 20;

/// An input of a job.
#[derive(Debug, Clone)]
pub enum Input {
    Stdin,
    Path(PathBuf),
    Address(Url),
    Object(Object),
}

/// Why an input is none.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error(transparent)]
    Address(#[from] url::ParseError),
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl FromStr for Input {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        Ok(match text {
            "-" => Self::Stdin,
            _ if text.starts_with("http://") || text.starts_with("https://") => Self::Address(text.parse()?),
            _ if text.starts_with(object::SCHEME) => Self::Object(text.parse()?),
            _ => Self::Path(text.into()),
        })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => formatter.write_str("standard input"),
            Self::Path(path) => path.display().fmt(formatter),
            Self::Address(url) => url.fmt(formatter),
            Self::Object(object) => object.fmt(formatter),
        }
    }
}

/// What comes of the inputs.
pub enum Event {
    /// The articles of an input follow.
    Open(Opened),
    Article(Item),
    Close,
    /// An input, or the rest of it, cannot be read.
    Unreadable {
        input: String,
        reason: String,
    },
}

/// An input that was opened.
pub struct Opened {
    /// The file name of its output, with a folder before it for a file of a folder.
    pub name: PathBuf,
    /// Its name in messages.
    pub input: String,
    pub form: Form,
}

/// What an input is, and what its output is.
pub enum Form {
    Feed(Box<Document>),
    Lines,
    /// A file of one article.
    File,
}

/// An article, or why it is none.
pub struct Item {
    pub article: Result<Article, String>,
    /// The line that it was, if it was one.
    pub line: Option<Line>,
    /// Whether it is the heading of a feed.
    pub is_heading: bool,
}

impl Item {
    /// What a line says, or why it is no article.
    fn of_line(line: &str) -> Self {
        let line = match Line::parse(line) {
            Ok(line) => line,
            Err(error) => return Self::broken(error.to_string()),
        };
        let article = line.article().map(|(article, source)| Article { source, ..article });
        Self { article: article.map_err(|error| error.to_string()), line: Some(line), is_heading: false }
    }

    /// Its line of JSON in another language. What was no line and is no article has none.
    pub(super) fn translated(&self, target: Language, result: &Finished) -> Option<String> {
        match (&self.line, &self.article) {
            (Some(line), _) => Some(line.translated(target, result)),
            (None, Ok(article)) => Some(Line::new(article).translated(target, result)),
            (None, Err(_)) => None,
        }
    }

    fn broken(reason: String) -> Self {
        Self { article: Err(reason), line: None, is_heading: false }
    }
}

impl From<Article> for Item {
    fn from(article: Article) -> Self {
        Self { article: Ok(article), line: None, is_heading: false }
    }
}
