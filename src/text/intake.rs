//! Reads a text that arrives as a stream of bytes: first its beginning, for language detection, then the whole text in small
//! portions.

use futures::{Stream, StreamExt, stream};
use tokio_util::bytes::{Bytes, BytesMut};

use super::DETECTION_BYTES;

/// The most bytes of a portion: all pieces of a portion are in memory at once.
const PORTION: usize = 16 * 1024;

/// A text that arrives in parts.
#[derive(Debug)]
pub struct Intake<S> {
    input: S,
    /// Bytes that have arrived and are not in a portion yet.
    unread: BytesMut,
    ended: bool,
}

impl<S, E> Intake<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    /// Starts without reading anything.
    pub fn new(input: S) -> Self {
        Self { input, unread: BytesMut::new(), ended: false }
    }

    /// At least the first [`DETECTION_BYTES`] of the text, or all of a shorter text. The portions contain these bytes again.
    ///
    /// # Errors
    /// The errors of the input.
    pub async fn beginning(&mut self) -> Result<&[u8], E> {
        while self.unread.len() < DETECTION_BYTES && self.read().await? {}
        Ok(&self.unread)
    }

    /// The next bytes, or `None` at the end of the text. Cancel-safe: a dropped call loses no bytes.
    ///
    /// # Errors
    /// The errors of the input.
    pub async fn portion(&mut self) -> Result<Option<Bytes>, E> {
        while self.unread.is_empty() && self.read().await? {}
        let portion = self.unread.split_to(PORTION.min(self.unread.len()));
        Ok((!portion.is_empty()).then(|| portion.freeze()))
    }

    /// The whole text as a stream of portions, with the bytes that [`beginning`](Self::beginning) has read.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, E>> {
        stream::unfold(self, |mut intake| async move {
            let portion = intake.portion().await.transpose()?;
            Some((portion, intake))
        })
    }

    /// Reads more bytes; false at the end of the input.
    async fn read(&mut self) -> Result<bool, E> {
        if !self.ended {
            match self.input.next().await {
                Some(bytes) => self.unread.extend_from_slice(&bytes?),
                None => self.ended = true,
            }
        }
        Ok(!self.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake(parts: &[&'static str]) -> Intake<impl Stream<Item = Result<Bytes, ()>> + Unpin> {
        Intake::new(stream::iter(parts.iter().map(|part| Ok(Bytes::from(*part))).collect::<Vec<_>>()))
    }

    async fn rest(mut intake: Intake<impl Stream<Item = Result<Bytes, ()>> + Unpin>) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(portion) = intake.portion().await.expect("the input has no error") {
            assert!(!portion.is_empty() && portion.len() <= PORTION);
            all.extend_from_slice(&portion);
        }
        all
    }

    #[tokio::test]
    async fn portions_contain_the_whole_text_even_after_reading_the_beginning() {
        let long: &str = Box::leak("слово ".repeat(10_000).into_boxed_str());
        for parts in [&["", "a", "", "b"][..], &[], &[""], &[long], &["a", long, "z"]] {
            let whole = parts.concat();
            assert_eq!(rest(intake(parts)).await, whole.as_bytes());
            let mut looked_at = intake(parts);
            let beginning = looked_at.beginning().await.expect("the input has no error");
            assert!(
                beginning.len() >= DETECTION_BYTES.min(whole.len())
                    && whole.as_bytes().starts_with(beginning)
            );
            let streamed: Vec<Bytes> =
                looked_at.into_stream().map(|portion| portion.expect("no error")).collect().await;
            assert_eq!(streamed.concat(), whole.as_bytes());
        }
    }
}
