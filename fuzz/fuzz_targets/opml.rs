//! Reads any bytes as a list of feeds: no input may panic, and each feed is an address of http or https, once.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use triglot::feed::opml::read;

fuzz_target!(|bytes: &[u8]| {
    let Ok(found) = read(bytes) else { return };
    assert!(found.feeds.iter().all(|feed| matches!(feed.scheme(), "http" | "https")));
    let each_once = found.feeds.iter().collect::<HashSet<_>>();
    assert_eq!(each_once.len(), found.feeds.len());
});
