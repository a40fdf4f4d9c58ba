//! Chooses which waiting segment is next: first for tokens of the queue, then for rows of the batch.

use std::{collections::BTreeMap, time::Instant};

/// The class of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// Of a unary call: the caller waits for the whole answer, so its segments go first.
    Interactive,
    /// Of a stream, a long text, or no call.
    Bulk,
}

/// After this many interactive items, a waiting bulk item has its turn. So streams get slower under a constant load of unary
/// calls, but do not stop.
const MAX_OVERTAKEN: usize = 3;

/// Items by the time when they are due; those of the same time keep their order.
type Queue<T> = BTreeMap<(Instant, u64), T>;

/// Two queues. In each, what is due first goes first.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    interactive: Queue<T>,
    bulk: Queue<T>,
    /// How many items came so far.
    came: u64,
    /// How many interactive items overtook the first bulk item.
    overtaken: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { interactive: Queue::new(), bulk: Queue::new(), came: 0, overtaken: 0 }
    }
}

impl<T> Waiting<T> {
    pub(super) fn push(&mut self, priority: Priority, due: Instant, item: T) {
        let queue = match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Bulk => &mut self.bulk,
        };
        self.came += 1;
        queue.insert((due, self.came), item);
    }

    /// Whether an interactive item waits.
    pub(super) fn has_interactive(&self) -> bool {
        !self.interactive.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.interactive.is_empty() && self.bulk.is_empty()
    }

    /// Drops the items that are no longer wanted.
    pub(super) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.interactive.retain(|_, item| wanted(item));
        self.bulk.retain(|_, item| wanted(item));
    }

    /// The first bulk item.
    pub(super) fn first_bulk(&self) -> Option<&T> {
        self.bulk.first_key_value().map(|(_, item)| item)
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
        let first_item = queue.first_entry().filter(|entry| fits(entry.get()))?;
        let item = first_item.remove();
        self.overtaken = if first && !self.bulk.is_empty() { self.overtaken + 1 } else { 0 };
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn waiting(bulk: std::ops::Range<u32>, interactive: std::ops::Range<u32>) -> Waiting<u32> {
        let mut waiting = Waiting::default();
        let now = Instant::now();
        bulk.for_each(|item| waiting.push(Priority::Bulk, now, item));
        interactive.for_each(|item| waiting.push(Priority::Interactive, now, item));
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
    fn what_is_due_first_goes_first() {
        let mut waiting = Waiting::default();
        let now = Instant::now();
        for item in [3, 1, 2] {
            waiting.push(Priority::Interactive, now + Duration::from_secs(item), item);
        }
        assert_eq!(std::iter::from_fn(|| waiting.next_if(true, |_| true)).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn unwanted_items_are_dropped() {
        let mut waiting = waiting(0..4, 10..14);
        waiting.retain(|item| item % 2 == 1);
        assert_eq!(order(&mut waiting, true), [11, 13, 1, 3]);
    }
}
