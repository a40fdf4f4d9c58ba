//! Writes the log to standard error, one event per line. The log never contains article text.

use std::{
    env,
    io::{IsTerminal, Write, stderr},
};

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, registry, util::SubscriberInitExt};

use super::Traces;

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object, for a collector of logs.
    Json,
}

/// Starts the log with a filter such as "info" or "triglot=debug,warn". An invalid filter is replaced by "info". `traces` also hear of
/// the spans.
pub fn start(filter: &str, format: LogFormat, traces: Option<&Traces>) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|error| {
        let _ = writeln!(stderr(), "triglot: --log {filter}: {error}; using \"info\"");
        EnvFilter::new("info")
    });
    // The default panic message may quote a string, and so article text.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    let lines = fmt::layer()
        .with_writer(stderr)
        // A file is to have no codes of colours.
        .with_ansi(stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
        // Printing an internal error to a closed standard error would panic.
        .log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().with_span_list(false).boxed(),
    };
    registry().with(traces.map(Traces::layer)).with(lines.with_filter(filter)).init();
}
