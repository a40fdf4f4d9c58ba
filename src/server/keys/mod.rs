//! The keys of callers. With a file of keys, each call but health needs one of them.

mod file;
mod key;
mod new;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ValueEnum;
use http::{HeaderMap, header::AUTHORIZATION};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tokio::sync::watch;
use tonic::Extensions;

pub(super) use self::key::Key;
pub use self::{
    file::{EntriesError, Entry, KeyName, parse},
    new::NewKey,
};
use super::{error::ServiceError, follow::follow};

/// The SHA-256 of a key. A slow hash would protect passwords, which people choose and others guess. A key has 256 random bits, and
/// no number of tries finds one of them.
pub type Digest = [u8; 32];

/// Before the key, among the headers of a call.
const SCHEME: &str = "Bearer ";

/// How the unary calls of a key wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// They go before streams, and are refused if there is no time for them.
    #[default]
    Interactive,
    /// They wait like streams.
    Batch,
}

/// Why a server has no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("cannot read the keys in {path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("cannot use the keys in {path}: {error}")]
    Entries { path: PathBuf, error: EntriesError },
}

/// The keys of a server, by their digests. Cheap to clone.
///
/// The digest of what a client sends is looked up in a table, not compared in constant time. The time can tell a client only about
/// digests, and nobody can choose a key by its digest.
#[derive(Clone)]
pub struct Keys {
    path: Arc<Path>,
    /// What the file had when the server started.
    first: Arc<Vec<u8>>,
    known: Arc<watch::Sender<Table>>,
}

type Table = HashMap<Digest, Arc<Key>>;

impl Keys {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        let bytes = file::read(path).map_err(|error| KeysError::File { path: path.into(), error })?;
        let entries = parse(&bytes).map_err(|error| KeysError::Entries { path: path.into(), error })?;
        let known = Arc::new(watch::Sender::new(table(entries, &Table::new())));
        Ok(Self { path: path.into(), first: Arc::new(bytes), known })
    }

    /// Reads the file again whenever it changes. New calls need the keys that it has then, if it is valid; running calls go on.
    pub async fn follow(&self) {
        let path = self.path.clone();
        let apply = |bytes: &Vec<u8>| {
            let entries = parse(bytes)?;
            self.known.send_modify(|known| *known = table(entries, known));
            Ok::<_, EntriesError>(())
        };
        follow("the keys", self.first.to_vec(), move || file::read(&path), apply).await;
    }

    /// The key of a call.
    pub(super) fn find(&self, headers: &HeaderMap) -> Result<Arc<Key>, ServiceError> {
        let given = headers.get(AUTHORIZATION).ok_or(ServiceError::NoKey)?.as_bytes();
        let (scheme, given) = given.split_at_checked(SCHEME.len()).ok_or(ServiceError::NoKey)?;
        if !scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) {
            return Err(ServiceError::NoKey);
        }
        self.known.borrow().get(&digest(given)).cloned().ok_or(ServiceError::UnknownKey)
    }
}

/// The key of a call; `None` if the server has no keys.
pub(super) fn of(extensions: &Extensions) -> Option<&Key> {
    extensions.get::<Arc<Key>>().map(|key| &**key)
}

/// Counts the characters of a text of a call, or of a part of it that is cut anywhere.
pub(super) fn count_chars(extensions: &Extensions, text: &[u8]) -> Result<(), ServiceError> {
    let Some(key) = of(extensions) else { return Ok(()) };
    // All bytes of UTF-8 but those that go on with a character.
    key.count_chars(text.iter().filter(|byte| (**byte as i8) >= -0x40).count())
}

/// The table of a file. Keys that do not change stay with what they have counted, and a new key of the same name goes on with the
/// old one's quota.
fn table(entries: Vec<Entry>, before: &Table) -> Table {
    let by_name: HashMap<&KeyName, &Arc<Key>> = before.values().map(|key| (key.name(), key)).collect();
    let key = |entry: Entry| match by_name.get(&entry.name) {
        Some(key) if *key.entry() == entry => (entry.sha256, Arc::clone(key)),
        before => (entry.sha256, Arc::new(Key::new(entry, before.map(|key| &***key)))),
    };
    entries.into_iter().map(key).collect()
}

fn digest(key: &[u8]) -> Digest {
    <Sha256 as sha2::Digest>::digest(key).into()
}
