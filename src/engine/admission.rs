//! Who gets a place in the queue: every token that a segment reads and may write takes one until it is done, so that memory
//! is bounded. One call and all long texts together have a quota of them, so that others find room.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{EngineError, Priority};

/// One in so many places of the queue is not for long texts, so that a few of them do not shut short calls out.
const INTERACTIVE_SHARE: usize = 4;
/// One in so many places of the queue is for one call: enough that a lone one fills the batch.
const CALL_SHARE: usize = 2;

/// What a segment holds while it is with the engine.
pub(super) type Places = Vec<OwnedSemaphorePermit>;

/// The places of one engine's queue.
#[derive(Debug)]
pub(super) struct Admission {
    capacity: usize,
    all: Quota,
    bulk: Quota,
}

/// What some may take of a queue together. Who waits for it is served in the order of coming.
#[derive(Debug, Clone)]
pub(super) struct Quota {
    free: Arc<Semaphore>,
    most: u32,
}

impl Quota {
    fn new(places: usize) -> Self {
        let most = u32::try_from(places.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(most as usize)), most }
    }

    /// What is larger than the quota still gets its turn, alone.
    async fn take(&self, places: u32) -> Result<OwnedSemaphorePermit, EngineError> {
        let taken = Arc::clone(&self.free).acquire_many_owned(places.min(self.most)).await;
        taken.map_err(|_| EngineError::WorkerLost)
    }

    fn free(&self) -> usize {
        self.free.available_permits()
    }
}

impl Admission {
    pub(super) fn new(capacity: usize) -> Self {
        let all = Quota::new(capacity);
        let capacity = all.most as usize;
        Self { capacity, all, bulk: Quota::new(capacity - capacity / INTERACTIVE_SHARE) }
    }

    /// How many places there are.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn is_full(&self) -> bool {
        self.all.free() == 0
    }

    pub(super) fn is_idle(&self) -> bool {
        self.all.free() == self.capacity
    }

    /// The quota of one call.
    pub(super) fn for_call(&self) -> Quota {
        Quota::new(self.capacity / CALL_SHARE)
    }

    /// Waits for places under every quota that the segment falls under, the narrowest first: what waits for its call's quota
    /// holds nothing of the queue.
    pub(super) async fn take(
        &self,
        call: Option<&Quota>,
        priority: Priority,
        places: u32,
    ) -> Result<Places, EngineError> {
        let bulk = (priority == Priority::Bulk).then_some(&self.bulk);
        let mut taken = Vec::new();
        for quota in call.into_iter().chain(bulk).chain([&self.all]) {
            taken.push(quota.take(places).await?);
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::{FutureExt, future::join};
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

    proptest! {
        /// Whatever is asked in whatever order: no more places are out than there are, all come back, and each asker gets a turn.
        #[test]
        fn places_are_bounded_and_come_back(
            capacity in 1..40usize,
            sizes in prop::collection::vec((1..40u32, any::<bool>(), any::<bool>()), 1..30),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
            runtime.block_on(async {
                let admission = Admission::new(capacity);
                let call = admission.for_call();
                let ask = async |places: u32, bulk: bool, of_call: bool| {
                    let priority = if bulk { Priority::Bulk } else { Priority::Interactive };
                    let taken = admission.take(of_call.then_some(&call), priority, places).await;
                    assert!(taken.is_ok());
                    assert!(admission.all.free() + (places as usize).min(capacity) <= capacity);
                    tokio::task::yield_now().await;
                };
                let mut all = async {}.boxed_local();
                for (places, bulk, of_call) in sizes {
                    let one = ask(places, bulk, of_call);
                    all = async move { join(all, one).await; }.boxed_local();
                }
                all.await;
                assert!(admission.is_idle());
            });
        }
    }
}
