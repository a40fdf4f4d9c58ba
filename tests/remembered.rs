//! A sentence that was translated before is remembered, and the answer is the same as without a memory.

use triglot::{
    engine::{Engine, LoadedModel},
    lang::Language,
    translate::{Memory, Request, Translator},
};

use crate::support;

const TEXT: &str = "Rain in the north.\n\nSubscribe today.\n\nSubscribe today.\n\nSun in the south.\n";

fn copying() -> Translator {
    let engine = Engine::start(LoadedModel::copy(), support::engine_options()).expect("the engine starts");
    support::translator_of(vec![engine])
}

fn request() -> Request {
    Request::new(Some(Language::English), Language::French)
}

#[tokio::test]
async fn a_repeated_sentence_is_translated_once() {
    let translator = copying().with_memory(Memory::new(1 << 20));
    let first = translator.text(request(), TEXT.to_owned()).await.expect("it is translated");
    assert_eq!(first.totals.usage.remembered, 1);
    let again = translator.text(request(), TEXT.to_owned()).await.expect("it is translated");
    let usage = again.totals.usage;
    assert_eq!((usage.remembered, usage.source_tokens, usage.target_tokens), (4, 0, 0));
    let without = copying().text(request(), TEXT.to_owned()).await.expect("it is translated");
    assert_eq!(without.totals.usage.remembered, 0);
    for other in [&first, &again] {
        assert_eq!((&other.text, &other.segments), (&without.text, &without.segments));
    }
}

#[tokio::test]
async fn other_options_are_another_sentence() {
    let translator = copying().with_memory(Memory::new(1 << 20));
    translator.text(request(), TEXT.to_owned()).await.expect("it is translated");
    let others = [
        Request { beam_size: Some(2), ..request() },
        Request { alternatives: 1, ..request() },
        Request { max_output_ratio: 2.0, ..request() },
        Request::new(Some(Language::English), Language::Russian),
    ];
    for other in others {
        let translated = translator.text(other.clone(), TEXT.to_owned()).await.expect("it is translated");
        assert_eq!(translated.totals.usage.remembered, 1, "{other:?}");
    }
}
