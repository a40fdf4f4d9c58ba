//! A database in one file: opens a redb file of one kind, checks it, and reads and writes it in transactions.
//!
//! Its pages have checksums and a commit is atomic, so a crash leaves the state before or after a commit. It contains text of
//! users, so only its owner can read it.

use std::{
    convert::Infallible,
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use redb::{
    Builder, Database, Error, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle,
    WriteTransaction, backends::FileBackend,
};

/// The number of the format, in [`Kind::about`].
const FORMAT: &str = "format";

/// What a file is for.
#[derive(Debug)]
pub struct Kind {
    /// Its name in messages, before the word "file".
    pub name: &'static str,
    /// The name of the table [`Kind::about`].
    pub table: &'static str,
    /// The format that this version reads and writes.
    pub format: u64,
    /// Creates the other tables, where they are missing.
    pub create: fn(&WriteTransaction) -> Result<(), Error>,
    /// Bytes of pages that the process keeps in memory, beside those that the system caches.
    pub cache_bytes: usize,
}

impl Kind {
    /// Numbers that tell about the file. Every file of the kind has this table, so it tells the kind from other databases.
    pub const fn about(&self) -> TableDefinition<'static, &'static str, u64> {
        TableDefinition::new(self.table)
    }
}

/// An open file. One process at a time can have it open.
#[derive(Debug)]
pub struct DatabaseFile {
    kind: &'static Kind,
    path: PathBuf,
    database: Database,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the {kind} file {path}: {cause}")]
pub struct DatabaseError {
    pub kind: &'static str,
    pub path: PathBuf,
    pub cause: Cause,
}

#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("another process uses it")]
    Busy,
    #[error("it is a file of another kind")]
    Foreign,
    #[error("it has format {found}, but this version reads format {expected}")]
    Format { found: u64, expected: u64 },
    #[error("it is damaged: {0}; remove it, or restore it from a copy")]
    Damaged(String),
    #[error("{0}")]
    Io(io::Error),
    #[error("{0}")]
    Database(Box<Error>),
}

impl DatabaseFile {
    /// Opens a file, and creates it if it is missing. Reads the whole file once to check its sums.
    ///
    /// # Errors
    /// When another process has it open, when it is damaged or of another kind, or when it cannot be read or written.
    pub fn open(path: &Path, kind: &'static Kind) -> Result<Self, DatabaseError> {
        let failed = |cause| DatabaseError { kind: kind.name, path: path.to_owned(), cause };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(path).map_err(|error| failed(Cause::Io(error)))?;
        let mut builder = Builder::new();
        builder.set_cache_size(kind.cache_bytes).set_check_integrity_on_open(true);
        let database = FileBackend::new(file).and_then(|file| builder.create_with_backend(file));
        let database = database.map_err(|error| failed(Error::from(error).into()))?;
        match begin(&database, kind).map_err(|error| failed(error.into()))? {
            Some(found) if found == kind.format => {}
            Some(found) => return Err(failed(Cause::Format { found, expected: kind.format })),
            None => return Err(failed(Cause::Foreign)),
        }
        Ok(Self { kind, path: path.to_owned(), database })
    }

    /// Reads in one transaction: all reads see the same state.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Error>,
    ) -> Result<T, DatabaseError> {
        let read = || work(&self.database.begin_read()?);
        read().map_err(|error| self.failed(error))
    }

    /// Writes in one transaction, and commits it. An error of `work` leaves the file unchanged.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, Error>,
    ) -> Result<T, DatabaseError> {
        let Ok(done) = self.attempt(|write| work(write).map(Ok::<_, Infallible>))?;
        Ok(done)
    }

    /// Like [`Self::write`], for work that may also fail without the file; then it leaves the file unchanged, too.
    pub fn attempt<T, E>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<Result<T, E>, Error>,
    ) -> Result<Result<T, E>, DatabaseError> {
        let write = || {
            let write = self.database.begin_write()?;
            let done = work(&write)?;
            match done {
                Ok(_) => write.commit()?,
                Err(_) => write.abort()?,
            }
            Ok(done)
        };
        write().map_err(|error: Error| self.failed(error))
    }

    /// An error that happens with this file.
    pub fn failed(&self, cause: impl Into<Cause>) -> DatabaseError {
        DatabaseError { kind: self.kind.name, path: self.path.clone(), cause: cause.into() }
    }
}

/// Creates the tables of a new file. Returns the format of the file; `None` for a database of another kind.
fn begin(database: &Database, kind: &Kind) -> Result<Option<u64>, Error> {
    let tables =
        database.begin_read()?.list_tables()?.map(|table| table.name().to_owned()).collect::<Vec<_>>();
    let is_new = tables.is_empty();
    if !is_new && !tables.iter().any(|name| name == kind.table) {
        return Ok(None);
    }
    let write = database.begin_write()?;
    let mut about = write.open_table(kind.about())?;
    if is_new {
        about.insert(FORMAT, kind.format)?;
    }
    let format = about.get(FORMAT)?.map(|format| format.value());
    drop(about);
    if format == Some(kind.format) {
        (kind.create)(&write)?;
        write.commit()?;
    }
    Ok(format)
}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseAlreadyOpen => Self::Busy,
            Error::Corrupted(reason) => Self::Damaged(reason),
            // The database's answer to a file without its magic number.
            Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::Foreign,
            Error::TableTypeMismatch { .. } => Self::Foreign,
            Error::Io(error) => Self::Io(error),
            error => Self::Database(Box::new(error)),
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt};

    use redb::TableError;
    use tempfile::TempDir;

    use super::*;

    const NUMBERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("numbers");
    static NUMBERED: Kind = Kind {
        name: "test",
        table: "triglot.test",
        format: 1,
        create: |write| {
            write.open_table(NUMBERS)?;
            Ok(())
        },
        cache_bytes: 1 << 20,
    };

    fn folder() -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("database");
        (folder, path)
    }

    fn open(path: &Path) -> Result<DatabaseFile, Cause> {
        DatabaseFile::open(path, &NUMBERED).map_err(|error| error.cause)
    }

    fn number(file: &DatabaseFile, number: u64) -> Result<Option<usize>, DatabaseError> {
        file.read(|read| Ok(read.open_table(NUMBERS)?.get(number)?.map(|value| value.value().len())))
    }

    fn numbered(file: &DatabaseFile, count: u64) {
        let insert = |write: &WriteTransaction| {
            let mut numbers = write.open_table(NUMBERS)?;
            for number in 0..count {
                numbers.insert(number, number.to_string().repeat(20).as_bytes())?;
            }
            Ok(())
        };
        file.write(insert).unwrap();
    }

    #[test]
    fn what_was_committed_is_there_after_a_restart() {
        let (_folder, path) = folder();
        let file = open(&path).unwrap();
        numbered(&file, 3);
        drop(file);
        let file = open(&path).unwrap();
        assert_eq!([2, 3].map(|at| number(&file, at).unwrap()), [Some(20), None]);
    }

    #[test]
    fn a_failed_transaction_changes_nothing() {
        let (_folder, path) = folder();
        let file = open(&path).unwrap();
        let failing = |write: &WriteTransaction| -> Result<(), Error> {
            write.open_table(NUMBERS)?.insert(1, &[1][..])?;
            Err(Error::Corrupted("half of it".to_owned()))
        };
        let error = file.write(failing).unwrap_err();
        assert!(
            error.to_string().contains("test file") && error.to_string().contains("half of it"),
            "{error}"
        );
        assert_eq!(number(&file, 1).unwrap(), None);
    }

    #[test]
    fn only_its_owner_can_read_the_file() {
        let (_folder, path) = folder();
        open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn two_cannot_use_the_same_file() {
        let (_folder, path) = folder();
        let _file = open(&path).unwrap();
        assert!(matches!(open(&path), Err(Cause::Busy)));
    }

    #[test]
    fn other_files_are_refused() {
        let (folder, path) = folder();
        fs::write(&path, "An article that somebody wants to keep.\n".repeat(1000)).unwrap();
        assert!(matches!(open(&path), Err(Cause::Foreign)));
        assert!(fs::read_to_string(&path).unwrap().starts_with("An article"));
        let other = folder.path().join("other");
        let database = Database::create(&other).unwrap();
        let write = database.begin_write().unwrap();
        write.open_table(NUMBERS).unwrap().insert(1, &[2][..]).unwrap();
        write.commit().unwrap();
        drop(database);
        assert!(matches!(open(&other), Err(Cause::Foreign)));
        let database = Database::open(&other).unwrap();
        let opened = database.begin_read().unwrap().open_table(NUMBERED.about());
        assert!(matches!(opened, Err(TableError::TableDoesNotExist(_))), "nothing is added to it");
        assert!(matches!(open(folder.path()), Err(Cause::Io(_))));
    }

    #[test]
    fn a_file_of_another_format_is_refused() {
        let (_folder, path) = folder();
        drop(open(&path).unwrap());
        let database = Database::open(&path).unwrap();
        let write = database.begin_write().unwrap();
        write.open_table(NUMBERED.about()).unwrap().insert(FORMAT, 7).unwrap();
        write.commit().unwrap();
        drop(database);
        assert!(matches!(open(&path), Err(Cause::Format { found: 7, expected: 1 })));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_panic() {
        let (folder, path) = folder();
        let file = open(&path).unwrap();
        numbered(&file, 2000);
        drop(file);
        let bytes = fs::read(&path).unwrap();
        let damaged = folder.path().join("damaged");
        let mut refused = 0;
        for at in (0..bytes.len()).step_by(bytes.len() / 100) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x55;
            fs::write(&damaged, &bytes).unwrap();
            match open(&damaged) {
                Err(Cause::Damaged(_) | Cause::Foreign) => refused += 1,
                Err(cause) => panic!("{cause}"),
                Ok(file) => (0..2000).for_each(|at| drop(number(&file, at))),
            }
        }
        assert!(refused > 20, "{refused}");
        for length in [1, 100, 4096, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&damaged, &bytes[..length]).unwrap();
            assert!(open(&damaged).is_err(), "{length} bytes");
        }
    }
}
