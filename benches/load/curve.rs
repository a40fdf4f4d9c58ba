//! Latency and goodput against the offered load, from a quarter of what fills the server to three times as much.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tonic::transport::Channel;

use super::{
    Arguments, Result,
    call::Caller,
    chart::{self, Chart, Line},
    offered::{self, Offer, Point},
    saturation,
};

/// Offered loads, as multiples of the rate when the server is full.
const LOADS: [f64; 9] = [0.25, 0.5, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0];
/// Calls that come before all others and do not count: models warm up.
const FIRST: f64 = 4.0;

/// All points of a server.
#[derive(Debug, Serialize, Deserialize)]
struct Curve {
    name: String,
    /// Seconds in which a call must be answered.
    deadline: u64,
    /// Answered calls a second when the server is full.
    saturation: f64,
    points: Vec<Point>,
}

pub async fn run(arguments: &Arguments, caller: &Caller) -> Result<()> {
    let channels = caller.connect(arguments.connections).await?;
    let curve = measured(arguments, caller, &channels).await?;
    let file = arguments.out.join(format!("{}.json", curve.name));
    fs::write(&file, serde_json::to_string_pretty(&curve)?)?;
    println!("the figures are in {}", file.display());
    draw(&arguments.out, &[curve])
}

/// Draws the curves of several runs in the same charts.
pub fn draw_files(files: &[PathBuf], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut curves = Vec::with_capacity(files.len());
    for file in files {
        curves.push(serde_json::from_str(&fs::read_to_string(file)?)?);
    }
    draw(folder, &curves)
}

async fn measured(arguments: &Arguments, caller: &Caller, channels: &[Channel]) -> Result<Curve> {
    let time = Duration::from_secs(arguments.seconds);
    let Arguments { in_flight, seed, .. } = *arguments;
    offered::run(caller, channels, Offer { rate: FIRST, time: Duration::from_secs(2), in_flight, seed })
        .await?;
    let saturation = saturation::rate(caller, channels, time, seed).await;
    if saturation == 0.0 {
        return Err("the server answered no call".into());
    }
    println!("full at {saturation:.1} calls a second; calls have {} seconds\n", arguments.deadline);
    println!(
        "{:>5} {:>8} {:>8} {:>7} {:>7} {:>7} {:>7} {:>6} {:>7}  {:>24}  {:>16}",
        "load",
        "calls/s",
        "in time",
        "share",
        "refused",
        "no time",
        "late",
        "failed",
        "unsent",
        "p50, p95, p99 in s",
        "until refused"
    );
    let mut points = Vec::new();
    for (seed, load) in (seed..).zip(LOADS) {
        let offer = Offer { rate: load * saturation, time, in_flight, seed };
        let point = Point { load, ..offered::run(caller, channels, offer).await? };
        print(&point, saturation);
        points.push(point);
    }
    Ok(Curve { name: arguments.name.clone(), deadline: arguments.deadline, saturation, points })
}

fn print(point: &Point, saturation: f64) {
    let Point { load, offered, goodput, refused, late, failed, not_sent, latency, until_refusal, .. } = point;
    println!(
        "{load:>5.2} {offered:>8.1} {goodput:>8.1} {:>5.0} % {refused:>7} {:>7} {late:>7} {:>6} {not_sent:>7}  \
         {:>7.3} {:>7.3} {:>8.3}  {:>7.4} {:>8.4}",
        100.0 * goodput / saturation,
        refused - point.refused_with_retry_info,
        failed.values().sum::<u64>(),
        latency.p50,
        latency.p95,
        latency.p99,
        until_refusal.p50,
        until_refusal.p99,
    );
}

fn draw(folder: &Path, curves: &[Curve]) -> Result<()> {
    let line = |curve: &Curve, what: &str, value: &dyn Fn(&Point) -> f64| Line {
        name: format!("{}{what}", curve.name),
        points: curve.points.iter().map(|point| (point.offered, value(point))).collect(),
    };
    let goodput = curves.iter().map(|curve| line(curve, "", &|point| point.goodput)).collect();
    chart::draw(
        &folder.join("goodput.svg"),
        &Chart {
            title: "Goodput",
            x: "offered calls a second",
            y: "calls a second, answered in time",
            lines: goodput,
        },
    )?;
    let latency = curves.iter().flat_map(|curve| {
        [
            line(curve, ", median", &|point| point.latency.p50),
            line(curve, ", 99 %", &|point| point.latency.p99),
        ]
    });
    chart::draw(
        &folder.join("latency.svg"),
        &Chart {
            title: "Latency of the calls in time",
            x: "offered calls a second",
            y: "seconds since the call was due",
            lines: latency.collect(),
        },
    )
}
