//! With a model that copies its input, any text in any portions comes back byte for byte: no part between the wire and the
//! network loses, adds or reorders anything.

use std::sync::LazyLock;

use futures::{StreamExt, TryStreamExt, stream};
use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio_util::bytes::Bytes;
use triglot::{
    engine::LoadedModel,
    lang::Language,
    translate::{Event, Request, TranslateError, Translator},
};

use crate::support;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));
static COPY: LazyLock<Translator> = LazyLock::new(|| support::translator(LoadedModel::copy()));

fn copy(text: &str, cuts: &[usize]) -> (String, u64) {
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
        let mut joined = String::new();
        let mut total = 0;
        for event in events {
            match event {
                Event::Piece(piece) => {
                    if let Some(segment) = piece.segment {
                        let (source, target) = (segment.source, segment.target);
                        assert_eq!(text[source.start as usize..source.end as usize], piece.text);
                        assert_eq!(target.start as usize, joined.len());
                        assert_eq!(target.end as usize, joined.len() + piece.text.len());
                    }
                    joined.push_str(&piece.text);
                }
                Event::Done(summary) => total = summary.target_bytes,
            }
        }
        (joined, total)
    })
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
        let (copied, total) = copy(&text, &cuts);
        prop_assert_eq!(total as usize, text.len());
        prop_assert_eq!(copied, text);
    }
}

#[test]
fn a_sentence_far_beyond_every_limit_comes_back() {
    let text = format!("{}.\n{}", "word ".repeat(20_000), "x".repeat(100_000));
    assert_eq!(copy(&text, &[]).0, text);
}
