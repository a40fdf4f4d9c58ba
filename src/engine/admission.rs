//! Admission to the queue, counted in tokens. Each segment holds tokens until it is finished: those that it reads, and those that
//! it may write. This bounds the memory. One call has a quota, and all bulk segments together have another, so there is room for
//! other callers.
//!
//! [`Ledger`] makes the decisions, without clock or threads. [`Admission`] lets callers wait for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    EngineError, Priority,
    waiting::{Turn, Waiting},
};

/// One token in this many is reserved for interactive segments, so a few streams cannot block unary calls.
const INTERACTIVE_SHARE: usize = 4;
/// One call may hold one token in this many: enough for a single call to fill the batch.
const CALL_SHARE: usize = 2;

/// The tokens of the queue: how many there are, how many are taken, and the waiting claims.
#[derive(Debug)]
struct Ledger<T> {
    all: Account,
    /// The part of `all` that bulk segments may take.
    bulk: Account,
    waiting: Waiting<Claim<T>>,
}

#[derive(Debug)]
struct Account {
    capacity: usize,
    taken: usize,
}

/// A claim to tokens, waiting or granted.
#[derive(Debug)]
struct Claim<T> {
    turn: Turn,
    owner: T,
}

impl Account {
    fn new(capacity: usize) -> Self {
        Self { capacity, taken: 0 }
    }

    /// A segment that is larger than the capacity takes all of it, so it can run alone.
    fn charge(&self, tokens: usize) -> usize {
        tokens.min(self.capacity)
    }

    fn has_room(&self, tokens: usize) -> bool {
        self.taken + self.charge(tokens) <= self.capacity
    }

    fn take(&mut self, tokens: usize) {
        self.taken += self.charge(tokens);
    }

    fn give_back(&mut self, tokens: usize) {
        self.taken -= self.charge(tokens);
    }
}

impl<T> Ledger<T> {
    fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(1, Semaphore::MAX_PERMITS);
        let (all, bulk) = (Account::new(capacity), Account::new(capacity - capacity / INTERACTIVE_SHARE));
        Self { all, bulk, waiting: Waiting::default() }
    }

    /// Adds a claim to the waiting ones.
    fn submit(&mut self, claim: Claim<T>) {
        self.waiting.push(claim.turn.clone(), claim);
    }

    /// Grants the next claim if there are enough tokens.
    fn grant_next(&mut self) -> Option<Claim<T>> {
        let Self { all, bulk, waiting } = self;
        let bulk_has_room = waiting.first_bulk().is_some_and(|claim| bulk.has_room(claim.turn.tokens));
        let claim = waiting.next_if(bulk_has_room, |claim| all.has_room(claim.turn.tokens))?;
        all.take(claim.turn.tokens);
        if claim.turn.priority == Priority::Bulk {
            bulk.take(claim.turn.tokens);
        }
        Some(claim)
    }

    fn give_back(&mut self, priority: Priority, tokens: usize) {
        self.all.give_back(tokens);
        if priority == Priority::Bulk {
            self.bulk.give_back(tokens);
        }
    }
}

type Shared = Arc<Mutex<Ledger<oneshot::Sender<Permit>>>>;

/// Ignores poisoning: every method leaves the ledger consistent.
fn lock(ledger: &Shared) -> MutexGuard<'_, Ledger<oneshot::Sender<Permit>>> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Grants claims until the next one has to wait.
fn grant_all(ledger: &Shared) {
    loop {
        let Some(Claim { turn: Turn { priority, tokens, .. }, owner }) = lock(ledger).grant_next() else {
            return;
        };
        let permit = Permit { ledger: Some(Arc::clone(ledger)), priority, tokens };
        // The send fails if the caller was cancelled.
        if let Err(mut unwanted) = owner.send(permit) {
            unwanted.ledger = None;
            lock(ledger).give_back(priority, tokens);
        }
    }
}

/// The tokens that a segment holds; it gives them back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    /// `None`: the tokens were given back already.
    ledger: Option<Shared>,
    priority: Priority,
    tokens: usize,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            lock(&ledger).give_back(self.priority, self.tokens);
            grant_all(&ledger);
        }
    }
}

/// The quota of one call in a queue.
#[derive(Debug, Clone)]
pub(super) struct Quota {
    free: Arc<Semaphore>,
    most: u32,
}

/// Tokens of the queue, and tokens of the call's quota. The latter are given back last.
pub(super) type Admitted = (Permit, Option<OwnedSemaphorePermit>);

/// The admission to one engine's queue.
#[derive(Debug)]
pub(super) struct Admission {
    ledger: Shared,
}

impl Admission {
    pub(super) fn new(capacity: usize) -> Self {
        Self { ledger: Arc::new(Mutex::new(Ledger::new(capacity))) }
    }

    /// The number of tokens in the queue.
    pub(super) fn capacity(&self) -> usize {
        lock(&self.ledger).all.capacity
    }

    pub(super) fn is_full(&self) -> bool {
        !lock(&self.ledger).all.has_room(1)
    }

    /// The number of tokens that segments hold.
    pub(super) fn taken(&self) -> usize {
        lock(&self.ledger).all.taken
    }

    /// Creates the quota of one call.
    pub(super) fn for_call(&self) -> Quota {
        let most = u32::try_from((self.capacity() / CALL_SHARE).max(1)).unwrap_or(u32::MAX);
        Quota { free: Arc::new(Semaphore::new(most as usize)), most }
    }

    /// Waits for tokens, first of the call's quota. A segment that waits for the quota holds no tokens of the queue.
    pub(super) async fn take(&self, call: Option<&Quota>, turn: Turn) -> Result<Admitted, EngineError> {
        let own = match call {
            Some(Quota { free, most }) => {
                let own = Arc::clone(free)
                    .acquire_many_owned(u32::try_from(turn.tokens).map_or(*most, |tokens| tokens.min(*most)))
                    .await;
                Some(own.map_err(|_| EngineError::WorkerLost)?)
            }
            None => None,
        };
        let (owner, permit) = oneshot::channel();
        lock(&self.ledger).submit(Claim { turn, owner });
        grant_all(&self.ledger);
        Ok((permit.await.map_err(|_| EngineError::WorkerLost)?, own))
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, time::Instant};

    use futures::FutureExt;
    use proptest::prelude::*;

    use super::*;

    fn turn(priority: Priority, tokens: usize) -> Turn {
        Turn { priority, caller: "agency".into(), due: Instant::now(), tokens }
    }

    fn bulk(tokens: usize) -> Turn {
        turn(Priority::Bulk, tokens)
    }

    fn interactive(tokens: usize) -> Turn {
        turn(Priority::Interactive, tokens)
    }

    #[tokio::test]
    async fn a_full_bulk_quota_leaves_room_for_interactive_segments() {
        let admission = Admission::new(8);
        let held = admission.take(None, bulk(6)).await.expect("there is room");
        assert!(admission.take(None, bulk(1)).now_or_never().is_none());
        let short = admission.take(None, interactive(2)).now_or_never();
        assert!(short.is_some_and(|taken| taken.is_ok()));
        drop(held);
        assert!(admission.take(None, bulk(1)).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_segment_that_waits_for_its_quota_holds_no_tokens_of_the_queue() {
        let admission = Admission::new(8);
        let call = admission.for_call();
        let held = admission.take(Some(&call), bulk(4)).await.expect("there is room");
        let mut waits = pin!(admission.take(Some(&call), bulk(4)));
        assert!(waits.as_mut().now_or_never().is_none());
        assert!(admission.take(None, interactive(4)).now_or_never().is_some());
        drop(held);
        assert!(waits.await.is_ok());
    }

    #[tokio::test]
    async fn a_cancelled_claim_does_not_block_the_next_one() {
        let admission = Admission::new(8);
        let held = admission.take(None, interactive(8)).await.expect("there is room");
        let mut gone = Box::pin(admission.take(None, interactive(8)));
        let mut stays = pin!(admission.take(None, interactive(8)));
        assert!(gone.as_mut().now_or_never().is_none() && stays.as_mut().now_or_never().is_none());
        drop(gone);
        drop(held);
        drop(stays.await.expect("it is its turn"));
        assert!(admission.taken() == 0);
    }

    proptest! {
        /// For any claims in any order: the tokens taken never exceed the capacity, an empty queue grants the next claim, each kind
        /// of claim is served in order, and all tokens are given back.
        #[test]
        fn tokens_are_bounded_and_every_claim_is_granted(
            capacity in 1..40usize,
            steps in prop::collection::vec((1..50usize, any::<bool>(), 0..4usize), 1..60),
        ) {
            let mut ledger = Ledger::new(capacity);
            let (mut held, mut served) = (Vec::new(), [Vec::new(), Vec::new()]);
            let mut check = |ledger: &mut Ledger<usize>, held: &mut Vec<Claim<usize>>| {
                while let Some(claim) = ledger.grant_next() {
                    served[usize::from(claim.turn.priority == Priority::Bulk)].push(claim.owner);
                    held.push(claim);
                }
                let taken = |claims: &mut dyn Iterator<Item = &Claim<usize>>, account: &Account| {
                    claims.map(|claim| claim.turn.tokens.min(account.capacity)).sum::<usize>()
                };
                let bulk = |claim: &&Claim<usize>| claim.turn.priority == Priority::Bulk;
                assert_eq!(taken(&mut held.iter(), &ledger.all), ledger.all.taken);
                assert_eq!(taken(&mut held.iter().filter(bulk), &ledger.bulk), ledger.bulk.taken);
                assert!(ledger.all.taken <= capacity && ledger.bulk.taken <= ledger.bulk.capacity);
                assert!(!held.is_empty() || ledger.waiting.is_empty());
            };
            for (owner, (tokens, bulk, returned)) in steps.iter().copied().enumerate() {
                let priority = if bulk { Priority::Bulk } else { Priority::Interactive };
                ledger.submit(Claim { turn: turn(priority, tokens), owner });
                check(&mut ledger, &mut held);
                for Claim { turn: Turn { priority, tokens, .. }, .. } in held.drain(..returned.min(held.len())).collect::<Vec<_>>() {
                    ledger.give_back(priority, tokens);
                }
                check(&mut ledger, &mut held);
            }
            while !held.is_empty() {
                let Claim { turn: Turn { priority, tokens, .. }, .. } = held.remove(0);
                ledger.give_back(priority, tokens);
                check(&mut ledger, &mut held);
            }
            prop_assert_eq!(ledger.all.taken, 0);
            prop_assert!(ledger.waiting.is_empty());
            prop_assert!(served.iter().all(|order| order.is_sorted()));
            prop_assert_eq!(served.iter().map(Vec::len).sum::<usize>(), steps.len());
        }
    }
}
