//! What the segments of one call share: a quota of the queue, and the promise of its time.

use std::time::Instant;

use super::{Priority, admission::Quota, backlog::Promise};

#[derive(Debug)]
pub(super) struct Call {
    pub quota: Quota,
    pub promise: Option<Promise>,
}

impl Call {
    /// The class of its segments, and when they are due.
    pub(super) fn class(&self, now: Instant) -> (Priority, Instant) {
        self.promise.as_ref().map_or((Priority::Bulk, now), |promise| (Priority::Interactive, promise.due()))
    }
}
