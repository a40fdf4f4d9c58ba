use super::{place::Part, *};
use crate::{article::Text, text::Format};

fn parse(source: &str) -> Document {
    Document::parse(source.into()).unwrap()
}

/// The document with "NEW n" for the n-th text of each entry.
fn renewed(source: &str) -> String {
    rendered(source, |part, text| Text { text: format!("NEW {part}"), ..text })
}

fn rendered(source: &str, new: impl Fn(usize, Text) -> Text) -> String {
    let document = parse(source);
    let texts = document.entries().iter().map(|entry| {
        let Texts { title, lead, body } = entry.texts.clone();
        Some(Texts {
            title: title.map(|text| new(1, text)),
            lead: lead.map(|text| new(2, text)),
            body: body.map(|text| new(3, text)),
        })
    });
    let texts: Vec<_> = texts.collect();
    String::from_utf8(document.render(Language::French, &texts)).unwrap()
}

fn texts(source: &str) -> Vec<(String, Format)> {
    let all = parse(source);
    let texts = all.entries().iter().flat_map(|entry| Part::ALL.map(|part| part.of(&entry.texts).cloned()));
    texts.flatten().map(|text| (text.text, text.format)).collect()
}

fn rss(item: &str) -> String {
    format!("<rss><channel><language>en</language><item>{item}</item></channel></rss>")
}

fn atom(entry: &str) -> String {
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><entry>{entry}</entry></feed>")
}

#[test]
fn only_the_text_changes() {
    for (before, after) in [
        ("<title> Storm &amp; rain\n</title>", "<title> NEW 1\n</title>"),
        ("<title><![CDATA[ Storm ]]></title>", "<title><![CDATA[ NEW 1 ]]></title>"),
        ("<title><!--a--> Storm <!--b--></title>", "<title><!--a--> NEW 1 <!--b--></title>"),
        ("<title> A &amp; <!--a--> B &#33;<!--b--> </title>", "<title> NEW 1<!--b--> </title>"),
        ("<title>A <![CDATA[B]]> C</title>", "<title>NEW 1</title>"),
        ("<title><![CDATA[A]]> C</title>", "<title>NEW 1</title>"),
        ("<title>A <![CDATA[C]]>\t</title>", "<title>NEW 1\t</title>"),
        ("<title>Storm</title ><x>Storm</x>", "<title>NEW 1</title ><x>Storm</x>"),
        ("<description a='b'>&lt;p&gt;</description>", "<description a='b'>NEW 2</description>"),
        ("<description><p>a</p> <p>b</p></description>", "<description>NEW 2</description>"),
        ("<x:content><title>a</title></x:content>", "<x:content><title>a</title></x:content>"),
        // No feed declares this prefix everywhere.
        ("<content:encoded>a</content:encoded>", "<content:encoded>NEW 3</content:encoded>"),
    ] {
        assert_eq!(renewed(&rss(before)), rss(after).replace(">en<", ">fr<"), "{before}");
    }
}

#[test]
fn a_text_is_written_as_its_place_needs() {
    let write = |source: &str, text: &str| rendered(source, |_, old| Text { text: text.to_owned(), ..old });
    let text = "a < b & c ]]>\u{1}";
    assert!(write(&rss("<title>a</title>"), text).contains("<title>a &lt; b &amp; c ]]&gt;</title>"));
    assert!(
        write(&rss("<title><![CDATA[a]]></title>"), text).contains("<![CDATA[a < b & c ]]]]><![CDATA[>]]>")
    );
    let json = "{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"a\"}";
    assert!(write(json, "\"a\"\\\n\u{1}").contains(r#""title":"\"a\"\\\n\u0001""#));
    let xhtml = atom("<content type=\"xhtml\"><div><p>a</p></div></content>");
    assert!(write(&xhtml, "<p>b &amp; c</p>").contains("<div><p>b &amp; c</p></div>"));
    for broken in ["<p>b", "b & c", "b</div><div>c", "b&nbsp;c"] {
        assert!(write(&xhtml, broken).contains("<div><p>a</p></div>"), "{broken}");
    }
}

#[test]
fn a_title_is_html_if_it_has_tags_or_entities() {
    for (title, format) in [
        ("Storm", Format::Plain),
        ("AT&amp;T; R&amp;D", Format::Plain),
        ("3 &lt; 5 &gt; 4", Format::Plain),
        ("AT&amp;amp;T", Format::Html),
        ("&lt;b&gt;Storm&lt;/b&gt;", Format::Html),
        ("Caf&amp;#233;", Format::Html),
    ] {
        assert_eq!(texts(&rss(&format!("<title>{title}</title>")))[0].1, format, "{title}");
    }
}

#[test]
fn atom_names_the_format() {
    let found = |content: &str| texts(&atom(content)).pop();
    let is = |text: &str, format| Some((text.to_owned(), format));
    assert_eq!(found("<title>a &amp;amp; b</title>"), is("a &amp; b", Format::Plain));
    assert_eq!(found("<title type='html'>a &amp;amp; b</title>"), is("a &amp; b", Format::Html));
    assert_eq!(found("<content type='text/plain'>a</content>"), is("a", Format::Plain));
    assert_eq!(found("<content type='text/markdown'>a</content>"), is("a", Format::Markdown));
    assert_eq!(
        found("<content type='xhtml'> <div> a &amp;<br/> </div></content>"),
        is("a &amp;<br/>", Format::Html)
    );
    assert_eq!(found("<content type='xhtml'><p>a</p> b</content>"), is("<p>a</p> b", Format::Html));
    for other in
        ["<content type='image/png'>aGk=</content>", "<content src='https://a.example/'/>", "<title/>"]
    {
        assert_eq!(found(other), None, "{other}");
    }
}

#[test]
fn a_language_is_declared_where_it_is_missing() {
    let feed = |start: &str| format!("{start}\n  <title>a</title></channel></rss>");
    assert_eq!(
        renewed(&feed("<rss><channel>")),
        "<rss><channel>\n  <language>fr</language>\n  <title>NEW 1</title></channel></rss>"
    );
    assert_eq!(
        renewed(&feed("<rss><channel><!-- a -->")),
        "<rss><channel><!-- a -->\n  <language>fr</language><title>NEW 1</title></channel></rss>"
    );
    let rdf = "<r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\"><channel>";
    assert!(renewed(&format!("{rdf}<title>a</title></channel></r:RDF>")).contains(
        "<channel><dc:language xmlns:dc=\"http://purl.org/dc/elements/1.1/\">fr</dc:language><title>NEW 1</title>"
    ));
    assert_eq!(
        renewed("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>a</a:title></a:feed>"),
        "<a:feed xml:lang=\"fr\" xmlns:a='http://www.w3.org/2005/Atom'><a:title>NEW 1</a:title></a:feed>"
    );
    assert_eq!(
        renewed("{\n \"version\" : \"https://jsonfeed.org/version/1\",\n \"title\" : \"a\"}"),
        "{\n \"version\" : \"https://jsonfeed.org/version/1\",\n \"language\" : \"fr\",\n \"title\" : \"NEW 1\"}"
    );
}

#[test]
fn a_declared_language_is_replaced_where_texts_are() {
    let source = "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><title xml:lang='en-GB'>a</title>\
                  <entry xml:lang='en'><title>b</title></entry><entry xml:lang='ru'><title>c</title></entry></feed>";
    let document = parse(source);
    let languages: Vec<_> = document.entries().iter().map(|entry| entry.language.as_deref()).collect();
    assert_eq!(languages, [Some("en-GB"), Some("en"), Some("ru")]);
    let mut texts = [None, None, None];
    assert_eq!(document.render(Language::French, &texts), source.as_bytes());
    texts[1] = Some(document.entries()[1].texts.clone());
    assert_eq!(
        String::from_utf8(document.render(Language::French, &texts)).unwrap(),
        source.replacen("'en'", "'fr'", 2)
    );
    assert_eq!(document.render(Language::English, &texts), source.as_bytes(), "it is true");
    let texts = [None, None, Some(document.entries()[2].texts.clone())];
    let english = document.render(Language::English, &texts);
    assert_eq!(String::from_utf8(english).unwrap(), source.replace("'ru'", "'en'"));
}

#[test]
fn a_field_that_repeats_a_text_is_translated_with_it() {
    let item = "<itunes:title>a</itunes:title><title>a</title><description>&lt;p&gt;b &lt;i&gt;c&lt;/i&gt;&lt;/p&gt;</description>\
                <itunes:summary> b c </itunes:summary><media:group><media:title>other</media:title></media:group>";
    let renewed = rendered(&rss(item), |part, text| match part {
        1 => Text { text: "A".to_owned(), ..text },
        _ => Text { text: "<p>B <i>C</i></p>".to_owned(), ..text },
    });
    let expected = "<itunes:title>A</itunes:title><title>A</title>\
                    <description>&lt;p&gt;B &lt;i&gt;C&lt;/i&gt;&lt;/p&gt;</description>\
                    <itunes:summary> B C </itunes:summary><media:group><media:title>other</media:title></media:group>";
    assert_eq!(renewed, rss(expected).replace(">en<", ">fr<"));
    assert_eq!(parse(&rss(item)).untranslated(), 1);
}

#[test]
fn an_entry_is_told_from_others() {
    let id = |source: String| parse(&source).entries()[1].id.clone();
    assert_eq!(id(rss("<guid>g</guid><link>l</link>")), "g");
    assert_eq!(id(rss("<link>a?b&amp;c</link><guid/>")), "a?b&c");
    assert_eq!(id(rss("<title>t</title>")), "");
    assert_eq!(id(atom("<link rel='self' href='s'/><link href='l'/>")), "l");
    assert_eq!(id(atom("<link href='l'/><id> i </id>")), "i");
}

#[test]
fn what_is_no_feed_is_refused() {
    for other in
        ["", "news", "<html><title>a</title></html>", "<rss/>", "<feed><title>a</title></feed>", "{}", "[]"]
    {
        assert!(matches!(Document::parse(other.into()), Err(DocumentError::NotAFeed)), "{other}");
    }
    let xml = |source: &str| match Document::parse(source.into()) {
        Err(DocumentError::Xml { error, .. }) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(xml("<rss><channel>"), XmlError::Cut));
    assert!(matches!(xml("<rss><channel></rss>"), XmlError::Syntax(_)));
    assert!(matches!(xml(&rss("<title>a &nbsp; b</title>")), XmlError::Entity(name) if name == "nbsp"));
    let bomb = "<!DOCTYPE rss [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>";
    assert!(
        matches!(xml(&format!("{bomb}{}", rss("<title>&b;</title>"))), XmlError::Entity(name) if name == "b")
    );
    assert!(matches!(xml(&rss(&"<a>".repeat(100))), XmlError::Deep));
    assert!(matches!(Document::parse(b"{\"version\": 1,}".into()), Err(DocumentError::Json(_))));
}

#[test]
fn a_feed_has_bounds() {
    assert!(matches!(Document::parse(vec![b' '; DOCUMENT_BYTES + 1]), Err(DocumentError::Large)));
    let items = |count: usize| format!("<rss><channel>{}</channel></rss>", "<item/>".repeat(count));
    assert!(matches!(Document::parse(items(ITEMS + 1).into()), Err(DocumentError::Items)));
    assert_eq!(parse(&items(ITEMS)).entries().len(), ITEMS + 1);
    let version = "\"version\":\"https://jsonfeed.org/version/1\"";
    let items = |count: usize| format!("{{{version},\"items\":[{}]}}", vec!["{}"; count].join(","));
    assert!(matches!(Document::parse(items(ITEMS + 9).into()), Err(DocumentError::Items)));
    assert_eq!(parse(&items(ITEMS)).entries().len(), ITEMS + 1);
    assert!(matches!(Document::parse(items(1).replace("{}", "1").into()), Err(DocumentError::Json(_))));
}
