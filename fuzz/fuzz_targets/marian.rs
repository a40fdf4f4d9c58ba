//! Parses any bytes as one of the files of an OPUS-MT model: no input may panic. The first byte selects the file.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use triglot::{
    model::{checkpoint::Checkpoint, marian::MarianConfig},
    tokenizer::{MarianTokenizer, Tokenizer},
};

const VOCABULARY: &str = r#"{"</s>": 0, "<unk>": 1, "▁a": 2, ">>fra<<": 3}"#;

fuzz_target!(|bytes: &[u8]| {
    let Some((file, bytes)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(bytes);
    match file % 5 {
        0 => {
            if let Ok(tokenizer) = MarianTokenizer::parse(bytes, VOCABULARY, None, None) {
                for text in ["a été, ﬁn", "\u{0}>>fra<<☃", &text] {
                    let _ = tokenizer.encode(text);
                }
            }
        }
        1 => {
            let _ = MarianConfig::parse(&text, None);
        }
        2 => {
            let _ = MarianConfig::parse(
                include_str!("../../tests/reference/marian-tiny/config.json"),
                Some(&text),
            );
        }
        rest => {
            let name = if rest == 3 { "model.safetensors" } else { "pytorch_model.bin" };
            let Ok(folder) = tempfile::tempdir() else { return };
            if fs::write(folder.path().join(name), bytes).is_ok()
                && let Ok(checkpoint) = Checkpoint::open(folder.path())
            {
                let _ = checkpoint.vector("a", 1);
                let _ = checkpoint.matrix("a", 1, 1);
            }
        }
    }
});
