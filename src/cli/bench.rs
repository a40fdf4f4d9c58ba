//! `triglot bench`: measures the speed of a model on this machine, alone and under load, for capacity planning.

use std::{
    fs,
    io::Write,
    process::ExitCode,
    time::{Duration, Instant},
};

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::{CliError, output};
use crate::{
    app,
    config::BenchArguments,
    engine::{Cores, Engine, EngineError, EngineOptions, Job, LoadedModel, shortlist},
    lang::{Language, Pair},
    model::{Feed, ModelError},
};

/// The direction that is measured.
const PAIR: Pair = Pair { source: Language::English, target: Language::French };
/// The default sentences. Their lengths are those of news, from a headline to a long sentence.
const SENTENCES: [&str; 6] = [
    "Storm hits the coast",
    "The storm reached the coast on Sunday night, and more than 3,000 people had to leave their homes.",
    "\"We had ten minutes,\" said the owner of a small hotel near the harbour.",
    "Two bridges were closed.",
    "The regional council, which had asked for an inspection of the sea wall in April, said on Monday that the work \
     could not begin before the spring, because the money for it had been spent on the repair of the road that \
     leads to the lighthouse.",
    "Ferries will sail again on Wednesday if the wind falls below 60 kilometres per hour.",
];
/// Number of sentences translated at once by default.
const LOAD: usize = 96;
/// Number of sentences translated one by one.
const ALONE: usize = 24;

pub async fn run(arguments: &BenchArguments) -> Result<ExitCode, CliError> {
    let begin = Instant::now();
    let cores = Cores::new(arguments.engine.threads())?;
    let mut model = app::model(&arguments.engine, &cores)?;
    let load = begin.elapsed();
    let name = model.info.name.clone();
    if model.info.pairs.is_empty() {
        return Err(CliError::NotMeasured(name));
    }
    let steps = steps(&mut model, arguments, &cores)?;
    let resident = resident_bytes();
    let options = arguments.engine.options(cores.clone());
    let feed = feed(model, options, &sentences(arguments)?, arguments.search.beam_size()).await?;
    let loaded = resident_bytes();
    if arguments.json {
        output::line(json!({
            "model": name,
            "threads": cores.threads(),
            "load_ms": load.as_secs_f64() * 1e3,
            "first_token_ms": (load + steps.first).as_secs_f64() * 1e3,
            "prefill_tokens_per_s": steps.prefill,
            "decode_tokens_per_s": steps.decode,
            "sentence_ms": feed.alone_mean.as_secs_f64() * 1e3,
            "sentence_p50_ms": feed.alone_median.as_secs_f64() * 1e3,
            "sentence_max_ms": feed.alone_longest.as_secs_f64() * 1e3,
            "feed_sentences_per_s": feed.sentences_per_second,
            "feed_tokens_per_s": feed.tokens_per_second,
            "resident_bytes": resident,
            "loaded_resident_bytes": loaded,
        }))?;
    } else {
        let first = (load + steps.first).as_secs_f64() * 1e3;
        let load = load.as_secs_f64() * 1e3;
        let megabytes = |bytes: Option<u64>| bytes.unwrap_or_default() as f64 / 1e6;
        output::write(|out| {
            writeln!(out, "{name} on {} threads", cores.threads())?;
            writeln!(
                out,
                "load      {load:8.0} ms (checking the file included), {first:.0} to a first token"
            )?;
            writeln!(out, "prefill   {:8.1} tokens/s", steps.prefill)?;
            writeln!(out, "decode    {:8.1} tokens/s, one row", steps.decode)?;
            writeln!(
                out,
                "sentence  {:8.0} ms alone (median; the longest {:.0} ms)",
                feed.alone_median.as_secs_f64() * 1e3,
                feed.alone_longest.as_secs_f64() * 1e3
            )?;
            writeln!(
                out,
                "feed      {:8.1} sentences/s, {:.0} tokens/s written, up to {} rows at once",
                feed.sentences_per_second, feed.tokens_per_second, arguments.engine.batch_rows
            )?;
            writeln!(
                out,
                "memory    {:8.0} MB resident, {:.0} MB after the feed",
                megabytes(resident),
                megabytes(loaded)
            )
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Speed of the bare network.
struct Steps {
    /// Time for the first read of the prompt.
    first: Duration,
    /// Tokens per second.
    prefill: f64,
    /// Tokens per second.
    decode: f64,
}

/// Measures one row: a long prompt in one step, twice, then token by token.
fn steps(model: &mut LoadedModel, arguments: &BenchArguments, cores: &Cores) -> Result<Steps, CliError> {
    // Repeat one sentence until the prompt has the requested length.
    let encoded = model.prompt.encode(PAIR, SENTENCES[1], &*model.tokenizer).map_err(EngineError::from)?;
    let prompt: Vec<u32> = encoded.tokens.into_iter().cycle().take(arguments.prompt_tokens.get()).collect();
    let shortlist = shortlist(PAIR.target);
    let network = model.network.as_mut();
    let rows = [network.open(None)?, network.open(None)?];
    let mut step = |row, tokens: &[u32]| -> Result<(u32, Duration), ModelError> {
        let begin = Instant::now();
        let logits = cores.run(|| network.step(&[Feed { row, tokens, shortlist }]))?;
        let best = logits.first().and_then(|logits| logits.iter().max_by(|a, b| a.1.total_cmp(&b.1)));
        Ok((best.map(|(token, _)| token).ok_or(ModelError::Unknown(0))?, begin.elapsed()))
    };
    // The first step also allocates memory and starts threads. The second shows the speed of a running server.
    let (_, first) = step(rows[0], &prompt)?;
    let (mut token, prefill) = step(rows[1], &prompt)?;
    let mut decode = Duration::ZERO;
    for _ in 0..arguments.decode_tokens.get() {
        let (next, time) = step(rows[1], &[token])?;
        token = next;
        decode += time;
    }
    rows.into_iter().for_each(|row| network.close(row));
    let rate = |tokens: usize, time: Duration| tokens as f64 / time.as_secs_f64();
    Ok(Steps {
        first,
        prefill: rate(arguments.prompt_tokens.get(), prefill),
        decode: rate(arguments.decode_tokens.get(), decode),
    })
}

/// Speed as callers of the engine see it.
struct FeedFigures {
    alone_mean: Duration,
    alone_median: Duration,
    alone_longest: Duration,
    sentences_per_second: f64,
    tokens_per_second: f64,
}

/// Translates sentences one by one, then all at once.
async fn feed(
    model: LoadedModel,
    options: EngineOptions,
    sentences: &[String],
    beam_size: Option<usize>,
) -> Result<FeedFigures, CliError> {
    let engine = Engine::start(model, options)?;
    let job = |text: &str| Job { beam_size, ..Job::new(PAIR, text) };
    // The first sentence also reads the prefix of the prompt, so it is not measured.
    engine.run(&job(&sentences[0])).await?;
    let mut alone = Vec::new();
    for sentence in sentences.iter().take(ALONE) {
        let begin = Instant::now();
        engine.run(&job(sentence)).await?;
        alone.push(begin.elapsed());
    }
    let alone_mean = alone.iter().sum::<Duration>() / alone.len() as u32;
    alone.sort_unstable();

    let begin = Instant::now();
    let run = async |sentence: &String| Ok::<_, CliError>(engine.run(&job(sentence)).await?.target_tokens);
    let tokens: Vec<usize> =
        stream::iter(sentences).map(run).buffer_unordered(sentences.len()).try_collect().await?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok(FeedFigures {
        alone_mean,
        alone_median: alone[alone.len() / 2],
        alone_longest: alone[alone.len() - 1],
        sentences_per_second: sentences.len() as f64 / seconds,
        tokens_per_second: tokens.iter().sum::<usize>() as f64 / seconds,
    })
}

/// The lines of the given file, or the default sentences; at least one.
fn sentences(arguments: &BenchArguments) -> Result<Vec<String>, CliError> {
    let Some(path) = &arguments.feed else {
        return Ok(SENTENCES.iter().cycle().take(LOAD).map(|&sentence| sentence.to_owned()).collect());
    };
    let file = |error| CliError::File { path: path.clone(), error };
    let text = fs::read_to_string(path).map_err(file)?;
    let lines: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.is_empty() { Err(file(std::io::Error::other("the file contains no text"))) } else { Ok(lines) }
}

/// Resident memory of this process; `None` without /proc.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
