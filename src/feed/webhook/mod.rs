//! Sends finished articles to a webhook, signed as the Standard Webhooks specification says (`signature`). A message has the same id at
//! each try and in each run, so a receiver can drop what it has.

mod deliveries;
mod signature;

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Client, header::CONTENT_TYPE};
use sha2::{Digest, Sha256};
use url::Url;

pub(super) use self::deliveries::Deliveries;
pub use self::signature::{Secret, SecretError};
use super::{
    fetch::{self, FetchCause, FetchError},
    journal::Key,
};

/// Longest time of one try.
const TRY: Duration = Duration::from_secs(30);
/// Tries after the first one.
const MORE_TRIES: usize = 6;
/// Pause before the second try. Each further pause is twice as long; all get up to as much again at random.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that a receiver can ask for; with a longer one, the message fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A receiver of finished articles.
pub struct Webhook {
    http: Client,
    url: Url,
    secret: Secret,
    private: bool,
    /// Whether the last message failed after all its tries. The next ones get one try, until the receiver is there again: otherwise a job
    /// with many articles would wait for each.
    is_down: AtomicBool,
}

/// A message to a webhook: an article in one language.
struct Message {
    key: Key,
    /// A line of JSON.
    body: String,
}

impl Webhook {
    /// `private`: whether the address may be in a private network.
    ///
    /// # Errors
    /// When the client for HTTP cannot start.
    pub fn new(url: Url, secret: Secret, private: bool) -> Result<Self, reqwest::Error> {
        let http = fetch::client(Client::builder().timeout(TRY), private)?;
        Ok(Self { http, url, secret, private, is_down: AtomicBool::new(false) })
    }

    /// A message is known by who gets it and by what it says.
    fn message(&self, body: String) -> Message {
        let digest = Sha256::new().chain_update(self.url.as_str()).chain_update([0]).chain_update(&body);
        Message { key: digest.finalize().into(), body }
    }

    /// Sends a message, again and again where that can help.
    ///
    /// # Errors
    /// When the receiver refuses it, or the last try failed.
    async fn send(&self, message: &Message) -> Result<(), FetchCause> {
        let may_pass = |cause: &FetchCause| matches!(cause, FetchCause::Busy { .. } | FetchCause::Failed(_));
        let more_tries = if self.is_down.load(Relaxed) { 0 } else { MORE_TRIES };
        let pauses =
            ExponentialBuilder::default().with_min_delay(PAUSE).with_max_times(more_tries).with_jitter();
        let result = (|| self.attempt(message))
            .retry(pauses)
            .when(may_pass)
            .adjust(|cause, pause| match cause {
                FetchCause::Busy { retry_after: Some(asked), .. } => {
                    pause.map(|pause| pause.max(*asked)).filter(|pause| *pause <= LONGEST_PAUSE)
                }
                _ => pause,
            })
            .await;
        self.is_down.store(result.as_ref().is_err_and(may_pass), Relaxed);
        result
    }

    async fn attempt(&self, Message { key, body }: &Message) -> Result<(), FetchCause> {
        let cause = |error: FetchError| error.cause;
        fetch::check(&self.url, self.private).map_err(cause)?;
        let id = format!("msg_{}", hex::encode(key));
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-signature", self.secret.sign(&id, now, body))
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .body(body.clone());
        let response =
            request.send().await.map_err(|error| cause(FetchError::of_client(&self.url, &error)))?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status @ (408 | 429 | 500..=599) => {
                Err(FetchCause::Busy { status, retry_after: fetch::retry_after(response.headers()) })
            }
            status => Err(FetchCause::Status(status)),
        }
    }
}
