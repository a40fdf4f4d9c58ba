//! The text of a document in any encoding of the web.

use std::ops::Range;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::DocumentError;

/// Bytes that an XML declaration is looked for in.
const DECLARATION_BYTES: usize = 1024;

/// The document in UTF-8; its declaration says so. A byte order mark of UTF-8 stays.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, DocumentError> {
    let encoding = match Encoding::for_bom(&bytes) {
        Some((encoding, _)) => encoding,
        None => declared(&bytes)?,
    };
    let wrong = || DocumentError::Encoding(encoding.name());
    let mut text = if encoding == UTF_8 {
        String::from_utf8(bytes).map_err(|_| wrong())?
    } else {
        let (text, has_errors) = encoding.decode_with_bom_removal(&bytes);
        if has_errors {
            return Err(wrong());
        }
        text.into_owned()
    };
    if let Some(place) = label(&text)
        && Encoding::for_label(text[place.clone()].as_bytes()) != Some(UTF_8)
    {
        text.replace_range(place, "UTF-8");
    }
    Ok(text)
}

/// The encoding that an XML declaration names; without one, UTF-8.
fn declared(bytes: &[u8]) -> Result<&'static Encoding, DocumentError> {
    // A declaration has only ASCII.
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]);
    let Some(name) = label(&head).map(|place| &head[place]) else { return Ok(UTF_8) };
    let encoding = Encoding::for_label_no_replacement(name.as_bytes())
        .ok_or_else(|| DocumentError::UnknownEncoding(name.to_owned()))?;
    // Its declaration could not be read if it were UTF-16.
    Ok(if [UTF_16LE, UTF_16BE].contains(&encoding) { UTF_8 } else { encoding })
}

/// Where the XML declaration names an encoding.
fn label(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
    let declaration = text.get(start..)?.strip_prefix("<?xml")?;
    let end = start + "<?xml".len() + declaration.find("?>")?;
    let name = text[..end].find("encoding")? + "encoding".len();
    let open = name + text[name..end].find(['"', '\''])?;
    let quote = text[open..].chars().next()?;
    let close = open + 1 + text[open + 1..end].find(quote)?;
    Some(open + 1..close)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<String, DocumentError> {
        decode(bytes.to_vec())
    }

    #[test]
    fn the_declaration_names_the_encoding() {
        let cyrillic =
            [b"<?xml version='1.0' encoding='windows-1251'?><a>".as_slice(), b"\xcc\xee\xf1\xf2", b"</a>"]
                .concat();
        assert_eq!(decoded(&cyrillic).unwrap(), "<?xml version='1.0' encoding='UTF-8'?><a>Мост</a>");
        let koi8 =
            [b"<?xml version=\"1.0\" encoding=\"KOI8-R\"?><a>".as_slice(), b"\xed\xcf\xd3\xd4", b"</a>"]
                .concat();
        assert_eq!(decoded(&koi8).unwrap(), "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>Мост</a>");
        let latin = b"<?xml version=\"1.0\" encoding = \"ISO-8859-1\" ?><a>\xe9t\xe9 \x96</a>";
        assert_eq!(decoded(latin).unwrap(), "<?xml version=\"1.0\" encoding = \"UTF-8\" ?><a>été –</a>");
    }

    #[test]
    fn utf_8_stays_as_it_is() {
        for text in [
            "<a>été</a>",
            "\u{feff}<?xml version='1.0' encoding='utf-8'?><a/>",
            "<?xml version='1.0'?><a/>",
            "",
            "<?xml",
        ] {
            assert_eq!(decoded(text.as_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn utf_16_is_known_by_its_mark() {
        let text = "\u{feff}<?xml version='1.0' encoding='UTF-16'?><a>Мост</a>";
        let expected = "<?xml version='1.0' encoding='UTF-8'?><a>Мост</a>";
        for bytes in [
            text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ] {
            assert_eq!(decoded(&bytes).unwrap(), expected);
        }
        let other = "<?xml version='1.0' encoding='UTF-16'?><a>Мост</a>";
        assert_eq!(decoded(other.as_bytes()).unwrap(), expected, "without a mark it is UTF-8");
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(matches!(decoded(b"<a>\xe9</a>"), Err(DocumentError::Encoding("UTF-8"))));
        assert!(matches!(decoded(b"\xff\xfe\x00\xd8"), Err(DocumentError::Encoding("UTF-16LE"))));
        let unknown = b"<?xml version='1.0' encoding='x-none'?><a/>";
        assert!(matches!(decoded(unknown), Err(DocumentError::UnknownEncoding(name)) if name == "x-none"));
    }
}
