//! The worker thread. It admits waiting segments, steps the batch, and survives a failed step: the segments of the batch get an
//! error, the network drops its rows, and the next batch starts empty.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Instant,
};

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    EngineError, EngineOptions, Meter, Prompt, Queued,
    backlog::Backlog,
    batch::{Batch, StepError},
    waiting::Waiting,
};
use crate::{model::Network, tokenizer::Tokenizer};

pub(super) struct Worker {
    pub network: Box<dyn Network>,
    pub tokenizer: Arc<dyn Tokenizer>,
    pub prompt: Prompt,
    pub options: EngineOptions,
    pub backlog: Backlog,
    pub meter: Arc<Meter>,
}

impl Worker {
    /// Starts the thread. It ends when the last sender of the queue is dropped.
    pub(super) fn spawn(mut self, mut arrivals: UnboundedReceiver<Queued>) -> Result<(), EngineError> {
        thread::Builder::new()
            .name("triglot-engine".to_owned())
            .spawn(move || {
                let mut waiting = Waiting::default();
                while self.serve(&mut waiting, &mut arrivals).is_continue() {}
            })
            .map_err(|error| EngineError::Start(error.to_string()))?;
        Ok(())
    }

    /// Runs until the queue is closed (`Break`) or a step fails (`Continue`).
    fn serve(
        &mut self,
        waiting: &mut Waiting<Queued>,
        arrivals: &mut UnboundedReceiver<Queued>,
    ) -> ControlFlow<()> {
        let cores = self.options.cores.clone();
        let mut batch = Batch::default();
        loop {
            if batch.is_empty() && waiting.is_empty() {
                match arrivals.blocking_recv() {
                    Some(queued) => waiting.push(queued.turn.clone(), queued),
                    None => return ControlFlow::Break(()),
                }
            }
            while let Ok(queued) = arrivals.try_recv() {
                waiting.push(queued.turn.clone(), queued);
            }
            // No state outlives a panic: the batch is dropped below, and `reset` drops the rows.
            let step = catch_unwind(AssertUnwindSafe(|| cores.run(|| self.step(&mut batch, waiting))));
            let failure = match step {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "panic".to_owned(),
            };
            self.meter.failures.inc();
            self.meter.rows.set(0);
            tracing::error!(
                failure,
                "a step failed; its segments return an error, and the next batch starts empty"
            );
            self.network.reset();
            return ControlFlow::Continue(());
        }
    }

    fn step(&mut self, batch: &mut Batch, waiting: &mut Waiting<Queued>) -> Result<(), StepError> {
        let Self { network, tokenizer, prompt, options, backlog, meter } = self;
        let start = Instant::now();
        batch.admit(waiting, network.as_mut(), tokenizer.as_ref(), prompt, options)?;
        batch.step(network.as_mut(), tokenizer.as_ref())?;
        backlog.step(start, waiting.has_interactive());
        meter.steps.inc();
        meter.rows.set(batch.rows());
        Ok(())
    }
}
