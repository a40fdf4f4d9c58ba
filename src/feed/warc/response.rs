//! The response of a server, as a crawler received it: a head and a body in chunks or compressed.
//!
//! Many crawlers undo chunks or compression, and keep the head that names them. So both are undone only where the body shows
//! them.

use std::borrow::Cow;

use httparse::{Header, ParserConfig, Response, Status};

use crate::feed::coding::{Body, BodyError};

/// Most fields of a head.
const FIELDS: usize = 256;

/// What a response has.
pub(super) enum Content {
    Page(Page),
    /// No page: an image, an error.
    Other,
    TooLong,
    Unreadable,
}

/// A page as the server has it.
pub(super) struct Page {
    pub is_html: bool,
    /// The charset that the head names.
    pub charset: Option<String>,
    pub bytes: Vec<u8>,
}

/// Reads a response whose body may have `most` bytes, decoded.
pub(super) fn content(response: &[u8], most: u64) -> Content {
    let mut config = ParserConfig::default();
    config
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    let mut headers = [httparse::EMPTY_HEADER; FIELDS];
    let mut head = Response::new(&mut headers);
    let Ok(Status::Complete(start)) = config.parse_response(&mut head, response) else {
        return Content::Unreadable;
    };
    let media_type = field(head.headers, "Content-Type");
    let is_html = match media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str()
    {
        "text/html" => true,
        "text/plain" => false,
        _ => return Content::Other,
    };
    if head.code != Some(200) {
        return Content::Other;
    }
    let is_chunked = field(head.headers, "Transfer-Encoding").to_ascii_lowercase().contains("chunked");
    let body = if is_chunked { without_chunks(&response[start..]) } else { Some(response[start..].into()) };
    let decoded = body.map(|body| decoded(&body, &field(head.headers, "Content-Encoding"), most));
    match decoded {
        Some(Ok(bytes)) => Content::Page(Page { is_html, charset: charset(&media_type), bytes }),
        Some(Err(BodyError::TooLong)) => Content::TooLong,
        Some(Err(BodyError::Damaged(_))) | None => Content::Unreadable,
    }
}

/// The charset in a media type.
pub(super) fn charset(media_type: &str) -> Option<String> {
    let parameters = media_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charsets.next().map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned())
}

fn field<'a>(headers: &[Header<'a>], name: &str) -> Cow<'a, str> {
    let field = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    field.map(|field| String::from_utf8_lossy(field.value)).unwrap_or_default()
}

fn decoded(body: &[u8], coding: &str, most: u64) -> Result<Vec<u8>, BodyError> {
    let is_gzip = coding.to_ascii_lowercase().contains("gzip");
    let coding = if is_gzip && !body.starts_with(&[0x1f, 0x8b]) { "" } else { coding };
    let mut decoder = Body::new(coding, most).ok_or_else(|| BodyError::Damaged(coding.to_owned()))?;
    decoder.push(body)?;
    decoder.end()
}

/// Joins the chunks of a body (RFC 9112, section 7.1). The same body if it does not begin with a chunk; `None` if it does not end
/// with one.
fn without_chunks(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut joined = Vec::new();
    let mut rest = body;
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest) {
            Ok(Status::Complete((start, size))) => (start, usize::try_from(size).ok()?),
            _ if rest.len() == body.len() => return Some(body.into()),
            _ => return None,
        };
        if size == 0 {
            return Some(joined.into());
        }
        joined.extend_from_slice(rest.get(start..)?.get(..size)?);
        rest = rest[start + size..].strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_where_there_are_some() {
        let joined = |body: &'static str| without_chunks(body.as_bytes()).map(Cow::into_owned);
        assert_eq!(joined("3\r\nThe\r\nA;x=y\r\n old mill.\r\n0\r\n\r\n").unwrap(), b"The old mill.");
        assert_eq!(joined("0\r\n\r\n").unwrap(), b"");
        assert_eq!(joined("<p>The crawler joined them.").unwrap(), b"<p>The crawler joined them.");
        for cut in
            ["3\r\nThe\r\n", "3\r\nThe", "3\r\nThe\r\n9\r\n old\r\n0\r\n\r\n", "3\r\nThe quick\r\n0\r\n\r\n"]
        {
            assert_eq!(joined(cut), None, "{cut:?}");
        }
    }

    #[test]
    fn a_charset_is_a_parameter() {
        for (media_type, expected) in [
            ("text/html; charset=utf-8", Some("utf-8")),
            ("text/html;level=1; Charset = \"KOI8-R\" ;", Some("KOI8-R")),
            ("text/html", None),
            ("charset=utf-8", None),
        ] {
            assert_eq!(charset(media_type).as_deref(), expected, "{media_type}");
        }
    }
}
