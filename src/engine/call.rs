//! Who calls, and what the segments of one call share: a quota of the queue, and the promise of its time.

use std::{sync::Arc, time::Instant};

use super::{Priority, admission::Quota, backlog::Promise};

/// Who makes calls. Calls with the same name are of one caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Caller(Arc<str>);

impl From<&str> for Caller {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

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
