//! Measures the parts of a translation: linear layers, steps of the network, the search, splitting.
//!
//!     cargo bench --bench engine
//!
//! The steps need the default model (`triglot models pull`). Compare only times of one run: a step of 32 rows with a step of
//! one, or one kernel with another.

use std::{path::Path, sync::Arc};

use clap::Parser;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use triglot::{
    app,
    config::{Arguments, Command},
    decode::{Search, SearchOptions},
    engine::{Cores, LoadedModel, shortlist},
    lang::Language,
    model::{
        Feed, Logits, ModelError,
        int8::{Int8Matrix, Source},
    },
    summarize::{self, Summarizer},
    text,
};

/// Rows in a step: one caller, a few, a full batch.
const ROWS: [usize; 4] = [1, 4, 16, 32];
/// About the number of tokens in the French shortlist.
const VOCABULARY: usize = 150_000;

/// Reproducible pseudo-random numbers from -1 to 1.
fn noise(count: usize) -> Vec<f32> {
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

struct Noise {
    outputs: usize,
    columns: usize,
}

impl Source for Noise {
    fn outputs(&self) -> usize {
        self.outputs
    }

    fn levels(&self) -> f32 {
        127.0
    }

    fn rows(&self, rows: std::ops::Range<usize>) -> Result<Vec<f32>, ModelError> {
        Ok(noise(rows.len() * self.columns))
    }
}

/// The two matrices of a feed-forward layer. The throughput is in multiplications.
fn linear(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("linear");
    for (outputs, columns) in [(4096, 640), (640, 2048)] {
        let matrix = Int8Matrix::quantise(&[Noise { outputs, columns }], columns).expect("it can be packed");
        for rows in ROWS {
            let input = noise(rows * columns);
            let mut output = vec![0.0; rows * outputs];
            group.throughput(Throughput::Elements((rows * outputs * columns) as u64));
            group.bench_function(BenchmarkId::new(format!("{columns}x{outputs}"), rows), |bencher| {
                let mut outputs: Vec<&mut [f32]> = output.chunks_exact_mut(outputs).collect();
                bencher.iter(|| matrix.multiply(&input, &mut outputs));
            });
        }
    }
    group.finish();
}

fn model() -> LoadedModel {
    let arguments = Arguments::parse_from(["triglot", "serve", "--offline"]);
    let Command::Serve(arguments) = arguments.command else { unreachable!("it is the command above") };
    let cores = Cores::new(arguments.engine.threads()).expect("the threads start");
    app::model(&arguments.engine, &cores).expect("the default model is installed: triglot models pull")
}

/// One token for each of several rows that have read 64. The throughput is in tokens.
fn steps(criterion: &mut Criterion) {
    let mut model = model();
    let read = model
        .tokenizer
        .encode(&"The storm reached the coast on Sunday night. ".repeat(7))
        .expect("it is text");
    let shortlist = shortlist(Language::French);
    let mut group = criterion.benchmark_group("step");
    group.sample_size(20);
    for rows in ROWS {
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("decode", rows), |bencher| {
            let network = std::cell::RefCell::new(model.network.as_mut());
            bencher.iter_batched(
                || {
                    let mut network = network.borrow_mut();
                    network.reset();
                    let rows: Vec<_> = (0..rows).map(|_| network.open(None).expect("a row opens")).collect();
                    let feeds: Vec<_> =
                        rows.iter().map(|row| Feed { row: *row, tokens: &read[..64], shortlist }).collect();
                    network.step(&feeds).expect("it steps");
                    rows
                },
                |rows| {
                    let feeds: Vec<_> =
                        rows.iter().map(|row| Feed { row: *row, tokens: &read[..1], shortlist }).collect();
                    network.borrow_mut().step(&feeds).expect("it steps")
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// The search step on the logits of one row.
fn search(criterion: &mut Criterion) {
    let logits =
        Logits { ids: (0..VOCABULARY as u32).collect(), copied: Arc::default(), values: noise(VOCABULARY) };
    let mut group = criterion.benchmark_group("search");
    for beam_size in [1, 4] {
        let options = SearchOptions { stop_loops: true, ..SearchOptions::new(beam_size, 64, Arc::from([1])) };
        group.bench_function(BenchmarkId::new("beam", beam_size), |bencher| {
            bencher.iter_batched_ref(
                || Search::new(options.clone()),
                |search| search.advance(std::slice::from_ref(&logits)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn split(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/article.en.txt");
    let article = std::fs::read_to_string(path).expect("the example is there").repeat(100);
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(article.len() as u64));
    group.bench_function("split", |bencher| {
        bencher.iter(|| text::split(&article, Language::English, text::Limits::default()));
    });
    group.finish();
}

/// The summary of an article of about 4 kB.
fn summarise(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/article.en.txt");
    let article = std::fs::read_to_string(path).expect("the example is there").repeat(6);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
    let request = summarize::Request {
        source: Some(Language::English),
        target: None,
        length: summarize::DEFAULT_LENGTH,
        style: summarize::Style::Extractive,
        fallback: None,
        line_breaks: text::LineBreaks::default(),
        format: triglot::text::Format::Plain,
    };
    let mut group = criterion.benchmark_group("summary");
    group.throughput(Throughput::Elements(1));
    group.bench_function("article", |bencher| {
        bencher.iter(|| runtime.block_on(Summarizer::new(None).text(request.clone(), article.clone())));
    });
    group.finish();
}

criterion_group!(benches, linear, search, split, summarise, steps);
criterion_main!(benches);
