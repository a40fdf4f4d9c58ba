//! Makes an article of a page: its bytes become text, and its `<title>` the title.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::response::{Page, charset};
use crate::{
    article::{Article, Text, Texts},
    text::Format,
    xml::one_line,
};

/// The part of a page in which it may name its charset, in bytes (HTML Standard, "prescan a byte stream").
const PRESCAN_BYTES: usize = 1024;
/// Longest title, in bytes. A longer one is a page whose title has no end.
const TITLE_BYTES: usize = 1024;

/// An article of the page at this address. `None` if its charset is unknown: a guess would translate letters that nobody wrote.
pub(super) fn article(uri: String, page: Page) -> Option<Article> {
    let named = page.charset.or_else(|| named(&page.bytes).filter(|_| page.is_html));
    let encoding = match named.map(|label| Encoding::for_label(label.as_bytes())) {
        // A page whose first bytes could be read as ASCII is not in UTF-16.
        Some(Some(encoding)) if [UTF_16LE, UTF_16BE].contains(&encoding) && page.bytes.is_ascii() => UTF_8,
        Some(encoding) => encoding?,
        None if Encoding::for_bom(&page.bytes).is_some() || str::from_utf8(&page.bytes).is_ok() => UTF_8,
        None => return None,
    };
    // A byte order mark is worth more than a name.
    let text = encoding.decode(&page.bytes).0.into_owned();
    let (title, format) = if page.is_html { (title(&text), Format::Html) } else { (None, Format::Plain) };
    let title = title.map(|text| Text { text, format: Format::Plain });
    let texts = Texts { title, lead: None, body: Some(Text { text, format }) };
    Some(Article { id: uri, source: None, texts })
}

/// The charset that a page names in its beginning.
fn named(page: &[u8]) -> Option<String> {
    let beginning = &page[..page.len().min(PRESCAN_BYTES)];
    tokens(beginning).find_map(|token| match token {
        Token::StartTag(tag) if tag.name == b"meta" => {
            let content = || charset(&attribute(&tag, b"content")?);
            attribute(&tag, b"charset").or_else(content)
        }
        _ => None,
    })
}

/// The text of the first `<title>`, in one line; `None` if there is none.
fn title(page: &str) -> Option<String> {
    let mut tokens = tokens(page.as_bytes());
    tokens.find(|token| matches!(token, Token::StartTag(tag) if tag.name == b"title"))?;
    let inside = tokens.take_while(|token| !matches!(token, Token::EndTag(_)));
    let text: String = inside
        .filter_map(|token| match token {
            Token::String(text) => Some(String::from_utf8_lossy(&text).into_owned()),
            _ => None,
        })
        .collect();
    Some(one_line(&text)).filter(|text| (1..=TITLE_BYTES).contains(&text.len()))
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

/// The tokens of a page. No tag in a script or in a title is one.
fn tokens(page: &[u8]) -> impl Iterator<Item = Token<()>> {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(page, emitter).filter_map(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(charset: Option<&str>, bytes: &[u8]) -> Page {
        Page { is_html: true, charset: charset.map(str::to_owned), bytes: bytes.to_owned() }
    }

    #[test]
    fn the_title_is_the_text_of_the_first_title() {
        let head = "<head><script>'<title>No</title>'</script><!-- <title>No</title> -->";
        let text = format!("{head}<title lang=en>\n The  <b> &amp; the&eacute; </title><title>No</title>");
        assert_eq!(title(&text).unwrap(), "The <b> & theé");
        for text in ["<title> </title>", "<p>No title", "<title", ""] {
            assert_eq!(title(text), None, "{text}");
        }
        assert_eq!(title(&format!("<title>{}", "A page. ".repeat(200))), None);
    }

    #[test]
    fn letters_are_read_in_the_charset_of_the_page() {
        let body = |page| Some(article("a".to_owned(), page)?.texts.body?.text);
        let koi = b"<p>\xed\xc9\xd2";
        assert_eq!(body(page(Some("koi8-r"), koi)).unwrap(), "<p>Мир");
        let meta = [b"<meta charset=KOI8-R>".as_slice(), koi].concat();
        assert_eq!(body(page(None, &meta)).unwrap(), "<meta charset=KOI8-R><p>Мир");
        let meta =
            [b"<meta http-equiv=content-type content='text/html; charset=koi8-r'>".as_slice(), koi].concat();
        assert!(body(page(None, &meta)).unwrap().ends_with("<p>Мир"));
        assert_eq!(body(page(None, "<p>Мир".as_bytes())).unwrap(), "<p>Мир");
        assert_eq!(body(page(Some("koi8-r"), "\u{feff}<p>Мир".as_bytes())).unwrap(), "<p>Мир");
        assert_eq!(body(page(None, b"\xff\xfe<\0p\0>\0\x1c\x04")).unwrap(), "<p>М");
        assert_eq!(body(page(None, b"<meta charset=utf-16>A")).unwrap(), "<meta charset=utf-16>A");
        assert_eq!(body(page(None, koi)), None);
        assert_eq!(body(page(Some("klingon"), koi)), None);
    }
}
