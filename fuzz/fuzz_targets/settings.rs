//! Parses any text as a catalogue, a manifest, a lock, a model reference, a file of keys, a chat template and a table of terms: no
//! input may panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    fidelity::terms::table::{self, Columns},
    hub::{Catalog, Lock, ModelReference},
    loader::{ChatTemplate, Manifest},
    server::keys,
};

fuzz_target!(|text: &str| {
    let _ = Catalog::parse(text);
    let _ = Manifest::parse(text);
    let _ = Lock::parse(text);
    let _ = ChatTemplate { source: text, begin: "<s>", end: "</s>" }.around("Sum up.");
    let _ = text.parse::<ModelReference>();
    let _ = keys::parse(text.as_bytes());
    let _ = table::read(text, Columns::Tabs);
    let _ = table::read(text, Columns::Commas);
});
