//! Queues of NATS JetStream, and those who work for them.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::EngineArguments;
use crate::queue::{QueueName, QueueOptions};

/// Which queue.
#[derive(Debug, Args)]
pub struct QueueArguments {
    /// Servers of NATS with JetStream, with nats:// or tls:// before each; separate several with commas or repeat the flag.
    #[arg(long, env = "TRIGLOT_NATS", value_name = "URL", value_delimiter = ',')]
    nats: Vec<String>,

    /// Name of the queue. What it needs in JetStream is created where it is missing.
    #[arg(long, env = "TRIGLOT_QUEUE", value_name = "NAME", default_value = "articles")]
    queue: QueueName,

    /// File with the credentials of a user of NATS [default: none].
    #[arg(long, env = "TRIGLOT_NATS_CREDENTIALS", value_name = "FILE")]
    nats_credentials: Option<PathBuf>,

    /// File with root certificates in PEM, for servers with tls:// [default: those of the system].
    #[arg(long, env = "TRIGLOT_NATS_CA", value_name = "FILE")]
    nats_ca: Option<PathBuf>,
}

impl QueueArguments {
    /// The queue, if servers are given.
    pub fn options(&self) -> Option<QueueOptions> {
        let options = || QueueOptions {
            servers: self.nats.clone(),
            name: self.queue.clone(),
            credentials: self.nats_credentials.clone(),
            roots: self.nats_ca.clone(),
        };
        (!self.nats.is_empty()).then(options)
    }
}

#[derive(Debug, Args)]
pub struct WorkerArguments {
    #[command(flatten)]
    pub queue: QueueArguments,

    /// How often an article is tried, by all workers, before it is put aside.
    #[arg(long, env = "TRIGLOT_TRIES", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub tries: u32,

    /// Seconds that articles at hand may take to finish after SIGTERM; other workers get what is left.
    #[arg(long, env = "TRIGLOT_DRAIN_SECONDS", value_name = "SECONDS", default_value = "30")]
    drain_seconds: u64,

    #[command(flatten)]
    pub engine: EngineArguments,
}

impl WorkerArguments {
    /// Time for articles at hand.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}
