//! The limits of a server on its clients.

use std::{
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    time::Duration,
};

use clap::Args;

use crate::server::{CallLimits, ConnectionLimits, Limits};

/// What clients may use.
#[derive(Debug, Args)]
pub struct LimitArguments {
    /// Maximum length of the text of a unary call, in bytes; streams have no limit.
    #[arg(long, env = "TRIGLOT_MAX_TEXT_BYTES", default_value = "1048576")]
    max_text_bytes: NonZeroUsize,

    /// Seconds that a unary call may have to wait before it runs, by the measured speed of the model; a call that would wait longer,
    /// or that would miss its deadline, is refused at once. A longer text than the model does in this time waits like a stream.
    #[arg(long, env = "TRIGLOT_MAX_QUEUE_SECONDS", default_value = "10")]
    max_queue_seconds: NonZeroU64,

    /// Seconds that running calls may take to finish after SIGTERM. A second signal ends them at once.
    #[arg(long, env = "TRIGLOT_DRAIN_SECONDS", default_value = "30")]
    drain_seconds: u64,

    /// Seconds without a message in either direction after which a stream ends.
    #[arg(long, env = "TRIGLOT_IDLE_SECONDS", default_value = "300")]
    idle_seconds: NonZeroU64,

    /// Maximum number of connections; others are closed at once.
    #[arg(long, env = "TRIGLOT_MAX_CONNECTIONS", default_value = "1024")]
    max_connections: NonZeroUsize,

    /// Maximum number of connections from one address (for IPv6, from one network of 64 bits).
    #[arg(long, env = "TRIGLOT_MAX_CONNECTIONS_PER_PEER", default_value = "256")]
    max_connections_per_peer: NonZeroUsize,

    /// Maximum number of calls on one connection; the client keeps others back.
    #[arg(long, env = "TRIGLOT_MAX_CALLS_PER_CONNECTION", default_value = "200")]
    max_calls_per_connection: NonZeroU32,

    /// Maximum number of running unary calls; others are refused.
    #[arg(long, env = "TRIGLOT_MAX_CALLS", default_value = "1024")]
    max_calls: NonZeroUsize,

    /// Maximum number of running streams; others are refused.
    #[arg(long, env = "TRIGLOT_MAX_STREAMS", default_value = "1024")]
    max_streams: NonZeroUsize,

    /// Memory for the messages of all requests, as they arrive, in bytes; a call that would need more is refused.
    #[arg(long, env = "TRIGLOT_MAX_REQUEST_MEMORY_BYTES", default_value = "268435456")]
    max_request_memory_bytes: NonZeroUsize,

    /// Seconds without the rest of a message, without the first message, or without the end of a unary request, after which a call
    /// ends.
    #[arg(long, env = "TRIGLOT_MESSAGE_SECONDS", default_value = "30")]
    message_seconds: NonZeroU64,

    /// Seconds for the handshakes of a new connection.
    #[arg(long, env = "TRIGLOT_HANDSHAKE_SECONDS", default_value = "10")]
    handshake_seconds: NonZeroU64,

    /// Seconds without a call after which a connection is closed.
    #[arg(long, env = "TRIGLOT_CONNECTION_IDLE_SECONDS", default_value = "300")]
    connection_idle_seconds: NonZeroU64,

    /// Seconds, give or take a tenth, after which a connection takes no new calls, so that clients spread over new servers; 0
    /// means any age.
    #[arg(long, env = "TRIGLOT_MAX_CONNECTION_AGE_SECONDS", default_value = "3600")]
    max_connection_age_seconds: u64,
}

impl LimitArguments {
    /// The limits for the server.
    pub fn limits(&self) -> Limits {
        let seconds = |count: NonZeroU64| Duration::from_secs(count.get());
        let age = NonZeroU64::new(self.max_connection_age_seconds);
        Limits {
            connections: ConnectionLimits {
                total: self.max_connections.get(),
                per_peer: self.max_connections_per_peer.get(),
                calls: self.max_calls_per_connection.get(),
                handshake: seconds(self.handshake_seconds),
                idle: seconds(self.connection_idle_seconds),
                age: age.map(seconds),
            },
            calls: CallLimits {
                calls: self.max_calls.get(),
                streams: self.max_streams.get(),
                memory: self.max_request_memory_bytes.get(),
                message: seconds(self.message_seconds),
            },
            max_text_bytes: self.max_text_bytes.get(),
            longest_wait: seconds(self.max_queue_seconds),
            drain: Duration::from_secs(self.drain_seconds),
            idle: seconds(self.idle_seconds),
        }
    }
}
