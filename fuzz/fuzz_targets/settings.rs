//! Any text as a catalogue, a prompt's manifest, a lock and a model's reference: refused or read, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    engine::Manifest,
    hub::{Catalog, Lock, ModelReference},
};

fuzz_target!(|text: &str| {
    let _ = Catalog::parse(text);
    let _ = Manifest::parse(text);
    let _ = Lock::parse(text);
    let _ = text.parse::<ModelReference>();
});
