//! Streams that come in: a first message that says what is wanted, text behind it, and an end to waiting. tonic heeds a call's
//! deadline up to the begin of its answers; here it holds to their end.

use std::{pin::pin, time::Duration};

use async_stream::stream;
use futures::{Stream, StreamExt, stream::unfold};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::bytes::Bytes;
use tonic::{Request, Status, Streaming, metadata::MetadataMap};

use super::error::ServiceError;

/// What a message of a stream is.
pub(super) enum Part<S> {
    Start(S),
    Text(Vec<u8>),
}

/// A stream that has begun.
pub(super) struct Inbound<S> {
    pub start: S,
    pub deadline: Option<Instant>,
}

/// Reads the start of a stream, and gives the text behind it. A caller who sends nothing for as long as `idle` when there is
/// nothing else to do is given up.
pub(super) async fn open<M, S>(
    request: Request<Streaming<M>>,
    part: fn(M) -> Option<Part<S>>,
    idle: Duration,
) -> Result<(Inbound<S>, impl Stream<Item = Result<Bytes, ServiceError>>), ServiceError> {
    let deadline = allowed(request.metadata()).and_then(|time| Instant::now().checked_add(time));
    let mut messages = request.into_inner();
    let first = next(&mut messages, idle).await?.and_then(part);
    let Some(Part::Start(start)) = first else {
        return Err(ServiceError::field("request", "the first message of a stream is its start"));
    };
    let text = unfold(messages, move |mut messages| async move {
        let text = match next(&mut messages, idle).await {
            Ok(None) => return None,
            Ok(Some(message)) => match part(message) {
                Some(Part::Text(bytes)) => Ok(Bytes::from(bytes)),
                _ => Err(ServiceError::field("request", "messages behind the start are text")),
            },
            Err(error) => Err(error),
        };
        Some((text, messages))
    });
    Ok((Inbound { start, deadline }, text))
}

async fn next<M>(messages: &mut Streaming<M>, idle: Duration) -> Result<Option<M>, ServiceError> {
    match timeout(idle, messages.message()).await {
        Ok(message) => Ok(message?),
        Err(_) => Err(ServiceError::Idle(idle)),
    }
}

/// Answers until the call's deadline, and then the error that says so.
pub(super) fn until<A>(
    deadline: Option<Instant>,
    answers: impl Stream<Item = Result<A, Status>>,
) -> impl Stream<Item = Result<A, Status>> {
    stream! {
        let mut answers = pin!(answers);
        loop {
            let answer = match deadline {
                Some(deadline) => timeout_at(deadline, answers.next()).await,
                None => Ok(answers.next().await),
            };
            match answer {
                Ok(Some(answer)) => yield answer,
                Ok(None) => break,
                Err(_) => {
                    yield Err(ServiceError::Late.into());
                    break;
                }
            }
        }
    }
}

/// What the metadata of a call allows it: at most eight digits and a unit (gRPC over HTTP/2, "Timeout"). What is no such time
/// is passed over, as tonic does.
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
