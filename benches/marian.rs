//! Measures how fast a Marian model translates given ids. `benches/peers/marian.py` runs CTranslate2 on the same ids:
//!
//! ```sh
//! cargo bench --bench marian -- FOLDER WORK.json f32|int8 THREADS
//! ```
//!
//! `WORK.json` has `fixed` (sources to translate into `length` tokens each, alone and in batches), `feed` (sources and the
//! lengths of their translations), and `written` (the size of a shortlist). Prints output tokens per second as one line of
//! JSON, with the whole vocabulary and with the shortlist.

use std::{collections::VecDeque, error::Error, fs, path::Path, time::Instant};

use serde::Deserialize;
use serde_json::json;
use triglot::{
    decode::{Advance, Patience, Search, SearchOptions},
    model::{
        Feed, ModelError, Network, RowId, ShortlistId, Vocabulary,
        checkpoint::Checkpoint,
        linear::Precision,
        marian::{Marian, MarianConfig},
    },
};

/// The same allocator as in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Jobs that run at the same time.
const ROWS: usize = 32;
/// The least seconds of a measurement.
const SECONDS: f64 = 3.0;

#[derive(Deserialize)]
struct Work {
    fixed: Vec<Vec<u32>>,
    length: usize,
    written: u32,
    feed: Vec<(Vec<u32>, usize)>,
}

struct Running {
    search: Search,
    rows: Vec<(RowId, Vec<u32>)>,
}

/// Translates all jobs, up to [`ROWS`] at a time, each into exactly its number of tokens. Returns the number of output tokens.
fn translate(
    network: &mut Marian,
    shortlist: ShortlistId,
    jobs: &[(&[u32], usize)],
    beam_size: usize,
) -> Result<usize, ModelError> {
    let mut waiting: VecDeque<_> = jobs.iter().collect();
    let mut running: Vec<Running> = Vec::new();
    let mut written = 0;
    while !waiting.is_empty() || !running.is_empty() {
        while running.len() < ROWS
            && let Some((source, length)) = waiting.pop_front()
        {
            let stops = [network.config().end].into();
            let search = Search::new(SearchOptions {
                min_new_tokens: length + 1,
                patience: Patience::Hopeless,
                ..SearchOptions::new(beam_size, *length, stops)
            });
            running.push(Running { search, rows: vec![(network.open(None)?, source.to_vec())] });
        }
        let feeds: Vec<Feed<'_>> = running
            .iter()
            .flat_map(|running| &running.rows)
            .map(|(row, tokens)| Feed { row: *row, tokens, shortlist })
            .collect();
        let logits = network.step(&feeds)?;
        let mut rest = logits.as_slice();
        let mut searches = Vec::with_capacity(running.len());
        for one in &mut running {
            let (mine, others) = rest.split_at(one.rows.len());
            rest = others;
            searches.push((&mut one.search, mine));
        }
        use rayon::prelude::*;
        let advances: Vec<Advance> =
            searches.into_par_iter().map(|(search, mine)| search.advance(mine)).collect();
        let mut still = Vec::with_capacity(running.len());
        for (mut one, advance) in running.into_iter().zip(advances) {
            match advance {
                Advance::Done(best) => {
                    written += best[0].tokens.len();
                    one.rows.iter().for_each(|(row, _)| network.close(*row));
                }
                Advance::Continue(branches) => {
                    let mut used = vec![false; one.rows.len()];
                    let mut next = Vec::with_capacity(branches.len());
                    for branch in &branches {
                        let row = one.rows[branch.parent].0;
                        let first = !std::mem::replace(&mut used[branch.parent], true);
                        next.push((if first { row } else { network.fork(row)? }, vec![branch.token]));
                    }
                    for ((row, _), used) in one.rows.iter().zip(used) {
                        if !used {
                            network.close(*row);
                        }
                    }
                    one.rows = next;
                    still.push(one);
                }
            }
        }
        running = still;
    }
    Ok(written)
}

/// Output tokens per second of repeated work.
fn rate(mut work: impl FnMut() -> Result<usize, ModelError>) -> Result<f64, ModelError> {
    let (begin, mut tokens) = (Instant::now(), 0);
    while begin.elapsed().as_secs_f64() < SECONDS {
        tokens += work()?;
    }
    Ok(tokens as f64 / begin.elapsed().as_secs_f64())
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds the flag --bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [folder, work, compute_type, threads] = arguments.as_slice() else {
        eprintln!(
            "usage: cargo bench --bench marian -- FOLDER WORK.json f32|int8 THREADS; see benches/peers/marian.py"
        );
        return Ok(());
    };
    let precision = if compute_type == "f32" { Precision::F32 } else { Precision::Int8 };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    let folder = Path::new(folder);
    let work: Work = serde_json::from_str(&fs::read_to_string(work)?)?;
    let begin = Instant::now();
    let config = MarianConfig::parse(&fs::read_to_string(folder.join("config.json"))?, None)?;
    let checkpoint = Checkpoint::open(folder).map_err(ModelError::from)?;
    let tokens = config.target_vocabulary as u32;
    let mut network = pool.install(|| {
        let mut network = Marian::load(&checkpoint, config, precision)?;
        let vocabulary = |tokens| Vocabulary { common: (0..tokens).collect(), copied: Vec::new() };
        network.restrict(&[vocabulary(tokens), vocabulary(work.written.min(tokens))])?;
        Ok::<_, ModelError>(network)
    })?;
    checkpoint.release()?;
    let load = begin.elapsed().as_secs_f64();
    let fixed: Vec<(&[u32], usize)> =
        work.fixed.iter().map(|source| (source.as_slice(), work.length)).collect();
    let feed: Vec<(&[u32], usize)> =
        work.feed.iter().map(|(source, length)| (source.as_slice(), *length)).collect();
    let mut result = serde_json::Map::new();
    for (shortlist, words) in [(ShortlistId(0), ""), (ShortlistId(1), ", target's pieces")] {
        for (beam, name) in [(1, "greedy"), (4, "beam 4")] {
            let mut next = fixed.iter().cycle();
            let alone = || {
                let job = *next.next().unwrap_or(&fixed[0]);
                translate(&mut network, shortlist, &[job], beam)
            };
            result.insert(format!("batch 1, {name}{words}"), pool.install(|| rate(alone))?.into());
            let together = || translate(&mut network, shortlist, &fixed, beam);
            result.insert(format!("batch 32, {name}{words}"), pool.install(|| rate(together))?.into());
        }
        let begin = Instant::now();
        let written = pool.install(|| translate(&mut network, shortlist, &feed, 1))?;
        result.insert(format!("feed{words}"), (written as f64 / begin.elapsed().as_secs_f64()).into());
    }
    result.insert("load, s".to_owned(), load.into());
    result.insert(
        "resident, MiB".to_owned(),
        resident_bytes().map(|bytes| bytes as f64 / (1 << 20) as f64).into(),
    );
    println!("{}", json!(result));
    Ok(())
}
