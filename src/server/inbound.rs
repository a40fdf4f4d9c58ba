//! Streams of text and of articles: the start, what comes after it, and the limit on silence.
//!
//! This is no tower layer: a layer sees bytes and not messages, and it would also end the streams of health.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use async_stream::stream;
use futures::{Stream, StreamExt, stream::unfold};
use tokio::time::{Instant, timeout_at};
use tokio_util::bytes::Bytes;
use tonic::{Request, Status, Streaming};

use super::{error::ServiceError, keys};
use crate::wire::{FieldError, Part};

/// Longer than any stream lasts; keeps `Instant` from overflowing.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// The path of the start in a stream's first message.
pub(super) const START: &str = "start.";

/// The messages of a response.
pub(super) type Answers<A> = Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>>;

/// The limit on a stream's silence.
#[derive(Clone)]
pub(super) struct Bounds {
    idle: Duration,
    /// When the last message came in or went out.
    active: Arc<Mutex<Instant>>,
    /// What the stream works on. While there is something, it is not silent.
    working: Arc<AtomicUsize>,
}

/// A stream whose start has been read.
pub(super) struct Opened<S, N> {
    pub start: S,
    pub bounds: Bounds,
    pub next: N,
}

/// Reads the start of a stream of text.
pub(super) async fn open<M, S>(
    request: Request<Streaming<M>>,
    part: fn(M) -> Option<Part<S>>,
    idle: Duration,
) -> Result<Opened<S, impl Stream<Item = Result<Bytes, ServiceError>>>, ServiceError> {
    let (_, extensions, messages) = request.into_parts();
    let Opened { start, bounds, next } = begin(messages, part, "text", idle).await?;
    let counted = move |bytes: Vec<u8>| keys::count_chars(&extensions, &bytes).map(|()| bytes.into());
    Ok(Opened { start, bounds, next: next.map(move |text| text.and_then(&counted)) })
}

/// Reads the start of a stream, whose other messages are all `what`.
pub(super) async fn begin<M, S, N>(
    mut messages: Streaming<M>,
    part: fn(M) -> Option<Part<S, N>>,
    what: &'static str,
    idle: Duration,
) -> Result<Opened<S, impl Stream<Item = Result<N, ServiceError>>>, ServiceError> {
    let bounds =
        Bounds { idle: idle.min(FAR), active: Arc::new(Mutex::new(Instant::now())), working: Arc::default() };
    let first = bounds.next(&mut messages).await?.and_then(part);
    let Some(Part::Start(start)) = first else {
        return Err(FieldError::new("request", "the first message of a stream must be `start`").into());
    };
    let next = unfold((messages, bounds.clone()), move |(mut messages, bounds)| async move {
        let next = match bounds.next(&mut messages).await {
            Ok(message) => match part(message?) {
                Some(Part::Next(next)) => Ok(next),
                _ => {
                    let problem = format!("every message after `start` must be `{what}`");
                    Err(FieldError::new("request", problem).into())
                }
            },
            Err(error) => Err(error),
        };
        Some((next, (messages, bounds)))
    });
    Ok(Opened { start, bounds, next })
}

impl Bounds {
    /// The next message, or [`ServiceError::Idle`] when no message has moved in either direction for too long.
    async fn next<M>(&self, messages: &mut Streaming<M>) -> Result<Option<M>, ServiceError> {
        loop {
            let end = self.idle_end();
            match timeout_at(end, messages.message()).await {
                Ok(message) => {
                    self.touch();
                    return Ok(message?);
                }
                Err(_) if self.working.load(Relaxed) > 0 => self.touch(),
                // No answer went out meanwhile either.
                Err(_) if self.idle_end() <= end => return Err(ServiceError::Idle(self.idle)),
                Err(_) => {}
            }
        }
    }

    /// The events as answers.
    pub(super) fn hold<E: Send + 'static, A: From<E> + Send + 'static>(
        self,
        events: impl Stream<Item = Result<E, ServiceError>> + Send + 'static,
    ) -> Answers<A> {
        Box::pin(stream! {
            let mut events = pin!(events);
            while let Some(event) = events.next().await {
                self.touch();
                yield event.map(A::from).map_err(|error| error.below(START).into());
            }
        })
    }

    /// Does work that may take long without a message.
    pub(super) async fn work<T>(&self, work: impl Future<Output = T>) -> T {
        let _working = Working::begin(self);
        work.await
    }

    fn touch(&self) {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn idle_end(&self) -> Instant {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) + self.idle
    }
}

/// Counts as work until it is dropped.
struct Working<'a>(&'a Bounds);

impl<'a> Working<'a> {
    fn begin(bounds: &'a Bounds) -> Self {
        bounds.working.fetch_add(1, Relaxed);
        Self(bounds)
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Relaxed);
        self.0.touch();
    }
}
