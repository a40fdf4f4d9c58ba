//! With a model that copies its input, any text in any portions comes back: byte for byte between the sentences, and each sentence
//! as the model read it. No part between the wire and the network loses, adds or reorders anything.

use std::sync::LazyLock;

use futures::{StreamExt, TryStreamExt, stream};
use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio_util::bytes::Bytes;
use triglot::{
    engine::LoadedModel,
    fidelity::{Reading, Typography},
    lang::Language,
    translate::{Event, Request, TranslateError, Translator},
};

use crate::support;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));
static COPY: LazyLock<Translator> = LazyLock::new(|| support::translator(LoadedModel::copy()));

/// What becomes of a sentence: only its reading changes it.
fn read(sentence: &str) -> String {
    let reading = Reading::new("en-fr".parse().expect("it is a direction"), sentence);
    reading.written(reading.text().to_owned(), Typography::Target).0.into_text()
}

/// Checks the copy of a text that arrives in portions.
fn check(text: &str, cuts: &[usize]) {
    let mut portions = Vec::new();
    let mut rest = text.as_bytes();
    for cut in cuts {
        let (portion, others) = rest.split_at((*cut).min(rest.len()));
        portions.push(Ok::<_, TranslateError>(Bytes::copy_from_slice(portion)));
        rest = others;
    }
    portions.push(Ok(Bytes::copy_from_slice(rest)));
    let request = Request::new(Some(Language::English), Language::French);
    RUNTIME.block_on(async {
        let events: Vec<Event> =
            COPY.stream(request, stream::iter(portions).boxed()).try_collect().await.expect("it translates");
        let (mut read_bytes, mut written_bytes) = (0, 0);
        for event in events {
            match event {
                Event::Piece(piece) => {
                    let start = read_bytes;
                    match piece.segment {
                        Some(segment) => {
                            read_bytes = segment.source.end as usize;
                            let source = &text[start..read_bytes];
                            assert_eq!(segment.source.start as usize, start);
                            assert!(piece.text == source || piece.text == read(source), "{source:?}");
                            let target = written_bytes..written_bytes + piece.text.len();
                            assert_eq!(segment.target.start as usize..segment.target.end as usize, target);
                        }
                        None => {
                            read_bytes += piece.text.len();
                            assert_eq!(text[start..read_bytes], piece.text);
                        }
                    }
                    written_bytes += piece.text.len();
                }
                Event::Done(totals) => {
                    assert_eq!(
                        (totals.source_bytes, totals.target_bytes),
                        (text.len() as u64, written_bytes as u64)
                    );
                }
            }
        }
        assert_eq!(read_bytes, text.len());
    });
}

fn hostile() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-zA-Zé]{1,12}",
        Just("M. Dupont".to_owned()),
        Just("http://a.b/c?d=e.".to_owned()),
        Just("г. Москва.".to_owned()),
        Just("1 000,5".to_owned()),
        Just("ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha".to_owned()),
        Just("👩‍👩‍👧".to_owned()),
        "\\PC{1,8}",
        any::<char>().prop_map(String::from),
    ];
    let between = prop_oneof![
        Just(" "),
        Just(". "),
        Just("\n"),
        Just("\r\n\r\n"),
        Just("\t"),
        Just("…"),
        Just("\u{2028}"),
        Just("\u{a0}"),
        Just(""),
        Just("\n  - "),
        Just("\u{feff}"),
        Just("! "),
        Just("\0"),
    ];
    prop::collection::vec((word, between), 0..120)
        .prop_map(|parts| parts.into_iter().map(|(word, between)| word + between).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_any_portions_comes_back(text in hostile(), cuts in prop::collection::vec(0usize..40, 0..60)) {
        check(&text, &cuts);
    }
}

#[test]
fn a_sentence_far_beyond_every_limit_comes_back() {
    let text = format!("{}.\n{}", "word ".repeat(20_000), "x".repeat(100_000));
    check(&text, &[]);
}
