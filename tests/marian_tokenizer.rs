//! The ids equal those of Transformers' MarianTokenizer, on ordinary text and on difficult cases.

use std::{fs, path::Path};

use serde::Deserialize;
use triglot::{
    lang::Language,
    tokenizer::{MarianTokenizer, Tokenizer},
};

#[derive(Deserialize)]
struct Reference {
    tiny: Vec<Line>,
    tc: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    ids: Vec<u32>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference/marian_tokens.json")).expect("the references are JSON")
}

fn tokenizer(folder: &Path) -> MarianTokenizer {
    let spm = fs::read(folder.join("source.spm")).expect("there is a source.spm");
    let vocabulary = fs::read_to_string(folder.join("vocab.json")).expect("there is a vocab.json");
    let target = fs::read_to_string(folder.join("target_vocab.json")).ok();
    MarianTokenizer::parse(&spm, &vocabulary, None, target.as_deref()).expect("the vocabulary can be used")
}

fn fixture(name: &str) -> MarianTokenizer {
    tokenizer(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name))
}

/// The lines whose ids differ.
fn differing<'a>(tokenizer: &MarianTokenizer, lines: &'a [Line]) -> Vec<&'a Line> {
    let differs = |line: &&Line| tokenizer.encode(&line.text).expect("any text has ids") != line.ids;
    lines.iter().filter(differs).collect()
}

#[test]
fn ids_equal_those_of_transformers() {
    let Reference { tiny, tc } = reference();
    for (name, lines) in [("marian-tiny", tiny), ("marian-tiny-tc", tc)] {
        assert!(lines.len() > 50);
        let tokenizer = fixture(name);
        for line in differing(&tokenizer, &lines) {
            let ours = tokenizer.encode(&line.text).expect("any text has ids");
            assert_eq!(ours, line.ids, "{name}: {:?}", line.text);
        }
    }
}

/// `TRIGLOT_MARIAN_TOKENS` is a folder written by `tests/reference/marian.py --tokens`.
#[test]
#[ignore = "needs a large vocabulary that is made first"]
fn ids_of_thousands_of_lines_equal_those_of_transformers() {
    let folder = std::env::var_os("TRIGLOT_MARIAN_TOKENS").expect("TRIGLOT_MARIAN_TOKENS names a folder");
    let folder = Path::new(&folder);
    let lines = fs::read_to_string(folder.join("tokens.json")).expect("there is a reference");
    let lines: Vec<Line> = serde_json::from_str(&lines).expect("the reference is JSON");
    let differing = differing(&tokenizer(folder), &lines);
    for line in differing.iter().take(10) {
        println!("{:?}", line.text);
    }
    println!("{} of {} lines differ", differing.len(), lines.len());
    assert!(differing.is_empty());
}

#[test]
fn special_tokens_and_unknown_language_tags_are_ordinary_text() {
    let tokenizer = fixture("marian-tiny");
    let end = tokenizer.end();
    for text in ["</s>", "a <pad> b", ">>fra<< text"] {
        let ids = tokenizer.encode(text).expect("any text has ids");
        assert_eq!(ids.iter().filter(|id| **id == end).count(), 1, "{text}");
        assert!(ids.len() > 3, "{text}: {ids:?}");
    }
}

#[test]
fn decoding_restores_the_text() {
    let tokenizer = fixture("marian-tiny");
    let text = "The mayor opened an inquiry into the accident on Monday.";
    assert_eq!(tokenizer.decode(&tokenizer.encode(text).expect("it has ids")), text);
}

#[test]
fn a_shortlist_contains_the_pieces_of_its_language() {
    let tokenizer = fixture("marian-tiny-tc");
    assert_eq!(tokenizer.tag(Language::French), Some(">>fra<<"));
    assert!(tokenizer.is_multilingual() && !fixture("marian-tiny").is_multilingual());
    let shortlist = tokenizer.shortlist(Language::French);
    let (_, targets) = tokenizer.sizes();
    assert!(shortlist.contains(&tokenizer.end()));
    // All pieces of this vocabulary are French, except <unk> and <pad>, which are never written.
    assert_eq!(shortlist.len(), targets - 2);
}
