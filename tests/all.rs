//! All integration tests, with a module for each behaviour. They are one program because each program takes as long to link as
//! this one.

mod fake_hub;
mod support;

mod adapter;
mod admin;
mod admission;
mod alignments;
mod api_keys;
mod bad_input;
mod bergamot;
mod bergamot_model;
mod bundle_pull;
mod calls;
mod chat_model;
mod cli;
mod client;
mod closed_pipe;
mod connections;
mod copy_roundtrip;
mod deadlines;
mod default_choice;
mod default_model;
mod detection;
mod doctor;
mod drain;
mod fact_repairs;
mod facts;
mod fairness;
mod faithfulness;
mod feed_documents;
mod feed_fetch;
mod feed_job;
mod feed_opml;
mod feed_warc;
mod feed_watch;
mod feed_webhook;
mod fidelity;
mod flags;
mod format_splits;
mod formats;
mod glossaries;
mod glossary_command;
mod hf_access;
mod hf_lock;
mod hf_pull;
mod hf_translate;
mod hostile;
mod http_calls;
mod http_deepl;
mod http_libretranslate;
mod http_mtran;
mod http_page;
mod info;
mod line_shapes;
mod logits;
mod marian;
mod marian_model;
mod marian_tokenizer;
mod memory_file;
mod memory_units;
mod messages;
mod names;
mod odd_text;
mod on_failure;
mod one_name;
mod overload;
mod pauses;
mod pull;
mod reload;
mod remembered;
mod requests;
mod resume;
mod rooms;
mod routes;
mod segmentation;
mod summaries;
mod t5;
mod t5_model;
mod t5_tokenizer;
mod tensors;
mod terms;
mod text_roundtrip;
mod tls;
mod tokenizer;
mod traces;
mod translate_articles;
mod translate_batch;
mod translate_call;
mod translate_stream;
mod web;
mod worker_failure;
mod written_summaries;

/// Cargo builds only this file, so a file without a line above would not run.
#[test]
fn every_file_in_tests_is_a_module() {
    let named = include_str!("all.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("its name is text");
        let module = path.extension().is_some_and(|extension| extension == "rs") && name != "all";
        assert!(!module || named.contains(&format!("mod {name};")), "{name} is not tested");
    }
}
