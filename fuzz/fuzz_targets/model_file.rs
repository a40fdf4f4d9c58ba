//! Any bytes as a model file: refused or loaded, never a panic.
#![no_main]

use std::{io::Write, sync::Arc};

use candle_core::quantized::gguf_file::Content;
use libfuzzer_sys::fuzz_target;
use memmap2::Mmap;
use triglot::{
    model::decoder::Decoder,
    tokenizer::{ByteLevelTokenizer, GgufTokenizer},
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(content) = Content::read(&mut std::io::Cursor::new(bytes)) else { return };
    let mut file = tempfile::tempfile().expect("a file can be made");
    file.write_all(bytes).expect("it can be written");
    // SAFETY: nobody else has the file.
    if let Ok(mapped) = unsafe { Mmap::map(&file) } {
        let _ = Decoder::load(Arc::new(mapped), &content, None);
    }
    let _ = ByteLevelTokenizer::from_gguf(content.metadata.clone());
    let _ = GgufTokenizer::from_gguf(content.metadata);
});
