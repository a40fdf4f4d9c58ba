//! The segments that wait for a place in the batch, and whose turn it is.

use std::collections::VecDeque;

use super::Entry;

/// What the caller of a segment waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Priority {
    /// A short answer, as a whole: its segments go before those of long texts.
    Interactive,
    /// A text of any length, read as it comes.
    #[default]
    Bulk,
}

/// After so many segments that went before it, one of a long text has its turn: under a constant load of short calls, a feed
/// gets slower but does not stand still.
const BEFORE: usize = 3;

/// Two queues, each first come, first served.
#[derive(Default)]
pub(super) struct Waiting {
    interactive: VecDeque<Entry>,
    bulk: VecDeque<Entry>,
    /// How many went before the first of `bulk`.
    before: usize,
}

impl Waiting {
    pub(super) fn push(&mut self, entry: Entry) {
        match entry.priority {
            Priority::Interactive => self.interactive.push_back(entry),
            Priority::Bulk => self.bulk.push_back(entry),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.interactive.is_empty() && self.bulk.is_empty()
    }

    /// Drops the segments whose caller has gone, wherever they stand.
    pub(super) fn drop_unwanted(&mut self) {
        for queue in [&mut self.interactive, &mut self.bulk] {
            queue.retain(|entry| !entry.reply.is_closed());
        }
    }

    /// Takes the segment whose turn it is, unless there is no room for it.
    pub(super) fn next_if(&mut self, fits: impl FnOnce(&Entry) -> bool) -> Option<Entry> {
        let first = !self.interactive.is_empty() && (self.bulk.is_empty() || self.before < BEFORE);
        let queue = if first { &mut self.interactive } else { &mut self.bulk };
        queue.front().filter(|entry| fits(entry))?;
        let entry = queue.pop_front()?;
        self.before = if first && !self.bulk.is_empty() { self.before + 1 } else { 0 };
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Instant};

    use tokio::sync::{Semaphore, oneshot};

    use super::*;
    use crate::{
        decode::SearchOptions,
        lang::{Language, Pair},
    };

    /// A segment of one token, and the end where its caller waits.
    fn entry(token: u32, priority: Priority) -> (Entry, oneshot::Receiver<super::super::Output>) {
        let (reply, output) = oneshot::channel();
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("there is one");
        let search = SearchOptions::new(1, 1, Arc::new([]));
        let pair = Pair { source: Language::English, target: Language::French };
        let entry = Entry {
            pair,
            priority,
            tokens: vec![token],
            source_tokens: 1,
            search,
            alternatives: 0,
            submitted: Instant::now(),
            places: vec![place],
            reply,
        };
        (entry, output)
    }

    fn order(waiting: &mut Waiting) -> Vec<u32> {
        std::iter::from_fn(|| waiting.next_if(|_| true)).map(|entry| entry.tokens[0]).collect()
    }

    #[test]
    fn short_calls_go_first_and_long_texts_go_on() {
        let (mut waiting, mut callers) = (Waiting::default(), Vec::new());
        let bulk = (0..3).map(|token| entry(token, Priority::Bulk));
        let interactive = (10..18).map(|token| entry(token, Priority::Interactive));
        for (entry, caller) in bulk.chain(interactive) {
            waiting.push(entry);
            callers.push(caller);
        }
        assert!(waiting.next_if(|_| false).is_none());
        assert_eq!(order(&mut waiting), [10, 11, 12, 0, 13, 14, 15, 1, 16, 17, 2]);
        assert!(waiting.is_empty());
    }

    #[test]
    fn who_has_gone_is_forgotten() {
        let mut waiting = Waiting::default();
        let (stays, _caller) = entry(1, Priority::Bulk);
        waiting.push(entry(0, Priority::Interactive).0);
        waiting.push(stays);
        waiting.drop_unwanted();
        assert_eq!(order(&mut waiting), [1]);
    }
}
