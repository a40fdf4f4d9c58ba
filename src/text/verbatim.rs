//! Finds segments that are the same in every language.

/// Whether every word of `text` is an address or has no letters.
pub(super) fn is_verbatim(text: &str) -> bool {
    text.split_whitespace().all(|word| !word.chars().any(char::is_alphabetic) || is_address(word))
}

/// The web addresses, e-mail addresses and handles in `text`, without the punctuation around them.
pub fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().map(bare).filter(|word| is_address(word))
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '@' | '/' | '_'))
}

/// Whether a word is a URL, a host with or without a path, an e-mail address, or a handle such as `@name`.
fn is_address(word: &str) -> bool {
    let word = bare(word);
    if let Some(handle) = word.strip_prefix('@') {
        return !handle.is_empty() && handle.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    }
    if let Some((scheme, rest)) = word.split_once("://") {
        return !rest.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric());
    }
    let word = word.strip_prefix("mailto:").unwrap_or(word);
    match word.split_once('@') {
        Some((_, host)) => is_host(host, |_| true),
        None => is_host(word.split(['/', '?', '#', ':']).next().unwrap_or(word), is_domain),
    }
}

/// Whether `host` is labels joined by dots. The last must have at least two letters, all in lower case, and satisfy `may_be`.
fn is_host(host: &str, may_be: impl Fn(&str) -> bool) -> bool {
    let Some((labels, last)) = host.rsplit_once('.') else {
        return false;
    };
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let shaped = last.chars().count() >= 2 && last.chars().all(char::is_lowercase);
    labels.split('.').all(label) && shaped && may_be(last)
}

/// Whether a top-level domain exists. Nothing else distinguishes почта.рф from млн.руб.
fn is_domain(label: &str) -> bool {
    idna::domain_to_ascii(label).is_ok_and(|ascii| tld::exist(&ascii))
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
