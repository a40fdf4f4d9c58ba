//! Reads any bytes as a web archive: no input may panic, and no page is longer than its limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::feed::warc::Pages;

/// Most bytes of a page. A character of an old charset has up to three bytes in UTF-8.
const MOST: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pages) = Pages::new(bytes, MOST as u64) else { return };
    for article in pages.map_while(Result::ok) {
        assert!(!article.id.is_empty());
        assert!(article.texts.body.is_some_and(|body| body.text.len() <= 3 * MOST));
    }
});
