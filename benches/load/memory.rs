//! The resident memory of a process over time, and whether it stays flat.

use std::{
    fs, io,
    time::{Duration, Instant},
};

/// Between two looks at the process.
const EVERY: Duration = Duration::from_secs(1);
/// The share of the time at the beginning in which a server fills its caches and pools.
const FIRST: f64 = 0.1;
/// What may be added from the beginning to the end, beside what the allocator keeps: a share, and MiB.
const GROWTH: (f64, f64) = (0.05, 16.0);

/// Looks at seconds since the start, and MiB.
pub type Looks = Vec<(f64, f64)>;

/// Looks at a process until a time.
pub async fn watch(pid: u32, end: Instant) -> io::Result<Looks> {
    let (start, mut looks) = (Instant::now(), Looks::new());
    while Instant::now() < end {
        looks.push((start.elapsed().as_secs_f64(), resident(pid)?));
        tokio::time::sleep(EVERY).await;
    }
    Ok(looks)
}

/// The resident memory of a process in MiB.
fn resident(pid: u32) -> io::Result<f64> {
    let ended = || io::Error::other("the server has ended");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|_| ended())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map(|count| count / 1024.0).ok_or_else(ended)
}

/// What the looks say, in MiB.
#[derive(Debug)]
pub struct Verdict {
    /// Medians of the tenth after the first one, and of the last one.
    pub begin: f64,
    pub end: f64,
    pub most: f64,
    /// Growth in an hour, by least squares over all looks but those of the first tenth.
    pub an_hour: f64,
}

impl Verdict {
    /// `None` without enough looks.
    pub fn of(looks: &[(f64, f64)]) -> Option<Self> {
        let tenth = (looks.len() as f64 * FIRST) as usize;
        let settled = looks.get(tenth..).filter(|settled| tenth > 0 && settled.len() > tenth)?;
        let median = |looks: &[(f64, f64)]| {
            let mut values: Vec<f64> = looks.iter().map(|look| look.1).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let count = settled.len() as f64;
        let mean = |value: fn(&(f64, f64)) -> f64| settled.iter().map(value).sum::<f64>() / count;
        let (time, memory) = (mean(|look| look.0), mean(|look| look.1));
        let (mut together, mut alone) = (0.0, 0.0);
        for (at, resident) in settled {
            together += (at - time) * (resident - memory);
            alone += (at - time) * (at - time);
        }
        Some(Self {
            begin: median(&settled[..tenth]),
            end: median(&settled[settled.len() - tenth..]),
            most: looks.iter().map(|look| look.1).fold(0.0, f64::max),
            an_hour: 3600.0 * together / alone,
        })
    }

    pub fn is_flat(&self) -> bool {
        self.end - self.begin <= (self.begin * GROWTH.0).max(GROWTH.1)
    }
}
