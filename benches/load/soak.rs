//! Full load for a long time, with clients that go away in the middle: the memory of the server must stay flat.

use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use fastrand::Rng;
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    Arguments, Result,
    call::{Caller, Ending},
    chart::{self, Chart, Line},
    clients::{Counts, come_and_go},
    memory::{Verdict, watch},
};

/// Clients at the same time; together they keep the server full.
const CLIENTS: u64 = 24;

pub async fn run(arguments: &Arguments, caller: Caller, time: Duration, pid: u32) -> Result<ExitCode> {
    let (end, counts) = (Instant::now() + time, Counts::default());
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let rng = Rng::with_seed(arguments.seed.wrapping_add(number));
        let (caller, counts) = (caller.clone(), counts.clone());
        // The error of a client is of no type that a task can return.
        clients.spawn(async move {
            come_and_go(caller, rng, counts, end).await.map_err(|error| error.to_string())
        });
    }
    let looks = watch(pid, end).await?;
    for client in clients.join_all().await {
        client?;
    }
    let channel = caller.connect(1).await?.remove(0);
    let request = caller.request(&mut Rng::with_seed(arguments.seed));
    let last = caller.call(channel, request, Instant::now()).await.ending;
    let verdict = Verdict::of(&looks).ok_or("the time is too short for a verdict")?;
    let Verdict { begin, end, most, an_hour } = verdict;
    let file = arguments.out.join("soak.json");
    let figures = json!({
        "seconds": time.as_secs(), "begin_mib": begin, "end_mib": end, "most_mib": most, "mib_an_hour": an_hour,
        "counts": counts.all(), "looks": looks,
    });
    fs::write(&file, figures.to_string())?;
    let lines = vec![Line { name: "resident memory".to_owned(), points: looks }];
    let chart = Chart { title: "Memory of the server at full load", x: "seconds", y: "MiB", lines };
    chart::draw(&arguments.out.join("soak.svg"), &chart)?;
    for (what, count) in counts.all() {
        println!("{what}: {count}");
    }
    println!("memory: {begin:.1} MiB at the beginning, {end:.1} MiB at the end, {most:.1} MiB at most");
    println!("growth: {an_hour:.1} MiB an hour; {}", if verdict.is_flat() { "flat" } else { "NOT flat" });
    let is_well = last == Ending::Answered;
    println!("a call after the load: {last:?}; {} and soak.svg have the figures", file.display());
    Ok(if verdict.is_flat() && is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
