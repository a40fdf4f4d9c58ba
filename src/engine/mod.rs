//! The engine runs one model. Its queue takes the segments of all calls; its worker thread decodes them in running batches.
//!
//! ```text
//! Job -> Prepared (tokens) -> Queued (the queue is bounded in tokens) -> Running (rows of the batch) -> Output
//! ```

mod admission;
mod alignment;
mod backlog;
mod batch;
mod call;
mod cores;
mod job;
mod loaded;
mod meter;
mod prepare;
mod prompt;
mod speed;
mod waiting;
mod worker;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};
use tracing::Span;

use self::{
    admission::{Admission, Admitted},
    backlog::{Backlog, Promise},
    call::Call,
    waiting::{Priority, Turn},
};
pub use self::{
    alignment::{Alignment, MIN_WEIGHT},
    backlog::Arrival,
    call::Caller,
    cores::Cores,
    job::{Alternative, DEFAULT_OUTPUT_RATIO, Job, LENGTH_ALLOWANCE, MAX_BEAM_SIZE, Output, Prepared},
    loaded::{AdapterInfo, LoadedModel, ModelInfo, SearchDefaults, shortlist},
    meter::{Load, Meter},
    prompt::{Encoded, Frame, Prompt},
};
use crate::{
    decode::SearchOptions,
    lang::Pair,
    telemetry::STAGES,
    tokenizer::{Tokenizer, TokenizerError},
};

/// The resources of an engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The threads of the computation.
    pub cores: Cores,
    /// Maximum number of rows in the batch.
    pub batch_rows: usize,
    /// Maximum number of tokens read in one step. A single segment may exceed it.
    pub step_tokens: usize,
    /// Maximum number of tokens in the engine, waiting or running: those that segments read, and those that they may write.
    pub queue_tokens: usize,
}

/// Why a segment failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the queue is full; try again later")]
    Full,
    #[error("the queue holds more work than the model does in the time of the call; try again in {0:.1?}")]
    Busy(Duration),
    #[error("the segment needs {tokens} tokens, but the queue holds at most {most}")]
    TooLong { tokens: usize, most: usize },
    #[error("the segment has {tokens} tokens, but the model reads at most {most} at once")]
    SourceTooLong { tokens: usize, most: usize },
    #[error("the model failed while it processed the segment; try again")]
    WorkerLost,
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    #[error("cannot start a thread: {0}")]
    Start(String),
}

/// A segment in the queue of the worker.
struct Queued {
    pair: Pair,
    turn: Turn,
    /// What the row reads after the prefix of the pair.
    tokens: Vec<u32>,
    source_tokens: usize,
    search: SearchOptions,
    /// The text, if its words are to be aligned.
    aligned: Option<String>,
    submitted: Instant,
    /// The span that the stages of the segment are in.
    parent: Span,
    /// The span of its stage; a stage ends when the next one takes its place.
    stage: Span,
    /// Its tokens of the queue. Fields drop in order of declaration, so the caller is notified after they are free.
    admitted: Admitted,
    reply: oneshot::Sender<Output>,
}

/// A running model. Cheap to clone; the worker ends when the last clone is dropped.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    /// The call that this clone serves.
    call: Option<Arc<Call>>,
}

struct Shared {
    info: ModelInfo,
    tokenizer: Arc<dyn Tokenizer>,
    prompt: Prompt,
    stops: Arc<[u32]>,
    search_defaults: SearchDefaults,
    longest_source: Option<usize>,
    longest_output: Option<usize>,
    options: EngineOptions,
    queue: mpsc::UnboundedSender<Queued>,
    admission: Admission,
    backlog: Backlog,
    meter: Arc<Meter>,
}

impl Engine {
    /// Starts the worker.
    pub fn start(model: LoadedModel, options: EngineOptions) -> Result<Self, EngineError> {
        let (queue, arrivals) = mpsc::unbounded_channel();
        let (meter, backlog) = (Arc::new(Meter::default()), Backlog::default());
        let LoadedModel {
            info,
            network,
            tokenizer,
            prompt,
            stops,
            search_defaults,
            longest_source,
            longest_output,
        } = model;
        let worker = worker::Worker {
            network,
            tokenizer: Arc::clone(&tokenizer),
            prompt: prompt.clone(),
            options: options.clone(),
            backlog: backlog.clone(),
            meter: Arc::clone(&meter),
        };
        worker.spawn(arrivals)?;
        let admission = Admission::new(options.queue_tokens);
        let shared = Shared {
            info,
            tokenizer,
            prompt,
            stops,
            search_defaults,
            longest_source,
            longest_output,
            options,
            queue,
            admission,
            backlog,
            meter,
        };
        Ok(Self { shared: Arc::new(shared), call: None })
    }

    /// Describes the model.
    pub fn model(&self) -> &ModelInfo {
        &self.shared.info
    }

    /// The resources of the engine.
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    /// What the engine did since it started.
    pub fn meter(&self) -> &Meter {
        &self.shared.meter
    }

    /// What the engine holds now.
    pub fn load(&self) -> Load {
        let Shared { admission, backlog, .. } = &*self.shared;
        Load { tokens: admission.taken(), promised_seconds: backlog.seconds() }
    }

    /// The same engine for one call, whose segments share a quota of the queue. A unary call with a text that is not long is
    /// promised that there is time for it, until the last clone of the result is dropped; its segments are interactive ones.
    ///
    /// # Errors
    /// [`EngineError::Full`] when the queue has no room, [`EngineError::Busy`] when there is no time: the call would miss its
    /// deadline, wait too long, or let another call miss its deadline.
    pub fn admit(&self, arrival: &Arrival) -> Result<Self, EngineError> {
        let Shared { admission, backlog, .. } = &*self.shared;
        if admission.is_full() {
            return Err(EngineError::Full);
        }
        Ok(self.serving(backlog.promise(arrival).map_err(EngineError::Busy)?, &arrival.caller))
    }

    /// Whether both run the same model with the same queue.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// The same engine for one call that is promised nothing.
    pub fn for_call(&self, caller: &Caller) -> Self {
        self.serving(None, caller)
    }

    fn serving(&self, promise: Option<Promise>, caller: &Caller) -> Self {
        let call = Call { caller: caller.clone(), quota: self.shared.admission.for_call(), promise };
        Self { shared: Arc::clone(&self.shared), call: Some(Arc::new(call)) }
    }

    /// Translates a segment that [`Engine::prepare`] of the same engine returned. Waits for room in the queue. Dropping the
    /// future removes the segment from the queue or the batch.
    ///
    /// # Errors
    /// [`EngineError::WorkerLost`] when the worker failed on the batch of the segment.
    pub async fn decode(&self, prepared: &Prepared) -> Result<Output, EngineError> {
        let Shared { queue, admission, meter, .. } = &*self.shared;
        let Prepared { job, encoded, .. } = prepared;
        let search = self.search(prepared)?;
        let (submitted, chars) = (Instant::now(), job.text.chars().count());
        let call = self.call.as_deref();
        let turn = Call::turn(call, submitted, prepared.queue_tokens as usize);
        let wait = meter.wait(turn.priority);
        let stage = tracing::debug_span!(target: STAGES, "queue");
        let admitted = admission.take(call.map(|call| &call.quota), turn.clone()).await?;
        let (reply, output) = oneshot::channel();
        let queued = Queued {
            pair: job.pair,
            turn,
            tokens: encoded.tokens.clone(),
            source_tokens: encoded.source.len(),
            search,
            aligned: job.alignments.then(|| job.text.clone()),
            submitted,
            parent: Span::current(),
            stage,
            admitted,
            reply,
        };
        queue.send(queued).map_err(|_| EngineError::WorkerLost)?;
        let output = output.await.map_err(|_| EngineError::WorkerLost)?;
        meter.segments.inc();
        meter.source_tokens.inc_by(output.source_tokens as u64);
        meter.target_tokens.inc_by(output.target_tokens as u64);
        wait.observe(output.queued.as_secs_f64());
        if let Some(promise) = call.and_then(|call| call.promise.as_ref()) {
            promise.done(chars);
        }
        Ok(output)
    }

    /// Prepares and decodes a job.
    ///
    /// # Errors
    /// Those of [`Engine::prepare`] and [`Engine::decode`].
    pub async fn run(&self, job: &Job) -> Result<Output, EngineError> {
        self.decode(&self.prepare(job.clone())?).await
    }
}
