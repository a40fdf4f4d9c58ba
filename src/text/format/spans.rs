//! Finds in plain text what is not prose: tags, comments, entities, code in backquotes, placeholders, and stray markup characters.
//! A plain text shows them to its readers, so the model reads them as well; each comes back as it stands.

use std::ops::Range;

use super::lex::{self, Dialect, Lexed, Reference, Tag};
use crate::text::{Inline, Mark, MarkKind, Writing, floor};

/// The most bytes of a span.
const SPAN_BYTES: usize = 2 * 1024;

/// A place in a plain text.
enum Span {
    /// So many bytes that are the same in every language.
    Kept(usize),
    /// An entity of so many bytes, and what it stands for.
    Entity(usize, String),
}

/// The ranges of `text` that are the same in every language.
pub fn kept(text: &str) -> Vec<Range<usize>> {
    let mut kept = Vec::new();
    scan(text, |at, span| {
        if let Span::Kept(length) = span {
            kept.push(at..at + length);
        }
    });
    kept
}

/// The lone signs and the entities of a segment of plain text. Tags and code in it are protected when it is translated.
pub(super) fn inline(text: &str) -> Inline {
    let mut inline = Inline { writing: Writing::Literal, ..Inline::default() };
    // What the entities have removed so far.
    let mut less = 0;
    scan(text, |at, span| match span {
        Span::Kept(length) if length > 1 => {}
        Span::Kept(length) => inline.marks.push(Mark {
            source: at..at + length,
            place: at - less..at - less + length,
            kind: MarkKind::Kept,
            values: Vec::new(),
        }),
        Span::Entity(length, resolved) => {
            less += length - resolved.len();
            inline.edits.push(at..at + length, resolved);
        }
    });
    if !inline.edits.is_empty() {
        inline.keep_lone(&inline.edits.apply(text));
    }
    inline
}

/// Calls `found` for each span, in order.
fn scan(text: &str, mut found: impl FnMut(usize, Span)) {
    let mut at = 0;
    while let Some(next) = text[at..].find(['<', '>', '&', '`', '{', '%', '$']) {
        at += next;
        let rest = &text[at..];
        let rest = &rest[..floor(rest, SPAN_BYTES)];
        let before = text[..at].chars().next_back();
        let length = match span(rest, before) {
            Some(span) => {
                let (Span::Kept(length) | Span::Entity(length, _)) = span;
                found(at, span);
                length
            }
            None => 1,
        };
        at += length;
    }
}

/// The span at the start of `rest`, which follows the character `before`.
fn span(rest: &str, before: Option<char>) -> Option<Span> {
    let kept = |length: usize| (length > 0).then_some(Span::Kept(length));
    // A lone "<", ">" or "&" is a sign of a formula or of a name.
    let after = rest.chars().nth(1);
    let is_lone = before.is_none_or(char::is_whitespace) && after.is_none_or(char::is_whitespace);
    match rest.as_bytes().first()? {
        b'<' | b'>' | b'&' if is_lone => kept(1),
        b'<' if before == Some('<') => None,
        b'<' => kept(tag(rest)),
        b'&' => match lex::reference(Dialect::Html, rest) {
            Reference::Entity(length, text) if text.len() <= length => Some(Span::Entity(length, text)),
            _ => None,
        },
        b'`' => kept(code(rest)),
        b'{' => kept(braces(rest)),
        b'$' if rest.starts_with("${") => kept(braces(&rest[1..]) + 1).filter(|_| braces(&rest[1..]) > 0),
        b'%' => kept(directive(rest)),
        _ => None,
    }
}

/// The length of a complete tag, comment or declaration, or of a script with its tags; 0 if there is none.
fn tag(rest: &str) -> usize {
    let (length, name, is_prose) = match lex::markup(Dialect::Html, rest) {
        Lexed::Other(length) if rest.starts_with("<!--") || rest.as_bytes()[1].is_ascii_punctuation() => {
            return length;
        }
        Lexed::Tag(length, Tag::Start(tag)) => (length, tag.name, tag.is_prose),
        Lexed::Tag(length, Tag::End(name)) => (length, name, false),
        _ => return 0,
    };
    let inner = &rest[1..length - 1];
    let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'));
    let is_bare = !inner.contains(char::is_whitespace);
    // "<Le Monde>" is a quotation.
    if is_prose || !(is_name || is_bare) || rest[length..].starts_with('>') || inner.contains('<') {
        return 0;
    }
    if matches!(name.as_str(), "script" | "style") && !inner.starts_with('/') {
        let end = format!("</{name}>");
        return rest.find(&end).map_or(length, |at| at + end.len());
    }
    length
}

/// The length of code between runs of backquotes of the same length.
fn code(rest: &str) -> usize {
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    let (mut at, bytes) = (ticks, rest.as_bytes());
    while let Some(next) = rest[at..].find('`') {
        at += next;
        let run = bytes[at..].iter().take_while(|&&b| b == b'`').count();
        if run == ticks {
            return at + run;
        }
        at += run;
    }
    // An opening run without its end is text.
    0
}

/// The length of a placeholder such as `{name}` or `{{ user.name }}`.
fn braces(rest: &str) -> usize {
    let depth = rest.len() - rest.trim_start_matches('{').len();
    let inner = &rest[depth..];
    let is_name = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | ' ' | '$' | ',' | '[' | ']')
    };
    let Some(end) = inner.find(|c| !is_name(c)) else { return 0 };
    let name = inner[..end].trim();
    let spaced = depth < 2 && name.contains(' ');
    if depth > 3 || spaced || name.len() > 64 || !inner[end..].starts_with(&"}".repeat(depth)) {
        0
    } else {
        2 * depth + end
    }
}

/// The length of a printf directive such as `%s`, `%1$d` or `%(name)s`.
fn directive(rest: &str) -> usize {
    let inner = &rest[1..];
    let named = inner
        .strip_prefix('(')
        .and_then(|inner| inner.find(')'))
        .filter(|&end| end < 40)
        .map_or(0, |end| end + 2);
    let after = &inner[named..];
    let digits = after.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'$' | b'.')).count();
    let kind = after[digits..].chars().next();
    let ends = after[digits..].chars().nth(1).is_none_or(|c| !c.is_alphanumeric());
    match kind {
        Some('s' | 'd' | 'f' | 'i' | 'u' | '@') if ends => 1 + named + digits + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        kept(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn markup_is_kept_and_prose_is_not() {
        assert_eq!(found("If x < 5 and y > 3, print \"<br>\" & stop."), ["<", ">", "<br>", "&"]);
        assert_eq!(found("Run `pip install x` or ``a`b`` now."), ["`pip install x`", "``a`b``"]);
        assert_eq!(
            found("</item> <?xml version=\"1.0\"?> <!DOCTYPE html>"),
            ["</item>", "<?xml version=\"1.0\"?>", "<!DOCTYPE html>"]
        );
        assert_eq!(found("<script>var a = \"b\";</script> c"), ["<script>var a = \"b\";</script>"]);
        assert_eq!(
            found("Hi {name}, {{ user.name }} sent %d of %(total)s: ${x}"),
            ["{name}", "{{ user.name }}", "%d", "%(total)s", "${x}"]
        );
        for text in [
            "<<Le Monde>> dit",
            "<Le Monde> dit",
            "a<b and c>d",
            "100 % des",
            "AT&T",
            "It`s",
            "50%",
            "a {",
            "5 % de",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn entities_are_resolved() {
        let text = "A &quot;b&quot; &amp; <i>c</i>";
        let inline = inline(text);
        let plain = inline.edits.apply(text);
        assert_eq!(plain, "A \"b\" & <i>c</i>");
        let places: Vec<&str> = inline.marks.iter().map(|mark| &plain[mark.place.clone()]).collect();
        assert_eq!(places, ["&"]);
    }
}
