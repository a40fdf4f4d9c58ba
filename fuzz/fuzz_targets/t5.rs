//! Parses any bytes as one of the files of a T5: no input may panic. The first byte selects the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    lang::Language,
    model::t5::T5Config,
    tokenizer::{T5Tokenizer, Tokenizer},
};

const CONFIG: &str = include_str!("../../tests/reference/mt5-tiny/config.json");

fuzz_target!(|bytes: &[u8]| {
    let Some((file, bytes)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(bytes);
    match file % 3 {
        0 => {
            if let Ok(tokenizer) = T5Tokenizer::parse(bytes) {
                let _ = tokenizer.shortlist(Language::Russian);
                for text in ["a été, ﬁn", "\u{0}<extra_id_0>☃", &text] {
                    if let Ok(ids) = tokenizer.encode(text) {
                        let _ = tokenizer.decode(&ids);
                    }
                }
            }
        }
        1 => {
            let _ = T5Config::parse(&text, None);
        }
        _ => {
            let _ = T5Config::parse(CONFIG, Some(&text));
        }
    }
});
