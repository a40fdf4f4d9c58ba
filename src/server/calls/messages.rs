//! The messages of a request, each passed on when all of it is there.
//!
//! tonic allocates the length that a message declares, and a client can declare a megabyte with five bytes. So messages are
//! collected here, by what has arrived, within the memory of all calls; and compressed ones are decompressed here, within the same
//! memory.

use std::{
    io::Read,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use flate2::read::GzDecoder;
use http_body::Frame;
use tokio::{
    sync::oneshot,
    time::{Sleep, sleep},
};
use tokio_util::bytes::{Bytes, BytesMut};
use tonic::Status;
use tower::BoxError;

use super::Held;
use crate::{server::error::ServiceError, wire::FieldError};

/// The head of a message: whether it is compressed, and its length.
const HEAD: usize = 5;
/// Decompressed at once, in bytes.
const STEP: usize = 32 << 10;

/// What the messages of a call may be.
#[derive(Clone, Copy)]
pub(super) struct MessageLimits {
    /// Longest message, in bytes.
    pub bytes: usize,
    /// Longest wait for a message that has begun, and for the first one.
    pub time: Duration,
    /// How the request goes on after its first message.
    pub more: More,
    /// Whether compressed messages are gzip.
    pub gzip: bool,
}

/// What comes after the first message.
#[derive(Clone, Copy)]
pub(super) enum More {
    /// Only the end of the request.
    Nothing,
    /// Messages, each whenever the client likes.
    Anytime,
    /// Messages, each after this time at most.
    Within(Duration),
}

/// A body whose data frames are whole messages, none of them compressed with gzip.
pub(super) struct Messages<B> {
    body: B,
    limits: MessageLimits,
    /// What has arrived and is not passed on.
    unread: BytesMut,
    /// Length of the message that was passed on last, which its reader may still have; 0 before the first one.
    passed: usize,
    /// Stays with the call when the body is gone.
    held: Arc<Mutex<Held>>,
    /// The reader's wait for the next message.
    wait: Option<Pin<Box<Sleep>>>,
    /// Ends the call, whatever its service makes of an error of the body.
    fault: Option<oneshot::Sender<Status>>,
}

impl<B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin> Messages<B> {
    pub fn new(
        body: B,
        limits: MessageLimits,
        held: Arc<Mutex<Held>>,
        fault: oneshot::Sender<Status>,
    ) -> Self {
        Self { body, limits, unread: BytesMut::new(), passed: 0, held, wait: None, fault: Some(fault) }
    }

    fn poll_message(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ServiceError>>> {
        loop {
            if let Some(message) = self.message()? {
                return Poll::Ready(Some(Ok(Frame::data(message))));
            }
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
                ready!(self.poll_wait(context));
                return Poll::Ready(Some(Err(ServiceError::Unfinished(self.limits.time))));
            };
            match frame
                .transpose()
                .map_err(|error| ServiceError::Inbound(Status::from_error(error.into())))?
            {
                None if self.unread.is_empty() => return Poll::Ready(None),
                None => return Poll::Ready(Some(Err(invalid("it ends in the middle of a message")))),
                Some(frame) => match frame.into_data() {
                    Ok(bytes) => {
                        self.unread.extend_from_slice(&bytes);
                        self.count(self.passed + self.unread.len())?;
                    }
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
    }

    /// Takes the next message, if all of it has arrived.
    fn message(&mut self) -> Result<Option<Bytes>, ServiceError> {
        let Some(&[flag, length @ ..]) = self.unread.first_chunk::<HEAD>() else { return Ok(None) };
        let length = u32::from_be_bytes(length) as usize;
        if length > self.limits.bytes {
            return Err(ServiceError::TooLarge { limit: self.limits.bytes });
        }
        if self.unread.len() < HEAD + length {
            return Ok(None);
        }
        let mut message = self.unread.split_to(HEAD + length).freeze();
        if flag == 1 && self.limits.gzip {
            message = self.decompress(&message)?;
        }
        if self.passed == 0 {
            self.held().begin()?;
        }
        self.passed = message.len();
        self.count(self.passed + self.unread.len())?;
        if !matches!(self.limits.more, More::Nothing) {
            self.wait = None;
        }
        Ok(Some(message))
    }

    /// The same message without compression.
    fn decompress(&self, message: &[u8]) -> Result<Bytes, ServiceError> {
        let mut reader = GzDecoder::new(&message[HEAD..]);
        let mut plain = vec![0; HEAD];
        loop {
            let end = plain.len();
            self.count(message.len() + self.unread.len() + end + STEP)?;
            plain.resize(end + STEP, 0);
            let read = reader.read(&mut plain[end..]).map_err(|_| invalid("its compression is damaged"))?;
            plain.truncate(end + read);
            let length = plain.len() - HEAD;
            if length > self.limits.bytes {
                return Err(ServiceError::TooLarge { limit: self.limits.bytes });
            }
            if read == 0 {
                let length = u32::try_from(length).map_err(|_| ServiceError::TooLarge { limit: length })?;
                plain[1..HEAD].copy_from_slice(&length.to_be_bytes());
                return Ok(plain.into());
            }
        }
    }

    fn count(&self, bytes: usize) -> Result<(), ServiceError> {
        self.held().memory.resize(bytes)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes when the reader has waited too long. Time in which nobody reads does not count.
    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let begun = self.passed == 0 || !self.unread.is_empty();
        let time = match self.limits.more {
            More::Within(time) if !begun => time,
            More::Anytime if !begun => return Poll::Pending,
            _ => self.limits.time,
        };
        self.wait.get_or_insert_with(|| Box::pin(sleep(time))).as_mut().poll(context)
    }
}

impl<B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin> http_body::Body for Messages<B> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(self.poll_message(context));
        Poll::Ready(frame.map(|frame| {
            frame.map_err(|error| {
                let status = Status::from(error);
                if let Some(fault) = self.fault.take() {
                    // Fails if the call has ended.
                    let _ = fault.send(status.clone());
                }
                status
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.unread.is_empty() && self.body.is_end_stream()
    }
}

fn invalid(problem: &str) -> ServiceError {
    FieldError::new("request", problem).into()
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, convert::Infallible, io::Write};

    use flate2::{Compression, write::GzEncoder};
    use futures::{FutureExt, future::poll_fn};
    use http_body::Body;
    use proptest::{collection::vec, prelude::*};
    use tokio::sync::Semaphore;

    use super::{super::Memory, *};
    use crate::server::connections::Open;

    const LIMIT: usize = 300;
    /// More than one message takes with its decompression.
    const MEMORY: usize = 2 * STEP;

    /// A body that arrives in these portions.
    struct Portions(VecDeque<Bytes>);

    impl Body for Portions {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(|portion| Ok(Frame::data(portion))))
        }
    }

    fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).expect("it is short");
        [&[flag], &length.to_be_bytes()[..], message].concat()
    }

    fn gzip(message: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(message).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    /// Cuts bytes into portions of these sizes, in turn.
    fn cut(bytes: &[u8], sizes: &[usize]) -> Portions {
        let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
        let mut portions = VecDeque::new();
        while let Some(size) = sizes.next().filter(|_| !rest.is_empty()) {
            let (portion, after) = rest.split_at(rest.len().min(*size));
            portions.push_back(Bytes::copy_from_slice(portion));
            rest = after;
        }
        Portions(portions)
    }

    /// The frames that are passed on, and whether the body ended without a fault. None takes more than the memory of all calls.
    fn passed(body: Portions) -> (Vec<Bytes>, bool) {
        let running = Arc::new(Semaphore::new(1));
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("it is free");
        let memory = Memory::new(MEMORY).share();
        let open = Open::default().enter();
        let held = Arc::new(Mutex::new(Held { memory, place, running, many: "calls", _open: open }));
        let limits =
            MessageLimits { bytes: LIMIT, time: Duration::from_secs(60), more: More::Anytime, gzip: true };
        let (fault, mut faults) = oneshot::channel();
        let mut messages = Messages::new(body, limits, held, fault);
        let mut frames = Vec::new();
        loop {
            let next = poll_fn(|context| Pin::new(&mut messages).poll_frame(context));
            match next.now_or_never().expect("all portions are there") {
                None => return (frames, true),
                Some(Ok(frame)) => frames.push(frame.into_data().expect("there are no trailers")),
                Some(Err(_)) => {
                    faults.try_recv().expect("a fault ends the call");
                    return (frames, false);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn messages_come_whole_wherever_they_are_cut(
            messages in vec((vec(any::<u8>(), 0..LIMIT), any::<bool>()), 1..5),
            sizes in vec(1usize..400, 1..20),
        ) {
            let sent: Vec<u8> = messages
                .iter()
                .flat_map(|(message, packed)| match packed {
                    // It may become longer than the limit, which counts before and after.
                    true if gzip(message).len() <= LIMIT => frame(1, &gzip(message)),
                    _ => frame(0, message),
                })
                .collect();
            let expected: Vec<Vec<u8>> = messages.iter().map(|(message, _)| frame(0, message)).collect();
            let (frames, ended) = passed(cut(&sent, &sizes));
            prop_assert!(ended);
            prop_assert_eq!(frames, expected);
        }

        #[test]
        fn any_bytes_end_the_same_way_wherever_they_are_cut(
            bytes in vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 0..500),
            sizes in vec(1usize..400, 1..20),
        ) {
            prop_assert_eq!(passed(cut(&bytes, &sizes)), passed(cut(&bytes, &[usize::MAX])));
        }

        #[test]
        fn a_part_of_a_message_is_a_fault(message in vec(any::<u8>(), 1..LIMIT), missing in 1usize..5) {
            let whole = frame(0, &message);
            let (frames, ended) = passed(cut(&whole[..whole.len() - missing.min(message.len())], &[7]));
            prop_assert!(frames.is_empty() && !ended);
        }
    }
}
