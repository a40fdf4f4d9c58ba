//! A list of feeds is read, whoever wrote it.

use proptest::prelude::*;
use triglot::feed::opml::{OpmlError, Subscriptions, read};

fn feeds(found: &Subscriptions) -> Vec<&str> {
    found.feeds.iter().map(|url| url.as_str()).collect()
}

/// A file with so many feeds.
fn list(count: usize) -> String {
    let outline = |n| format!("<outline xmlUrl='https://example.com/{n}'/>");
    format!("<opml><body>{}</body></opml>", (0..count).map(outline).collect::<String>())
}

#[test]
fn feeds_come_in_order_and_each_once() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
        <opml version="2.0"><head><title>Papers &amp; sites</title></head><body>
        <outline text="Papers">
          <outline text="Regional"><outline type="rss" text="A" xmlUrl="https://example.com/a?x=1&amp;y=2"/></outline>
          <outline text="B" xmlUrl=" http://example.org/b "></outline>
        </outline>
        <outline text="Again" xmlURL="https://example.com/a?x=1&amp;y=2"/>
        <outline text="A page, and no feed" htmlUrl="https://example.com/"/>
        <outline text="C" xmlurl="HTTPS://EXAMPLE.COM/C"/>
        </body></opml>"#;
    let found = read(text.as_bytes()).expect("it is OPML");
    assert_eq!(
        feeds(&found),
        ["https://example.com/a?x=1&y=2", "http://example.org/b", "https://example.com/C"]
    );
    assert_eq!(found.left_out, 0);
}

#[test]
fn what_cannot_be_fetched_is_left_out_and_counted() {
    let long = format!("https://example.com/{}", "a".repeat(5000));
    let outlines =
        ["file:///etc/passwd", "ftp://example.com/", "feed", "", "&nbsp;", &long, "https://example.com/a"]
            .map(|url| format!(r#"<outline xmlUrl="{url}"/>"#));
    let text = format!("<opml><body>{}</body></opml>", outlines.concat());
    let found = read(text.as_bytes()).expect("it is OPML");
    assert_eq!((feeds(&found), found.left_out), (vec!["https://example.com/a"], 6));
}

#[test]
fn other_files_and_too_long_ones_are_errors() {
    for other in ["", "{}", "<rss><channel/></rss>", "<outline xmlUrl='https://example.com/'/>"] {
        assert!(matches!(read(other.as_bytes()), Err(OpmlError::NotOpml)), "{other}");
    }
    for broken in ["<opml><body></opml>", "<opml><", "<opml><body><outline"] {
        assert!(matches!(read(broken.as_bytes()), Err(OpmlError::Xml(_))), "{broken}");
    }
    assert_eq!(read(list(10_000).as_bytes()).expect("it is OPML").feeds.len(), 10_000);
    assert!(matches!(read(list(10_001).as_bytes()), Err(OpmlError::TooMany)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_feeds_or_an_error(at in 0_usize..200, bytes in prop::collection::vec(any::<u8>(), 0..50)) {
        let mut text = list(3).into_bytes();
        text.splice(at.min(text.len())..(at + bytes.len()).min(text.len()), bytes);
        if let Ok(found) = read(&text[..]) {
            prop_assert!(found.feeds.iter().all(|feed| ["http", "https"].contains(&feed.scheme())));
        }
    }
}
