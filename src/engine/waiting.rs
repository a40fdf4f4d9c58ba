//! Chooses which waiting segment is next: first for tokens of the queue, then for rows of the batch.

use std::collections::VecDeque;

/// The kind of call that a segment belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Priority {
    /// A unary call: the caller waits for the whole answer, so its segments go first.
    Interactive,
    /// A stream of any length.
    #[default]
    Bulk,
}

/// After this many interactive items, a waiting bulk item has its turn. So streams get slower under a constant load of unary
/// calls, but do not stop.
const MAX_OVERTAKEN: usize = 3;

/// Two queues. Each is first in, first out.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    interactive: VecDeque<T>,
    bulk: VecDeque<T>,
    /// How many interactive items overtook the first bulk item.
    overtaken: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { interactive: VecDeque::new(), bulk: VecDeque::new(), overtaken: 0 }
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

    /// Drops the items that are no longer wanted.
    pub(super) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.interactive.retain(&wanted);
        self.bulk.retain(&wanted);
    }

    /// The first bulk item.
    pub(super) fn first_bulk(&self) -> Option<&T> {
        self.bulk.front()
    }

    /// Takes the next item if it fits. Bulk items have a turn only if `bulk` is true.
    pub(super) fn next_if(&mut self, bulk: bool, fits: impl FnOnce(&T) -> bool) -> Option<T> {
        let bulk = bulk && !self.bulk.is_empty();
        let first = !self.interactive.is_empty() && (!bulk || self.overtaken < MAX_OVERTAKEN);
        let queue = match first {
            true => &mut self.interactive,
            false if bulk => &mut self.bulk,
            false => return None,
        };
        queue.front().filter(|item| fits(item))?;
        let item = queue.pop_front()?;
        self.overtaken = if first && !self.bulk.is_empty() { self.overtaken + 1 } else { 0 };
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
    fn interactive_items_go_first_and_bulk_items_continue() {
        let mut waiting = waiting(0..3, 10..18);
        assert!(waiting.next_if(true, |_| false).is_none());
        assert_eq!(order(&mut waiting, true), [10, 11, 12, 0, 13, 14, 15, 1, 16, 17, 2]);
        assert!(waiting.is_empty());
    }

    #[test]
    fn bulk_items_without_a_turn_block_no_interactive_item() {
        let mut waiting = waiting(0..2, 10..15);
        assert_eq!(order(&mut waiting, false), [10, 11, 12, 13, 14]);
        assert_eq!(order(&mut waiting, true), [0, 1]);
    }

    #[test]
    fn unwanted_items_are_dropped() {
        let mut waiting = waiting(0..4, 10..14);
        waiting.retain(|item| item % 2 == 1);
        assert_eq!(order(&mut waiting, true), [11, 13, 1, 3]);
    }
}
