//! Keeps a trouble that comes again and again from filling the log.

use std::time::{Duration, Instant};

/// Shortest time between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// One kind of line.
#[derive(Default)]
pub(super) struct Seldom {
    last: Option<Instant>,
    times: u64,
}

impl Seldom {
    /// Calls `log` with how often the trouble came since the last line, unless that line is recent.
    pub fn note(&mut self, log: impl FnOnce(u64)) {
        self.times += 1;
        if self.last.is_none_or(|last| last.elapsed() >= PAUSE) {
            log(self.times);
            *self = Self { last: Some(Instant::now()), times: 0 };
        }
    }
}
