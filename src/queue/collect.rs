//! Puts articles into a queue and collects their results. What was finished before, for whomever, is collected at once.

use std::{
    collections::HashMap,
    pin::pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_nats::jetstream::{
    Message,
    consumer::pull::{self, MessagesError},
};
use async_stream::try_stream;
use futures::{Stream, StreamExt};
use tokio::time::{Instant, sleep, sleep_until};
use tonic::Status;

use super::{Queue, QueueError, failed};
use crate::{
    article::{Article, Outcome, Request},
    lang::Language,
    wire::{
        self,
        proto::{
            self, QueuedArticle, TranslateArticlesResponse, translate_articles_response::Result as Answer,
        },
    },
};

/// Results that are waited for at once.
const WINDOW: usize = 1024;
/// Time between two looks for all results that are waited for: one may have come while the connection was broken.
const LOOK: Duration = Duration::from_secs(5);
/// Time between two tries.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a server of NATS may be away.
const AWAY: Duration = Duration::from_secs(60);

/// The next step of a collector.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Turn {
    Result(Option<Result<Message, MessagesError>>),
    Look,
    Article(Option<Article>),
}

/// An article that waits: its place in the input, and its name there.
type Waiting = (u64, String);

impl Queue {
    /// Translates the articles by whoever works for the queue. The outcomes come as they are ready. `model` is the name of the model
    /// that the workers should use; an empty one means any.
    pub fn translate<S: Stream<Item = Article> + Send + 'static>(
        &self,
        request: &Request,
        model: String,
        articles: S,
    ) -> impl Stream<Item = Result<Outcome<Status>, QueueError>> + use<S> {
        let (queue, targets) = (self.clone(), request.targets.clone());
        let start = wire::articles::start(&Request { ordered: false, ..request.clone() }, model);
        try_stream! {
            let mut articles = pin!(articles);
            let mut results = queue.results_from_now().await?;
            let mut waiting = HashMap::<String, Vec<Waiting>>::new();
            let (mut ended, mut count, mut look) = (false, 0, Instant::now() + LOOK);
            while !(ended && waiting.is_empty()) {
                let turn = tokio::select! {
                    message = results.next(), if !waiting.is_empty() => Turn::Result(message),
                    () = sleep_until(look), if !waiting.is_empty() => Turn::Look,
                    article = articles.next(), if !ended && waiting.len() < WINDOW => Turn::Article(article),
                };
                match turn {
                    Turn::Result(Some(Ok(message))) => {
                        for outcome in taken(&mut waiting, &queue, &message)? {
                            yield outcome;
                        }
                    }
                    // The place of a collector is gone when its server is.
                    Turn::Result(_) => {
                        sleep(AGAIN).await;
                        results = queue.results_from_now().await?;
                    }
                    Turn::Look => {
                        for key in waiting.keys().cloned().collect::<Vec<_>>() {
                            let Some(result) = queue.result_patiently(&key).await? else { continue };
                            for waiting in waiting.remove(&key).unwrap_or_default() {
                                yield outcome(result.clone(), waiting)?;
                            }
                        }
                        look = Instant::now() + LOOK;
                    }
                    Turn::Article(None) => ended = true,
                    Turn::Article(Some(article)) => {
                        let name = article.id.clone();
                        let article = proto::Article::from(Article { id: String::new(), ..article });
                        let id = hex::encode(wire::articles::digest(&start, &article));
                        let (mut found, mut failed) = (Vec::new(), false);
                        for target in &targets {
                            let result = queue.result_patiently(&key(&id, *target)).await?;
                            failed |= matches!(&result, Some(TranslateArticlesResponse { result: Some(Answer::Error(_)), .. }));
                            found.push(result);
                        }
                        // What failed before may succeed now, for instance with a worker that has another model.
                        let id = if failed { format!("{id}-{}", seconds()) } else { id };
                        let mut is_new = false;
                        for (target, result) in targets.iter().zip(found) {
                            match result.filter(|_| !failed) {
                                Some(result) => yield outcome(result, (count, name.clone()))?,
                                None => {
                                    let others = waiting.entry(key(&id, *target)).or_default();
                                    is_new |= others.is_empty();
                                    others.push((count, name.clone()));
                                }
                            }
                        }
                        if is_new {
                            let queued = QueuedArticle { start: Some(start.clone()), article: Some(article) };
                            match queue.put_patiently(&id, &queued).await {
                                Err(QueueError::TooLarge) => {
                                    let status = Status::out_of_range(QueueError::TooLarge.to_string());
                                    for target in &targets {
                                        for (index, id) in waiting.remove(&key(&id, *target)).unwrap_or_default() {
                                            yield Outcome { id, index, target: *target, result: Err(status.clone()) };
                                        }
                                    }
                                }
                                put => put?,
                            }
                        }
                        count += 1;
                    }
                }
            }
        }
    }

    async fn results_from_now(&self) -> Result<pull::Stream, QueueError> {
        patiently(async || self.new_results().await?.messages().await.map_err(failed("collect results")))
            .await
    }

    async fn result_patiently(&self, key: &str) -> Result<Option<TranslateArticlesResponse>, QueueError> {
        patiently(async || self.result(key).await).await
    }

    async fn put_patiently(&self, id: &str, article: &QueuedArticle) -> Result<(), QueueError> {
        patiently(async || self.put(id, article).await).await
    }
}

fn key(id: &str, target: Language) -> String {
    format!("{id}.{}", target.code())
}

/// The outcomes that a message of the results brings.
fn taken(
    waiting: &mut HashMap<String, Vec<Waiting>>,
    queue: &Queue,
    message: &Message,
) -> Result<Vec<Outcome<Status>>, QueueError> {
    let prefix = queue.results("");
    let Some(key) = message.subject.strip_prefix(&prefix) else { return Ok(Vec::new()) };
    let Some(all) = waiting.remove(key) else { return Ok(Vec::new()) };
    let result: TranslateArticlesResponse = prost::Message::decode(message.payload.clone())?;
    all.into_iter().map(|waiting| outcome(result.clone(), waiting)).collect()
}

fn outcome(result: TranslateArticlesResponse, (index, id): Waiting) -> Result<Outcome<Status>, QueueError> {
    let outcome = Outcome::try_from(result)?;
    Ok(Outcome { index, id, ..outcome })
}

/// Seconds of the clock, which make an id that was not used before.
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Tries a step again while the server is away.
async fn patiently<T>(step: impl AsyncFn() -> Result<T, QueueError>) -> Result<T, QueueError> {
    let end = Instant::now() + AWAY;
    loop {
        match step().await {
            Err(QueueError::JetStream { what, error }) if Instant::now() < end => {
                tracing::warn!(what, error, "NATS is away; trying again");
                sleep(AGAIN).await;
            }
            result => return result,
        }
    }
}
