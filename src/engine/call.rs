//! What the segments of one call share: a quota of the queue, and when they are due.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use super::{admission::Quota, backlog::Promised};

#[derive(Debug)]
pub(super) struct Call {
    pub quota: Quota,
    /// `None`: nothing was promised, as to a stream.
    promised: Option<Promised>,
    /// The characters of the segments so far.
    sent: AtomicUsize,
}

impl Call {
    pub(super) fn new(quota: Quota, promised: Option<Promised>) -> Self {
        Self { quota, promised, sent: AtomicUsize::new(0) }
    }

    /// When its next segment is due.
    pub(super) fn due(&self, chars: usize) -> Option<Instant> {
        let sent = self.sent.fetch_add(chars, Ordering::Relaxed);
        self.promised.as_ref().map(|promised| promised.pace().due(sent))
    }

    /// A segment is finished.
    pub(super) fn done(&self, chars: usize) {
        if let Some(promised) = &self.promised {
            promised.done(chars);
        }
    }
}
