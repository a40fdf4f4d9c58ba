//! The names of all metrics, in Prometheus' text format. Labels have names of models, methods and kinds, never what a client sent.

use std::fmt::{self, Debug, Formatter};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, prometheus_text},
    metrics::{MetricType, TypedMetric, counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};

use super::{super::Monitor, process::Process};
use crate::{
    engine::{Engine, Load},
    fidelity::Warning,
    translate::Translator,
    wire::{ContractName, proto},
};

/// All metrics at this moment.
pub(super) fn text(monitor: &Monitor) -> String {
    let mut registry = Registry::default();
    monitor.calls().register(&mut registry);
    registry.register("triglot_connections", "Open connections", monitor.connections().clone());
    let ready = ConstGauge::new(i64::from(monitor.is_ready()));
    registry.register("triglot_ready", "1 if the server takes calls", ready);
    registry.register_collector(Box::new(Build));
    registry.register_collector(Box::new(Process));
    if let Some(translator) = monitor.translator() {
        registry.register_collector(Box::new(Models(translator.clone())));
        registry.register_collector(Box::new(Translations(translator)));
    }
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = prometheus_text::encode(&mut text, &registry);
    text
}

#[derive(Debug)]
struct Build;

impl Collector for Build {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut build = encoder.encode_descriptor(
            "triglot_build_info",
            "The version, as a label",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(1i64).encode(build.encode_family(&[("version", env!("CARGO_PKG_VERSION"))])?)
    }
}

/// What each engine counts and holds.
struct Models(Translator);

impl Debug for Models {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Models").finish_non_exhaustive()
    }
}

impl Models {
    /// A metric that each engine has one of.
    fn each<M: EncodeMetric + TypedMetric>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        metric: impl Fn(&Engine) -> M,
    ) -> fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, None, M::TYPE)?;
        for engine in self.0.engines() {
            let labels = [("model", engine.model().name.as_str())];
            metric(engine).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl Collector for Models {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let count = |number: usize| ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX));
        let load = |read: fn(Load) -> f64| move |engine: &Engine| ConstGauge::new(read(engine.load()));
        let help =
            "Seconds of work that unary calls are promised, at the measured speed; 0 while it is not known";
        self.each(encoder, "triglot_queue_seconds", help, load(|load| load.promised_seconds))?;
        let help = "Tokens in the engine, waiting or running, with those that may be written";
        self.each(encoder, "triglot_queue_tokens", help, load(|load| load.tokens as f64))?;
        let help = "The most tokens that the engine takes";
        self.each(encoder, "triglot_queue_tokens_limit", help, |engine| {
            count(engine.options().queue_tokens)
        })?;
        self.each(encoder, "triglot_batch_rows", "Rows in the batch", |engine| engine.meter().rows.clone())?;
        let help = "The most rows in the batch";
        self.each(encoder, "triglot_batch_rows_limit", help, |engine| count(engine.options().batch_rows))?;
        self.each(encoder, "triglot_steps", "Steps of the batch", |engine| engine.meter().steps.clone())?;
        let help = "Segments that the model finished, second tries included";
        self.each(encoder, "triglot_segments", help, |engine| engine.meter().segments.clone())?;
        let help = "Steps that failed; the worker started anew";
        self.each(encoder, "triglot_worker_failures", help, |engine| engine.meter().failures.clone())?;

        let help = "Tokens that were read and written";
        let mut tokens = encoder.encode_descriptor("triglot_tokens", help, None, MetricType::Counter)?;
        for engine in self.0.engines() {
            let (model, meter) = (engine.model().name.as_str(), engine.meter());
            for (kind, count) in [("read", &meter.source_tokens), ("written", &meter.target_tokens)] {
                count.encode(tokens.encode_family(&[("model", model), ("kind", kind)])?)?;
            }
        }
        let help = "Seconds that segments waited for the batch";
        let mut wait =
            encoder.encode_descriptor("triglot_wait_seconds", help, None, MetricType::Histogram)?;
        for engine in self.0.engines() {
            let (model, meter) = (engine.model().name.as_str(), engine.meter());
            for (class, waits) in [("interactive", &meter.interactive_wait), ("bulk", &meter.bulk_wait)] {
                waits.encode(wait.encode_family(&[("model", model), ("class", class)])?)?;
            }
        }
        Ok(())
    }
}

/// What the memory had, and what the checks found.
struct Translations(Translator);

impl Debug for Translations {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Translations").finish_non_exhaustive()
    }
}

impl Collector for Translations {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let memory = self.0.memory();
        let hits = ConstCounter::new(memory.hits());
        one(&mut encoder, "triglot_memory_hits", "Sentences that the memory had", hits)?;
        let misses = ConstCounter::new(memory.misses());
        one(&mut encoder, "triglot_memory_misses", "Sentences that the memory had not", misses)?;
        let bytes = ConstGauge::new(memory.bytes() as f64);
        let help = "Size of what the memory keeps outside of its file";
        one(&mut encoder, "triglot_memory_bytes", help, bytes)?;

        let help = "Segments with a warning, by its kind";
        let mut found = encoder.encode_descriptor("triglot_warnings", help, None, MetricType::Counter)?;
        for warning in warnings() {
            let count = ConstCounter::new(self.0.tally().of(warning));
            count.encode(found.encode_family(&[("kind", warning.contract_name())])?)?;
        }
        Ok(())
    }
}

/// A metric without labels.
pub(super) fn one(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: impl EncodeMetric,
) -> fmt::Result {
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

/// All warnings, so that each has its number from the start.
fn warnings() -> impl Iterator<Item = Warning> {
    const HIGHEST: i32 = 99;
    (1..=HIGHEST).filter_map(|number| Option::<Warning>::from(proto::Warning::try_from(number).ok()?))
}
