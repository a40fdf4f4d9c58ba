//! Parses any text as a catalogue, a manifest, a lock, a model reference, a chat template and a table of terms: no input may panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    fidelity::terms::table::{self, Columns},
    hub::{Catalog, Lock, ModelReference},
    loader::{ChatTemplate, Manifest},
};

fuzz_target!(|text: &str| {
    let _ = Catalog::parse(text);
    let _ = Manifest::parse(text);
    let _ = Lock::parse(text);
    let _ = ChatTemplate { source: text, begin: "<s>", end: "</s>" }.around("Sum up.");
    let _ = text.parse::<ModelReference>();
    let _ = table::read(text, Columns::Tabs);
    let _ = table::read(text, Columns::Commas);
});
