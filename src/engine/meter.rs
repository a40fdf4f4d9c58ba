//! What an engine counts for its operator. No decision depends on it.

use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};

use super::Priority;

/// Upper ends of the buckets of waiting times, in seconds.
const WAITS: [f64; 12] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// What an engine did since it started.
#[derive(Debug)]
pub struct Meter {
    /// Segments that were finished, second tries included.
    pub segments: Counter,
    /// Tokens of their sources.
    pub source_tokens: Counter,
    /// Tokens of their best hypotheses.
    pub target_tokens: Counter,
    /// Steps of the batch.
    pub steps: Counter,
    /// Rows in the batch, after its last step.
    pub rows: Gauge,
    /// Steps that failed, after which the worker started anew.
    pub failures: Counter,
    /// Seconds from the queue to the batch, of segments of unary calls.
    pub interactive_wait: Histogram,
    /// The same, of other segments.
    pub bulk_wait: Histogram,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            segments: Counter::default(),
            source_tokens: Counter::default(),
            target_tokens: Counter::default(),
            steps: Counter::default(),
            rows: Gauge::default(),
            failures: Counter::default(),
            interactive_wait: Histogram::new(WAITS),
            bulk_wait: Histogram::new(WAITS),
        }
    }
}

impl Meter {
    pub(super) fn wait(&self, priority: Priority) -> &Histogram {
        match priority {
            Priority::Interactive => &self.interactive_wait,
            Priority::Bulk => &self.bulk_wait,
        }
    }
}

/// What an engine holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Tokens in the engine, waiting or running.
    pub tokens: usize,
    /// Seconds of work that unary calls are promised, at the measured speed. 0 while the speed is not known: then no call has
    /// waited of late.
    pub promised_seconds: f64,
}
