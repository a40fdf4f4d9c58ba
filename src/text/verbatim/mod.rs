//! Finds what is the same in every language: parts of a sentence, and whole segments.

mod span;

pub use self::span::{Span, SpanKind, spans};

/// Whether `text` has no letters outside of its spans. Emoji and dates need no translation either, because they have none.
pub(super) fn is_verbatim(text: &str) -> bool {
    if !text.contains(char::is_alphabetic) {
        return true;
    }
    let mut at = 0;
    let worded = |part: &str| part.contains(char::is_alphabetic);
    let inside = spans(text)
        .into_iter()
        .any(|span| worded(&text[std::mem::replace(&mut at, span.place.end)..span.place.start]));
    !inside && !worded(&text[at..])
}

/// The web addresses, e-mail addresses and handles in `text`, without the punctuation around them.
pub fn addresses(text: &str) -> impl Iterator<Item = &str> {
    spans(text).into_iter().filter(|span| span.kind.is_address()).map(|span| &text[span.place])
}

#[cfg(test)]
mod tests {
    use super::is_verbatim;

    #[test]
    fn only_segments_without_words_are_verbatim() {
        for text in [
            "110",
            "***",
            "2018-04-12 15:46",
            "+7 495 123-45-67",
            "https://example.org/a?b=C",
            "www.example.org",
            "desk@example.org",
            "@newsroom",
            "<https://example.org>, 12 %",
            "№ 5",
            "почта.рф",
            "—",
        ] {
            assert!(is_verbatim(text), "{text}");
        }
        for text in ["15:46 GMT +3", "OK", "U.S.A", "See www.example.org", "5 °C", "@ home", "et al.", "а.б"]
        {
            assert!(!is_verbatim(text), "{text}");
        }
        // The space after a full stop is often missing.
        for text in ["12 млн.руб.", "5 кв.км", "p.ex.", "fini.toutefois"] {
            assert!(!is_verbatim(text), "{text}");
        }
    }
}
