//! triglot translates news texts between English, French and Russian, with models that run inside the process.
//!
//! How a text is translated: `text` splits a document into sentences. `engine` decodes them in running batches, with a network
//! of `model` and the search of `decode`. `fidelity` has what a rule can know about a sentence and its translation; `translate`
//! decodes with these rules and joins the results into a document. `summarize` chooses or
//! writes sentences, and translates them if needed. `server` and `cli` read requests and write responses; `client` gives the
//! same events from this process or from a server. `wire` converts between the protobuf messages and our types.
//!
//! How a model is loaded: `hub` finds the files of a model reference, fetches missing ones, and checks them. `loader` makes a
//! model of them, with an adapter merged into it, that an `engine` can run. `app` does this for all models in the arguments.
//! Uses go down only: `cli` uses `app`, which uses `loader`, which uses `hub` and `engine`.
//!
//! `memory` is the file that keeps translations across restarts, and `glossary` the file with registered terms. `database` opens such
//! files; `xml` reads those of other tools. An `article` has several texts of one language; `feed` runs jobs
//! over many of them, from files, web archives and HTTP, and keeps what is finished in a journal. `queue` is a queue of articles that many
//! machines share, and `worker` works for it.
//!
//! `lang` has the three languages: one file of word lists, endings and formats for each, and the readers that use these tables
//! (for words, names, numbers in digits and in words, and full stops). `text`, `translate` and `summarize` use it.
//! `telemetry` is the log and the spans of calls. `tests/rooms.rs` has the table of which module may use which, and fails on
//! any other use.

#![deny(unsafe_code, reason = "each module that needs it gives the reason")]
#![warn(clippy::print_stderr, clippy::print_stdout, reason = "they panic on a closed pipe; see cli::output")]
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "no input may stop the server")
)]

pub mod app;
pub mod article;
pub mod cli;
pub mod client;
pub mod config;
pub mod database;
pub mod decode;
pub mod engine;
pub mod feed;
pub mod fidelity;
pub mod glossary;
pub mod hub;
pub mod lang;
pub mod loader;
pub mod memory;
pub mod model;
pub mod queue;
pub mod server;
pub mod summarize;
pub mod telemetry;
pub mod text;
pub mod tokenizer;
pub mod translate;
pub mod wire;
pub mod worker;
pub mod xml;
