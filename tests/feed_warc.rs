//! The pages of a web archive become articles, as a crawler stored them.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use triglot::{
    article::Article,
    feed::warc::{LeftOut, Pages, WarcCause},
    text::Format,
};

/// Most bytes of a page in these tests.
const MOST: u64 = 100_000;
const PAGE: &str = "<html><title>The mill</title><p>The old mill burnt down.</html>";

fn record(fields: &str, content: &[u8]) -> Vec<u8> {
    record_of(content.len(), fields, content)
}

/// A record that says this length.
fn record_of(length: usize, fields: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("WARC/1.1\r\n{fields}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n\r\n"].concat()
}

/// A record with a response for this path.
fn response(path: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let content = [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat();
    let id = "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>";
    let fields = format!("WARC-Type: response\r\n{id}\r\nWARC-Target-URI: https://example.com/{path}");
    record(&fields, &content)
}

/// A page as a record.
fn page(path: &str, body: &str) -> Vec<u8> {
    response(path, "200 OK\r\nContent-Type: text/html; charset=utf-8", body.as_bytes())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("a vector can be written");
    encoder.finish().expect("a vector can be written")
}

/// All articles, what was left out, and the error at the end.
fn read(file: &[u8]) -> (Vec<Article>, LeftOut, Option<WarcCause>) {
    let mut pages = Pages::new(file, MOST).expect("it can be read");
    let mut articles = Vec::new();
    let error = loop {
        match pages.next() {
            Some(Ok(article)) => articles.push(article),
            Some(Err(error)) => break Some(error.cause),
            None => break None,
        }
    };
    assert!(pages.next().is_none(), "after the end there is nothing");
    (articles, pages.left_out(), error)
}

/// The texts of a file without any fault.
fn bodies(file: &[u8]) -> Vec<String> {
    let (articles, left_out, error) = read(file);
    assert!(error.is_none() && left_out == LeftOut::default(), "{error:?}, {left_out:?}");
    articles.into_iter().map(|article| article.texts.body.expect("a page has a body").text).collect()
}

#[test]
fn pages_become_articles_and_all_else_is_passed_over() {
    let file = [
        record("WARC-Type: warcinfo\r\nContent-Type: application/warc-fields", b"software: mill"),
        record("WARC-Type: request\r\nWARC-Target-URI: https://example.com/1", b"GET /1 HTTP/1.1\r\n\r\n"),
        page("1", PAGE),
        response("lost", "404 Not Found\r\nContent-Type: text/html", b"<p>Nothing is here."),
        response("i.png", "200 OK\r\nContent-Type: image/png", b"\x89PNG\r\n\r\n"),
        record("WARC-Type: revisit\r\nWARC-Target-URI: https://example.com/1", b"HTTP/1.1 200 OK\r\n\r\n"),
        response("2", "200 OK\r\ncontent-type: Text/Plain", "The new mill — a plain text.".as_bytes()),
    ];
    let (articles, left_out, error) = read(&file.concat());
    assert!(error.is_none() && left_out == LeftOut::default(), "{error:?}, {left_out:?}");
    let [html, plain] = &articles[..] else { panic!("{articles:?}") };
    assert_eq!((html.id.as_str(), plain.id.as_str()), ("https://example.com/1", "https://example.com/2"));
    let title = html.texts.title.as_ref().expect("it has a title");
    assert_eq!((title.text.as_str(), title.format), ("The mill", Format::Plain));
    let bodies = [html, plain].map(|article| article.texts.body.clone().expect("it has a body"));
    assert_eq!((bodies[0].text.as_str(), bodies[0].format), (PAGE, Format::Html));
    assert_eq!((bodies[1].text.as_str(), bodies[1].format), ("The new mill — a plain text.", Format::Plain));
    assert!(plain.texts.title.is_none());
}

#[test]
fn a_compressed_file_is_read_by_member_and_as_a_whole() {
    let records = [page("1", "<p>One."), page("2", "<p>Two."), page("3", "<p>Three.")];
    for file in
        [records.concat(), records.each_ref().map(|record| gzip(record)).concat(), gzip(&records.concat())]
    {
        assert_eq!(bodies(&file), ["<p>One.", "<p>Two.", "<p>Three."]);
    }
    assert_eq!(bodies(b""), Vec::<String>::new());
}

#[test]
fn chunks_and_compression_are_undone_where_they_are() {
    let html = |more: &str| format!("200 OK\r\nContent-Type: text/html\r\n{more}");
    let chunked = |bytes: &[u8]| {
        let (one, two) = bytes.split_at(10);
        let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        [chunk(one), chunk(two), b"0\r\n\r\n".to_vec()].concat()
    };
    let page = PAGE.as_bytes();
    let file = [
        response("1", &html("Transfer-Encoding: chunked"), &chunked(page)),
        response("2", &html("Content-Encoding: gzip"), &gzip(page)),
        response("3", &html("Transfer-Encoding: chunked\r\nContent-Encoding: gzip"), &chunked(&gzip(page))),
        // A crawler that undid both.
        response(
            "4",
            &html("Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nContent-Length: 7"),
            page,
        ),
    ];
    assert_eq!(bodies(&file.concat()), [PAGE; 4]);
}

#[test]
fn pages_that_cannot_be_used_are_counted() {
    let html = "200 OK\r\nContent-Type: text/html";
    let long = "a".repeat(MOST as usize + 1);
    let huge = "a".repeat(MOST as usize * 3);
    let file = [
        page("long", &long),
        page("huge", &huge),
        response("bomb", &format!("{html}\r\nContent-Encoding: gzip"), &gzip(huge.as_bytes())),
        response("damaged", &format!("{html}\r\nContent-Encoding: gzip"), &gzip(PAGE.as_bytes())[..30]),
        response("brotli", &format!("{html}\r\nContent-Encoding: br"), b"\x0b\x02\x80"),
        response("cut", &format!("{html}\r\nTransfer-Encoding: chunked"), b"5\r\n<p>On"),
        response("charset", html, b"<p>\xed\xc9\xd2"),
        record("WARC-Type: response\r\nWARC-Target-URI: https://example.com/", b"no header"),
        record("WARC-Type: response", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p"),
        page("good", &long[1..]),
    ];
    let (articles, left_out, error) = read(&file.concat());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(left_out, LeftOut { too_long: 3, unreadable: 6 });
    assert_eq!(
        articles.iter().map(|article| article.id.as_str()).collect::<Vec<_>>(),
        ["https://example.com/good"]
    );
}

#[test]
fn a_file_that_ends_early_gives_what_is_before() {
    let file = [page("1", "<p>One."), page("2", "<p>Two.")].concat();
    for end in [file.len() - 10, file.len() / 2 + 30] {
        let (articles, _, error) = read(&file[..end]);
        assert!(articles.len() == 1 && matches!(error, Some(WarcCause::Cut)), "{end}: {error:?}");
    }
    let packed = [gzip(&file), gzip(&page("3", "<p>Three."))].concat();
    let (articles, _, error) = read(&packed[..packed.len() - 20]);
    assert!(articles.len() == 2 && matches!(error, Some(WarcCause::Read(_))), "{error:?}");
}

#[test]
fn a_head_that_lies_or_has_no_end_is_an_error() {
    let lying = |length| {
        let fields = "WARC-Type: response\r\nWARC-Target-URI: https://example.com/lie";
        let content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>One.";
        read(&[page("1", "<p>One."), record_of(length, fields, content), page("2", "<p>Two.")].concat())
    };
    assert!(matches!(lying(45), (_, _, Some(WarcCause::NotWarc))), "too short");
    assert!(matches!(lying(60), (_, _, Some(WarcCause::NotWarc))), "too long");
    assert!(matches!(lying(usize::MAX), (_, _, Some(WarcCause::Cut))), "longer than all memory");
    let cause = |file: &[u8]| read(file).2.expect("it is an error");
    assert!(matches!(cause(b"A text, and no web archive.\n\n"), WarcCause::NotWarc));
    assert!(matches!(cause(b"WARC/1.0\r\nWARC-Type: response\r\n\r\n"), WarcCause::Head));
    assert!(matches!(cause(b"WARC/1.0\r\nContent-Length: -1\r\n\r\n"), WarcCause::Head));
    assert!(matches!(cause(b"WARC/1.0\r\nno colon\r\n\r\n"), WarcCause::Head));
    assert!(matches!(cause(&[b'a'; 1 << 20]), WarcCause::LongHead));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces of heads and records make more of the reader run than bytes alone do.
    #[test]
    fn any_bytes_are_articles_or_an_error(
        at in 0_usize..600,
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        is_packed in any::<bool>(),
    ) {
        let head = "200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked";
        let mut file = [page("1", PAGE), response("2", head, b"5\r\n<p>On\r\n2\r\ne.\r\n0\r\n\r\n")].concat();
        if is_packed {
            file = gzip(&file);
        }
        file.splice(at.min(file.len())..(at + bytes.len()).min(file.len()), bytes);
        for file in [&file[..], &file[at.min(file.len())..]] {
            if let Ok(pages) = Pages::new(file, 200) {
                for article in pages.map_while(Result::ok) {
                    prop_assert!(article.texts.body.is_some_and(|body| body.text.len() <= 600));
                }
            }
        }
    }
}
