//! The thread that computes. It takes what waits, steps the batch, and survives what goes wrong in a step: the segments
//! of the failed batch get an error, the network forgets its rows, and the next batch begins afresh.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    EngineError, EngineOptions, Entry, Prompt,
    batch::{Batch, StepError},
    waiting::Waiting,
};
use crate::{model::Network, tokenizer::Tokenizer};

pub(super) struct Worker {
    pub network: Box<dyn Network>,
    pub tokenizer: Arc<dyn Tokenizer>,
    pub prompt: Prompt,
    pub options: EngineOptions,
    pub failures: Arc<AtomicU64>,
}

impl Worker {
    /// Starts the thread; it ends when the queue's last sender is gone.
    pub(super) fn spawn(mut self, mut entries: UnboundedReceiver<Entry>) -> Result<(), EngineError> {
        thread::Builder::new()
            .name("triglot-engine".to_owned())
            .spawn(move || {
                let mut waiting = Waiting::default();
                while self.serve(&mut waiting, &mut entries).is_continue() {}
            })
            .map_err(|error| EngineError::Start(error.to_string()))?;
        Ok(())
    }

    /// Works until the queue is closed, then breaks, or until a step fails.
    fn serve(
        &mut self,
        waiting: &mut Waiting<Entry>,
        entries: &mut UnboundedReceiver<Entry>,
    ) -> ControlFlow<()> {
        let cores = self.options.cores.clone();
        let mut batch = Batch::default();
        loop {
            if batch.is_empty() && waiting.is_empty() {
                match entries.blocking_recv() {
                    Some(entry) => waiting.push(entry.priority, entry),
                    None => return ControlFlow::Break(()),
                }
            }
            while let Ok(entry) = entries.try_recv() {
                waiting.push(entry.priority, entry);
            }
            // What a panic leaves behind is thrown away below: the batch here, the rows by `reset`.
            let step = catch_unwind(AssertUnwindSafe(|| cores.run(|| self.step(&mut batch, waiting))));
            let failure = match step {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "panic".to_owned(),
            };
            self.failures.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                failure,
                "a step failed; its segments return an error, and the next batch starts anew"
            );
            self.network.reset();
            return ControlFlow::Continue(());
        }
    }

    fn step(&mut self, batch: &mut Batch, waiting: &mut Waiting<Entry>) -> Result<(), StepError> {
        let Self { network, tokenizer, prompt, options, .. } = self;
        batch.admit(waiting, network.as_mut(), tokenizer.as_ref(), prompt, options)?;
        batch.step(network.as_mut(), tokenizer.as_ref())
    }
}
