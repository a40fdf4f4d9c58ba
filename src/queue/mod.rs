//! A queue of articles that many machines share, on NATS JetStream: whoever has articles puts them in, workers take them out, and
//! the results wait until they are collected.
//!
//! JetStream keeps the messages, delivers each again until a worker acknowledges it, and drops a second message with the same id. So an
//! article has exactly one result, although it may be delivered twice: its id is a digest of all that the result depends on.

mod collect;

use std::{path::PathBuf, time::Duration};

use async_nats::{
    Client, ConnectErrorKind, ConnectOptions,
    jetstream::{
        self, Context,
        consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull},
        context::PublishErrorKind,
        message::PublishMessage,
        stream::{Config, DirectGetErrorKind, RetentionPolicy, StorageType},
    },
};
use prost::Message;
use tokio_util::bytes::Bytes;

use crate::wire::{
    AnswerError,
    proto::{QueuedArticle, TranslateArticlesResponse},
};

/// How long JetStream remembers ids, and so the longest time after which a second delivery can have no second result.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// How long results wait to be collected.
const RESULTS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Time in which a worker must say that it still works on an article, or another one gets it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Where a queue is, and who may use it.
#[derive(Debug, Clone)]
pub struct QueueOptions {
    /// Addresses of servers, with nats:// or tls:// before them.
    pub servers: Vec<String>,
    /// Name of the queue; letters, digits, hyphens and underscores.
    pub name: QueueName,
    /// A file with the credentials of a user (JWT and seed).
    pub credentials: Option<PathBuf>,
    /// Roots of the servers' certificates in PEM; `None`: those of the system.
    pub roots: Option<PathBuf>,
}

impl QueueOptions {
    /// The servers for a message: without the names and passwords that may stand in them.
    pub fn shown(&self) -> String {
        let host = |url: &String| url.rsplit('@').next().unwrap_or_default().to_owned();
        self.servers.iter().map(host).collect::<Vec<_>>().join(", ")
    }
}

/// The name of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueName(String);

/// A name that cannot be part of a subject.
#[derive(Debug, thiserror::Error)]
#[error("the name of a queue has letters of a to z, digits, hyphens and underscores, at most 64")]
pub struct NoQueueName;

impl std::str::FromStr for QueueName {
    type Err = NoQueueName;

    fn from_str(name: &str) -> Result<Self, NoQueueName> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        match (1..=64).contains(&name.len()) && name.chars().all(allowed) {
            true => Ok(Self(name.to_owned())),
            false => Err(NoQueueName),
        }
    }
}

/// Why a queue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("{path}: {error}")]
    File { path: PathBuf, error: std::io::Error },
    #[error("cannot connect to NATS at {servers}: {error}")]
    Connect { servers: String, error: String },
    #[error("NATS cannot {what}: {error}; does the server have JetStream (nats-server -js)?")]
    JetStream { what: &'static str, error: String },
    #[error("the article is longer than a message of NATS may be (max_payload)")]
    TooLarge,
    #[error("a message of the queue cannot be read: {0}")]
    Message(#[from] prost::DecodeError),
    #[error("a result of the queue is not complete: {0}")]
    Answer(#[from] AnswerError),
}

/// A connection to a queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    context: Context,
    name: QueueName,
}

/// An error of JetStream in a step.
fn failed<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> QueueError {
    move |error| QueueError::JetStream { what, error: error.to_string() }
}

impl Queue {
    /// Connects, and creates the streams of the queue where they are missing. A connection that breaks is opened again.
    pub async fn connect(options: &QueueOptions) -> Result<Self, QueueError> {
        let QueueOptions { servers, name, credentials, roots } = options;
        let mut connect = ConnectOptions::new().name("triglot").connection_timeout(Duration::from_secs(5));
        if let Some(path) = credentials {
            let file = |error| QueueError::File { path: path.clone(), error };
            connect = connect.credentials_file(path).await.map_err(file)?;
        }
        if let Some(path) = roots {
            connect = connect.add_root_certificates(path.clone());
        }
        let client: Client = connect.connect(servers).await.map_err(|error| QueueError::Connect {
            servers: options.shown(),
            error: match error.kind() {
                ConnectErrorKind::Io | ConnectErrorKind::Dns | ConnectErrorKind::Tls => error.to_string(),
                kind => kind.to_string(),
            },
        })?;
        let queue = Self { context: jetstream::new(client), name: name.clone() };
        for config in queue.streams() {
            let made = queue.context.get_or_create_stream(config).await;
            made.map_err(failed("create a stream"))?;
        }
        Ok(queue)
    }

    /// The streams: articles, results, and articles that failed too often.
    fn streams(&self) -> [Config; 3] {
        let QueueName(name) = &self.name;
        let stream = |name: String, subject: String| Config {
            name,
            subjects: vec![subject],
            storage: StorageType::File,
            duplicate_window: REMEMBERED,
            ..Config::default()
        };
        [
            Config { retention: RetentionPolicy::WorkQueue, ..stream(name.clone(), self.articles()) },
            Config {
                max_age: RESULTS_KEPT,
                allow_direct: true,
                ..stream(format!("{name}-results"), format!("{name}.results.>"))
            },
            stream(format!("{name}-dead"), format!("{name}.dead")),
        ]
    }

    fn articles(&self) -> String {
        format!("{}.articles", self.name.0)
    }

    /// The subject of the results of an article.
    fn results(&self, id: &str) -> String {
        format!("{}.results.{id}", self.name.0)
    }

    /// Puts an article into the queue, unless it is there already, or was there in the last day.
    async fn put(&self, id: &str, article: &QueuedArticle) -> Result<(), QueueError> {
        let message = PublishMessage::build().payload(article.encode_to_vec().into()).message_id(id);
        self.publish(self.articles(), message).await
    }

    /// The results of an article that wait to be collected.
    async fn result(&self, id: &str) -> Result<Option<TranslateArticlesResponse>, QueueError> {
        let stream = self.context.get_stream_no_info(format!("{}-results", self.name.0)).await;
        let stream = stream.map_err(failed("find the results"))?;
        match stream.direct_get_last_for_subject(self.results(id)).await {
            Ok(message) => Ok(Some(TranslateArticlesResponse::decode(message.payload)?)),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("look for a result")(error)),
        }
    }

    /// Puts a result where it is collected. A second one of the same article and language is dropped.
    pub async fn answer(&self, id: &str, result: &TranslateArticlesResponse) -> Result<(), QueueError> {
        let once = format!("{id}.{}", result.target_language);
        let message = PublishMessage::build().payload(result.encode_to_vec().into()).message_id(&once);
        self.publish(self.results(&once), message).await
    }

    /// Puts a message aside that no worker could finish.
    pub async fn put_aside(&self, id: &str, payload: Bytes, reason: &str) -> Result<(), QueueError> {
        let message =
            PublishMessage::build().payload(payload).message_id(id).header("Triglot-Reason", reason);
        self.publish(format!("{}.dead", self.name.0), message).await
    }

    /// Sends a message; when it returns, JetStream has kept it.
    async fn publish(&self, subject: String, message: PublishMessage) -> Result<(), QueueError> {
        let sent = async { self.context.send_publish(subject, message).await?.await };
        match sent.await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => Err(QueueError::TooLarge),
            Err(error) => Err(failed("keep a message")(error)),
        }
    }

    /// What workers take articles from. All workers share it.
    pub async fn work(&self) -> Result<PullConsumer, QueueError> {
        let stream =
            self.context.get_stream_no_info(&self.name.0).await.map_err(failed("find the articles"))?;
        let config = pull::Config {
            durable_name: Some("workers".to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: PATIENCE,
            // Each worker has a bound of its own.
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        stream.get_or_create_consumer("workers", config).await.map_err(failed("find the workers' place"))
    }

    /// The results that come from now on.
    async fn new_results(&self) -> Result<PullConsumer, QueueError> {
        let stream = self.context.get_stream_no_info(format!("{}-results", self.name.0)).await;
        let stream = stream.map_err(failed("find the results"))?;
        let config = pull::Config {
            deliver_policy: DeliverPolicy::New,
            ack_policy: AckPolicy::None,
            inactive_threshold: Duration::from_secs(60),
            ..pull::Config::default()
        };
        stream.create_consumer(config).await.map_err(failed("collect results"))
    }
}
