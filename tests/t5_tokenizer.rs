//! The T5 tokenizer: ids equal those of SentencePiece, then `</s>`, on ordinary and on difficult text.

use std::{fs, path::Path};

use serde::Deserialize;
use triglot::{
    lang::Language,
    tokenizer::{T5Tokenizer, Tokenizer, TokenizerError},
};

#[derive(Deserialize)]
struct Reference {
    mt5: Vec<Line>,
    t5: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    ids: Vec<u32>,
    /// The text that SentencePiece decodes from the ids.
    back: Option<String>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference/t5_tokens.json")).expect("the references are JSON")
}

fn fixture(name: &str) -> T5Tokenizer {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
    let file = fs::read(folder.join("spiece.model")).expect("there is a spiece.model");
    T5Tokenizer::parse(&file).expect("the vocabulary can be used")
}

#[test]
fn ids_equal_those_of_sentencepiece() {
    let Reference { mt5, t5 } = reference();
    for (name, lines) in [("mt5-tiny", mt5), ("t5-tiny", t5)] {
        assert!(lines.len() > 300);
        let tokenizer = fixture(name);
        for line in lines {
            let ours = tokenizer.encode(&line.text).expect("any text has ids");
            assert_eq!(ours, line.ids, "{name}: {:?}", line.text);
        }
    }
}

#[test]
fn decoded_texts_equal_those_of_sentencepiece() {
    let tokenizer = fixture("mt5-tiny");
    let mut compared = 0;
    for line in reference().mt5 {
        // Sentinels are not text here.
        let Some(back) = line.back.filter(|back| !back.contains("<extra_id_")) else { continue };
        compared += 1;
        assert_eq!(tokenizer.decode(&line.ids), back, "{:?}", line.text);
    }
    assert!(compared > 250);
}

#[test]
fn only_text_is_decoded() {
    let tokenizer = fixture("mt5-tiny");
    let ids = tokenizer.encode("The mayor ☃").expect("any text has ids");
    assert_eq!(tokenizer.decode(&ids), "The mayor ☃", "a character in bytes");
    // One of the snowman's three bytes is missing.
    let (broken, end) = (&ids[..ids.len() - 2], tokenizer.end());
    assert_eq!(tokenizer.decode(broken), "The mayor ");
    assert_eq!(tokenizer.decode(&[0, end, 2, u32::MAX]), "");
}

#[test]
fn special_tokens_are_ordinary_text() {
    for name in ["mt5-tiny", "t5-tiny"] {
        let tokenizer = fixture(name);
        for text in ["</s>", "a <pad> b", "<unk> c"] {
            let ids = tokenizer.encode(text).expect("any text has ids");
            assert_eq!(ids.iter().filter(|id| **id == tokenizer.end()).count(), 1, "{text}");
            assert!(ids.len() > 3, "{text}: {ids:?}");
        }
    }
}

#[test]
fn a_shortlist_has_the_pieces_of_its_language() {
    let tokenizer = fixture("mt5-tiny");
    let lists = Language::ALL.map(|language| tokenizer.shortlist(language));
    for (language, list) in Language::ALL.iter().zip(&lists) {
        assert!(list.contains(&tokenizer.end()) && !list.contains(&0) && !list.contains(&2));
        let text = list.iter().map(|id| tokenizer.decode(&[*id])).collect::<String>();
        let cyrillic = text.chars().any(|c| matches!(c, 'а'..='я'));
        assert_eq!(cyrillic, *language == Language::Russian);
        assert!(!text.contains("extra_id") && list.iter().all(|id| (*id as usize) < tokenizer.size()));
    }
    assert!(lists[0].len() > 200 && lists[0].len() < tokenizer.size() - 256);
}

#[test]
fn a_damaged_vocabulary_is_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/t5-tiny/spiece.model");
    let file = fs::read(path).expect("there is a spiece.model");
    assert!(T5Tokenizer::parse(b"").is_err());
    assert!(T5Tokenizer::parse(&file[..file.len() / 2 + 1]).is_err());
    let place = file.windows(4).position(|bytes| bytes == b"</s>").expect("a text can end");
    let endless = [&file[..place], b"<-s>", &file[place + 4..]].concat();
    assert!(matches!(T5Tokenizer::parse(&endless), Err(TokenizerError::Missing("</s>"))));
}
