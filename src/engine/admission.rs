//! Who gets places in the queue. Every token that a segment reads and may write takes a place until the segment is done, so
//! that memory is bounded. One call and all long texts together have a quota of them, so that others find room.
//!
//! [`Ledger`] decides, and knows neither clock nor thread; [`Admission`] lets callers wait for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{EngineError, Priority, waiting::Waiting};

/// One in so many places of the queue is not for long texts, so that a few of them do not shut short calls out.
const INTERACTIVE_SHARE: usize = 4;
/// One in so many places of the queue is for one call: enough that a lone one fills the batch.
const CALL_SHARE: usize = 2;

/// How many places there are, how many are taken, and who waits for how many.
#[derive(Debug)]
struct Ledger<T> {
    all: Account,
    /// Those of `all` that long texts may take.
    bulk: Account,
    waiting: Waiting<Ask<T>>,
}

#[derive(Debug)]
struct Account {
    capacity: usize,
    taken: usize,
}

/// What somebody asks for, or was given.
#[derive(Debug)]
struct Ask<T> {
    priority: Priority,
    places: usize,
    who: T,
}

impl Account {
    fn new(capacity: usize) -> Self {
        Self { capacity, taken: 0 }
    }

    /// A segment that is larger than all there is gets its turn too, alone.
    fn charge(&self, places: usize) -> usize {
        places.min(self.capacity)
    }

    fn has_room(&self, places: usize) -> bool {
        self.taken + self.charge(places) <= self.capacity
    }

    fn take(&mut self, places: usize) {
        self.taken += self.charge(places);
    }

    fn give_back(&mut self, places: usize) {
        self.taken -= self.charge(places);
    }
}

impl<T> Ledger<T> {
    fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(1, Semaphore::MAX_PERMITS);
        let (all, bulk) = (Account::new(capacity), Account::new(capacity - capacity / INTERACTIVE_SHARE));
        Self { all, bulk, waiting: Waiting::default() }
    }

    /// Queues up for places.
    fn ask(&mut self, ask: Ask<T>) {
        self.waiting.push(ask.priority, ask);
    }

    /// Gives places to the one whose turn it is, if there are enough.
    fn next(&mut self) -> Option<Ask<T>> {
        let Self { all, bulk, waiting } = self;
        let bulk_has_room = waiting.first_bulk().is_some_and(|ask| bulk.has_room(ask.places));
        let ask = waiting.next_if(bulk_has_room, |ask| all.has_room(ask.places))?;
        all.take(ask.places);
        if ask.priority == Priority::Bulk {
            bulk.take(ask.places);
        }
        Some(ask)
    }

    fn give_back(&mut self, priority: Priority, places: usize) {
        self.all.give_back(places);
        if priority == Priority::Bulk {
            self.bulk.give_back(places);
        }
    }
}

type Shared = Arc<Mutex<Ledger<oneshot::Sender<Places>>>>;

/// The ledger is whole after every one of its calls.
fn lock(ledger: &Shared) -> MutexGuard<'_, Ledger<oneshot::Sender<Places>>> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives places to all whose turn it is.
fn hand_out(ledger: &Shared) {
    loop {
        let Some(Ask { priority, places, who }) = lock(ledger).next() else { return };
        let given = Places { ledger: Some(Arc::clone(ledger)), priority, places };
        // The caller may have gone.
        if let Err(mut unwanted) = who.send(given) {
            unwanted.ledger = None;
            lock(ledger).give_back(priority, places);
        }
    }
}

/// What a segment holds while it is with the engine.
#[derive(Debug)]
pub(super) struct Places {
    /// `None`: they were given back.
    ledger: Option<Shared>,
    priority: Priority,
    places: usize,
}

impl Drop for Places {
    fn drop(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            lock(&ledger).give_back(self.priority, self.places);
            hand_out(&ledger);
        }
    }
}

/// What one call may take of a queue.
#[derive(Debug, Clone)]
pub(super) struct Quota {
    free: Arc<Semaphore>,
    most: u32,
}

/// Places in the queue, under its call's quota as well; the latter are given back last.
pub(super) type Admitted = (Places, Option<OwnedSemaphorePermit>);

/// The places of one engine's queue.
#[derive(Debug)]
pub(super) struct Admission {
    ledger: Shared,
}

impl Admission {
    pub(super) fn new(capacity: usize) -> Self {
        Self { ledger: Arc::new(Mutex::new(Ledger::new(capacity))) }
    }

    /// How many places there are.
    pub(super) fn capacity(&self) -> usize {
        lock(&self.ledger).all.capacity
    }

    pub(super) fn is_full(&self) -> bool {
        !lock(&self.ledger).all.has_room(1)
    }

    pub(super) fn is_idle(&self) -> bool {
        lock(&self.ledger).all.taken == 0
    }

    /// The quota of one call.
    pub(super) fn for_call(&self) -> Quota {
        let most = u32::try_from((self.capacity() / CALL_SHARE).max(1)).unwrap_or(u32::MAX);
        Quota { free: Arc::new(Semaphore::new(most as usize)), most }
    }

    /// Waits for places, first under the call's quota: what waits for that holds nothing of the queue.
    pub(super) async fn take(
        &self,
        call: Option<&Quota>,
        priority: Priority,
        places: u32,
    ) -> Result<Admitted, EngineError> {
        let own = match call {
            Some(Quota { free, most }) => {
                let own = Arc::clone(free).acquire_many_owned(places.min(*most)).await;
                Some(own.map_err(|_| EngineError::WorkerLost)?)
            }
            None => None,
        };
        let (who, given) = oneshot::channel();
        lock(&self.ledger).ask(Ask { priority, places: places as usize, who });
        hand_out(&self.ledger);
        Ok((given.await.map_err(|_| EngineError::WorkerLost)?, own))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::FutureExt;
    use proptest::prelude::*;

    use super::*;

    #[tokio::test]
    async fn a_full_quota_of_long_texts_leaves_room_for_short_calls() {
        let admission = Admission::new(8);
        let held = admission.take(None, Priority::Bulk, 6).await.expect("there is room");
        assert!(admission.take(None, Priority::Bulk, 1).now_or_never().is_none());
        let short = admission.take(None, Priority::Interactive, 2).now_or_never();
        assert!(short.is_some_and(|taken| taken.is_ok()));
        drop(held);
        assert!(admission.take(None, Priority::Bulk, 1).now_or_never().is_some());
    }

    #[tokio::test]
    async fn what_waits_for_its_call_holds_nothing_of_the_queue() {
        let admission = Admission::new(8);
        let call = admission.for_call();
        let held = admission.take(Some(&call), Priority::Bulk, 4).await.expect("there is room");
        let mut waits = pin!(admission.take(Some(&call), Priority::Bulk, 4));
        assert!(waits.as_mut().now_or_never().is_none());
        assert!(admission.take(None, Priority::Interactive, 4).now_or_never().is_some());
        drop(held);
        assert!(waits.await.is_ok());
    }

    #[tokio::test]
    async fn a_caller_that_goes_leaves_its_place_in_the_line() {
        let admission = Admission::new(8);
        let held = admission.take(None, Priority::Interactive, 8).await.expect("there is room");
        let mut gone = Box::pin(admission.take(None, Priority::Interactive, 8));
        let mut stays = pin!(admission.take(None, Priority::Interactive, 8));
        assert!(gone.as_mut().now_or_never().is_none() && stays.as_mut().now_or_never().is_none());
        drop(gone);
        drop(held);
        drop(stays.await.expect("it is its turn"));
        assert!(admission.is_idle());
    }

    proptest! {
        /// Whatever is asked in whatever order: no more places are taken than there are, nobody waits while there is room for
        /// the one whose turn it is, each kind is served in the order of coming, and all come back.
        #[test]
        fn places_are_bounded_and_everybody_gets_a_turn(
            capacity in 1..40usize,
            steps in prop::collection::vec((1..50usize, any::<bool>(), 0..4usize), 1..60),
        ) {
            let mut ledger = Ledger::new(capacity);
            let (mut held, mut served) = (Vec::new(), [Vec::new(), Vec::new()]);
            let mut check = |ledger: &mut Ledger<usize>, held: &mut Vec<Ask<usize>>| {
                while let Some(ask) = ledger.next() {
                    served[usize::from(ask.priority == Priority::Bulk)].push(ask.who);
                    held.push(ask);
                }
                let taken = |asks: &mut dyn Iterator<Item = &Ask<usize>>, account: &Account| {
                    asks.map(|ask| ask.places.min(account.capacity)).sum::<usize>()
                };
                let bulk = |ask: &&Ask<usize>| ask.priority == Priority::Bulk;
                assert_eq!(taken(&mut held.iter(), &ledger.all), ledger.all.taken);
                assert_eq!(taken(&mut held.iter().filter(bulk), &ledger.bulk), ledger.bulk.taken);
                assert!(ledger.all.taken <= capacity && ledger.bulk.taken <= ledger.bulk.capacity);
                assert!(!held.is_empty() || ledger.waiting.is_empty());
            };
            for (who, (places, bulk, returned)) in steps.iter().copied().enumerate() {
                let priority = if bulk { Priority::Bulk } else { Priority::Interactive };
                ledger.ask(Ask { priority, places, who });
                check(&mut ledger, &mut held);
                for Ask { priority, places, .. } in held.drain(..returned.min(held.len())).collect::<Vec<_>>() {
                    ledger.give_back(priority, places);
                }
                check(&mut ledger, &mut held);
            }
            while !held.is_empty() {
                let Ask { priority, places, .. } = held.remove(0);
                ledger.give_back(priority, places);
                check(&mut ledger, &mut held);
            }
            prop_assert_eq!(ledger.all.taken, 0);
            prop_assert!(ledger.waiting.is_empty());
            prop_assert!(served.iter().all(|order| order.is_sorted()));
            prop_assert_eq!(served.iter().map(Vec::len).sum::<usize>(), steps.len());
        }
    }
}
