//! Documents come back with all that is not text: from a model that copies byte for byte, and from a model that changes every
//! sentence with the same tags in the same order.

use std::sync::LazyLock;

use futures::{StreamExt, TryStreamExt, stream};
use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio_util::bytes::Bytes;
use triglot::{
    engine::LoadedModel,
    lang::Language,
    text::Format,
    translate::{Event, Request, TranslateError, Translation, Translator, Typography},
};

use crate::support;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));
static COPY: LazyLock<Translator> = LazyLock::new(|| support::translator(LoadedModel::copy()));
static REVERSING: LazyLock<Translator> = LazyLock::new(|| support::translator(support::reversing()));

fn translated(translator: &Translator, format: Format, text: &str) -> Translation {
    let request = Request {
        format,
        typography: Typography::Keep,
        ..Request::new(Some(Language::English), Language::French)
    };
    RUNTIME.block_on(translator.text(request, text.to_owned())).expect("it translates")
}

const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Storm &amp; flood</title></head>\n<body>\
    <p>The <b>storm</b> hit <a href=\"x\" title=\"The town of Nice\">Nice &amp; Cannes</a> on Monday evening.</p>\n\
    <ul><li>First of <i>all <b>items</b></i> here<li>Second <code>f(x) &lt; 3</code> item</ul><!-- c -->\
    <img alt=\"A big wave\" src=a.png></body></html>\n";
const FEED: &str = "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>News of &lt;today&gt; &amp; more</title><item>\
    <link>https://example.org/?a=1&amp;b=2</link><description><![CDATA[<p>Two <b>ports</b> closed & open.</p>]]></description>\
    <note>The <em>first</em> of all <em>notes</em> here</note></item></channel></rss>\n";
const MARKDOWN: &str = "# The *big* storm\n\nIt hit the [south coast](https://example.org/a_b) of the **whole** country.\n\n- one item `code` here\n\n\
    | A b | C d |\n|---|---|\n| e f | g h |\n";
const SUBTITLES: &str = "1\n00:00:06,174 --> 00:00:12,305\nMore than a hundred years ago,\na strange <i>ship</i> reached the coast.\n\n\
    2\n00:00:13,000 --> 00:00:14,000\n- Who is it?\n- It is me.\n";

#[test]
fn a_copy_has_the_same_bytes() {
    for (format, text) in [
        (Format::Html, PAGE),
        (Format::Xml, FEED),
        (Format::Markdown, MARKDOWN),
        (Format::Subtitles, SUBTITLES),
    ] {
        for format in [format, Format::Auto] {
            let copy = translated(&COPY, format, text);
            assert_eq!(copy.text, text, "{format:?}");
            for segment in copy.segments {
                assert_eq!(segment.source, segment.target);
            }
        }
        assert_eq!(translated(&COPY, Format::Auto, text).totals.format, format);
    }
}

fn tags(html: &str) -> Vec<String> {
    let tokens = html5gum::Tokenizer::new(html).map(|token| token.expect("it has no errors"));
    tokens
        .filter_map(|token| match token {
            html5gum::Token::StartTag(tag) => Some(format!("{:?}", tag.name)),
            html5gum::Token::EndTag(tag) => Some(format!("/{:?}", tag.name)),
            html5gum::Token::Comment(comment) => Some(format!("{comment:?}")),
            _ => None,
        })
        .collect()
}

/// The names of the elements in a document, which must parse.
fn elements(xml: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {xml}")) {
            quick_xml::events::Event::Start(tag) => names.push(format!("{:?}", tag.name())),
            quick_xml::events::Event::End(tag) => names.push(format!("/{:?}", tag.name())),
            quick_xml::events::Event::CData(_) => names.push("cdata".to_owned()),
            quick_xml::events::Event::Eof => return names,
            _ => {}
        }
    }
}

fn structure(markdown: &str) -> Vec<String> {
    let parser = pulldown_cmark::Parser::new_ext(markdown, pulldown_cmark::Options::ENABLE_TABLES);
    let events = parser
        .filter(|event| !matches!(event, pulldown_cmark::Event::Text(_) | pulldown_cmark::Event::SoftBreak));
    events.map(|event| format!("{event:?}")).collect()
}

#[test]
fn a_changed_page_has_the_same_tags() {
    let page = translated(&REVERSING, Format::Html, PAGE).text;
    assert_eq!(tags(&page), tags(PAGE), "{page}");
    assert!(page.contains("<title>flood &amp; Storm</title>"), "{page}");
    assert!(page.contains("<code>f(x) &lt; 3</code>"), "{page}");
    assert!(
        page.contains("title=\"Nice of town The\"") && page.contains("alt=\"wave big A\" src=a.png"),
        "{page}"
    );
}

#[test]
fn a_changed_feed_parses() {
    let feed = translated(&REVERSING, Format::Xml, FEED).text;
    assert_eq!(elements(&feed), elements(FEED), "{feed}");
    assert!(feed.contains("<link>https://example.org/?a=1&amp;b=2</link>"), "{feed}");
}

#[test]
fn a_changed_markdown_document_has_the_same_structure() {
    let document = translated(&REVERSING, Format::Markdown, MARKDOWN).text;
    assert_eq!(structure(&document), structure(MARKDOWN), "{document}");
}

#[test]
fn a_changed_cue_has_its_lines() {
    let subtitles = translated(&REVERSING, Format::Subtitles, SUBTITLES).text;
    let lines: Vec<&str> = subtitles.lines().collect();
    assert_eq!(lines.len(), SUBTITLES.lines().count(), "{subtitles}");
    assert!(lines.iter().all(|line| line.chars().count() <= 50), "{subtitles}");
    assert_eq!([lines[1], lines[5], lines[7]], ["00:00:06,174 --> 00:00:12,305", "2", "- it? is Who"]);
}

#[test]
fn a_stream_begins_before_the_format_is_certain() {
    let (first, rest) = ("The storm hit the coast.\n", "All is well.\n");
    let request = Request::new(Some(Language::English), Language::French);
    RUNTIME.block_on(async {
        // The second portion never comes.
        let input = stream::iter([Ok::<_, TranslateError>(Bytes::from(format!("{first}{rest}")))]);
        let input = input.chain(stream::pending()).boxed();
        let mut events = std::pin::pin!(COPY.stream(request, input));
        let event = events.try_next().await.expect("it translates").expect("it goes on");
        assert!(matches!(event, Event::Piece(piece) if piece.text == first.trim_end()));
    });
}

fn inner() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "storm",
        "the",
        "Nice",
        "12",
        "l'eau",
        "&amp;",
        "A&amp;B",
        "&lt;x&gt;",
        "été",
        "буря",
        ",",
        "a > b",
        "\"quoted\"",
        "]]&gt;",
        "]]",
    ]);
    let leaf = prop::collection::vec(word, 1..5).prop_map(|words| words.join(" "));
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop::collection::vec(
            prop_oneof![
                inner.clone().prop_map(|text| format!("<b>{text}</b>")),
                inner.clone().prop_map(|text| format!("{text} <a href=\"x?a=1&amp;b=2\">{text}</a>, ")),
                inner.clone().prop_map(|text| format!("<p>{text}. {text}</p>")),
                inner.clone().prop_map(|text| format!("<span translate=\"no\">{text}</span> {text}")),
                inner.clone().prop_map(|text| format!(
                    "{text}<img alt=\"{}\"/>",
                    text.replace('"', "'").replace(['<', '>'], "")
                )),
                inner,
            ],
            1..4,
        )
        .prop_map(|parts| parts.join(" "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_page_and_any_feed_keep_their_tags(text in inner()) {
        let page = format!("<html><body>{text}</body></html>");
        let changed = translated(&REVERSING, Format::Html, &page).text;
        prop_assert_eq!(tags(&changed), tags(&page), "{}", changed);
        prop_assert_eq!(elements(&changed), elements(&page), "{}", changed);
        prop_assert_eq!(&translated(&COPY, Format::Html, &page).text, &page);
        let feed = format!("<rss><channel><title>{text}</title><description><![CDATA[{}]]></description></channel></rss>", text);
        let changed = translated(&REVERSING, Format::Xml, &feed).text;
        prop_assert_eq!(elements(&changed), elements(&feed), "{}", changed);
        prop_assert_eq!(&translated(&COPY, Format::Xml, &feed).text, &feed);
    }
}
