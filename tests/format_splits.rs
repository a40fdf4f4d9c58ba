//! Each format finds the sentences of a document and copies all other bytes, in any portions.

use proptest::prelude::*;
use triglot::{
    lang::Language,
    text::{Format, Limits, Piece, PieceKind, Splitter},
};

const FORMATS: [Format; 5] = [Format::Plain, Format::Html, Format::Xml, Format::Markdown, Format::Subtitles];

fn pieces(format: Format, text: &str, portion: usize) -> Vec<Piece> {
    let mut splitter = Splitter::new(format, Language::English, Limits::default());
    let mut pieces = Vec::new();
    for bytes in text.as_bytes().chunks(portion) {
        splitter.push(bytes, &mut pieces).expect("it is text");
    }
    splitter.finish(&mut pieces).expect("it is text");
    let mut offset = 0;
    for piece in &pieces {
        assert_eq!(piece.start, offset);
        offset += piece.text.len() as u64;
    }
    assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
    pieces
}

/// What a model reads of a document.
fn read(format: Format, text: &str) -> Vec<String> {
    let all = pieces(format, text, usize::MAX);
    for portion in [1, 2, 7, 64] {
        assert_eq!(pieces(format, text, portion), all, "{format:?} in portions of {portion}");
    }
    let sentences = all.iter().filter(|piece| matches!(piece.kind, PieceKind::Sentence(_)));
    sentences.map(|piece| piece.plain().into_owned()).collect()
}

#[test]
fn only_the_text_of_a_page_is_read() {
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Storm &amp; flood</title>\
        <style>p { color: red }</style><script>var a = \"<p>no</p>\";</script></head>\n<body class=\"x\">\
        <!-- a comment --><p title=\"Read more\">The <b>storm</b> hit Nice. It was&nbsp;late.</p>\
        <ul><li>First item<li>Second <code>f(x)</code> item</ul><pre>raw text</pre>\
        <p translate=\"no\">Not this</p><img src=\"a.png\" alt='A photo'>\
        <p>Line one<br>continues here<br>New line</p><span class=\"notranslate\">Nor this</span></body></html>\n";
    let expected = [
        "Storm & flood",
        "Read more",
        "The storm hit Nice.",
        "It was\u{a0}late.",
        "First item",
        "Second f(x) item",
        "A photo",
        "Line one continues here",
        "New line",
    ];
    assert_eq!(read(Format::Html, page), expected);
}

#[test]
fn what_only_begins_like_a_section_is_none() {
    for end in ["о пожаре", "é", "x>", "", "🔥"] {
        let feed = format!("<rss><title>The storm hit Nice.</title><![CDATA{end}");
        assert_eq!(read(Format::Xml, &feed)[0], "The storm hit Nice.", "{feed}");
    }
}

#[test]
fn only_the_text_of_a_feed_is_read() {
    let feed = "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel>\n<item>\n<title>Storm closes ports &amp; airports</title>\n\
        <link>https://example.org/news/storm?id=12&amp;lang=en</link>\n<guid>storm at noon</guid>\n\
        <description><![CDATA[<p>A storm closed two <b>ports</b> on Tuesday.</p>]]></description>\n</item>\n</channel></rss>\n";
    assert_eq!(
        read(Format::Xml, feed),
        ["Storm closes ports & airports", "A storm closed two ports on Tuesday."]
    );
    let xliff = "<xliff version=\"1.2\"><trans-unit id=\"1\"><source>Save the file</source>\
        <target>Save <g id=\"1\">the</g> file</target></trans-unit></xliff>";
    assert_eq!(read(Format::Xml, xliff), ["Save the file"]);
}

#[test]
fn only_the_text_of_a_markdown_document_is_read() {
    let document = "---\ntitle: Storm\n---\n\n# The *storm*\n\nIt hit\nthe [coast](https://example.org/a_b). See `code` and \\*stars\\*.\n\n\
        ```python\nprint(\"Hello\")\n```\n\n- Schools: 12 million\n- [x] Hospital repairs\n\n> A quoted line\n> goes on.\n\n\
        | Item | Cost |\n|------|-----:|\n| New buses | 40 |\n\n    indented code\n\n<div>\nraw html\n</div>\n\n<https://example.org>\n";
    assert_eq!(
        read(Format::Markdown, document),
        [
            "The storm",
            "It hit the coast.",
            "See `code` and *stars*.",
            "Schools: 12 million",
            "Hospital repairs",
            "A quoted line goes on.",
            "Item",
            "Cost",
            "New buses",
        ]
    );
}

#[test]
fn each_cue_is_read_as_one() {
    let subtitles = "WEBVTT - a title\n\nNOTE a note\nof two lines\n\nSTYLE\n::cue { color: red }\n\n1\n00:06.174 --> 00:12.305 align:start\n\
        More than a hundred years ago,\na strange <i>ship</i> came.\n\n00:13.000 --> 00:14.000\n<v Ann>- Who is it?\n- Nobody. Go on.\n\n\
        00:15.000 --> 00:16.000\n{\\an8}The end\n";
    assert_eq!(
        read(Format::Subtitles, subtitles),
        ["More than a hundred years ago, a strange ship came.", "Who is it?", "Nobody. Go on.", "The end"]
    );
}

#[test]
fn code_and_markup_in_plain_text_are_copied() {
    for text in [
        "```python\nprint(\"Hello world\")\n```\n",
        "</item>",
        "<hr>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<!-- more -->",
        "<!--\nSeveral lines.\nAnother one.\n-->\n",
        "<script>var news = \"old\";</script>",
        "<!DOCTYPE html>",
        "`npm install`",
    ] {
        assert!(read(Format::Plain, text).is_empty(), "{text}");
    }
    // Without its end, a fence is text.
    assert_eq!(
        read(Format::Plain, "```\nThe storm hit the coast.\n").last().map(String::as_str),
        Some("The storm hit the coast.")
    );
}

fn soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "The storm hit Nice. ",
        "Il est parti",
        "Он ушёл. ",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "<",
        ">",
        "&",
        "&amp;",
        "&eacute;",
        "&nosuch;",
        "&#x41;",
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i class=\"x\">",
        "</i>",
        "<br>",
        "<br/>",
        "<a href='x>y' title=\"A title\">",
        "</a>",
        "<code>",
        "</code>",
        "<pre>",
        "</pre>",
        "<script>",
        "</script>",
        "<style>",
        "<!-- c -->",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE html>",
        "<span translate=no>",
        "</span>",
        "<li>",
        "<p translate=\"no\">",
        "<item>",
        "</item>",
        "<link>",
        "</link>",
        "# ",
        "- ",
        "> ",
        "* ",
        "1. ",
        "**",
        "*",
        "_",
        "`",
        "```",
        "~~~",
        "[text](http://a.b)",
        "[",
        "](",
        ")",
        "|",
        "|---|",
        "---\n",
        "    ",
        "\\*",
        "00:00:01,000 --> 00:00:02,000\n",
        "WEBVTT\n",
        "{\\an8}",
        "<v Ann>",
        "{name}",
        "%s",
        "é",
        "👩‍👩‍👧",
        "\u{feff}",
        "\0",
        "=",
        "\"",
        "'",
    ]);
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_tiled_in_any_portions(text in soup(), portion in 1usize..40) {
        for format in FORMATS {
            let all = pieces(format, &text, usize::MAX);
            prop_assert_eq!(&pieces(format, &text, portion), &all, "{:?}", format);
            for piece in &all {
                if let Some(inline) = &piece.inline {
                    let plain = piece.plain();
                    for mark in &inline.marks {
                        prop_assert!(plain.get(mark.place.clone()).is_some());
                        prop_assert!(piece.text.get(mark.source.clone()).is_some());
                    }
                }
            }
        }
    }
}

#[test]
fn tags_and_blocks_beyond_every_limit_are_copied() {
    let long = "x".repeat(100_000);
    for text in [
        format!("<p>Hello there.</p><img src=\"data:{long}\"><p>Good bye.</p>"),
        format!("<p>Hello there.</p><!-- {long} --><p>Good bye.</p>"),
        format!("<p>Hello there.</p><script>{long}</script><p>Good bye.</p>"),
    ] {
        assert_eq!(read(Format::Html, &text), ["Hello there.", "Good bye."]);
    }
    let deep = "<b>".repeat(20_000) + "Hello there." + &"</b>".repeat(20_000);
    for format in FORMATS {
        read(format, &deep);
        read(format, &"word ".repeat(40_000));
        read(format, &"&amp;".repeat(20_000));
    }
}
