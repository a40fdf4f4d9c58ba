//! Any text as a catalogue and as a prompt's manifest: refused or read, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{engine::Prompt, hub::Catalog};

fuzz_target!(|text: &str| {
    let _ = Catalog::parse(text);
    let _ = Prompt::from_manifest(text);
});
