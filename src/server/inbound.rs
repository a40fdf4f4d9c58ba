//! Streams of text: the start, the text after it, and the limits on time. tonic enforces a call's deadline only until the answers
//! start; this enforces it to their end.
//!
//! This is no tower layer: a layer sees bytes and not messages, it would also end the streams of health and reflection, and its
//! errors would not pass `ServiceError`.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_stream::stream;
use futures::{Stream, StreamExt, stream::unfold};
use tokio::time::{Instant, timeout_at};
use tokio_util::bytes::Bytes;
use tonic::{Request, Status, Streaming, metadata::MetadataMap};

use super::error::ServiceError;
use crate::wire::{FieldError, Part};

/// Longer than any stream lasts; keeps `Instant` from overflowing.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// The path of the start in a stream's first message.
pub(super) const START: &str = "start.";

/// The messages of a response.
pub(super) type Answers<A> = Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>>;

/// The limits on a stream's time.
#[derive(Clone)]
pub(super) struct Bounds {
    deadline: Option<Instant>,
    idle: Duration,
    /// When the last message came in or went out.
    active: Arc<Mutex<Instant>>,
}

/// Reads the start of a stream. Returns the start, the limits on the stream's time, and the text after the start.
pub(super) async fn open<M, S>(
    request: Request<Streaming<M>>,
    part: fn(M) -> Option<Part<S>>,
    idle: Duration,
) -> Result<(S, Bounds, impl Stream<Item = Result<Bytes, ServiceError>>), ServiceError> {
    let now = Instant::now();
    let deadline = deadline(request.metadata()).map(Instant::from_std);
    let bounds = Bounds { deadline, idle: idle.min(FAR), active: Arc::new(Mutex::new(now)) };
    let mut messages = request.into_inner();
    let first = bounds.next(&mut messages).await?.and_then(part);
    let Some(Part::Start(start)) = first else {
        return Err(FieldError::new("request", "the first message of a stream must be `start`").into());
    };
    let text = unfold((messages, bounds.clone()), move |(mut messages, bounds)| async move {
        let text = match bounds.next(&mut messages).await {
            Ok(None) => return None,
            Ok(Some(message)) => match part(message) {
                Some(Part::Text(bytes)) => Ok(Bytes::from(bytes)),
                _ => Err(FieldError::new("request", "every message after `start` must be `text`").into()),
            },
            Err(error) => Err(error),
        };
        Some((text, (messages, bounds)))
    });
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

    /// The events as answers until the call's deadline, then [`ServiceError::Late`].
    pub(super) fn hold<E: Send + 'static, A: From<E> + Send + 'static>(
        self,
        events: impl Stream<Item = Result<E, ServiceError>> + Send + 'static,
    ) -> Answers<A> {
        Box::pin(stream! {
            let mut events = pin!(events);
            loop {
                let event = match self.deadline {
                    // For a slow reader each answer is ready at once, so `timeout_at` alone would never fire.
                    Some(deadline) if deadline <= Instant::now() => Err(ServiceError::Late),
                    Some(deadline) => timeout_at(deadline, events.next()).await.map_err(|_| ServiceError::Late),
                    None => Ok(events.next().await),
                };
                match event {
                    Ok(Some(event)) => {
                        self.touch();
                        yield event.map(A::from).map_err(|error| error.below(START).into());
                    }
                    Ok(None) => break,
                    Err(late) => {
                        yield Err(late.into());
                        break;
                    }
                }
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

/// When the caller gives up.
pub(super) fn deadline(metadata: &MetadataMap) -> Option<std::time::Instant> {
    std::time::Instant::now().checked_add(allowed(metadata)?)
}

/// The timeout in a call's metadata: at most eight digits and a unit (gRPC over HTTP/2, "Timeout"). An invalid one is ignored, as
/// tonic does.
fn allowed(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 60 * 60)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tonic::metadata::MetadataValue;

    use super::*;

    #[test]
    fn deadlines_are_read_as_the_protocol_writes_them() {
        let read = |text: &'static str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", MetadataValue::from_static(text));
            allowed(&metadata)
        };
        assert_eq!(read("3S"), Some(Duration::from_secs(3)));
        assert_eq!(read("20000000u"), Some(Duration::from_secs(20)));
        assert_eq!(read("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        for text in ["", "S", "3", "3s", "-3S", "123456789n"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(allowed(&MetadataMap::new()), None);
    }
}
