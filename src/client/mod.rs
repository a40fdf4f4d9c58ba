//! Translations and summaries, here or at a server: the same events from both, so that a command or a feed does not depend on
//! where the models run.

mod error;
mod remote;

use std::pin::pin;

use async_stream::try_stream;
use futures::{Stream, StreamExt, future};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::bytes::Bytes;

pub use self::{
    error::ClientError,
    remote::{Remote, connect},
};
use crate::{
    summarize::{self, Summarizer},
    translate::{self, Translator, TranslatorError},
};

/// Where texts are translated and summarised.
pub enum Backend {
    /// In this process. Without models it makes only summaries that need none.
    Local(Option<Translator>),
    Remote(Remote),
}

impl Backend {
    /// Translates bytes as they come in. An error of the input ends the events.
    pub async fn translate<S, E>(
        &self,
        request: translate::Request,
        input: S,
    ) -> Result<impl Stream<Item = Result<translate::Event, E>> + use<S, E>, ClientError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: From<ClientError> + Send + 'static,
    {
        let (input, failure) = split(input);
        let events = match self {
            Self::Local(translator) => {
                let translator = translator.as_ref().ok_or(TranslatorError::NoModel)?;
                translator.stream(request, input.map(Ok::<_, ClientError>)).left_stream()
            }
            Self::Remote(remote) => remote.translate(&request, input).await?.right_stream(),
        };
        Ok(join(events, failure))
    }

    /// Summarises bytes as they come in. An error of the input ends the events.
    pub async fn summarize<S, E>(
        &self,
        request: summarize::Request,
        input: S,
    ) -> Result<impl Stream<Item = Result<summarize::Event, E>> + use<S, E>, ClientError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: From<ClientError> + Send + 'static,
    {
        let (input, failure) = split(input);
        let events = match self {
            Self::Local(translator) => {
                let summarizer = Summarizer::new(translator.clone());
                summarizer.stream(request, input.map(Ok::<_, ClientError>)).left_stream()
            }
            Self::Remote(remote) => remote.summarize(&request, input).await?.right_stream(),
        };
        Ok(join(events, failure))
    }
}

/// The input, and its first error apart: a message to a server cannot carry an error. After it the input never ends, so that
/// nobody takes what came before for the whole text.
fn split<E>(
    input: impl Stream<Item = Result<Bytes, E>>,
) -> (impl Stream<Item = Bytes>, UnboundedReceiver<E>) {
    let (failed, failure) = unbounded_channel();
    let portions = input.then(move |bytes| {
        let failed = failed.clone();
        async move {
            match bytes {
                Ok(bytes) => bytes,
                Err(error) => {
                    // Nobody receives it if the events were dropped.
                    let _ = failed.send(error);
                    future::pending().await
                }
            }
        }
    });
    (portions, failure)
}

/// The events, until the input fails.
fn join<T, E: From<ClientError>>(
    events: impl Stream<Item = Result<T, ClientError>>,
    mut failure: UnboundedReceiver<E>,
) -> impl Stream<Item = Result<T, E>> {
    try_stream! {
        let mut events = pin!(events);
        loop {
            let event = tokio::select! {
                biased;
                Some(error) = failure.recv() => Some(Err(error)),
                event = events.next() => event.map(|event| event.map_err(E::from)),
            };
            let Some(event) = event else { break };
            yield event?;
        }
    }
}
