//! triglot translates news texts between English, French and Russian, with models that run inside the process.
//!
//! The way of the data: `text` cuts a document into sentences, `engine` decodes them in running batches on a network of
//! `model` with the search of `decode`, `translate` checks the answers and puts the document together again. `summarize`
//! chooses sentences and has them translated. `server` and `cli` carry bytes in and out; `wire` turns the messages of the
//! contract into our types and back for both.
//!
//! The way of a model: `hub` answers a reference with checked files, fetching what is missing; `loader` makes of them a model that
//! an `engine` can run, an adapter merged into it; `app` does so for all that the arguments name. Uses go one way: `cli` and
//! `server` use `app`, which uses `loader`, which uses `hub` and `engine`; these two know nothing of what is above them.
//!
//! `lang` knows the three languages: a file of word lists, endings and habits for each, and the readers that go by them (words,
//! names, numbers in digits and in words, what a full stop means). `text`, `translate` and `summarize` stand on it.
//! `tests/rooms.rs` holds the table of which module may use which, and fails on an arrow that goes up.

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
