//! Translates and summarises in this process or on a server. Both give the same events, so commands and feeds do not depend on
//! where the models run.

mod articles;
mod error;
mod glossaries;
mod key;
mod remote;
mod resume;
mod server;

use std::{pin::pin, sync::Arc};

use async_stream::try_stream;
use futures::{Stream, StreamExt, future};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::bytes::Bytes;

pub use self::{
    error::ClientError,
    glossaries::Glossaries,
    key::{Connection, KeySource},
    remote::Remote,
    server::{ClientTls, Server},
};
use crate::{
    article::{self, Article, Job, Outcome},
    queue::Queue,
    summarize::{self, Summarizer},
    translate::{self, Translator, TranslatorError},
};

/// Runs translations and summaries.
pub enum Backend {
    /// Runs in this process. Without models, it supports only summaries that need none.
    Local(Option<Translator>),
    Remote(Remote),
}

/// Runs translations of articles.
pub enum Articles {
    /// Runs in this process.
    Local(Translator),
    /// On all of these servers, at least one.
    Remote(Vec<Remote>),
    /// By the workers of a queue, with the model of this name; an empty one means any.
    Queue(Queue, String),
}

impl Articles {
    /// Translates a stream of articles. The outcomes come as they are ready. An error of the input ends them.
    pub fn translate<S, E>(
        &self,
        request: article::Request,
        articles: S,
    ) -> impl Stream<Item = Result<Outcome<ClientError>, E>> + use<S, E>
    where
        S: Stream<Item = Result<Article, E>> + Send + 'static,
        E: From<ClientError> + Send + 'static,
    {
        let (articles, failure) = split(articles);
        let outcomes = match self {
            Self::Local(translator) => {
                let (translator, targets) = (translator.clone(), request.targets.clone());
                let request = Arc::new(request);
                let work = move |Job { article, index, target }: Job<Article>| {
                    let (translator, request) = (translator.clone(), request.clone());
                    async move {
                        let result = request.translate(&translator, &article, target).await;
                        Outcome {
                            id: article.id.clone(),
                            index,
                            target,
                            result: result.map_err(ClientError::from),
                        }
                    }
                };
                let articles = articles.map(Ok::<_, ClientError>);
                article::each(articles, |article| article.texts.bytes(), targets, false, work).left_stream()
            }
            Self::Remote(servers) => {
                articles::translate(servers, &request, articles).left_stream().right_stream()
            }
            Self::Queue(queue, model) => {
                let outcomes = queue.translate(&request, model.clone(), articles);
                let outcomes = outcomes.map(|outcome| Ok(outcome?.map_err(ClientError::from)));
                outcomes.right_stream().right_stream()
            }
        };
        join(outcomes, failure)
    }
}

impl Backend {
    /// Translates a stream of bytes. An error of the input ends the events.
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
            Self::Remote(remote) => remote.translate(&request, input).right_stream(),
        };
        Ok(join(events, failure))
    }

    /// Summarises a stream of bytes. An error of the input ends the events.
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

/// Separates the input from its first error, since a message to a server cannot carry an error. After an error the input stays
/// pending, so that the receiver does not take a truncated text for the whole text.
fn split<T, E>(input: impl Stream<Item = Result<T, E>>) -> (impl Stream<Item = T>, UnboundedReceiver<E>) {
    let (failed, failure) = unbounded_channel();
    let portions = input.then(move |portion| {
        let failed = failed.clone();
        async move {
            match portion {
                Ok(portion) => portion,
                Err(error) => {
                    // Sending fails if the caller dropped the events.
                    let _ = failed.send(error);
                    future::pending().await
                }
            }
        }
    });
    (portions, failure)
}

/// Passes on the events until the input fails.
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
