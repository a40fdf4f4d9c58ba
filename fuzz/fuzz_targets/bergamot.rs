//! Parses arbitrary bytes as a file of a Firefox model: it must be loaded or rejected without a panic. The first byte selects the
//! parser. `tests/reference/bergamot-*/` has valid files for the corpus.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    model::{
        Network, ShortlistId, Vocabulary,
        bergamot::{Bergamot, BergamotConfig, LexicalShortlist, ModelFile},
        linear::Precision,
    },
    tokenizer::{BergamotTokenizer, Tokenizer},
};

fuzz_target!(|bytes: &[u8]| {
    let Some((file, bytes)) = bytes.split_first() else { return };
    match file % 4 {
        0 => {
            let Ok(file) = ModelFile::parse(bytes) else { return };
            let Ok(mut network) = Bergamot::load(&file, None, vec![1], Precision::F32) else { return };
            let _ = network.restrict(&[Vocabulary { common: vec![0], copied: Vec::new() }]);
            let _ = network.score(&[0], &[0], ShortlistId(0));
        }
        1 => {
            if let Ok(shortlist) = LexicalShortlist::parse(bytes, 2, 64, true) {
                assert!(shortlist.candidates(&[0, 1, 7]).iter().all(|token| *token < 64));
            }
        }
        2 => {
            let _ = BergamotConfig::parse(&String::from_utf8_lossy(bytes));
        }
        _ => {
            if let Ok(tokenizer) = BergamotTokenizer::parse(bytes, None) {
                let _ = tokenizer.written();
                for text in ["a été, ﬁn", "\u{0}</s>☃"] {
                    if let Ok(ids) = tokenizer.encode(text) {
                        let _ = tokenizer.decode(&ids);
                    }
                }
            }
        }
    }
});
