//! Works for a queue: takes articles, translates them, and puts the results back. Any number of workers can come and go.
//!
//! An article is acknowledged after its results are kept, so a worker that dies loses none: the queue gives its articles to others.

mod pace;

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{AckKind, Message};
use futures::StreamExt;
use prost::Message as _;
use tokio::{
    task::JoinSet,
    time::{interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use self::pace::Pace;
use crate::{
    article::Outcome,
    lang::Language,
    queue::{PATIENCE, Queue, QueueError},
    server::error::ServiceError,
    translate::Translator,
    wire::{self, proto::QueuedArticle},
};

/// How long a worker waits for a batch of articles before it looks around.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits before it asks a queue again that does not answer.
const AWAY: Duration = Duration::from_secs(1);

/// A worker.
#[derive(Clone)]
pub struct Worker {
    pub queue: Queue,
    pub translator: Translator,
    /// How often an article is tried, by all workers, before it is put aside.
    pub tries: u32,
    /// Time for the articles that it has when it is told to stop.
    pub drain: Duration,
}

/// What becomes of a message.
enum Ending {
    /// All its results are kept.
    Done,
    /// It should be tried again.
    Again,
}

impl Worker {
    /// Works until it is told to stop, and then finishes what it has. Returns the number of articles that it finished.
    ///
    /// # Errors
    /// When the queue is not there at the start. A queue that goes away later is waited for.
    pub async fn run(self, stop: CancellationToken) -> Result<u64, QueueError> {
        let mut consumer = self.queue.work().await?;
        let (pace, mut tasks, mut done) = (Arc::new(Pace::default()), JoinSet::new(), 0);
        while !stop.is_cancelled() {
            while let Some(finished) = tasks.try_join_next() {
                done += u64::from(finished.unwrap_or(false));
            }
            let room = tokio::select! {
                room = pace.room() => room,
                () = stop.cancelled() => break,
            };
            let batch = consumer.batch().max_messages(room).expires(LOOK).messages().await;
            let mut batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    tracing::warn!(%error, "the queue does not answer; asking again");
                    sleep(AWAY).await;
                    continue;
                }
            };
            while let Some(message) = batch.next().await {
                match message {
                    Ok(message) => {
                        let held = pace.begin(message.payload.len());
                        let worker = self.clone();
                        tasks.spawn(async move {
                            let done = worker.finish(message).await;
                            held.end();
                            done
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the queue broke off; asking again");
                        sleep(AWAY).await;
                        // Somebody may have removed the workers' place.
                        if let Ok(again) = self.queue.work().await {
                            consumer = again;
                        }
                        break;
                    }
                }
            }
        }
        tracing::info!(articles = tasks.len(), "stopping: no new articles, those at hand are finished");
        let rest = async {
            while let Some(finished) = tasks.join_next().await {
                done += u64::from(finished.unwrap_or(false));
            }
        };
        if timeout(self.drain, rest).await.is_err() {
            tracing::warn!("the time is over; other workers get the articles that are left");
        }
        Ok(done)
    }

    /// Works on a message and answers it. True if it needs no more work.
    async fn finish(&self, message: Message) -> bool {
        let working = self.work(&message);
        let mut working = std::pin::pin!(working);
        let mut ticks = interval(PATIENCE / 3);
        ticks.tick().await;
        let ending = loop {
            tokio::select! {
                ending = &mut working => break ending,
                _ = ticks.tick() => {
                    // Else another worker would get it, too, which does no harm.
                    let _ = message.ack_with(AckKind::Progress).await;
                }
            }
        };
        let (answer, done) = match ending {
            Ok(Ending::Done) => (AckKind::Ack, true),
            Ok(Ending::Again) => (AckKind::Nak(Some(AWAY)), false),
            Err(error) => {
                tracing::warn!(%error, "the result of an article is not kept; it is tried again");
                (AckKind::Nak(Some(AWAY)), false)
            }
        };
        if let Err(error) = message.double_ack_with(answer).await {
            tracing::warn!(%error, "an article is not acknowledged and comes again");
        }
        done
    }

    async fn work(&self, message: &Message) -> Result<Ending, QueueError> {
        let info = message.info();
        let (tried, number) = info.map_or((1, 0), |info| (info.delivered, info.stream_sequence));
        let header = message.headers.as_ref().and_then(|headers| headers.get("Nats-Msg-Id"));
        // A foreign id may be no part of a subject.
        let is_token =
            |id: &String| id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !id.is_empty();
        let id = header.map(ToString::to_string).filter(is_token).unwrap_or_else(|| number.to_string());
        let queued = QueuedArticle::decode(message.payload.clone()).unwrap_or_default();
        let (start, article) = (queued.start.unwrap_or_default(), queued.article.unwrap_or_default());
        let answer = |target: Language, result| {
            let outcome = Outcome { id: article.id.clone(), index: 0, target, result };
            wire::articles::answer(outcome, article.metadata.clone())
        };
        let request = wire::articles::request(&start);
        let read = request.and_then(|request| Ok((request, wire::articles::article(&article)?)));
        let (request, read) = match read {
            Ok(read) => read,
            Err(error) => {
                let reason = error.to_string();
                for target in start.target_languages.iter().filter_map(|code| code.parse().ok()) {
                    self.queue.answer(&id, &answer(target, Err(error.clone().into()))).await?;
                }
                self.queue.put_aside(&id, message.payload.clone(), &reason).await?;
                return Ok(Ending::Done);
            }
        };
        if tried > i64::from(self.tries) {
            let reason = format!("it was tried {} times, and no worker finished it", self.tries);
            for target in &request.targets {
                self.queue.answer(&id, &answer(*target, Err(Status::aborted(&reason)))).await?;
            }
            self.queue.put_aside(&id, message.payload.clone(), &reason).await?;
            return Ok(Ending::Done);
        }
        let model = start.options.map(|options| options.model).unwrap_or_default();
        // Another worker may have the model.
        let Some(translator) = self.translator.only(&model) else { return Ok(Ending::Again) };
        for target in request.targets.clone() {
            let result = request.translate(&translator, &read, target).await;
            let result = result.map_err(|error| Status::from(ServiceError::from(error)));
            if matches!(&result, Err(status) if status.code() == Code::Unavailable) {
                return Ok(Ending::Again);
            }
            self.queue.answer(&id, &answer(target, result)).await?;
        }
        Ok(Ending::Done)
    }
}
