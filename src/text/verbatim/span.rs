//! Finds the parts of a text that are the same in every language: addresses, placeholders, markup, ids, emoji.

use std::{ops::Range, sync::LazyLock};

use regex_automata::{Anchored, Input, meta::Regex};

/// A part of a text that a translation copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its bytes in the text.
    pub place: Range<usize>,
    pub kind: SpanKind,
}

/// Why a part of a text is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpanKind {
    /// Code in backticks.
    Code,
    /// `{name}`, `${name}`, `{{ name }}`, `{% tag %}`, `<|token|>`.
    Placeholder,
    /// `%s`, `%1$d`, `%(name)s`.
    Format,
    /// A tag, a comment or an entity of HTML or XML.
    Markup,
    /// A web address with its scheme.
    Url,
    Email,
    /// `@name`.
    Handle,
    /// `#word`, in any script.
    Tag,
    /// A name or a path of a file.
    File,
    /// A host, with or without a path.
    Domain,
    /// A date or a time of ISO 8601.
    Date,
    /// An account, a serial number, a UUID, a hash.
    Id,
    /// `v1.2`, `1.2.3`, an IP address.
    Version,
    /// One or more emoji, or a smiley.
    Emoji,
    /// The caller says so: an element that must not be translated, or a term.
    Given,
}

impl SpanKind {
    /// Whether a reader can follow it: a web or e-mail address, or a handle.
    pub fn is_address(self) -> bool {
        matches!(self, Self::Url | Self::Email | Self::Handle | Self::Domain)
    }
}

/// The end of the name of a file.
const EXTENSIONS: &str = "7z|apk|avi|bat|bmp|cfg|conf|cpp|cs|css|csv|dll|dmg|docx?|epub|exe|flac|gif|gz|html?|ini|iso|java|jpe?g|js|\
     json|jsx|log|mkv|mov|mp[34]|odp|ods|odt|ogg|pdf|php|png|pptx?|py|rar|rtf|sql|svg|tar|tex|toml|tiff?|ts|tsv|tsx|txt|wav|webm|webp|\
     xlsx?|xml|ya?ml|zip";

/// The pattern of each kind. Of two that match at the same place, the earlier one wins.
fn patterns() -> Vec<(SpanKind, String)> {
    use SpanKind::*;
    let address = r#"[^\s<>"«»“”„`{}|\\]"#;
    let patterns: [(SpanKind, &str); _] = [
        (Code, r"```[^`]+```|``[^`]+``|`[^`\n]+`"),
        (Placeholder, r"\{\{[^{}\n]*\}\}|\{%[^{}\n]+%\}"),
        (Placeholder, r"<\|[A-Za-z_0-9]+\|>"),
        (Placeholder, r"[$#]?\{[A-Za-z_0-9][A-Za-z0-9_.:\[\]-]*\}"),
        (
            Format,
            r"%\([A-Za-z_]\w*\)[sdifr]|%(?:\d{1,2}\$)?[-+0#]?\d{0,3}(?:\.\d{1,3})?(?:l{0,2}[diu]|[sfxXcegp@])",
        ),
        (
            Markup,
            r"</?[A-Za-z][^<>]*>|<!--[^<>]*-->|&(?:[A-Za-z][A-Za-z0-9]{1,10}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});",
        ),
        (
            Url,
            &format!(r"(?:[A-Za-z][A-Za-z0-9+.-]{{1,15}}://|(?i:mailto|tel|magnet):[A-Za-z0-9+?]){address}+"),
        ),
        (
            Email,
            r"[\p{L}\p{N}](?:[\p{L}\p{N}._%+-]*[\p{L}\p{N}_%+-])?@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}-]+)*\.\p{Ll}{2,}",
        ),
        (Handle, r"@[\p{L}\p{N}_]+(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?"),
        (Tag, r"[#＃][\p{L}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*"),
        // A boundary of Unicode would cost a state machine that is slow and takes megabytes a thread; `accepted` looks at the letters.
        (File, &format!(r"[\p{{L}}\p{{N}}_][\p{{L}}\p{{N}}_.-]*\.(?i:{EXTENSIONS})(?-u:\b)")),
        (File, r#"[A-Za-z]:\\[^\s"<>|*?]*"#),
        (File, r"(?:~|\.{1,2})?(?:/[A-Za-z0-9_.@+-]+){2,}/?|(?:~|\.{1,2})/[A-Za-z0-9_.@+-]+/?"),
        (
            Domain,
            &format!(
                r"[\p{{L}}\p{{N}}](?:[\p{{L}}\p{{N}}-]*)?(?:\.[\p{{L}}\p{{N}}-]+)*\.(?:\p{{Ll}}{{2,}}|\p{{Lu}}{{2,}})(?::\d{{2,5}})?(?:[/?#]{address}*)?"
            ),
        ),
        (Date, r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"),
        (Id, r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
        (
            Id,
            r"[A-Z]{2}\d{2}(?:[ \u{a0}][A-Z0-9]{4}){2,7}(?:[ \u{a0}][A-Z0-9]{1,4})?|[A-Z]{2}\d{2}[A-Z0-9]{11,}",
        ),
        (Id, r"(?:sha\d{1,3}:)?[0-9a-f]{7,}"),
        (
            Id,
            r"[A-Z]{1,6}\d+[A-Z0-9]*(?:[-/][A-Z0-9]+)+|[A-Z]{1,6}(?:-[A-Z]{1,6})?-?\d{4,}[A-Z0-9]*(?:[-/][A-Z0-9]+)*|[A-Z0-9]+-\d{3,}(?:-[A-Z0-9]+)+",
        ),
        (
            Version,
            r"[vV]\d{1,5}(?:\.\d{1,5}){0,5}(?:[-+][0-9A-Za-z.]+)?|\d{1,5}(?:\.\d{1,5}){2,4}(?:[-+][0-9A-Za-z.]+)?",
        ),
        (
            Emoji,
            r"(?:(?:\p{Regional_Indicator}{2}|[0-9#*]\u{fe0f}?\u{20e3}|(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\u{fe0f}|[\u{1f000}-\u{1faff}\u{2600}-\u{27bf}&&\p{Extended_Pictographic}])[\p{Emoji_Modifier}\u{fe0f}\u{e0020}-\u{e007f}]*(?:\u{200d}\p{Extended_Pictographic}[\p{Emoji_Modifier}\u{fe0f}]*)*))+",
        ),
        (Emoji, r"[:;=]['’]?-?[()DPp3|/\\]|<3"),
    ];
    patterns.into_iter().map(|(kind, pattern)| (kind, pattern.to_owned())).collect()
}

static PATTERNS: LazyLock<Option<(Regex, Vec<SpanKind>)>> = LazyLock::new(|| {
    let (kinds, patterns): (Vec<_>, Vec<_>) = patterns().into_iter().unzip();
    Regex::new_many(&patterns).ok().map(|regex| (regex, kinds))
});

/// The spans of a text, in order. They do not overlap.
pub fn spans(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    // Most words of most sentences cannot begin a span. Reading each word is much faster than a search in the whole text.
    while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|start| at + start) {
        let end = text[start..].find(char::is_whitespace).map_or(text.len(), |end| start + end);
        at = end;
        if is_marked(&text[start..end]) {
            at = spans_from(text, start..end, &mut found);
        }
    }
    found
}

/// Adds the spans that begin in a word; returns where to go on.
fn spans_from(text: &str, word: Range<usize>, found: &mut Vec<Span>) -> usize {
    let Some((regex, kinds)) = &*PATTERNS else { return word.end };
    let mut at = word.start;
    let mut joined = false;
    while let Some(c) = text[at..].chars().next().filter(|_| at < word.end) {
        let is_letter = c.is_alphanumeric();
        let hit = (!joined || !is_letter)
            .then(|| regex.find(Input::new(text).range(at..).anchored(Anchored::Yes)))
            .flatten()
            .and_then(|hit| {
                let kind = kinds[hit.pattern().as_usize()];
                Some(Span { place: accepted(text, hit.range(), kind)?, kind })
            });
        joined = is_letter && hit.is_none();
        at = hit.as_ref().map_or(at + c.len_utf8(), |span| span.place.end);
        found.extend(hit);
    }
    at
}

/// Whether a word has a character that a span needs: a mark, a digit beside a letter or a hyphen, a full stop inside.
fn is_marked(word: &str) -> bool {
    let mut before = None;
    let mut characters = word.chars().peekable();
    while let Some(c) = characters.next() {
        let after = characters.peek().copied();
        let near = |is: fn(char) -> bool| before.is_some_and(is) || after.is_some_and(is);
        let marked = match c {
            '@' | '#' | '＃' | '/' | '\\' | '{' | '<' | '&' | '%' | '`' => true,
            ':' | ';' | '=' => {
                before.is_none() || after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '+')
            }
            '.' => before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric),
            '0'..='9' => near(|c| c.is_ascii_alphabetic() || c == '-'),
            c => c >= '\u{2300}',
        };
        if marked {
            return true;
        }
        before = Some(c);
    }
    false
}

/// What is left of a match after the rules that a pattern cannot express.
fn accepted(text: &str, place: Range<usize>, kind: SpanKind) -> Option<Range<usize>> {
    use SpanKind::*;
    let (before, after) = (text[..place.start].chars().next_back(), text[place.end..].chars().next());
    let hit = &text[place.clone()];
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let apart = !joined(before) && !joined(after);
    let letters = |least: usize| hit.chars().filter(|c| c.is_alphabetic()).nth(least - 1).is_some();
    let digits = |least: usize| hit.chars().filter(char::is_ascii_digit).nth(least - 1).is_some();
    let holds = match kind {
        // <https://example.org> is an address in brackets.
        Markup => !hit.contains("://") || hit.contains(['=', '!']),
        Code | Placeholder | Given => true,
        Format => !joined(before) && before != Some('%') && !after.is_some_and(char::is_alphanumeric),
        Url => !joined(before),
        Email => apart,
        Handle => apart && !matches!(before, Some('.' | '@' | '/')),
        Tag => !joined(before) && !matches!(before, Some('&' | '#' | '/')),
        File if hit.contains(['/', '\\']) => {
            !joined(before) && !matches!(before, Some(')' | '/' | '.' | '%' | '<'))
        }
        File => apart && !matches!(before, Some('.' | '/' | '@')) && after != Some('/'),
        Domain => !joined(before) && !matches!(before, Some('.' | '@' | '/' | '-')) && is_domain(hit),
        Date => apart && !matches!(before, Some('-')),
        Id => apart && before != Some('-') && digits(2) && letters(1) && hit.len() >= 6,
        Version => apart && before != Some('.') && is_version(hit),
        Emoji if hit.is_ascii() || hit.contains('’') => {
            before.is_none_or(|c| c.is_whitespace())
                && !after.is_some_and(|c| c.is_alphanumeric() || c == '/')
        }
        Emoji => true,
    };
    if !holds {
        return None;
    }
    let end = match kind {
        Url | Domain => place.start + trimmed(hit).len(),
        File if hit.contains(['/', '\\']) => place.start + hit.trim_end_matches(['.', ',']).len(),
        _ => place.end,
    };
    (end > place.start).then_some(place.start..end)
}

/// An address without the punctuation after it. A closing bracket belongs to it if the opening one does.
fn trimmed(address: &str) -> &str {
    let mut rest = address;
    while let Some(last) = rest.chars().next_back() {
        let surplus = |open: char| rest.matches(last).count() > rest.matches(open).count();
        let is_outside = match last {
            ')' => surplus('('),
            ']' => surplus('['),
            '>' => true,
            '/' | '#' | '=' | '&' | '-' | '_' | '~' | '+' | '@' | '%' | '$' => false,
            last => !last.is_alphanumeric(),
        };
        if !is_outside {
            break;
        }
        rest = &rest[..rest.len() - last.len_utf8()];
    }
    rest
}

/// Whether a host ends with a top-level domain that exists. Nothing else distinguishes почта.рф from млн.руб.
fn is_domain(address: &str) -> bool {
    let host = address.split(['/', '?', '#', ':']).next().unwrap_or(address);
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    let large = host.starts_with("WWW.") && last.chars().all(char::is_uppercase);
    let shaped = last.chars().count() >= 2 && (large || last.chars().all(char::is_lowercase));
    shaped && idna::domain_to_ascii(last).is_ok_and(|ascii| tld::exist(&ascii))
}

/// Whether numbers with dots are a version. They may also be a date (12.05.2021) or groups of thousands (1.234.567).
fn is_version(hit: &str) -> bool {
    if hit.starts_with(['v', 'V']) {
        return hit.len() > 1;
    }
    let parts: Vec<&str> = hit.split('.').collect();
    let small = |part: &str, most: u32| part.parse::<u32>().is_ok_and(|value| (1..=most).contains(&value));
    let date = |day: &str, month: &str, year: &str| {
        small(day, 31) && small(month, 12) && matches!(year.len(), 2 | 4)
    };
    let is_date = matches!(parts[..], [one, two, three] if (two.len() == 2 || three.len() == 4) && (date(one, two, three) || date(three, two, one)));
    let is_grouped = parts[0].len() <= 3 && parts[1..].iter().all(|part| part.len() == 3);
    !is_date && !is_grouped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SpanKind::*, *};

    #[test]
    fn spans_of_each_kind_are_found_with_their_edges() {
        for (text, expected) in [
            ("See https://example.org/a?b=C.", &[(Url, "https://example.org/a?b=C")][..]),
            ("(see https://example.org/a_(b)), then", &[(Url, "https://example.org/a_(b)")]),
            ("«https://example.org/путь»", &[(Url, "https://example.org/путь")]),
            ("<https://example.org>, 12 %", &[(Url, "https://example.org")]),
            ("mailto:desk@example.org?subject=a", &[(Url, "mailto:desk@example.org?subject=a")]),
            (
                "Visit example.org/news, or www.example.co.uk.",
                &[(Domain, "example.org/news"), (Domain, "www.example.co.uk")],
            ),
            ("Пишите на почта.рф, 12 млн.руб.", &[(Domain, "почта.рф")]),
            ("localhost at example.org:8080/x", &[(Domain, "example.org:8080/x")]),
            ("fini.toutefois, p.ex. 5 кв.км", &[]),
            ("Write to press.office@example.org today.", &[(Email, "press.office@example.org")]),
            ("a+b@news.example.com!", &[(Email, "a+b@news.example.com")]),
            (
                "Ask @news_room, @имя and @user@mastodon.social",
                &[(Handle, "@news_room"), (Handle, "@имя"), (Handle, "@user@mastodon.social")],
            ),
            ("@ home", &[]),
            (
                "#Сборная победила #2024WorldCup #équipe_1",
                &[(Tag, "#Сборная"), (Tag, "#2024WorldCup"), (Tag, "#équipe_1")],
            ),
            ("the #1 team, C# and &#39;", &[(Markup, "&#39;")]),
            ("Great 😆 day 👩‍👩‍👧🏽🇫🇷 5️⃣ ☀️", &[(Emoji, "😆"), (Emoji, "👩‍👩‍👧🏽🇫🇷"), (Emoji, "5️⃣"), (Emoji, "☀️")]),
            ("© 2024 Reuters ™ → 5", &[]),
            ("Well done :) ;-) 10:30", &[(Emoji, ":)"), (Emoji, ";-)")]),
            (
                "Open report-2024.pdf and données.tar.gz.",
                &[(File, "report-2024.pdf"), (File, "données.tar.gz")],
            ),
            (
                r"In C:\Users\x.txt or /usr/bin/env, ~/notes.md",
                &[(File, r"C:\Users\x.txt"), (File, "/usr/bin/env"), (File, "~/notes.md")],
            ),
            ("and/or, 24/7, km/h, 1/2", &[]),
            ("Run `cargo test` now", &[(Code, "`cargo test`")]),
            (
                "Hello {name}, {{ user.name }}, ${HOME}, {0}, <|im_end|>",
                &[
                    (Placeholder, "{name}"),
                    (Placeholder, "{{ user.name }}"),
                    (Placeholder, "${HOME}"),
                    (Placeholder, "{0}"),
                    (Placeholder, "<|im_end|>"),
                ],
            ),
            ("{% if x %} a {not this one}", &[(Placeholder, "{% if x %}")]),
            (
                "%s has %d files, %1$s %-5.2f %(name)s",
                &[(Format, "%s"), (Format, "%d"), (Format, "%1$s"), (Format, "%-5.2f"), (Format, "%(name)s")],
            ),
            ("12 % de hausse, 50%sure, 5 %", &[]),
            ("a <b>bold</b> word &nbsp; 3 < 5 > 2", &[(Markup, "<b>"), (Markup, "</b>"), (Markup, "&nbsp;")]),
            (
                "On 2024-05-17T10:30:00Z and 2024-05-17",
                &[(Date, "2024-05-17T10:30:00Z"), (Date, "2024-05-17")],
            ),
            ("in 2019-20, 12.05.2021, 1.234.567 and 3.5", &[]),
            ("Account FR76 3000 6000 0112 3456 7890 189 is", &[(Id, "FR76 3000 6000 0112 3456 7890 189")]),
            ("DE89370400440532013000, AB12-3456", &[(Id, "DE89370400440532013000"), (Id, "AB12-3456")]),
            ("id 123e4567-e89b-12d3-a456-426614174000", &[(Id, "123e4567-e89b-12d3-a456-426614174000")]),
            ("commit 46078cbfe of INV-20231", &[(Id, "46078cbfe"), (Id, "INV-20231")]),
            ("COVID-19, G20, F-16, MH17, 5G, 1234567, deadbeef", &[]),
            (
                "Version v1.2.3 or 2.0.1-rc.1 at 192.168.1.25",
                &[(Version, "v1.2.3"), (Version, "2.0.1-rc.1"), (Version, "192.168.1.25")],
            ),
            ("v2 is out, V", &[(Version, "v2")]),
        ] {
            let found: Vec<_> = spans(text).into_iter().map(|span| (span.kind, &text[span.place])).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_patterns_compile() {
        let patterns: Vec<String> = patterns().into_iter().map(|(_, pattern)| pattern).collect();
        let problems: Vec<_> = patterns
            .iter()
            .filter_map(|pattern| Regex::new(pattern).err().map(|error| (pattern, error)))
            .collect();
        assert!(problems.is_empty(), "{problems:?}");
        Regex::new_many(&patterns).unwrap();
    }

    proptest! {
        #[test]
        fn spans_are_apart_and_in_order(text in r"[a-z0-9@#.:/{}%$<>&`😆é #-]{0,60}") {
            let mut at = 0;
            for span in spans(&text) {
                prop_assert!(span.place.start >= at && span.place.end > span.place.start);
                at = span.place.end;
                prop_assert!(text.is_char_boundary(span.place.start) && text.is_char_boundary(at));
            }
        }
    }
}
