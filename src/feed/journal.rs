//! What a job has finished: a file that a crash at any moment leaves whole, so that a second run does only what is new.
//!
//! A result is kept under a digest of all that it depends on: the texts of the article, the languages, the options and the models. So an
//! article that has changed is a new one, and the same article in two feeds has one result.

use std::path::Path;

use prost::Message;
use redb::TableDefinition;

use crate::{
    article::Translated,
    database::{DatabaseError, DatabaseFile, Kind},
    wire::proto,
};

/// What identifies a result (see `wire::articles::digest`).
pub type Key = [u8; 32];

const RESULTS: TableDefinition<'_, &Key, &[u8]> = TableDefinition::new("feed.results");
/// The messages that a webhook took.
const DELIVERED: TableDefinition<'_, &Key, ()> = TableDefinition::new("feed.delivered");

static JOURNAL: Kind = Kind {
    name: "journal",
    table: "triglot.feed",
    format: 1,
    create: |write| {
        write.open_table(RESULTS)?;
        write.open_table(DELIVERED)?;
        Ok(())
    },
    cache_bytes: 16 << 20,
};

/// A result as it is kept.
#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(message, optional, tag = "1")]
    article: Option<proto::TranslatedArticle>,
    /// Why there is no article.
    #[prost(string, tag = "2")]
    reason: String,
}

/// What became of an article in one language: its translation, or why there is none.
pub type Finished = Result<Translated, String>;

/// The journal of a job. Without a file it keeps nothing.
#[derive(Debug, Default)]
pub struct Journal(Option<DatabaseFile>);

impl Journal {
    /// Opens a file, and creates it if it is missing.
    ///
    /// # Errors
    /// When another job uses it, or it is damaged or of another kind.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self(Some(DatabaseFile::open(path, &JOURNAL)?)))
    }

    /// The result under this key. What does not decode is none.
    pub fn find(&self, key: &Key) -> Result<Option<Finished>, DatabaseError> {
        let Some(file) = &self.0 else { return Ok(None) };
        let bytes = file.read(|read| {
            let results = read.open_table(RESULTS)?;
            Ok(results.get(key)?.map(|bytes| bytes.value().to_vec()))
        })?;
        Ok(bytes.and_then(|bytes| decoded(&bytes)))
    }

    /// Keeps results. When it returns, they are on the disk.
    pub fn keep<'a>(
        &self,
        results: impl IntoIterator<Item = (&'a Key, &'a Finished)>,
    ) -> Result<(), DatabaseError> {
        let Some(file) = &self.0 else { return Ok(()) };
        file.write(|write| {
            let mut table = write.open_table(RESULTS)?;
            for (key, result) in results {
                table.insert(key, encoded(result).as_slice())?;
            }
            Ok(())
        })
    }

    /// Whether a webhook took this message.
    pub fn has_delivered(&self, message: &Key) -> Result<bool, DatabaseError> {
        let Some(file) = &self.0 else { return Ok(false) };
        file.read(|read| Ok(read.open_table(DELIVERED)?.get(message)?.is_some()))
    }

    /// Keeps that a webhook took these messages. When it returns, that is on the disk.
    pub fn delivered<'a>(&self, messages: impl IntoIterator<Item = &'a Key>) -> Result<(), DatabaseError> {
        let Some(file) = &self.0 else { return Ok(()) };
        file.write(|write| {
            let mut table = write.open_table(DELIVERED)?;
            for message in messages {
                table.insert(message, ())?;
            }
            Ok(())
        })
    }
}

fn encoded(result: &Finished) -> Vec<u8> {
    let record = match result {
        Ok(article) => Record { article: Some(article.clone().into()), reason: String::new() },
        Err(reason) => Record { article: None, reason: reason.clone() },
    };
    record.encode_to_vec()
}

fn decoded(bytes: &[u8]) -> Option<Finished> {
    let Record { article, reason } = Record::decode(bytes).ok()?;
    match article {
        Some(article) => Some(Ok(article.try_into().ok()?)),
        None => Some(Err(reason)),
    }
}
