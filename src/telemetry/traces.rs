//! Traces for a collector of OpenTelemetry, over OTLP. A call that comes with a trace (W3C `traceparent`) becomes a part of it; the stages of
//! its segments are spans below it. No span has any text.

use std::time::Duration;

use http::HeaderMap;
use opentelemetry::{
    KeyValue,
    propagation::{Extractor, TextMapPropagator},
    trace::TracerProvider,
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tonic::transport::ClientTlsConfig;
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// Under what the stages of a segment are known: `tokenise`, `queue`, `prefill`, `decode` and `checks`.
pub const STAGES: &str = "triglot::stages";
/// Time to send what is left at the end.
const LAST: Duration = Duration::from_secs(3);

/// Why no traces can be sent.
#[derive(Debug, thiserror::Error)]
#[error("cannot send traces to {url}: {error}")]
pub struct TracesError {
    url: String,
    error: ExporterBuildError,
}

/// Sends traces, until it is dropped.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends the share `ratio` of the traces that begin here, and all that begin elsewhere and are to be recorded. Needs a runtime.
    pub fn start(url: &str, ratio: f64) -> Result<Self, TracesError> {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(url);
        let exporter = match url.starts_with("https:") {
            true => exporter.with_tls_config(ClientTlsConfig::new().with_native_roots()),
            false => exporter,
        };
        let exporter = exporter.build().map_err(|error| TracesError { url: url.to_owned(), error })?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
            .with_resource(Resource::builder().with_service_name("triglot").with_attribute(version).build());
        Ok(Self(provider.build()))
    }

    /// What hears of the spans.
    pub(super) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let ours = Targets::new().with_target(STAGES, Level::DEBUG).with_target(super::CALLS, Level::INFO);
        let spans = tracing_opentelemetry::layer().with_tracer(self.0.tracer("triglot"));
        spans.with_location(false).with_threads(false).with_filter(ours)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // The log is the only place for it, and it may have ended.
        if let Err(error) = self.0.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces are lost");
        }
    }
}

/// Makes the span of a call a part of the trace that came with it, if there is one.
pub(super) fn adopt(span: &Span, headers: &HeaderMap) {
    struct Headers<'a>(&'a HeaderMap);

    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key)?.to_str().ok()
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(|name| name.as_str()).collect()
        }
    }

    if headers.contains_key("traceparent") {
        // It fails where nobody hears of the span.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers)));
    }
}

/// Tells whether the call of a span failed.
pub(super) fn set_failed(span: &Span, code: tonic::Code) {
    span.set_status(opentelemetry::trace::Status::error(format!("{code:?}")));
}
