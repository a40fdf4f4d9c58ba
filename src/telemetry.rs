//! Logs: to standard error, a line an event. No text of an article ever gets into one.

use std::io::{Write, stderr};

use tracing_subscriber::EnvFilter;

/// Starts logging what `filter` lets through ("info", "triglot=debug,warn"); a filter that cannot be read counts as
/// "info".
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|error| {
        let _ = writeln!(stderr(), "triglot: --log {filter}: {error}; taking \"info\"");
        EnvFilter::new("info")
    });
    // The ordinary message of a panic may quote the string that it was about, and with it an article.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        // It would print to standard error that standard error is closed, and panic.
        .log_internal_errors(false)
        .init();
}
