//! Reads any bytes as a feed: no input may panic, a feed without changes is the same, and any text can be written in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    article::{Text, Texts},
    feed::document::Document,
    lang::Language,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes.to_vec()) else { return };
    // In UTF-8.
    let same = document.render(Language::French, &[]);
    let again = Document::parse(same.clone()).expect("it is a feed");
    assert_eq!(again.entries(), document.entries());
    assert_eq!(again.render(Language::French, &[]), same);
    let text = |text: &Option<Text>| {
        text.as_ref().map(|text| Text { text: "A < b & c ]]> \"d\" \\".to_owned(), format: text.format })
    };
    let texts = document.entries().iter().map(|entry| Texts {
        title: text(&entry.texts.title),
        lead: text(&entry.texts.lead),
        body: text(&entry.texts.body),
    });
    let texts: Vec<_> = texts.map(Some).collect();
    let translated = Document::parse(document.render(Language::French, &texts)).expect("it is a feed");
    assert_eq!(translated.entries().len(), document.entries().len());
});
