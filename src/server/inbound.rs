//! Streams of text: the start, the text after it, and the limit on silence.
//!
//! This is no tower layer: a layer sees bytes and not messages, and it would also end the streams of health.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
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
}

/// Reads the start of a stream. Returns the start, the limit on the stream's silence, and the text after the start.
pub(super) async fn open<M, S>(
    request: Request<Streaming<M>>,
    part: fn(M) -> Option<Part<S>>,
    idle: Duration,
) -> Result<(S, Bounds, impl Stream<Item = Result<Bytes, ServiceError>>), ServiceError> {
    let bounds = Bounds { idle: idle.min(FAR), active: Arc::new(Mutex::new(Instant::now())) };
    let (_, extensions, mut messages) = request.into_parts();
    let first = bounds.next(&mut messages).await?.and_then(part);
    let Some(Part::Start(start)) = first else {
        return Err(FieldError::new("request", "the first message of a stream must be `start`").into());
    };
    let text = unfold(
        (messages, bounds.clone(), extensions),
        move |(mut messages, bounds, extensions)| async move {
            let text = match bounds.next(&mut messages).await {
                Ok(None) => return None,
                Ok(Some(message)) => match part(message) {
                    Some(Part::Text(bytes)) => {
                        keys::count_chars(&extensions, &bytes).map(|()| Bytes::from(bytes))
                    }
                    _ => Err(FieldError::new("request", "every message after `start` must be `text`").into()),
                },
                Err(error) => Err(error),
            };
            Some((text, (messages, bounds, extensions)))
        },
    );
    Ok((start, bounds, text))
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

    fn touch(&self) {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn idle_end(&self) -> Instant {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) + self.idle
    }
}
