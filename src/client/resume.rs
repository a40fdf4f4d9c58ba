//! A translation on a server that outlives its connection: when the stream breaks, a new one goes on where the last piece ended.
//!
//! The server reads the text from its beginning again, so that a place in the middle means the same to it, but translates only what
//! has not arrived. For that the text is kept here, up to a bound.

use std::{
    error::Error,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_stream::try_stream;
use futures::{Stream, StreamExt, stream};
use tokio::{sync::Mutex as AsyncMutex, time::sleep};
use tokio_util::bytes::Bytes;
use tonic::{Code, Status};

use super::{ClientError, Connection, remote::messages};
use crate::{
    translate::{Event, Totals},
    wire::proto::{TranslateStreamStart, translation_service_client::TranslationServiceClient},
};

/// The longest text that is kept, in bytes. A longer one is not translated any further when its stream breaks.
const MOST_KEPT: usize = 64 << 20;
/// Tries in a row that bring no piece. The waits before them add up to half a minute, the time of a restart.
pub(super) const TRIES: u32 = 10;
/// The first wait; each further one takes twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Translates the input with one stream after the other, until one of them comes to its end.
pub(super) fn translate(
    connection: Connection,
    start: TranslateStreamStart,
    input: impl Stream<Item = Bytes> + Send + 'static,
) -> impl Stream<Item = Result<Event, ClientError>> {
    let text = Text::new(input);
    try_stream! {
        let mut client = TranslationServiceClient::new(connection);
        let mut start = start;
        // Counts the segments of all streams.
        let mut all = Totals::default();
        // Before the first piece nothing is lost, and the fault may be one that stays, as a certificate that is not trusted.
        let mut tries = TRIES;
        loop {
            let broken = match client.translate_stream(messages(start.clone(), text.read())).await {
                Err(status) => status,
                Ok(answers) => {
                    let mut answers = answers.into_inner();
                    loop {
                        match answers.message().await {
                            Err(status) => break status,
                            // Without totals, which the caller expects.
                            Ok(None) => return,
                            Ok(Some(answer)) => match Event::try_from(answer)? {
                                Event::Piece(piece) => {
                                    tries = 0;
                                    start.resume_at = Some(piece.end.into());
                                    piece.segment.iter().for_each(|segment| all.count(segment));
                                    yield Event::Piece(piece);
                                }
                                Event::Done(last) => {
                                    yield Event::Done(totals(all, last));
                                    return;
                                }
                            },
                        }
                    }
                }
            };
            if tries < TRIES && is_cut(&broken) && !text.is_too_long() {
                let at = start.resume_at.unwrap_or_default().source;
                tracing::warn!(at, cause = broken.message(), "the stream broke; a new one goes on after this byte");
                sleep(wait(tries)).await;
                tries += 1;
            } else {
                Err(broken)?;
            }
        }
    }
}

/// The wait before the next try, after so many in a row.
pub(super) fn wait(tries: u32) -> Duration {
    LONGEST_WAIT.min(FIRST_WAIT * 2u32.pow(tries))
}

/// Whether the connection broke or the server is going away, so that the same text may succeed.
pub(super) fn is_cut(status: &Status) -> bool {
    status.code() == Code::Unavailable || status.source().is_some()
}

/// The totals of the last stream, with the segments of all. The usage is that of the last stream alone: streams that broke told
/// theirs to nobody.
fn totals(all: Totals, last: Totals) -> Totals {
    let Totals { segments, segments_with_warnings, .. } = all;
    Totals { segments, segments_with_warnings, ..last }
}

/// A text that can be read again from its beginning while it still arrives. Cheap to clone.
#[derive(Clone)]
struct Text {
    kept: Arc<Mutex<Kept>>,
    /// Locked for as long as the next portion takes, by one reader for all.
    input: Arc<AsyncMutex<Pin<Box<dyn Stream<Item = Bytes> + Send>>>>,
}

#[derive(Default)]
struct Kept {
    portions: Vec<Bytes>,
    bytes: usize,
}

impl Text {
    fn new(input: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self { kept: Arc::default(), input: Arc::new(AsyncMutex::new(Box::pin(input))) }
    }

    /// The whole text. Several readers may read at once, as when the old stream does not know yet that it broke.
    fn read(&self) -> impl Stream<Item = Bytes> + Send + 'static {
        stream::unfold((self.clone(), 0), |(text, at)| async move {
            let portion = text.portion(at).await?;
            Some((portion, (text, at + 1)))
        })
    }

    /// The portion at this place. Dropping the future loses nothing.
    async fn portion(&self, at: usize) -> Option<Bytes> {
        let kept = || self.kept().portions.get(at).cloned();
        if let Some(portion) = kept() {
            return Some(portion);
        }
        let mut input = self.input.lock().await;
        if let Some(portion) = kept() {
            return Some(portion);
        }
        let portion = input.next().await?;
        self.kept().add(&portion);
        Some(portion)
    }

    fn is_too_long(&self) -> bool {
        self.kept().bytes > MOST_KEPT
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, portion: &Bytes) {
        self.bytes += portion.len();
        // A text that is too long is never read again.
        match self.bytes <= MOST_KEPT {
            true => self.portions.push(portion.clone()),
            false => self.portions.clear(),
        }
    }
}
