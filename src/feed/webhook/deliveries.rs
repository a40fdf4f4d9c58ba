//! The messages of a job that are on their way: some at once, and the job waits when there are too many.

use futures::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};

use super::Webhook;
use crate::{
    feed::{
        FeedError,
        fetch::FetchCause,
        journal::{Journal, Key},
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

/// Which article a message has.
pub struct About {
    pub input: String,
    pub id: String,
    pub target: Language,
}

/// What became of a message.
pub struct Delivered {
    pub about: About,
    pub key: Key,
    pub result: Result<(), FetchCause>,
}

impl<'a> Deliveries<'a> {
    pub fn new(webhook: Option<&'a Webhook>) -> Self {
        Self { webhook, running: FuturesUnordered::new() }
    }

    pub fn is_wanted(&self) -> bool {
        self.webhook.is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.running.len() >= AT_ONCE
    }

    /// Sends a line, unless the journal knows that the webhook has it.
    pub fn begin(&mut self, journal: &Journal, about: About, line: String) -> Result<(), FeedError> {
        let Some(webhook) = self.webhook else { return Ok(()) };
        let message = webhook.message(line);
        if !journal.has_delivered(&message.key)? {
            let send = async move {
                let result = webhook.send(&message).await;
                Delivered { about, key: message.key, result }
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
}
