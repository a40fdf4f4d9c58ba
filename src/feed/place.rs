//! Where the output of a job goes, and where the files of the job are.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use super::object::{self, Object, ObjectError};

/// Where the output goes.
#[derive(Debug, Clone)]
pub enum Place {
    /// Only a webhook gets the articles.
    Nowhere,
    Stdout,
    File(PathBuf),
    /// A folder for each language in it.
    Folder(PathBuf),
    /// An object, or a folder of objects.
    Object(Object),
}

impl FromStr for Place {
    type Err = ObjectError;

    fn from_str(text: &str) -> Result<Self, ObjectError> {
        let path = PathBuf::from(text);
        Ok(match text {
            "-" => Self::Stdout,
            _ if text.starts_with(object::SCHEME) => Self::Object(text.parse()?),
            _ if path.is_dir() || text.ends_with('/') => Self::Folder(path),
            _ => Self::File(path),
        })
    }
}

impl Place {
    /// Whether many files have room in it.
    pub fn is_folder(&self) -> bool {
        match self {
            Self::Folder(_) => true,
            Self::Object(object) => object.is_folder(),
            Self::Nowhere | Self::Stdout | Self::File(_) => false,
        }
    }

    /// Whether it is one file or object.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(_) | Self::Object(_)) && !self.is_folder()
    }

    /// Whether it is one file or object of JSON Lines by its name.
    pub fn is_lines(&self) -> bool {
        let name = match self {
            Self::File(path) => path.as_path(),
            Self::Object(object) if !object.is_folder() => Path::new(object.name()),
            _ => return false,
        };
        name.extension().is_some_and(|end| end == "jsonl" || end == "ndjson")
    }

    /// A file of the job: beside the output, or beside the journal if the output is no file.
    pub fn beside(&self, journal: Option<&Path>, end: &str) -> Option<PathBuf> {
        let ended = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{end}"));
            name.into()
        };
        match self {
            Self::Stdout => None,
            Self::Nowhere | Self::Object(_) => journal.map(ended),
            Self::File(path) => Some(ended(path)),
            Self::Folder(folder) => Some(folder.join(format!(".triglot.{end}"))),
        }
    }
}
