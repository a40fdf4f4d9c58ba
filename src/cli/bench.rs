//! `triglot bench`: how fast the model reads and writes on this machine, for planning capacity.

use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{CliError, start};
use crate::{
    config::BenchArguments,
    engine::shortlist,
    lang::{Language, Pair},
    model::{Feed, ModelError},
};

/// The direction whose prompt and shortlist are measured.
const SENTENCE: &str =
    "The storm reached the coast on Sunday night, and more than 3,000 people had to leave their homes.";
const PAIR: Pair = Pair { source: Language::English, target: Language::French };

pub fn run(arguments: &BenchArguments) -> Result<ExitCode, CliError> {
    let options = arguments.engine.options();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(std::io::Error::other)?;
    let begin = Instant::now();
    let mut model = pool.install(|| start::model(&arguments.engine))?;
    let load = begin.elapsed();

    // A prompt of the wished length: a question, as often as it takes.
    let question = model.prompt.question(PAIR, SENTENCE);
    let sentence = model.tokenizer.encode(&question).map_err(crate::engine::EngineError::from)?;
    let prompt: Vec<u32> = sentence.iter().copied().cycle().take(arguments.prompt_tokens.get()).collect();
    let shortlist = shortlist(PAIR.target);
    let network = model.network.as_mut();
    let row = network.open(None)?;
    let mut tokens = prompt;
    let mut step = || -> Result<Duration, ModelError> {
        let begin = Instant::now();
        let feed = Feed { row, tokens: &tokens, shortlist };
        let logits = network.step(&[feed])?;
        let best = logits.first().and_then(|logits| {
            let pairs = logits.ids.iter().zip(&logits.values);
            pairs.max_by(|a, b| a.1.total_cmp(b.1)).map(|(id, _)| *id)
        });
        tokens = vec![best.ok_or(ModelError::Unknown(0))?];
        Ok(begin.elapsed())
    };
    let prefill = pool.install(&mut step)?;
    let mut decode = Duration::ZERO;
    for _ in 0..arguments.decode_tokens.get() {
        decode += pool.install(&mut step)?;
    }

    let rate = |tokens: usize, time: Duration| tokens as f64 / time.as_secs_f64();
    let prefill = rate(arguments.prompt_tokens.get(), prefill);
    let decode = rate(arguments.decode_tokens.get(), decode);
    let resident = resident_bytes();
    if arguments.json {
        println!(
            "{}",
            json!({
                "model": model.info.name,
                "threads": options.threads,
                "load_ms": load.as_secs_f64() * 1e3,
                "prefill_tokens_per_s": prefill,
                "decode_tokens_per_s": decode,
                "resident_bytes": resident,
            })
        );
    } else {
        println!("{} on {} threads", model.info.name, options.threads);
        println!("load     {:8.0} ms (checking the file included)", load.as_secs_f64() * 1e3);
        println!("prefill  {prefill:8.1} tokens/s");
        println!("decode   {decode:8.1} tokens/s, one row");
        println!("memory   {:8.0} MB resident", resident.unwrap_or_default() as f64 / 1e6);
    }
    Ok(ExitCode::SUCCESS)
}

/// Resident memory of this process, where the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
