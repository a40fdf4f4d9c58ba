//! The engine: segments of all calls in one queue, one worker thread that decodes them in running batches. The only
//! place that owns threads and models.
//!
//! ```text
//! submit -> tokens -> queue (bounded in tokens) -> worker: [rows enter | one step of all rows | rows leave] -> reply
//! ```

mod admission;
mod batch;
mod cores;
mod job;
mod loaded;
mod prepare;
mod prompt;
mod waiting;
mod worker;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::sync::{mpsc, oneshot};

use self::admission::{Admission, Admitted, Quota};
pub use self::{
    cores::Cores,
    job::{Alternative, DEFAULT_OUTPUT_RATIO, Job, LENGTH_ALLOWANCE, MAX_BEAM_SIZE, Output, Prepared},
    loaded::{AdapterInfo, LoadedModel, ModelInfo, SearchDefaults, shortlist},
    prompt::{Frame, Prompt, Question},
    waiting::Priority,
};
use crate::{
    decode::SearchOptions,
    lang::Pair,
    tokenizer::{Tokenizer, TokenizerError},
};

/// What the engine may use.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The threads that compute.
    pub cores: Cores,
    /// Rows decoded side by side, at most.
    pub batch_rows: usize,
    /// Tokens read in one step, at most, unless one segment alone has more.
    pub step_tokens: usize,
    /// Tokens that may be with the engine, waiting or running: those of the questions and those that the answers may have.
    pub queue_tokens: usize,
}

/// Why a segment came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the queue is full; try again later")]
    Full,
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

/// A segment on its way to the worker.
struct Entry {
    pair: Pair,
    priority: Priority,
    /// What the row reads behind the pair's prefix.
    tokens: Vec<u32>,
    source_tokens: usize,
    search: SearchOptions,
    alternatives: usize,
    submitted: Instant,
    /// Its tokens under the bounds of the queue. Given back before the caller hears of the segment, so declared first.
    places: Admitted,
    reply: oneshot::Sender<Output>,
}

/// A loaded model at work. Cheap to clone; the worker ends when the last clone is gone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    /// Of the call that it works for.
    quota: Option<Quota>,
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
    queue: mpsc::UnboundedSender<Entry>,
    admission: Admission,
    failures: Arc<AtomicU64>,
}

impl Engine {
    /// Starts the worker.
    pub fn start(model: LoadedModel, options: EngineOptions) -> Result<Self, EngineError> {
        let (queue, entries) = mpsc::unbounded_channel();
        let failures = Arc::new(AtomicU64::new(0));
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
            failures: Arc::clone(&failures),
        };
        worker.spawn(entries)?;
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
            failures,
        };
        Ok(Self { shared: Arc::new(shared), quota: None })
    }

    /// What the engine runs.
    pub fn model(&self) -> &ModelInfo {
        &self.shared.info
    }

    /// What the engine may use.
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    /// How often the worker failed and was replaced.
    pub fn failures(&self) -> u64 {
        self.shared.failures.load(Ordering::Relaxed)
    }

    /// Whether a new call has a chance to be served soon: [`EngineError::Full`] when no place in the queue is free.
    pub fn admit(&self) -> Result<(), EngineError> {
        if self.shared.admission.is_full() { Err(EngineError::Full) } else { Ok(()) }
    }

    /// Whether no segment is with the engine.
    pub fn is_idle(&self) -> bool {
        self.shared.admission.is_idle()
    }

    /// The same for one call, whose segments have a quota of the queue together.
    pub fn for_call(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), quota: Some(self.shared.admission.for_call()) }
    }

    /// Translates a segment that [`Engine::prepare`] of the same engine gave. Waits for a place in the queue; dropping the
    /// future takes the segment out wherever it is.
    ///
    /// # Errors
    /// [`EngineError::WorkerLost`] when the worker failed on the batch that the segment was in.
    pub async fn decode(&self, prepared: &Prepared) -> Result<Output, EngineError> {
        let Shared { queue, admission, .. } = &*self.shared;
        let Prepared { job, question, .. } = prepared;
        let search = self.search(prepared)?;
        let submitted = Instant::now();
        let places = admission.take(self.quota.as_ref(), job.priority, prepared.places).await?;
        let (reply, output) = oneshot::channel();
        let entry = Entry {
            pair: job.pair,
            priority: job.priority,
            tokens: question.tokens.clone(),
            source_tokens: question.source.len(),
            search,
            alternatives: job.alternatives,
            submitted,
            places,
            reply,
        };
        queue.send(entry).map_err(|_| EngineError::WorkerLost)?;
        output.await.map_err(|_| EngineError::WorkerLost)
    }

    /// Prepares and decodes.
    ///
    /// # Errors
    /// Those of both.
    pub async fn run(&self, job: &Job) -> Result<Output, EngineError> {
        self.decode(&self.prepare(job.clone())?).await
    }
}
