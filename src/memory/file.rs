//! The file of a memory: opens and checks it.

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use redb::{Builder, Database, Error, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

use super::{
    MemoryError,
    kept::{self, Key, Writer},
    unit::{self, Imported, Match, Unit},
};
use crate::lang::Pair;

/// Facts about the file. Every memory has this table, so it tells a memory from other databases.
pub(super) const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("triglot.memory");
/// The number of the format, in [`ABOUT`].
const FORMAT: &str = "format";
/// The format of the tables that this version writes.
const VERSION: u64 = 1;
/// Bytes of pages that the database keeps in memory, beside those that the system caches.
const CACHE_BYTES: usize = 16 << 20;

/// A memory on disk. One process at a time can have it open.
#[derive(Debug)]
pub struct MemoryFile {
    path: PathBuf,
    database: Arc<Database>,
    writer: Writer,
}

impl MemoryFile {
    /// Opens a file of at most about `most_bytes`, and creates it if it is missing. Reads the whole file once to check its sums.
    ///
    /// # Errors
    /// When another process has it open, when it is damaged or something else than a memory, or when it cannot be read or
    /// written.
    pub fn open(path: &Path, most_bytes: u64) -> Result<Self, MemoryError> {
        let failed = |error| failure(path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        options.open(path).map_err(|error| failed(error.into()))?;
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
        let database = builder.create(path).map_err(|error| failed(error.into()))?;
        match begin(&database).map_err(failed)? {
            Some(VERSION) => {}
            Some(format) => {
                return Err(MemoryError::Format { path: path.to_owned(), format, expected: VERSION });
            }
            None => return Err(MemoryError::Foreign(path.to_owned())),
        }
        let database = Arc::new(database);
        let writer = Writer::start(Arc::clone(&database), most_bytes)
            .map_err(|error| MemoryError::Io { path: path.to_owned(), error })?;
        Ok(Self { path: path.to_owned(), database, writer })
    }

    /// The entry of a key; `None` also if it cannot be read. Reads the disk.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        kept::get(&self.database, key).unwrap_or_else(|error| self.unreadable(error, None))
    }

    /// Keeps an entry, within about a second. Never waits: while the disk is too slow, entries are dropped.
    pub fn put(&self, key: Key, value: Vec<u8>) {
        self.writer.put(key, value);
    }

    /// Adds units in one commit, in place of all others if `replace`. An error changes nothing.
    ///
    /// # Errors
    /// Those of the units, and when the file cannot be written.
    pub fn import<E: From<MemoryError>>(
        &self,
        units: impl Iterator<Item = Result<Unit, E>>,
        replace: bool,
    ) -> Result<Imported, E> {
        let imported = unit::import(&self.database, units, replace);
        imported.map_err(|error| failure(&self.path, error))?
    }

    /// Calls `each` with all units, in the order of their import.
    ///
    /// # Errors
    /// Those of `each`, and when the file cannot be read.
    pub fn export<E: From<MemoryError>>(&self, each: impl FnMut(Unit) -> Result<(), E>) -> Result<(), E> {
        unit::export(&self.database, each).map_err(|error| failure(&self.path, error))?
    }

    /// Whether it has no units.
    pub fn has_no_units(&self) -> bool {
        unit::is_empty(&self.database).unwrap_or_else(|error| self.unreadable(error, true))
    }

    /// The units of a sentence, the newest first, and then those of similar sentences if `similar`, the most similar first; none
    /// if they cannot be read. Reads the disk.
    pub fn matches(&self, pair: Pair, sentence: &str, similar: bool) -> Vec<Match> {
        unit::matches(&self.database, pair, sentence, similar)
            .unwrap_or_else(|error| self.unreadable(error, Vec::new()))
    }

    /// What stands for a result that cannot be read.
    fn unreadable<T>(&self, error: Error, instead: T) -> T {
        tracing::warn!(error = %failure(&self.path, error), "cannot read the memory");
        instead
    }

    /// Waits until all entries are on disk.
    pub fn flush(&self) {
        self.writer.flush();
    }
}

/// Creates the tables of a new memory. Returns the format of the memory; `None` for a database of another program.
fn begin(database: &Database) -> Result<Option<u64>, Error> {
    let tables =
        database.begin_read()?.list_tables()?.map(|table| table.name().to_owned()).collect::<Vec<_>>();
    let is_new = tables.is_empty();
    if !is_new && !tables.iter().any(|name| name == ABOUT.name()) {
        return Ok(None);
    }
    let write = database.begin_write()?;
    let mut about = write.open_table(ABOUT)?;
    if is_new {
        about.insert(FORMAT, VERSION)?;
    }
    let format = about.get(FORMAT)?.map(|format| format.value());
    drop(about);
    if format == Some(VERSION) {
        kept::create(&write)?;
        unit::create(&write)?;
        write.commit()?;
    }
    Ok(format)
}

/// The error of a database, with the path of its file.
fn failure(path: &Path, error: Error) -> MemoryError {
    let path = path.to_owned();
    match error {
        Error::DatabaseAlreadyOpen => MemoryError::Busy(path),
        Error::Corrupted(reason) => MemoryError::Damaged { path, reason },
        // The database's answer to a file without its magic number.
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => MemoryError::Foreign(path),
        Error::TableTypeMismatch { .. } => MemoryError::Foreign(path),
        Error::Io(error) => MemoryError::Io { path, error },
        error => MemoryError::Database { path, error: Box::new(error) },
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt};

    use redb::TableError;
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

    #[test]
    fn only_its_owner_can_read_the_file() {
        let (_folder, path) = folder();
        MemoryFile::open(&path, MOST).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn two_cannot_use_the_same_file() {
        let (_folder, path) = folder();
        let _memory = MemoryFile::open(&path, MOST).unwrap();
        assert!(matches!(MemoryFile::open(&path, MOST), Err(MemoryError::Busy(_))));
    }

    #[test]
    fn other_files_are_refused() {
        let (folder, path) = folder();
        fs::write(&path, "An article that somebody wants to keep.\n".repeat(1000)).unwrap();
        assert!(matches!(MemoryFile::open(&path, MOST), Err(MemoryError::Foreign(_))));
        assert!(fs::read_to_string(&path).unwrap().starts_with("An article"));
        let other = folder.path().join("other");
        let database = Database::create(&other).unwrap();
        let table: TableDefinition<'_, u64, u64> = TableDefinition::new("numbers");
        let write = database.begin_write().unwrap();
        write.open_table(table).unwrap().insert(1, 2).unwrap();
        write.commit().unwrap();
        drop(database);
        assert!(matches!(MemoryFile::open(&other, MOST), Err(MemoryError::Foreign(_))));
        let database = Database::open(&other).unwrap();
        let opened = database.begin_read().unwrap().open_table(ABOUT);
        assert!(matches!(opened, Err(TableError::TableDoesNotExist(_))), "nothing is added to it");
        assert!(matches!(MemoryFile::open(folder.path(), MOST), Err(MemoryError::Io { .. })));
    }

    #[test]
    fn a_memory_of_another_format_is_refused() {
        let (_folder, path) = folder();
        drop(MemoryFile::open(&path, MOST).unwrap());
        let database = Database::open(&path).unwrap();
        let write = database.begin_write().unwrap();
        write.open_table(ABOUT).unwrap().insert(FORMAT, 7).unwrap();
        write.commit().unwrap();
        drop(database);
        assert!(matches!(MemoryFile::open(&path, MOST), Err(MemoryError::Format { format: 7, .. })));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_panic() {
        let (folder, path) = folder();
        let memory = MemoryFile::open(&path, MOST).unwrap();
        for number in 0..2000 {
            memory.put(key(number), number.to_string().repeat(20).into_bytes());
        }
        drop(memory);
        let bytes = fs::read(&path).unwrap();
        let damaged = folder.path().join("damaged");
        let mut refused = 0;
        for at in (0..bytes.len()).step_by(bytes.len() / 100) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x55;
            fs::write(&damaged, &bytes).unwrap();
            match MemoryFile::open(&damaged, MOST) {
                Err(MemoryError::Damaged { .. } | MemoryError::Foreign(_)) => refused += 1,
                Err(error) => panic!("{error}"),
                Ok(memory) => (0..2000).for_each(|number| drop(memory.get(&key(number)))),
            }
        }
        assert!(refused > 20, "{refused}");
        for length in [1, 100, 4096, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&damaged, &bytes[..length]).unwrap();
            assert!(MemoryFile::open(&damaged, MOST).is_err(), "{length} bytes");
        }
    }
}
