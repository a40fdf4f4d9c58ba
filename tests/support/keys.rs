//! Keys of callers.

use std::fs;

use tempfile::NamedTempFile;
use triglot::server::{
    Keys,
    keys::{Class, Entry, NewKey},
};

/// A new key, and its entry with what `limit` sets.
pub fn key(name: &str, limit: impl FnOnce(&mut Entry)) -> (String, String) {
    let key = NewKey::random().expect("there are random bytes");
    let mut entry = Entry {
        name: name.parse().expect("it is a name"),
        sha256: key.sha256(),
        class: Class::Interactive,
        calls_per_second: None,
        burst: None,
        chars_per_day: None,
    };
    limit(&mut entry);
    (key.secret().to_owned(), entry.to_toml().expect("it can be written"))
}

/// A file with these entries.
pub fn file(entries: &[&str]) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file can be made");
    fs::write(&file, entries.concat()).expect("it can be written");
    file
}

/// The keys of a server with these entries, whose file does not change.
pub fn fixed(entries: &[&str]) -> Keys {
    Keys::read(file(entries).path()).expect("they are right")
}
