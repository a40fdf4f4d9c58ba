//! Calls at a given rate, whatever becomes of them.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use fastrand::Rng;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, task::JoinSet};
use tonic::transport::Channel;

use super::{
    Result,
    call::{Caller, Ended, Ending},
};

/// How long and how often calls come.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Calls a second.
    pub rate: f64,
    pub time: Duration,
    /// Calls in flight at most.
    pub in_flight: usize,
    pub seed: u64,
}

/// What became of the calls of an offer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Point {
    /// The rate as a multiple of the rate when the server is full.
    pub load: f64,
    /// Calls a second that were due.
    pub offered: f64,
    /// Calls a second that were answered in time, before the offer was over.
    pub goodput: f64,
    /// All that were answered in time.
    pub answered: u64,
    pub refused: u64,
    pub refused_with_retry_info: u64,
    pub late: u64,
    /// By code.
    pub failed: BTreeMap<String, u64>,
    /// Because too many were in flight.
    pub not_sent: u64,
    /// Of those that were answered in time.
    pub latency: Times,
    pub until_refusal: Times,
}

/// Quantiles, in seconds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Times {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
}

/// Makes an offer, and waits until all its calls have ended.
pub async fn run(caller: &Caller, channels: &[Channel], offer: Offer) -> Result<Point> {
    let mut rng = Rng::with_seed(offer.seed);
    let permits = Arc::new(Semaphore::new(offer.in_flight));
    let mut calls = JoinSet::new();
    let start = Instant::now();
    let (mut due, mut count, mut not_sent) = (start, 0u32, 0);
    loop {
        due += gap(&mut rng, offer.rate);
        if due >= start + offer.time {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let (channel, request) = (&channels[count as usize % channels.len()], caller.request(&mut rng));
        count += 1;
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            not_sent += 1;
            continue;
        };
        let (caller, channel) = (caller.clone(), channel.clone());
        calls.spawn(async move {
            let _permit = permit;
            caller.call(channel, request, due).await
        });
    }
    let calls = calls.join_all().await;
    let offered = f64::from(count) / offer.time.as_secs_f64();
    Ok(Point { offered, not_sent, ..Point::of(&calls, start + offer.time, offer.time)? })
}

/// The time between two calls of a Poisson process.
fn gap(rng: &mut Rng, rate: f64) -> Duration {
    Duration::from_secs_f64(-(1.0 - rng.f64()).ln() / rate)
}

impl Point {
    fn of(calls: &[Ended], end: Instant, time: Duration) -> Result<Self> {
        let mut point = Self::default();
        // Microseconds, with three digits.
        let (mut answered, mut refused) = (Histogram::<u64>::new(3)?, Histogram::<u64>::new(3)?);
        let mut in_window = 0u32;
        for Ended { ending, took, at } in calls {
            let took = took.as_micros() as u64;
            match ending {
                Ending::Answered => {
                    point.answered += 1;
                    answered.record(took)?;
                    in_window += u32::from(*at <= end);
                }
                Ending::Refused { says_when } => {
                    point.refused += 1;
                    point.refused_with_retry_info += u64::from(*says_when);
                    refused.record(took)?;
                }
                Ending::Late => point.late += 1,
                Ending::Failed(code) => *point.failed.entry(format!("{code:?}")).or_default() += 1,
            }
        }
        point.goodput = f64::from(in_window) / time.as_secs_f64();
        point.latency = Times::from(&answered);
        point.until_refusal = Times::from(&refused);
        Ok(point)
    }
}

impl From<&Histogram<u64>> for Times {
    fn from(microseconds: &Histogram<u64>) -> Self {
        let at = |quantile| microseconds.value_at_quantile(quantile) as f64 / 1e6;
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    }
}
