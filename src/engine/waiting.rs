//! Whose turn it is among those that wait: first at the door of the queue, then for rows of the batch.

use std::collections::VecDeque;

/// What the caller of a segment waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Priority {
    /// A short answer, as a whole: its segments go before those of long texts.
    Interactive,
    /// A text of any length, read as it comes.
    #[default]
    Bulk,
}

/// One of a long text has its turn after so many that went before it: under a constant load of short calls, a feed gets
/// slower but does not stop.
const BEFORE: usize = 3;

/// Two queues, each first come, first served.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    interactive: VecDeque<T>,
    bulk: VecDeque<T>,
    /// How many went before the first of `bulk`.
    before: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { interactive: VecDeque::new(), bulk: VecDeque::new(), before: 0 }
    }
}

impl<T> Waiting<T> {
    pub(super) fn push(&mut self, priority: Priority, item: T) {
        match priority {
            Priority::Interactive => self.interactive.push_back(item),
            Priority::Bulk => self.bulk.push_back(item),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.interactive.is_empty() && self.bulk.is_empty()
    }

    /// Drops those that are not wanted any more.
    pub(super) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.interactive.retain(&wanted);
        self.bulk.retain(&wanted);
    }

    /// The first of the long texts.
    pub(super) fn first_bulk(&self) -> Option<&T> {
        self.bulk.front()
    }

    /// Takes the one whose turn it is, unless there is no room for it. Long texts have a turn only if `bulk` allows it.
    pub(super) fn next_if(&mut self, bulk: bool, fits: impl FnOnce(&T) -> bool) -> Option<T> {
        let bulk = bulk && !self.bulk.is_empty();
        let first = !self.interactive.is_empty() && (!bulk || self.before < BEFORE);
        let queue = match first {
            true => &mut self.interactive,
            false if bulk => &mut self.bulk,
            false => return None,
        };
        queue.front().filter(|item| fits(item))?;
        let item = queue.pop_front()?;
        self.before = if first && !self.bulk.is_empty() { self.before + 1 } else { 0 };
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(bulk: std::ops::Range<u32>, interactive: std::ops::Range<u32>) -> Waiting<u32> {
        let mut waiting = Waiting::default();
        bulk.for_each(|item| waiting.push(Priority::Bulk, item));
        interactive.for_each(|item| waiting.push(Priority::Interactive, item));
        waiting
    }

    fn order(waiting: &mut Waiting<u32>, bulk: bool) -> Vec<u32> {
        std::iter::from_fn(|| waiting.next_if(bulk, |_| true)).collect()
    }

    #[test]
    fn short_calls_go_first_and_long_texts_go_on() {
        let mut waiting = waiting(0..3, 10..18);
        assert!(waiting.next_if(true, |_| false).is_none());
        assert_eq!(order(&mut waiting, true), [10, 11, 12, 0, 13, 14, 15, 1, 16, 17, 2]);
        assert!(waiting.is_empty());
    }

    #[test]
    fn long_texts_that_may_not_have_a_turn_stop_nobody() {
        let mut waiting = waiting(0..2, 10..15);
        assert_eq!(order(&mut waiting, false), [10, 11, 12, 13, 14]);
        assert_eq!(order(&mut waiting, true), [0, 1]);
    }

    #[test]
    fn what_is_not_wanted_is_dropped() {
        let mut waiting = waiting(0..4, 10..14);
        waiting.retain(|item| item % 2 == 1);
        assert_eq!(order(&mut waiting, true), [11, 13, 1, 3]);
    }
}
