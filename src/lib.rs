//! triglot translates news texts between English, French and Russian, with models that run inside the process.
//!
//! The way of a text: `text` splits a document into sentences, `engine` decodes them in running batches on a network of `model`
//! with the search of `decode`, `translate` checks the results and joins the document again. `summarize` chooses sentences and
//! translates them. `server` and `cli` carry bytes in and out. `client` gives the same events from this process or from a server.
//! `wire` converts between the messages of the contract and our types, in both directions.
//!
//! The way of a model: `hub` resolves a reference to checked files and fetches missing ones; `loader` makes a model of them, with
//! an adapter merged in; `app` does so for all models that the arguments name, and starts an `engine` for each.
//!
//! `lang` knows the three languages: for each a file of word lists and endings, and the readers that use them (words, names,
//! numbers in digits and in words, what a full stop means). `telemetry` is the log. Uses go one way: `tests/rooms.rs` has the table
//! of which module may use which, and fails on an arrow that goes up.

#![deny(unsafe_code, reason = "modules that need it say why")]
#![warn(clippy::print_stderr, clippy::print_stdout, reason = "they panic when nobody reads; see cli::output")]
#![cfg_attr(
    not(test),
    warn(
        clippy::expect_used,
        clippy::panic,
        clippy::unwrap_used,
        reason = "whatever comes in, a server goes on"
    )
)]

pub mod app;
pub mod cli;
pub mod client;
pub mod config;
pub mod decode;
pub mod engine;
pub mod hub;
pub mod lang;
pub mod loader;
pub mod model;
pub mod server;
pub mod summarize;
pub mod telemetry;
pub mod text;
pub mod tokenizer;
pub mod translate;
pub mod wire;
