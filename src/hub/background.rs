//! Runs asynchronous network calls from blocking code, on any thread, also inside another runtime.

use std::{io, thread};

use tokio::runtime::{Builder, Handle, Runtime};

/// A tokio runtime that any thread can block on and drop. Inside an asynchronous context, tokio's own panics on both.
pub(super) struct Background {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Background {
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Blocks until `future` is done. Another thread waits for it, because this one may belong to a runtime.
    pub fn wait<F: Future<Output: Send> + Send>(&self, future: F) -> F::Output {
        let done = thread::scope(|scope| scope.spawn(|| self.handle.block_on(future)).join());
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
