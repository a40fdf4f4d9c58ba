//! Chooses which waiting segment is next: first for tokens of the queue, then for rows of the batch.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use super::Caller;

/// The class of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// Of a unary call: the caller waits for the whole answer, so its segments go first.
    Interactive,
    /// Of a stream, a long text, or no call.
    Bulk,
}

/// What decides when a segment has its turn.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub priority: Priority,
    pub caller: Caller,
    pub due: Instant,
    /// The tokens that it takes in the queue.
    pub tokens: usize,
}

/// After this many interactive items, a waiting bulk item has its turn. So streams get slower under a constant load of unary
/// calls, but do not stop.
const MAX_OVERTAKEN: usize = 3;

/// Items by the time when they are due; those of the same time keep their order.
type Queue<T> = BTreeMap<(Instant, u64), T>;

/// Two queues. Among interactive items, what is due first goes first; admission sees to it that each caller has its share of them.
/// Bulk items are not admitted by time, so their callers take turns.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    interactive: Queue<T>,
    bulk: Lanes<T>,
    /// How many items came so far.
    came: u64,
    /// How many interactive items overtook the first bulk item.
    overtaken: usize,
}

/// The items of each caller. The caller who has got the fewest tokens is next, and of its items the one that is due first.
///
/// A caller who comes has got as many as the one whose turn it was last, or it would have all turns until it has caught up
/// (start-time fair queueing: Goyal, Vin and Cheng, 1996).
#[derive(Debug)]
struct Lanes<T> {
    callers: HashMap<Caller, Lane<T>>,
    /// What the caller had got whose turn it was last.
    got: usize,
}

#[derive(Debug)]
struct Lane<T> {
    /// Each with its tokens.
    items: Queue<(usize, T)>,
    got: usize,
}

impl<T> Lanes<T> {
    fn push(&mut self, caller: Caller, key: (Instant, u64), tokens: usize, item: T) {
        let got = self.got;
        let lane = self.callers.entry(caller).or_insert_with(|| Lane { items: Queue::new(), got });
        lane.got = lane.got.max(got);
        lane.items.insert(key, (tokens, item));
    }

    fn is_empty(&self) -> bool {
        self.callers.values().all(|lane| lane.items.is_empty())
    }

    fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.callers.values_mut().for_each(|lane| lane.items.retain(|_, (_, item)| wanted(item)));
        self.forget();
    }

    /// The lane that is next.
    fn next(&self) -> Option<(&Caller, &Lane<T>)> {
        let waiting = self.callers.iter().filter_map(|(caller, lane)| {
            let (first, _) = lane.items.first_key_value()?;
            Some(((lane.got, first), (caller, lane)))
        });
        waiting.min_by_key(|(order, _)| *order).map(|(_, lane)| lane)
    }

    fn first(&self) -> Option<&T> {
        self.next().and_then(|(_, lane)| lane.items.values().next()).map(|(_, item)| item)
    }

    fn pop(&mut self) -> Option<T> {
        let caller = self.next()?.0.clone();
        let lane = self.callers.get_mut(&caller)?;
        let (_, (tokens, item)) = lane.items.pop_first()?;
        self.got = lane.got;
        lane.got += tokens;
        self.forget();
        Some(item)
    }

    /// Forgets callers for whom it makes no difference when they come again, and all when nobody waits.
    fn forget(&mut self) {
        match self.is_empty() {
            true => self.callers.clear(),
            false => self.callers.retain(|_, lane| !lane.items.is_empty() || lane.got > self.got),
        }
    }
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        let bulk = Lanes { callers: HashMap::new(), got: 0 };
        Self { interactive: Queue::new(), bulk, came: 0, overtaken: 0 }
    }
}

impl<T> Waiting<T> {
    pub(super) fn push(&mut self, turn: Turn, item: T) {
        let Turn { priority, caller, due, tokens } = turn;
        self.came += 1;
        let key = (due, self.came);
        match priority {
            Priority::Interactive => _ = self.interactive.insert(key, item),
            Priority::Bulk => self.bulk.push(caller, key, tokens, item),
        }
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
        self.bulk.retain(wanted);
    }

    /// The first bulk item.
    pub(super) fn first_bulk(&self) -> Option<&T> {
        self.bulk.first()
    }

    /// Takes the next item if it fits. Bulk items have a turn only if `bulk` is true.
    pub(super) fn next_if(&mut self, bulk: bool, fits: impl FnOnce(&T) -> bool) -> Option<T> {
        let has_bulk = !self.bulk.is_empty();
        let bulk = bulk && has_bulk;
        if let Some(first) = self.interactive.first_entry()
            && (!bulk || self.overtaken < MAX_OVERTAKEN)
        {
            let item = Some(first).filter(|first| fits(first.get()))?.remove();
            self.overtaken = if has_bulk { self.overtaken + 1 } else { 0 };
            return Some(item);
        }
        if !bulk || !self.bulk.first().is_some_and(fits) {
            return None;
        }
        self.overtaken = 0;
        self.bulk.pop()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn turn(priority: Priority, caller: &str, due: Instant, tokens: usize) -> Turn {
        Turn { priority, caller: caller.into(), due, tokens }
    }

    fn waiting(bulk: std::ops::Range<u32>, interactive: std::ops::Range<u32>) -> Waiting<u32> {
        let mut waiting = Waiting::default();
        let now = Instant::now();
        bulk.for_each(|item| waiting.push(turn(Priority::Bulk, "", now, 1), item));
        interactive.for_each(|item| waiting.push(turn(Priority::Interactive, "", now, 1), item));
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
            let due = now + Duration::from_secs(item);
            waiting.push(turn(Priority::Interactive, "", due, 1), item);
        }
        assert_eq!(std::iter::from_fn(|| waiting.next_if(true, |_| true)).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn unwanted_items_are_dropped() {
        let mut waiting = waiting(0..4, 10..14);
        waiting.retain(|item| item % 2 == 1);
        assert_eq!(order(&mut waiting, true), [11, 13, 1, 3]);
    }

    #[test]
    fn the_callers_of_bulk_items_take_turns() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        let mut push = |caller, tokens, items: std::ops::Range<u32>| {
            items.for_each(|item| waiting.push(turn(Priority::Bulk, caller, now, tokens), item));
        };
        push("archive", 2, 0..4);
        push("agency", 1, 10..13);
        push("paper", 4, 20..22);
        assert_eq!(order(&mut waiting, true), [0, 10, 20, 11, 1, 12, 2, 21, 3]);
    }

    #[test]
    fn a_caller_who_comes_late_does_not_catch_up() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        (0..8).for_each(|item| waiting.push(turn(Priority::Bulk, "archive", now, 1), item));
        assert_eq!((0..4).filter_map(|_| waiting.next_if(true, |_| true)).collect::<Vec<_>>(), [0, 1, 2, 3]);
        (10..14).for_each(|item| waiting.push(turn(Priority::Bulk, "agency", now, 1), item));
        assert_eq!(order(&mut waiting, true), [10, 4, 11, 5, 12, 6, 13, 7]);
        assert!(waiting.bulk.callers.is_empty(), "nobody is remembered without need");
    }

    proptest! {
        /// While callers wait, none of them gets more than another but by one segment of each, however many streams it has.
        #[test]
        fn callers_who_wait_get_equal_shares(
            sizes in prop::collection::vec((0..3u8, 1..100usize), 1..200),
        ) {
            let (mut waiting, now) = (Waiting::default(), Instant::now());
            let mut left = [0; 3];
            for (caller, tokens) in &sizes {
                left[usize::from(*caller)] += 1;
                waiting.push(turn(Priority::Bulk, &caller.to_string(), now, *tokens), (*caller, *tokens));
            }
            let mut got = [0; 3];
            while left.iter().all(|left| *left > 0) {
                let (caller, tokens) = waiting.next_if(true, |_| true).expect("they wait");
                left[usize::from(caller)] -= 1;
                got[usize::from(caller)] += tokens;
            }
            let (least, most) = (got.iter().min(), got.iter().max());
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least < 200), "{got:?}");
        }
    }
}
