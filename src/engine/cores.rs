//! The threads that compute. All engines of a process share them: two that step at the same time divide the cores instead of
//! fighting for them.

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::EngineError;

/// So many threads. Cheap to clone; they end when the last clone is gone.
#[derive(Debug, Clone)]
pub struct Cores(Arc<ThreadPool>);

impl Cores {
    /// Starts the threads.
    pub fn new(threads: usize) -> Result<Self, EngineError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("triglot-core-{index}"))
            .build()
            .map_err(|error| EngineError::Start(error.to_string()))?;
        Ok(Self(Arc::new(pool)))
    }

    /// How many there are.
    pub fn threads(&self) -> usize {
        self.0.current_num_threads()
    }

    /// Runs work on them and waits for it.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.0.install(work)
    }
}
