//! Finds out what an input is: from the name of a file where that tells, or else from its first bytes.

use std::{
    fmt::Display,
    fs, io,
    io::Cursor,
    path::{Path, PathBuf},
};

use tokio::io::{AsyncRead, AsyncReadExt, BufReader};
use url::Url;

use super::{ARTICLE_BYTES, Input, Reader};
use crate::{
    article::Text,
    feed::{
        document::{DOCUMENT_BYTES, Document, DocumentError},
        fetch::Fetched,
        opml::{self, Subscriptions},
    },
    text::Format,
};

/// Bytes in which the kind of an input is found.
const HEAD: u64 = 4096;

/// What the version of a JSON Feed begins with, after its scheme.
const JSON_FEED: &str = "jsonfeed.org/";

/// An input as it was found.
pub(super) enum Found {
    /// Other inputs, each with the file name of its output.
    Inputs(Vec<(Input, PathBuf)>),
    Feed(Document),
    Lines(Read),
    File(Text),
    Archive(Read),
    /// The server says that nothing is new.
    Unchanged,
}

pub(super) type Read = Box<dyn AsyncRead + Send + Unpin>;

impl Reader {
    /// Finds out what an input is, and opens it.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) async fn find(&self, input: &Input) -> Result<Found, String> {
        let reason = |error: io::Error| error.to_string();
        match input {
            Input::Stdin => sniff(Box::new(tokio::io::stdin())).await,
            Input::Address(url) => {
                let known = self.known().and_then(|known| known.get(url).cloned());
                match self.fetcher.get(url, known.as_ref()).await.map_err(|error| error.to_string())? {
                    Fetched::Unchanged => Ok(Found::Unchanged),
                    Fetched::New { bytes, validators, .. } => {
                        let found = sniff(Box::new(Cursor::new(bytes))).await;
                        // A list of feeds does not say whether its feeds have changed, and what cannot be read is reported each time.
                        if let (Some(mut known), Ok(Found::Feed(_) | Found::Lines(_) | Found::File(_))) =
                            (self.known(), &found)
                        {
                            known.insert(url.clone(), validators);
                        }
                        found
                    }
                }
            }
            Input::Path(path) if path.is_dir() => Ok(Found::Inputs(files(path).map_err(reason)?)),
            Input::Path(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                named(&name, Box::new(tokio::fs::File::open(path).await.map_err(reason)?)).await
            }
            Input::Object(object) if object.is_folder() => {
                let below = object.list().await.map_err(|error| error.to_string())?;
                // A folder that is missing cannot be told from an empty one.
                if below.is_empty() {
                    return Err("there is no object below it".to_owned());
                }
                let below = below.into_iter().map(|(object, path)| (Input::Object(object), path));
                Ok(Found::Inputs(texts(object, below.collect())))
            }
            Input::Object(object) => {
                named(object.name(), object.read().await.map_err(|error| error.to_string())?).await
            }
        }
    }
}

/// Finds out what a file of this name is.
async fn named(name: &str, read: Read) -> Result<Found, String> {
    let name = name.to_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    match Format::of_name(&name) {
        // An archive is read in small steps, and each could be a trip to another thread.
        _ if ends(&[".warc", ".warc.gz"]) => {
            Ok(Found::Archive(Box::new(BufReader::with_capacity(1 << 20, read))))
        }
        _ if ends(&[".jsonl", ".ndjson"]) => Ok(Found::Lines(read)),
        Format::Auto | Format::Xml => sniff(read).await,
        format => Ok(Found::File(Text { text: whole(read, ARTICLE_BYTES).await?, format })),
    }
}

/// Finds out what the bytes are.
async fn sniff(mut read: Read) -> Result<Found, String> {
    let mut head = Vec::new();
    (&mut read).take(HEAD).read_to_end(&mut head).await.map_err(|error| error.to_string())?;
    let beginning = String::from_utf8_lossy(&head).to_lowercase();
    // UTF-16 has zeros between its letters.
    let beginning = beginning.replace('\0', "");
    let beginning =
        beginning.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{fffd}'));
    let all: Read = Box::new(Cursor::new(head).chain(read));
    if beginning.starts_with('{') && !is_json_feed(beginning) {
        return Ok(Found::Lines(all));
    }
    if beginning.starts_with('{') || (beginning.starts_with('<') && !is_page(beginning)) {
        let bytes = bytes(all, DOCUMENT_BYTES).await?;
        if beginning.contains("<opml") {
            let Subscriptions { feeds, left_out } =
                opml::read(&bytes[..]).map_err(|error| error.to_string())?;
            if left_out > 0 {
                tracing::warn!(
                    left_out,
                    "some entries of a list of feeds have no address that can be fetched"
                );
            }
            let input = |url: Url| (Input::Address(url.clone()), name_of(&url));
            return Ok(Found::Inputs(feeds.into_iter().map(input).collect()));
        }
        return match Document::parse(bytes.clone()) {
            Ok(document) => Ok(Found::Feed(document)),
            // Other XML is a text with tags.
            Err(DocumentError::NotAFeed) if beginning.starts_with('<') => {
                Ok(Found::File(Text { text: utf8(bytes)?, format: Format::Xml }))
            }
            // A line of JSON may have what looks like the items of a feed.
            Err(DocumentError::NotAFeed | DocumentError::Json(_)) if !beginning.contains(JSON_FEED) => {
                Ok(Found::Lines(Box::new(Cursor::new(bytes))))
            }
            Err(error) => Err(error.to_string()),
        };
    }
    Ok(Found::File(Text { text: whole(all, ARTICLE_BYTES).await?, format: Format::Auto }))
}

/// Whether the root of a document is a page, and not a feed that has one in it.
fn is_page(beginning: &str) -> bool {
    let at = |tag: &str| beginning.find(tag).unwrap_or(usize::MAX);
    let feed = ["<rss", "<feed", "<rdf", "<opml"].map(at).into_iter().min();
    beginning.starts_with("<!doctype html") || Some(at("<html")) < feed
}

/// Whether an object is a JSON Feed by its version, or else by its items: the version may stand at the end.
fn is_json_feed(beginning: &str) -> bool {
    let packed: String = beginning.split_whitespace().collect();
    beginning.contains(JSON_FEED) || packed.contains("\"items\":[{")
}

/// All bytes, if they are not too many.
async fn bytes(read: Read, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    read.take(most as u64 + 1).read_to_end(&mut bytes).await.map_err(|error| error.to_string())?;
    match bytes.len() <= most {
        true => Ok(bytes),
        false => Err(format!("it has more than {} MiB", most >> 20)),
    }
}

async fn whole(read: Read, most: usize) -> Result<String, String> {
    utf8(bytes(read, most).await?)
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {}", error.utf8_error()))
}

/// The files of a folder and of those in it that are text, with their paths below it.
fn files(folder: &Path) -> io::Result<Vec<(Input, PathBuf)>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            let kind = entry.file_type()?;
            match () {
                () if is_hidden(&path) => {}
                () if kind.is_dir() => folders.push(path),
                () if kind.is_file() => found.push((Input::Path(folder.join(&path)), path)),
                () => {
                    tracing::warn!(file = %folder.join(&path).display(), "a link or a device in a folder is left out");
                }
            }
        }
    }
    Ok(texts(&folder.display(), found))
}

/// Those that are text by their names, in the order of these. Hidden ones are left out.
fn texts(folder: &impl Display, mut files: Vec<(Input, PathBuf)>) -> Vec<(Input, PathBuf)> {
    files.retain(|(_, path)| !is_hidden(path));
    let all = files.len();
    files.retain(|(_, path)| path.to_str().is_some_and(|name| Format::of_name(name) != Format::Auto));
    if files.len() < all {
        let left_out = all - files.len();
        tracing::warn!(%folder, files = left_out, "some files are not text by their names and are left out");
    }
    files.sort_by(|(_, one), (_, other)| one.cmp(other));
    files
}

fn is_hidden(path: &Path) -> bool {
    path.iter().any(|part| part.as_encoded_bytes().starts_with(b"."))
}

/// The file name of the output of an input. It has no end if the kind of the input gives it one.
pub(super) fn output_name(input: &Input) -> PathBuf {
    match input {
        Input::Stdin => "stdin".into(),
        Input::Path(path) => path.file_name().unwrap_or_default().into(),
        Input::Object(object) => object.name().into(),
        Input::Address(url) => name_of(url),
    }
}

/// A file name for an address: its host and its path, without its end and without any sign that a path could have.
fn name_of(url: &Url) -> PathBuf {
    let name = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
    let end = |name: &str| [".xml", ".json", ".rss", ".atom"].into_iter().find(|end| name.ends_with(end));
    let name = name.strip_suffix(end(&name).unwrap_or_default()).unwrap_or(&name);
    let sign = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().map(sign).take(120).collect();
    name.trim_matches('_').into()
}

/// The name with another end behind it.
pub(in crate::feed) fn with_end(name: PathBuf, end: &str) -> PathBuf {
    let mut name = name.into_os_string();
    name.push(".");
    name.push(end);
    name.into()
}

/// The name of the second or a later input of the same name.
pub(super) fn numbered(name: &Path, number: usize) -> PathBuf {
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let new = name.with_file_name(format!("{stem}-{number}"));
    match name.extension() {
        Some(end) => with_end(new, &end.to_string_lossy()),
        None => new,
    }
}
