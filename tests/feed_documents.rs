//! A feed keeps all bytes but those of its texts and of its language. The feeds are in tests/feeds/.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proptest::{prelude::*, sample::select};
use triglot::{
    article::{Text, Texts},
    feed::document::{Document, Entry, Kind},
    lang::Language,
    text::Format,
};

/// A file: its kind, the number of its items, the language that it declares, the number of its texts that repeat no text of their
/// item, and whether its texts are written as we write them.
type Feed = (&'static str, Kind, usize, Option<&'static str>, usize, bool);

const FEEDS: &[Feed] = &[
    ("rss-escaped.xml", Kind::Rss, 2, Some("en-us"), 0, true),
    ("rss-cdata.xml", Kind::Rss, 1, None, 0, true),
    ("rss-cdata-split.xml", Kind::Rss, 2, Some("en"), 0, false),
    ("rss-podcast.xml", Kind::Rss, 1, Some("en-GB"), 1, true),
    ("rss-media.xml", Kind::Rss, 1, Some("en"), 1, true),
    ("rss-titles.xml", Kind::Rss, 6, Some("en"), 0, false),
    ("rss-crlf-bom.xml", Kind::Rss, 1, Some("ru"), 0, false),
    ("rss-windows-1251.xml", Kind::Rss, 1, Some("ru"), 0, false),
    ("rss-koi8-r.xml", Kind::Rss, 1, Some("ru"), 0, false),
    ("rss-utf-16.xml", Kind::Rss, 1, Some("ru"), 0, false),
    ("rss-iso-8859-1.xml", Kind::Rss, 1, Some("fr"), 1, true),
    ("rss-one-line.xml", Kind::Rss, 2, None, 0, true),
    ("rss-comments.xml", Kind::Rss, 1, None, 0, true),
    ("rss-empty.xml", Kind::Rss, 3, None, 0, true),
    ("rss-0.91.xml", Kind::Rss, 1, Some("en-us"), 0, true),
    ("rss-inline-html.xml", Kind::Rss, 1, Some("en"), 0, true),
    ("rss-two-texts.xml", Kind::Rss, 1, Some("fr"), 1, true),
    ("rdf.xml", Kind::Rdf, 1, Some("en"), 0, true),
    ("rdf-no-language.xml", Kind::Rdf, 1, None, 0, true),
    ("atom.xml", Kind::Atom, 3, Some("en"), 0, true),
    ("atom-prefix.xml", Kind::Atom, 1, None, 0, true),
    ("atom-video.xml", Kind::Atom, 1, None, 1, true),
    ("atom-escaped-xhtml.xml", Kind::Atom, 1, Some("ru-RU"), 0, true),
    ("json.json", Kind::Json, 3, Some("en-US"), 0, false),
    ("json-one-line.json", Kind::Json, 1, None, 0, true),
    ("json-null.json", Kind::Json, 2, None, 0, true),
    ("json-no-language.json", Kind::Json, 0, None, 0, true),
];

/// Files that are not in UTF-8.
const RECODED: [&str; 4] = ["rss-windows-1251.xml", "rss-koi8-r.xml", "rss-utf-16.xml", "rss-iso-8859-1.xml"];

fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/feeds")).join(name);
    fs::read(path).expect("it is there")
}

fn parse(name: &str) -> Document {
    Document::parse(bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The language of a feed, and another one.
fn languages(document: &Document) -> (Option<Language>, Language) {
    let source = document.language().and_then(|code| code.parse().ok());
    (source, if source == Some(Language::French) { Language::Russian } else { Language::French })
}

fn same(entries: &[Entry]) -> Vec<Option<Texts>> {
    entries.iter().map(|entry| Some(entry.texts.clone())).collect()
}

/// All entries with their letters in upper case, but for those of tags and entities.
fn upper(entries: &[Entry]) -> Vec<Option<Texts>> {
    let upper = |text: &Option<Text>| {
        text.as_ref().map(|Text { text, format }| {
            let text = if *format == Format::Html { upper_html(text) } else { text.to_uppercase() };
            Text { text, format: *format }
        })
    };
    let texts = entries.iter().map(|Entry { texts, .. }| Texts {
        title: upper(&texts.title),
        lead: upper(&texts.lead),
        body: upper(&texts.body),
    });
    texts.map(Some).collect()
}

fn upper_html(html: &str) -> String {
    let mut text = String::new();
    let mut until = None;
    for (at, c) in html.char_indices() {
        let next = html[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        match (until, c) {
            (Some(end), _) => {
                text.push(c);
                until = Some(end).filter(|&end| end != c);
                continue;
            }
            (None, '<') if next.is_alphabetic() || next == '/' => until = Some('>'),
            (None, '&') if next.is_alphabetic() || next == '#' => until = Some(';'),
            _ => {}
        }
        text.extend(c.to_uppercase());
    }
    text
}

#[test]
fn each_feed_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/feeds");
    assert_eq!(fs::read_dir(folder).expect("it is there").count(), FEEDS.len(), "a file is not in the table");
    for &(name, kind, items, language, untranslated, _) in FEEDS {
        let document = parse(name);
        assert_eq!(
            (document.kind(), document.entries().len(), document.language(), document.untranslated()),
            (kind, items + 1, language, untranslated),
            "{name}"
        );
    }
}

#[test]
fn a_feed_without_changes_is_the_same() {
    for (name, ..) in FEEDS {
        let document = parse(name);
        let (source, target) = languages(&document);
        let rendered = document.render(target, &vec![None; document.entries().len()]);
        if !RECODED.contains(name) {
            assert_eq!(String::from_utf8(rendered.clone()), String::from_utf8(bytes(name)), "{name}");
        }
        if let Some(source) = source {
            let only: Vec<_> = document
                .entries()
                .iter()
                .map(|entry| {
                    let own = entry.language.as_ref().and_then(|code| code.parse().ok());
                    own.is_none_or(|own: Language| own == source).then(|| entry.texts.clone())
                })
                .collect();
            assert_eq!(document.render(source, &only), rendered, "{name}");
        }
    }
}

#[test]
fn an_old_encoding_becomes_utf_8() {
    let text = String::from_utf8(bytes("rss-crlf-bom.xml")).expect("it is UTF-8");
    let text = text.trim_start_matches('\u{feff}');
    for name in ["rss-windows-1251.xml", "rss-koi8-r.xml", "rss-utf-16.xml"] {
        let rendered = String::from_utf8(parse(name).render(Language::French, &[])).expect("it is UTF-8");
        let text = text.replace("utf-8", "UTF-8");
        assert_eq!(rendered.replace("\r\n", "\n"), text.replace("\r\n", "\n"), "{name}");
    }
}

/// Writes the results below the folder of the build, where .ci/feeds checks them.
#[test]
fn a_translated_feed_has_the_same_items() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("feeds");
    fs::create_dir_all(&folder).expect("the folder of the build is writable");
    for &(name, kind, _, _, untranslated, is_ours) in FEEDS {
        let document = parse(name);
        let (_, target) = languages(&document);
        let texts = upper(document.entries());
        let rendered = document.render(target, &texts);
        fs::write(folder.join(name), &rendered).expect("the folder of the build is writable");
        let again = Document::parse(rendered).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((again.kind(), again.untranslated()), (kind, untranslated), "{name}");
        assert_eq!(again.language(), Some(target.code()), "{name}");
        for ((new, old), texts) in again.entries().iter().zip(document.entries()).zip(&texts) {
            assert_eq!((&new.id, Some(&new.texts)), (&old.id, texts.as_ref()), "{name}");
            let language = old.language.as_ref().map(|_| target.code());
            assert_eq!(new.language.as_deref(), language, "{name}");
        }
        assert_eq!(again.entries().len(), document.entries().len(), "{name}");
        if is_ours {
            let originals = same(document.entries());
            let (back, labelled) = (again.render(target, &originals), document.render(target, &originals));
            assert_eq!(String::from_utf8(back), String::from_utf8(labelled), "{name}");
        }
    }
}

/// A feed with a text in each style.
const STYLES: [&str; 4] = [
    "<rss><channel><title>Old</title></channel></rss>",
    "<rss><channel><title>\n<![CDATA[ Old ]]></title></channel></rss>",
    "<rss><channel><title><![CDATA[Old]]> and older</title></channel></rss>",
    "{\"version\": \"https://jsonfeed.org/version/1\", \"title\": \"Old\"}",
];

proptest! {
    #[test]
    fn any_text_can_be_written(
        feed in select(STYLES.to_vec()),
        words in prop::collection::vec(
            prop_oneof![
                "\\PC{1,8}",
                select(vec!["]]>", "&amp;", "<b>", "\"", "\\", "\n", "]"]).prop_map(str::to_owned),
            ],
            1..12,
        ),
    ) {
        let text = words.concat();
        // What XML cannot have is left out.
        let read = text.trim_matches([' ', '\n']).replace(['\u{fffe}', '\u{ffff}'], "");
        prop_assume!(!read.is_empty());
        let document = Document::parse(feed.into()).unwrap();
        let title = Some(Text { text: read.clone(), format: Format::Plain });
        let rendered = document.render(Language::Russian, &[Some(Texts { title, ..Texts::default() })]);
        let again = Document::parse(rendered).unwrap();
        let title = again.entries()[0].texts.title.as_ref().map(|title| &title.text);
        prop_assert_eq!(title, Some(&read));
    }

    #[test]
    fn a_damaged_feed_is_refused_or_kept(
        (name, ..) in select(FEEDS),
        place in any::<prop::sample::Index>(),
        length in 0usize..40,
        with in select(vec!["", "<", ">", "&", "]]>", "<![CDATA[", "</", "/>", "\"", "<!--", "&amp;", "<b>", "</b>", "é"]),
    ) {
        let mut bytes = parse(name).render(Language::English, &[]);
        let start = place.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, with.bytes());
        if let Ok(document) = Document::parse(bytes.clone()) {
            prop_assert_eq!(document.render(Language::English, &[]), bytes);
            let (_, target) = languages(&document);
            let again = Document::parse(document.render(target, &upper(document.entries())));
            let ids = |document: &Document| document.entries().iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(again.map(|again| ids(&again)).map_err(|error| error.to_string()), Ok(ids(&document)));
        }
    }
}
