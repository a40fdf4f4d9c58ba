//! The messages of a job that are on their way: some at once, and the job waits when there are too many.

use futures::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};

use super::Webhook;
use crate::{
    feed::{
        Counts, Failures, FeedError,
        fetch::FetchCause,
        journal::{Finished, Journal, Key},
        source::Item,
    },
    lang::Language,
};

/// Messages on their way, at most; the languages of one article may go beyond it.
const AT_ONCE: usize = 16;

/// The deliveries of a job, if it has a webhook.
pub struct Deliveries<'a> {
    webhook: Option<&'a Webhook>,
    running: FuturesUnordered<LocalBoxFuture<'a, Delivered>>,
}

/// What became of a message.
pub struct Delivered {
    input: String,
    id: String,
    target: Language,
    key: Key,
    result: Result<(), FetchCause>,
}

impl<'a> Deliveries<'a> {
    pub fn new(webhook: Option<&'a Webhook>) -> Self {
        Self { webhook, running: FuturesUnordered::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.running.len() >= AT_ONCE
    }

    /// Sends an article of an input in each language, unless the journal knows that the webhook has it. What failed is not sent: the
    /// list of failures has it.
    pub fn begin(
        &mut self,
        journal: &Journal,
        input: &str,
        item: &Item,
        targets: &[Language],
        results: &[Finished],
    ) -> Result<(), FeedError> {
        let (Some(webhook), Ok(article), false) = (self.webhook, &item.article, item.is_heading) else {
            return Ok(());
        };
        for (&target, result) in targets.iter().zip(results) {
            let Some(line) = result.is_ok().then(|| item.translated(target, result)).flatten() else {
                continue;
            };
            let message = webhook.message(line);
            if journal.has_delivered(&message.key)? {
                continue;
            }
            let (input, id) = (input.to_owned(), article.id.clone());
            let send = async move {
                let result = webhook.send(&message).await;
                Delivered { input, id, target, key: message.key, result }
            };
            self.running.push(send.boxed_local());
        }
        Ok(())
    }

    /// What has an end by now, once something has.
    pub async fn next(&mut self) -> Option<Vec<Delivered>> {
        let mut done = vec![self.running.next().await?];
        while let Some(Some(more)) = self.running.next().now_or_never() {
            done.push(more);
        }
        Some(done)
    }

    /// Keeps what was taken in the journal, and lists what was not.
    pub async fn keep(
        done: Vec<Delivered>,
        journal: &Journal,
        failures: &mut Failures,
        counts: &mut Counts,
    ) -> Result<(), FeedError> {
        let taken = done.iter().filter(|delivered| delivered.result.is_ok());
        journal.delivered(taken.map(|delivered| &delivered.key))?;
        for Delivered { input, id, target, result, .. } in done {
            match result {
                Ok(()) => counts.delivered += 1,
                Err(cause) => {
                    counts.undelivered += 1;
                    let reason = format!("the webhook did not take it: {cause}");
                    failures.add(&input, &id, target, &reason).await?;
                }
            }
        }
        Ok(())
    }
}
