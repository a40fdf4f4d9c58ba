//! The file of a memory, and how its entries come and go.

use std::{path::Path, sync::Arc};

use super::{
    kept::{self, Key, Writer},
    unit::{self, Imported, Match, Unit},
};
use crate::{
    database::{DatabaseError, DatabaseFile, Kind},
    lang::Pair,
};

/// A memory file.
pub(super) static MEMORY: Kind = Kind {
    name: "memory",
    table: "triglot.memory",
    format: 1,
    create: |write| {
        kept::create(write)?;
        unit::create(write)
    },
    cache_bytes: 16 << 20,
};

/// A memory on disk. One process at a time can have it open.
#[derive(Debug)]
pub struct MemoryFile {
    file: Arc<DatabaseFile>,
    writer: Writer,
}

impl MemoryFile {
    /// Opens a file of at most about `most_bytes`, and creates it if it is missing. Reads the whole file once to check its sums.
    ///
    /// # Errors
    /// Those of [`DatabaseFile::open`].
    pub fn open(path: &Path, most_bytes: u64) -> Result<Self, DatabaseError> {
        let file = Arc::new(DatabaseFile::open(path, &MEMORY)?);
        let writer = Writer::start(Arc::clone(&file), most_bytes).map_err(|error| file.failed(error))?;
        Ok(Self { file, writer })
    }

    /// The entry of a key; `None` also if it cannot be read. Reads the disk.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        readable(kept::get(&self.file, key)).flatten()
    }

    /// Keeps an entry, within about a second. Never waits: while the disk is too slow, entries are dropped.
    pub fn put(&self, key: Key, value: Vec<u8>) {
        self.writer.put(key, value);
    }

    /// Waits until all entries are on disk.
    pub fn flush(&self) {
        self.writer.flush();
    }

    /// Adds units in one commit, in place of all others if `replace`. An error changes nothing.
    ///
    /// # Errors
    /// Those of the units, and when the file cannot be written.
    pub fn import<E: From<DatabaseError>>(
        &self,
        units: impl Iterator<Item = Result<Unit, E>>,
        replace: bool,
    ) -> Result<Imported, E> {
        self.file.attempt(|write| unit::import(write, units, replace))?
    }

    /// Calls `each` with all units, in the order of their import.
    ///
    /// # Errors
    /// Those of `each`, and when the file cannot be read.
    pub fn export<E: From<DatabaseError>>(&self, each: impl FnMut(Unit) -> Result<(), E>) -> Result<(), E> {
        self.file.read(|read| unit::export(read, each))?
    }

    /// Whether it has units that can be read.
    pub fn has_units(&self) -> bool {
        readable(self.file.read(unit::is_empty)) == Some(false)
    }

    /// The units of a sentence, the newest first, and then those of similar sentences if `similar`, the most similar first; none
    /// if they cannot be read. Reads the disk.
    pub fn matches(&self, pair: Pair, sentence: &str, similar: bool) -> Vec<Match> {
        readable(self.file.read(|read| unit::matches(read, pair, sentence, similar))).unwrap_or_default()
    }
}

/// What was read. The memory changes no answer, so an error is only logged.
fn readable<T>(read: Result<T, DatabaseError>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(%error, "cannot read the memory")).ok()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use tempfile::TempDir;

    use super::*;

    const MOST: u64 = 4 << 20;

    fn folder() -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("memory");
        (folder, path)
    }

    fn key(number: u32) -> Key {
        let mut key = [0; 32];
        // Keys are digests, so they come in no order.
        key[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_le_bytes());
        key
    }

    #[test]
    fn entries_are_there_after_a_restart() {
        let (_folder, path) = folder();
        let memory = MemoryFile::open(&path, MOST).unwrap();
        memory.put(key(1), b"one".to_vec());
        memory.put(key(2), b"two".to_vec());
        memory.put(key(1), b"another one".to_vec());
        drop(memory);
        let memory = MemoryFile::open(&path, MOST).unwrap();
        let [one, two, three] = [1, 2, 3].map(|number| memory.get(&key(number)));
        assert_eq!((one.unwrap(), two.unwrap(), three), (b"another one".to_vec(), b"two".to_vec(), None));
    }

    #[test]
    fn a_flush_waits_for_the_commit() {
        let (_folder, path) = folder();
        let memory = MemoryFile::open(&path, MOST).unwrap();
        memory.put(key(1), b"one".to_vec());
        memory.flush();
        assert_eq!(memory.get(&key(1)).unwrap(), b"one");
    }

    #[test]
    fn the_oldest_entries_leave_and_the_file_stays_small() {
        for bytes in [100, 3_000, 60_000] {
            let (_folder, path) = folder();
            let memory = MemoryFile::open(&path, MOST).unwrap();
            let count = (MOST / (bytes + 112)) as u32;
            for number in 0..count {
                memory.put(key(number), vec![1; bytes as usize]);
                if number % 500 == 499 {
                    memory.flush();
                    let size = fs::metadata(&path).unwrap().len();
                    assert!(size <= MOST, "{size} after {number} of {bytes} bytes");
                }
            }
            memory.flush();
            assert_eq!(memory.get(&key(0)), None);
            assert!(memory.get(&key(count - 1)).is_some());
            assert!(memory.get(&key(count - 10)).is_some());
            let size = fs::metadata(&path).unwrap().len();
            assert!((MOST / 5..=MOST).contains(&size), "{size}");
        }
    }
}
