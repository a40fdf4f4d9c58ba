//! Parses any bytes as the two files of an adapter: no input may panic. The first byte is the length of the first file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::model::adapter::Adapter;

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, files)) = bytes.split_first() else { return };
    let (config, weights) = files.split_at(files.len().min(usize::from(*cut)));
    let _ = Adapter::parse(config, weights);
    let _ = Adapter::parse(br#"{"peft_type": "LORA", "r": 1, "lora_alpha": 2}"#, files);
});
