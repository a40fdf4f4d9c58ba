//! Who calls, and what the segments of one call share: a quota of the queue, and the promise of its time.

use std::{sync::Arc, time::Instant};

use super::{Priority, admission::Quota, backlog::Promise, waiting::Turn};

/// Who makes calls. Calls with the same name are of one caller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Caller(Arc<str>);

impl From<&str> for Caller {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

#[derive(Debug)]
pub(super) struct Call {
    pub caller: Caller,
    pub quota: Quota,
    pub promise: Option<Promise>,
}

impl Call {
    /// What decides when a segment of the call has its turn, or one of no call.
    pub(super) fn turn(call: Option<&Self>, now: Instant, tokens: usize) -> Turn {
        let caller = call.map(|call| call.caller.clone()).unwrap_or_default();
        match call.and_then(|call| call.promise.as_ref()) {
            Some(promise) => Turn { priority: Priority::Interactive, caller, due: promise.due(), tokens },
            None => Turn { priority: Priority::Bulk, caller, due: now, tokens },
        }
    }
}
