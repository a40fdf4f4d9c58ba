//! The engine: segments of all calls in one queue, one worker thread that decodes them in running batches. The only
//! place that owns threads and models.
//!
//! ```text
//! submit -> tokens -> queue (bounded in tokens) -> worker: [rows enter | one step of all rows | rows leave] -> reply
//! ```

mod batch;
mod chat;
mod cores;
mod folder;
mod gguf;
mod manifest;
mod marian;
mod model;
mod prompt;
mod t5;
mod template;
mod vocabulary;
mod waiting;
mod worker;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

pub use self::{
    cores::Cores,
    manifest::{Manifest, ManifestError},
    model::{AdapterInfo, LoadError, LoadedModel, ModelInfo, SearchDefaults, shortlist},
    prompt::Prompt,
    template::{ChatTemplate, TemplateError},
    vocabulary::CommonTokens,
    waiting::Priority,
};
use crate::{
    decode::{Finish, NoRepeat, SearchOptions, loops},
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

/// A segment to translate.
#[derive(Debug, Clone)]
pub struct Job {
    /// One of the model's.
    pub pair: Pair,
    /// Whose turn it is, of those that wait. What comes out does not depend on it.
    pub priority: Priority,
    /// One line, without white space around it.
    pub text: String,
    /// Hypotheses kept, at least 1; none: as many as the model is best searched with.
    pub beam_size: Option<usize>,
    /// Longest output as a multiple of the source's tokens; [`LENGTH_ALLOWANCE`] comes on top.
    pub max_output_ratio: f32,
    /// Shortest output as a multiple of the source's tokens; 0: any.
    pub min_output_ratio: f32,
    /// Forbids that so many tokens in a row occur twice in the output, or in the output and in the source or the prompt's
    /// examples.
    pub no_repeat_ngram: Option<usize>,
    /// Other translations wanted beside the best one; of a beam, there are at most one fewer than it has hypotheses.
    pub alternatives: usize,
}

/// What some may take of an engine's queue together: one call, so that a long text leaves room for others, or all long texts.
#[derive(Debug, Clone)]
struct Share(Arc<Semaphore>, u32);

impl Share {
    /// One that may take so many places; what is larger still gets its turn, alone.
    fn new(places: usize) -> Self {
        let most = u32::try_from(places.max(1)).unwrap_or(u32::MAX);
        Self(Arc::new(Semaphore::new(most as usize)), most)
    }

    async fn take(&self, places: u32) -> Result<OwnedSemaphorePermit, EngineError> {
        take(&self.0, places.min(self.1)).await
    }
}

async fn take(semaphore: &Arc<Semaphore>, places: u32) -> Result<OwnedSemaphorePermit, EngineError> {
    Arc::clone(semaphore).acquire_many_owned(places).await.map_err(|_| EngineError::WorkerLost)
}

impl Job {
    /// With the model's own search, and the defaults of the rest.
    pub fn new(pair: Pair, text: impl Into<String>) -> Self {
        Self {
            pair,
            priority: Priority::default(),
            text: text.into(),
            beam_size: None,
            max_output_ratio: DEFAULT_OUTPUT_RATIO,
            min_output_ratio: 0.0,
            no_repeat_ngram: None,
            alternatives: 0,
        }
    }
}

/// A job as the model reads it.
struct Question {
    source: Vec<u32>,
    tokens: Vec<u32>,
    beam_size: usize,
    max_new_tokens: usize,
    /// Of the queue. Every token may need memory for its keys and values, so what is admitted is bounded in them.
    places: usize,
}

/// Largest beam that can be asked for.
pub const MAX_BEAM_SIZE: u32 = 8;
/// Longest output of a segment as a multiple of its source's tokens, unless it is said otherwise.
pub const DEFAULT_OUTPUT_RATIO: f32 = 3.0;
/// One in so many places of the queue is not for long texts, so that a few of them do not shut short calls out.
const INTERACTIVE_SHARE: usize = 4;
/// One in so many places of the queue is for one call: enough that a lone one fills the batch.
const CALL_SHARE: usize = 2;
/// Output tokens that are always allowed.
pub const LENGTH_ALLOWANCE: usize = 16;

/// A translated segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub text: String,
    /// Mean log-probability of a token.
    pub score: f32,
    pub finish: Finish,
    /// Other texts that the beam ended with, best first.
    pub alternatives: Vec<Alternative>,
    pub source_tokens: usize,
    pub target_tokens: usize,
    /// From submission to the first step.
    pub queued: Duration,
    /// From the first step to the last.
    pub computing: Duration,
}

/// What a segment could also be translated to.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub text: String,
    /// Mean log-probability of a token.
    pub score: f32,
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
    places: Vec<OwnedSemaphorePermit>,
    reply: oneshot::Sender<Output>,
}

/// A loaded model at work. Cheap to clone; the worker ends when the last clone is gone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    /// Of the call that it works for.
    share: Option<Share>,
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
    places: Arc<Semaphore>,
    /// What long texts may take of it together.
    bulk: Share,
    failures: Arc<AtomicU64>,
}

impl Engine {
    /// Starts the worker.
    pub fn start(model: LoadedModel, mut options: EngineOptions) -> Result<Self, EngineError> {
        options.queue_tokens = options.queue_tokens.min(Semaphore::MAX_PERMITS);
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
        let places = Arc::new(Semaphore::new(options.queue_tokens));
        let bulk = Share::new(options.queue_tokens - options.queue_tokens / INTERACTIVE_SHARE);
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
            places,
            bulk,
            failures,
        };
        Ok(Self { shared: Arc::new(shared), share: None })
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
        if self.shared.places.available_permits() == 0 { Err(EngineError::Full) } else { Ok(()) }
    }

    /// Whether no segment is with the engine.
    pub fn is_idle(&self) -> bool {
        self.shared.places.available_permits() == self.shared.options.queue_tokens
    }

    /// Tokens of a text, as the model reads it alone.
    pub fn tokens(&self, text: &str) -> Result<usize, EngineError> {
        Ok(self.shared.tokenizer.encode(text)?.len())
    }

    /// Most tokens that a text of this pair may have, where there is a bound.
    pub fn longest_source(&self, pair: Pair) -> Result<Option<usize>, EngineError> {
        let Shared { tokenizer, prompt, longest_source, .. } = &*self.shared;
        let Some(most) = longest_source else { return Ok(None) };
        Ok(Some(most.saturating_sub(prompt.question(pair, "", &**tokenizer)?.len())))
    }

    /// The same for one call, whose segments have a share of the queue together.
    pub fn for_call(&self) -> Self {
        let share = Share::new(self.shared.options.queue_tokens / CALL_SHARE);
        Self { shared: Arc::clone(&self.shared), share: Some(share) }
    }

    /// Whether the model can read a text at once, and the queue hold it; a longer one is to be cut.
    pub fn fits(&self, job: &Job) -> Result<bool, EngineError> {
        let question = self.question(job)?;
        let read = self.shared.longest_source.is_none_or(|most| question.tokens.len() <= most);
        Ok(read && question.places <= self.shared.options.queue_tokens)
    }

    fn question(&self, job: &Job) -> Result<Question, EngineError> {
        let Shared { tokenizer, prompt, search_defaults, longest_output, .. } = &*self.shared;
        let source = tokenizer.encode(&job.text)?;
        let tokens = prompt.question(job.pair, &job.text, &**tokenizer)?;
        // Other translations are other hypotheses.
        let beam_size = job.beam_size.unwrap_or(search_defaults.beam_size).max(job.alternatives + 1);
        let max_new_tokens = (source.len() as f32 * job.max_output_ratio).ceil() as usize + LENGTH_ALLOWANCE;
        let max_new_tokens = max_new_tokens.min(longest_output.unwrap_or(usize::MAX));
        let places = tokens.len() + beam_size * max_new_tokens;
        Ok(Question { source, tokens, beam_size, max_new_tokens, places })
    }

    /// Whether the output is an example of the prompt's and no translation: a base model at a loss says the last thing that
    /// it heard.
    pub fn parroted(&self, job: &Job, output: &Output) -> bool {
        self.shared.prompt.is_example(job.pair, &job.text, &output.text)
    }

    /// Translates a segment. Waits for a place in the queue; dropping the future takes the segment out wherever it is.
    ///
    /// # Errors
    /// [`EngineError::WorkerLost`] when the worker failed on the batch that the segment was in.
    pub async fn run(&self, job: &Job) -> Result<Output, EngineError> {
        let Shared { tokenizer, prompt, stops, search_defaults, options, queue, places, bulk, .. } =
            &*self.shared;
        let Question { source, tokens, beam_size, max_new_tokens, places: size } = self.question(job)?;
        let source_tokens = source.len();
        if let Some(most) = self.shared.longest_source.filter(|most| tokens.len() > *most) {
            return Err(EngineError::SourceTooLong { tokens: tokens.len(), most });
        }
        let size = u32::try_from(size)
            .ok()
            .filter(|size| *size as usize <= options.queue_tokens)
            .ok_or(EngineError::TooLong { tokens: size, most: options.queue_tokens })?;
        let no_repeat = match job.no_repeat_ngram {
            Some(ngram) => {
                let examples = tokenizer.encode(&prompt.examples(job.pair))?;
                Some(NoRepeat { ngram, said: [source.as_slice(), &examples].concat().into() })
            }
            None => search_defaults.no_repeat_ngram.map(|ngram| NoRepeat { ngram, said: Arc::default() }),
        };
        let submitted = Instant::now();
        let mut taken = Vec::new();
        for share in self.share.iter().chain((job.priority == Priority::Bulk).then_some(bulk)) {
            taken.push(share.take(size).await?);
        }
        taken.push(take(places, size).await?);
        let (reply, output) = oneshot::channel();
        let search = SearchOptions {
            min_new_tokens: (source_tokens as f32 * job.min_output_ratio) as usize,
            no_repeat,
            stop_loops: !loops(&source),
            patience: search_defaults.patience,
            length_penalty: search_defaults.length_penalty,
            // Whoever wants alternatives wants the ones far behind as well.
            prune: if job.alternatives > 0 { f32::INFINITY } else { search_defaults.prune },
            ..SearchOptions::new(beam_size, max_new_tokens, Arc::clone(stops))
        };
        let entry = Entry {
            pair: job.pair,
            priority: job.priority,
            tokens,
            source_tokens,
            search,
            alternatives: job.alternatives,
            submitted,
            places: taken,
            reply,
        };
        queue.send(entry).map_err(|_| EngineError::WorkerLost)?;
        output.await.map_err(|_| EngineError::WorkerLost)
    }
}
