//! The GGUF SentencePiece tokenizer: ids equal those of llama.cpp, on ordinary and on difficult text.

use std::fs::File;

use candle_core::quantized::gguf_file::Content;
use serde::Deserialize;
use triglot::{
    lang::Language,
    tokenizer::{GgufTokenizer, Tokenizer},
};

use crate::support;

#[derive(Deserialize)]
struct Reference {
    text: String,
    ids: Vec<u32>,
}

fn tokenizer() -> GgufTokenizer {
    let mut file = File::open(support::default_model()).expect("the model opens");
    let content = Content::read(&mut file).expect("the model is GGUF");
    GgufTokenizer::from_gguf(content.metadata).expect("the model has a vocabulary")
}

#[test]
fn ids_equal_those_of_llama_cpp() {
    let references: Vec<Reference> =
        serde_json::from_str(include_str!("reference/gemma3_tokens.json")).expect("the references are JSON");
    let tokenizer = tokenizer();
    assert!(references.len() > 30);
    for Reference { text, ids } in references {
        assert_eq!(tokenizer.encode(&text).expect("any text has ids"), ids, "{text:?}");
        // SentencePiece's symbol for a space decodes to a space.
        assert_eq!(tokenizer.decode(&ids), text.replace('▁', " "), "decoded");
    }
}

#[test]
fn a_shortlist_has_the_letters_of_its_language_and_no_others() {
    let tokenizer = tokenizer();
    let samples = [
        (Language::English, "Mr. O'Neil paid $3.50 — naïve!", "Москва"),
        (Language::French, "« L'été, Zoë a mangé du bœuf à 20 °C. »", "Москва"),
        (Language::Russian, "Съёмка «Apple» в Москве: 15 % 🎬", "北京"),
    ];
    for (language, own, foreign) in samples {
        let shortlist = tokenizer.shortlist(language);
        let holds = |text: &str| {
            let ids = tokenizer.encode(text).expect("any text has ids");
            ids.iter().all(|id| shortlist.binary_search(id).is_ok())
        };
        assert!(holds(own), "{language}: {own}");
        assert!(!holds(foreign), "{language}: {foreign}");
        assert!(holds("<b>1</b>"), "{language}: markup can be copied");
        assert!(!holds("<start_of_image>"), "{language}: images cannot be generated");
        assert!(tokenizer.line_ends().iter().all(|id| shortlist.binary_search(id).is_ok()));
    }
}
