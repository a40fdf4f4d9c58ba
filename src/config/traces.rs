//! Traces of calls.

use clap::Args;

use crate::telemetry::{Traces, TracesError};

/// Where traces go.
#[derive(Debug, Args)]
pub struct TraceArguments {
    /// Collector of OpenTelemetry that gets traces over OTLP (gRPC), such as `http://localhost:4317` [default: none].
    #[arg(long, env = "TRIGLOT_OTLP", value_name = "URL")]
    otlp: Option<String>,

    /// Share of the calls that are traced, from 0 to 1; a call that comes with a trace is traced if that one is.
    #[arg(long, env = "TRIGLOT_OTLP_RATIO", default_value_t = 1.0, value_parser = ratio)]
    otlp_ratio: f64,
}

impl TraceArguments {
    /// Starts to send traces, if there is a collector.
    pub fn start(&self) -> Result<Option<Traces>, TracesError> {
        self.otlp.as_deref().map(|url| Traces::start(url, self.otlp_ratio)).transpose()
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "it must be from 0 to 1".to_owned())
}
