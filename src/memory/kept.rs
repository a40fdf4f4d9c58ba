//! The results that the file keeps, and the thread that writes them.
//!
//! Calls hand their results to the thread and go on. It commits once a second, or earlier when many have come. The number of bytes
//! is bounded: the entries that were written first go first.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use redb::{Error, ReadableTable, TableDefinition, WriteTransaction};

use super::file::MEMORY;
use crate::database::{DatabaseError, DatabaseFile};

/// The identity of an entry: a SHA-256 of all that its value depends on.
pub type Key = [u8; 32];

/// The entries, each with its place in [`ORDER`].
const KEPT: TableDefinition<'_, &Key, (u64, &[u8])> = TableDefinition::new("kept");
/// The keys in the order in which they were written.
const ORDER: TableDefinition<'_, u64, &Key> = TableDefinition::new("kept.order");
/// The sum of the costs of all entries, in [`Kind::about`](crate::database::Kind::about).
const BYTES: &str = "kept.bytes";

/// Time from the first entry of a commit to the commit.
const COMMIT_AFTER: Duration = Duration::from_secs(1);
/// Bytes that a commit may change, at most half of all bytes: the old pages stay in use until the commits after it.
const COMMIT_BYTES: u64 = 16 << 20;
/// Bytes of the pages that an entry changes, beside its value: one in each of two tables, and the same for the entry that leaves.
const CHANGED_BYTES: u64 = 4 << 12;
/// Entries that wait for the thread. More are dropped.
const QUEUE: usize = 4096;

/// The share of the file that the entries may take. Measured: the pages of the database take twice the bytes of its entries, and
/// the file doubles when it grows.
const SHARE: u64 = 5;
/// Bytes of an entry in both tables, beside its value.
const ENTRY_BYTES: u64 = 112;

/// What the thread is sent.
enum Message {
    Entry(Key, Vec<u8>),
    /// Asks for a commit now; the answer comes after it.
    Flush(SyncSender<()>),
}

/// The thread that writes. Dropping it writes what is left.
#[derive(Debug)]
pub(super) struct Writer {
    sender: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub fn start(file: Arc<DatabaseFile>, most_bytes: u64) -> io::Result<Self> {
        let (sender, messages) = sync_channel::<Message>(QUEUE);
        let most_bytes = most_bytes / SHARE;
        let work = move || {
            while let Ok(first) = messages.recv() {
                let mut batch = Batch { room: COMMIT_BYTES.min(most_bytes / 2), ..Batch::default() };
                batch.add(first);
                let end = Instant::now() + COMMIT_AFTER;
                while !batch.is_full() {
                    match messages.recv_timeout(end.saturating_duration_since(Instant::now())) {
                        Ok(message) => batch.add(message),
                        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
                    }
                }
                if let Err(error) = write(&file, most_bytes, &batch.entries) {
                    tracing::warn!(%error, entries = batch.entries.len(), "cannot write to the memory");
                }
                for answer in batch.waiting {
                    let _ = answer.send(());
                }
            }
        };
        let thread = thread::Builder::new().name("memory".to_owned()).spawn(work)?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    pub fn put(&self, key: Key, value: Vec<u8>) {
        let sent = self.sender.as_ref().map(|sender| sender.try_send(Message::Entry(key, value)));
        if let Some(Err(TrySendError::Full(_))) = sent {
            tracing::debug!("the disk is too slow: an entry is not kept");
        }
    }

    pub fn flush(&self) {
        let (answer, answered) = sync_channel(1);
        if self.sender.as_ref().is_some_and(|sender| sender.send(Message::Flush(answer)).is_ok()) {
            // An error means that the thread has ended, and nothing is left to wait for.
            let _ = answered.recv();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The entries of one commit.
#[derive(Default)]
struct Batch {
    entries: Vec<(Key, Vec<u8>)>,
    /// Bytes that still fit.
    room: u64,
    /// Those who wait for this commit.
    waiting: Vec<SyncSender<()>>,
}

impl Batch {
    fn add(&mut self, message: Message) {
        match message {
            Message::Entry(key, value) => {
                self.room = self.room.saturating_sub(value.len() as u64 + CHANGED_BYTES);
                self.entries.push((key, value));
            }
            Message::Flush(answer) => self.waiting.push(answer),
        }
    }

    fn is_full(&self) -> bool {
        !self.waiting.is_empty() || self.room == 0
    }
}

/// About the bytes of an entry.
fn cost(value: &[u8]) -> u64 {
    value.len() as u64 + ENTRY_BYTES
}

/// Creates the tables.
pub(super) fn create(write: &WriteTransaction) -> Result<(), Error> {
    write.open_table(KEPT)?;
    write.open_table(ORDER)?;
    Ok(())
}

/// The value of a key.
pub(super) fn get(file: &DatabaseFile, key: &Key) -> Result<Option<Vec<u8>>, DatabaseError> {
    file.read(|read| Ok(read.open_table(KEPT)?.get(key)?.map(|entry| entry.value().1.to_vec())))
}

/// Writes entries in one commit, and removes the oldest until all entries cost at most `most_bytes`.
fn write(file: &DatabaseFile, most_bytes: u64, entries: &[(Key, Vec<u8>)]) -> Result<(), DatabaseError> {
    if entries.is_empty() {
        return Ok(());
    }
    file.write(|write| {
        let (mut about, mut kept) = (write.open_table(MEMORY.about())?, write.open_table(KEPT)?);
        let mut order = write.open_table(ORDER)?;
        let mut bytes = about.get(BYTES)?.map_or(0, |bytes| bytes.value());
        let first = order.last()?.map_or(0, |(place, _)| place.value() + 1);
        let small = entries.iter().filter(|(_, value)| cost(value) <= most_bytes);
        for (next, (key, value)) in (first..).zip(small) {
            if let Some(old) = kept.insert(key, (next, &value[..]))? {
                let (place, before) = old.value();
                order.remove(place)?;
                bytes = bytes.saturating_sub(cost(before));
            }
            order.insert(next, key)?;
            bytes += cost(value);
        }
        while bytes > most_bytes {
            let Some(oldest) = order.pop_first()?.map(|(_, key)| *key.value()) else { break };
            if let Some(old) = kept.remove(&oldest)? {
                bytes = bytes.saturating_sub(cost(old.value().1));
            }
        }
        about.insert(BYTES, bytes)?;
        Ok(())
    })
}
