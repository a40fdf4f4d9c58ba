//! The threads of the computation. All engines of a process share one pool, so two engines that step at the same time divide
//! the cores instead of competing for them.

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::EngineError;

/// A pool of threads. Cheap to clone; the threads end when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Cores(Arc<ThreadPool>);

impl Cores {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`EngineError::Start`] when the system refuses a thread.
    pub fn new(threads: usize) -> Result<Self, EngineError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("triglot-core-{index}"))
            .build()
            .map_err(|error| EngineError::Start(error.to_string()))?;
        Ok(Self(Arc::new(pool)))
    }

    /// The number of threads.
    pub fn threads(&self) -> usize {
        self.0.current_num_threads()
    }

    /// Runs work on the pool and waits for the result.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.0.install(work)
    }
}
