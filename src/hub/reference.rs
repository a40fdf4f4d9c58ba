//! Model references: a name from the catalogue, a repository on a hub, or a path.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// Longest owner, name or revision, in bytes. Hubs allow 96 characters for an owner or a name.
const MAX_PART: usize = 96;

/// A reference to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelReference {
    /// A name from the catalogue.
    Named(String),
    /// `hf:OWNER/NAME[@REVISION]`.
    Repository(Repository),
    /// Path of a folder or a GGUF file: `file:PATH`, or a path with a slash.
    Folder(PathBuf),
}

/// A model's repository on a hub. All its parts are safe in paths and in URLs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository {
    owner: String,
    name: String,
    revision: Option<String>,
}

/// Why a text is not a model reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    #[error("the model name is empty")]
    Empty,
    #[error("{0:?} is not of the form hf:OWNER/NAME or hf:OWNER/NAME@REVISION")]
    Repository(String),
    #[error("{0:?} does not contain a path")]
    Folder(String),
}

impl FromStr for ModelReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if text.starts_with(Repository::SCHEME) {
            return Ok(Self::Repository(text.parse()?));
        }
        if let Some(path) = text.strip_prefix("file:") {
            // In a URL, two more slashes stand before a path without a host.
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err(ReferenceError::Folder(text.to_owned()))
            } else {
                Ok(Self::Folder(PathBuf::from(path)))
            };
        }
        Ok(if text.contains('/') { Self::Folder(PathBuf::from(text)) } else { Self::Named(text.to_owned()) })
    }
}

impl ModelReference {
    /// The name of the model on a server. Without the server's catalogue and adapters, this is an approximation.
    pub fn served_name(&self) -> String {
        match self {
            Self::Folder(path) => served_name(path),
            other => other.to_string(),
        }
    }
}

/// Name of the model in a folder or a file.
pub fn served_name(path: &Path) -> String {
    // Only the canonical form of "./" ends in a name.
    let whole = path.file_name().is_none().then(|| path.canonicalize().ok()).flatten();
    let path = whole.as_deref().unwrap_or(path);
    let name = if is_gguf(path) { path.file_stem() } else { path.file_name() };
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Whether a path has the extension of a GGUF file.
pub fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"))
}

impl fmt::Display for ModelReference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => out.write_str(name),
            Self::Repository(repository) => repository.fmt(out),
            Self::Folder(path) => write!(out, "file:{}", path.display()),
        }
    }
}

impl Repository {
    const SCHEME: &str = "hf:";

    /// The user or organisation that it belongs to.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Its name, without the owner.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The requested branch, tag or commit, if there is one.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// Whether `other` is the same repository; the revision may differ.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.owner, &self.name) == (&other.owner, &other.name)
    }

    /// Name of its folder below `models/hf`, different for every reference: owners and names contain no two hyphens in a row,
    /// and no part contains `@` or `%`.
    pub(super) fn folder(&self) -> String {
        let revision = self.revision.as_ref().map(|revision| format!("@{}", revision.replace('/', "%2F")));
        format!("{}--{}{}", self.owner, self.name, revision.unwrap_or_default())
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let wrong = || ReferenceError::Repository(text.to_owned());
        let rest = text.strip_prefix(Self::SCHEME).ok_or_else(wrong)?;
        let (path, revision) = match rest.split_once('@') {
            Some((path, revision)) => (path, Some(revision)),
            None => (rest, None),
        };
        let (owner, name) = path.split_once('/').ok_or_else(wrong)?;
        let plain_name = |part: &str| is_plain(part) && !part.contains("--");
        let plain_revision = |revision: &str| revision.len() <= MAX_PART && revision.split('/').all(is_plain);
        if !plain_name(owner) || !plain_name(name) || !revision.is_none_or(plain_revision) {
            return Err(wrong());
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned(), revision: revision.map(str::to_owned) })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}/{}", Self::SCHEME, self.owner, self.name)?;
        self.revision.as_ref().map_or(Ok(()), |revision| write!(out, "@{revision}"))
    }
}

impl TryFrom<String> for Repository {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.to_string()
    }
}

/// Whether a part of a path is safe: ASCII letters, digits and `-_.`, no `-` or `.` at the start, no two dots in a row.
fn is_plain(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=MAX_PART).contains(&part.len())
        && part.chars().all(allowed)
        && !part.starts_with(['-', '.'])
        && !part.contains("..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn repository(owner: &str, name: &str, revision: Option<&str>) -> ModelReference {
        ModelReference::Repository(Repository {
            owner: owner.to_owned(),
            name: name.to_owned(),
            revision: revision.map(str::to_owned),
        })
    }

    #[test]
    fn names_repositories_and_paths_are_distinguished() {
        let cases = [
            ("gemma3-270m", ModelReference::Named("gemma3-270m".to_owned())),
            ("hf:Helsinki-NLP/opus-mt-en-fr", repository("Helsinki-NLP", "opus-mt-en-fr", None)),
            ("hf:acme/x.y_z@refs/pr/1", repository("acme", "x.y_z", Some("refs/pr/1"))),
            ("./opus", ModelReference::Folder("./opus".into())),
            ("/srv/models/opus", ModelReference::Folder("/srv/models/opus".into())),
            ("file:opus", ModelReference::Folder("opus".into())),
            ("file:///srv/opus", ModelReference::Folder("/srv/opus".into())),
        ];
        for (text, expected) in cases {
            let reference: ModelReference = text.parse().expect(text);
            assert_eq!(reference, expected, "{text}");
            assert_eq!(reference.to_string().parse(), Ok(expected), "{text}, printed and read again");
        }
    }

    #[test]
    fn unsafe_references_are_refused() {
        for text in [
            "",
            "hf:",
            "hf:opus",
            "hf:/opus",
            "hf:acme/",
            "hf:../opus",
            "hf:acme/..",
            "hf:acme/.git",
            "hf:a/b/c",
            "hf:acme/x@",
            "hf:acme/x@../main",
            "hf:acme/x@a//b",
            "hf:acme/x@main?x=1",
            "hf:acme/x y",
            "hf:a--b/c",
            "hf:acme/é",
            "hf:acme/x@a@b",
            "hf:-acme/x",
            "file:",
            "file://",
        ] {
            assert!(text.parse::<ModelReference>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn each_repository_has_a_safe_folder_of_its_own(text in "hf:[a-c./@%-]{1,12}", other in "hf:[a-c./@%-]{1,12}") {
            let Ok(repository) = text.parse::<Repository>() else { return Ok(()) };
            let folder = repository.folder();
            prop_assert!(!folder.contains('/') && !folder.starts_with('.'), "{}", folder);
            prop_assert_eq!(repository.to_string(), text);
            if let Ok(other) = other.parse::<Repository>() {
                prop_assert_eq!(repository == other, folder == other.folder());
            }
        }
    }
}
