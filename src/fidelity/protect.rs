//! Keeps the parts of a sentence that are the same in every language.
//!
//! Three ways, from the best one to the one that cannot fail: short words stand in their places ([`masked`]); the model copies
//! them, and a rule replaces what it bent ([`mend`]); the sentence is cut around them ([`parts`]).

use std::ops::Range;

pub use crate::text::{Span as Protected, SpanKind};
use crate::{
    lang::Language,
    text::{Edits, spans},
};

/// Least similarity of a span and the words that replace it, from 0 to 1.
const SIMILAR: f32 = 0.6;
/// Least distance to the similarity of the next best words.
const CLEAR: f32 = 0.1;
/// Most characters of a span that is compared with the output; a longer one is cut out.
const MOST_COMPARED: usize = 300;

/// Most words of the output that one span is compared with.
const MOST_WORDS: usize = 10;

/// The protected spans of a text, with the ranges that the caller adds. Of two that overlap, that of the caller wins.
pub fn protect(text: &str, given: &[Range<usize>]) -> Vec<Protected> {
    let overlaps = |one: &Range<usize>, other: &Range<usize>| one.start < other.end && other.start < one.end;
    let found =
        spans(text).into_iter().filter(|span| given.iter().all(|range| !overlaps(range, &span.place)));
    let mut all: Vec<Protected> = found.collect();
    all.extend(given.iter().map(|place| Protected { place: place.clone(), kind: SpanKind::Given }));
    all.sort_by_key(|span| span.place.start);
    all
}

/// The parts of a text to translate; the rest is copied. Emoji end a sentence for a model, and it needs neither the hashtags
/// around a sentence nor the address after its end.
pub fn core_parts(language: Language, text: &str, spans: &[Protected]) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut end = text.len();
    let mut inner = spans;
    while let Some((first, rest)) = inner.split_first() {
        let is_label = || text[first.place.end..].starts_with([':', ',']);
        let leads = match first.kind {
            SpanKind::Emoji | SpanKind::Tag | SpanKind::Markup => true,
            SpanKind::Handle | SpanKind::Date | SpanKind::Url => is_label(),
            _ => false,
        };
        if !leads || has_words(&text[start..first.place.start]) {
            break;
        }
        start = first.place.end;
        inner = rest;
    }
    while let Some((last, rest)) = inner.split_last() {
        let before = text[start..last.place.start].trim_end();
        let apart = before.ends_with(['.', '!', '?', '…', ':', ')', '»', '”', '"', ';']);
        let follows = rest.last().is_some_and(|span| span.place.end == start + before.len());
        let trails = match last.kind {
            SpanKind::Emoji | SpanKind::Markup => true,
            SpanKind::Tag | SpanKind::Handle | SpanKind::Url => {
                apart || follows || !is_governed(language, before)
            }
            _ => apart,
        };
        let behind = &text[last.place.end..end];
        if !trails || has_words(behind) {
            break;
        }
        end = start + before.len();
        inner = rest;
    }
    let mut parts = Vec::new();
    for emoji in inner.iter().filter(|span| span.kind == SpanKind::Emoji) {
        parts.push(start..emoji.place.start);
        start = emoji.place.end;
    }
    parts.push(start..end);
    parts.into_iter().filter_map(|part| worded(text, part)).collect()
}

/// The parts of a text around all spans, without the white space and the commas at their edges.
pub fn parts(text: &str, spans: &[Protected]) -> Vec<Range<usize>> {
    let mut start = 0;
    let ends = spans.iter().map(|span| span.place.clone()).chain(std::iter::once(text.len()..text.len()));
    ends.filter_map(|place| worded(text, std::mem::replace(&mut start, place.end)..place.start)).collect()
}

fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// A part without the space and the separators at its edges; `None` if it has no letters.
fn worded(text: &str, part: Range<usize>) -> Option<Range<usize>> {
    let inner = &text[part.clone()];
    let open = |c: char| {
        c.is_whitespace()
            || matches!(c, ',' | ';' | ':' | '.' | ')' | ']' | '!' | '?' | '-' | '–' | '—' | '\u{fe0f}')
    };
    let start = part.start + inner.len() - inner.trim_start_matches(open).len();
    let end =
        part.start + inner.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '[')).len();
    (start < end && text[start..end].contains(char::is_alphabetic)).then_some(start..end)
}

/// Whether a preposition or an article needs what comes after a text: "Write to".
fn is_governed(language: Language, before: &str) -> bool {
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    let words = &language.tables().words;
    last.is_empty() || words.prepositions.contains(&last.as_str()) || words.articles.contains(&last.as_str())
}

/// The edits that make an output contain each span as often as its source: surplus ones go, bent ones are replaced. `None` if a
/// span is missing and no words of the output are clearly made from it.
pub fn mend(source: &str, protected: &[Protected], output: &str) -> Option<Edits> {
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut missing: Vec<&Protected> = Vec::new();
    for (at, span) in protected.iter().enumerate() {
        let text = &source[span.place.clone()];
        match occurrences(output, text).find(|place| !overlaps_any(place, &taken)) {
            Some(place) => taken.push(place),
            None => missing.push(&protected[at]),
        }
    }
    let surplus: Vec<_> =
        spans(output).into_iter().filter(|span| !overlaps_any(&span.place, &taken)).collect();
    for span in missing {
        let text = &source[span.place.clone()];
        let free =
            |other: &&Protected| is_alike(other.kind, span.kind) && !overlaps_any(&other.place, &taken);
        let mut same: Vec<&Protected> = surplus.iter().filter(free).collect();
        // Two of a kind may have changed places.
        same.retain(|other| similarity(text, &output[other.place.clone()]) >= 0.3);
        let place = match same[..] {
            [one] if span.kind != SpanKind::Tag => Some(one.place.clone()),
            _ => bent(text, output, &taken),
        }?;
        taken.push(place.clone());
        edits.push((place, text.to_owned()));
    }
    for span in surplus
        .into_iter()
        .filter(|span| matches!(span.kind, SpanKind::Url | SpanKind::Email | SpanKind::Emoji))
    {
        if !overlaps_any(&span.place, &taken) {
            let before = output[..span.place.start].trim_end().len();
            edits.push((before..span.place.end, String::new()));
        }
    }
    edits.sort_by_key(|(place, _)| place.start);
    Some(edits.into_iter().collect())
}

/// Kinds that a bent span may turn into each other.
fn is_alike(one: SpanKind, other: SpanKind) -> bool {
    one == other
        || (one.is_address() && other.is_address() && one != SpanKind::Handle && other != SpanKind::Handle)
}

pub(super) fn overlaps_any(place: &Range<usize>, taken: &[Range<usize>]) -> bool {
    taken.iter().any(|other| place.start < other.end && other.start < place.end)
}

/// The places of a span in a text, not inside of longer words.
fn occurrences<'a>(text: &'a str, span: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (first, last) = (word(span.chars().next()), word(span.chars().next_back()));
    text.match_indices(span).map(|(at, _)| at..at + span.len()).filter(move |place| {
        let before = word(text[..place.start].chars().next_back());
        let after = word(text[place.end..].chars().next());
        !(first && before || last && after)
    })
}

/// The words of an output that a span was clearly bent into.
fn bent(span: &str, output: &str, taken: &[Range<usize>]) -> Option<Range<usize>> {
    if span.chars().count() > MOST_COMPARED || output.chars().count() > 4 * MOST_COMPARED {
        return None;
    }
    let most = span.split_whitespace().count() + 1;
    if most > MOST_WORDS {
        return None;
    }
    let words = words(output);
    let mut best: Option<(f32, Range<usize>)> = None;
    let mut next = 0.0_f32;
    for (at, first) in words.iter().enumerate() {
        for last in words[at..].iter().take(most) {
            let place = trimmed(output, first.start..last.end, span);
            if place.is_empty() || overlaps_any(&place, taken) {
                continue;
            }
            let score = similarity(span, &output[place.clone()]);
            match &best {
                Some((least, other)) if score <= *least => {
                    if !overlaps_any(&place, std::slice::from_ref(other)) {
                        next = next.max(score);
                    }
                }
                _ => {
                    if let Some((least, _)) =
                        best.take_if(|(_, other)| !overlaps_any(&place, std::slice::from_ref(other)))
                    {
                        next = next.max(least);
                    }
                    best = Some((score, place));
                }
            }
        }
    }
    best.filter(|(score, _)| *score >= SIMILAR && *score >= next + CLEAR).map(|(_, place)| place)
}

/// The runs between white space.
fn words(text: &str) -> Vec<Range<usize>> {
    let start = text.as_ptr() as usize;
    text.split_whitespace()
        .map(|word| word.as_ptr() as usize - start)
        .zip(text.split_whitespace())
        .map(|(at, word)| at..at + word.len())
        .collect()
}

/// A range without the punctuation at its edges that the span does not have.
fn trimmed(text: &str, place: Range<usize>, span: &str) -> Range<usize> {
    let inner = &text[place.clone()];
    let outer = |c: char| {
        !c.is_alphanumeric()
            && !span.starts_with(c)
            && !matches!(c, '@' | '#' | '/' | '{' | '<' | '`' | '%' | '$')
    };
    let start = place.start + inner.len() - inner.trim_start_matches(outer).len();
    let outer = |c: char| !c.is_alphanumeric() && !span.ends_with(c) && !matches!(c, '/' | '}' | '>' | '`');
    let end = place.start + inner.trim_end_matches(outer).len();
    start..end.max(start)
}

/// How alike two texts are, from 0 to 1: the share of their characters that is in a common subsequence.
fn similarity(one: &str, other: &str) -> f32 {
    let (one, other): (Vec<char>, Vec<char>) =
        (one.to_lowercase().chars().collect(), other.to_lowercase().chars().collect());
    // A lower bound of the work: texts of very different lengths are never alike.
    let (shorter, longer) = (one.len().min(other.len()), one.len().max(other.len()));
    if longer == 0 || (2 * shorter) as f32 / ((shorter + longer) as f32) < 0.3 {
        return 0.0;
    }
    let mut row = vec![0_usize; other.len() + 1];
    for a in &one {
        let mut diagonal = 0;
        for (at, b) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    2.0 * row[other.len()] as f32 / (one.len() + other.len()) as f32
}

/// A text with a short stand-in for each span, and the stand-ins.
pub fn masked(text: &str, protected: &[Protected]) -> (Edits, Vec<String>) {
    let words = stand_ins(text, protected.len());
    let places = protected.iter().map(|span| span.place.clone());
    (places.zip(words.iter().cloned()).collect(), words)
}

/// The edits that put the spans back in place of their stand-ins; `None` unless the output has each stand-in once.
pub fn unmasked(source: &str, protected: &[Protected], words: &[String], output: &str) -> Option<Edits> {
    replaced(words, protected.iter().map(|span| source[span.place.clone()].to_owned()), output)
}

/// So many short words that a text does not have. Models copy `[1]` as they copy the number of a footnote.
pub fn stand_ins(text: &str, count: usize) -> Vec<String> {
    let word = |at: usize| format!("[{at}]");
    let first = (1..).find(|first| (0..count).all(|at| !text.contains(&word(first + at)))).unwrap_or(1);
    (first..).map(word).take(count).collect()
}

/// The edits that put texts in place of their stand-ins; `None` unless the output has each stand-in once.
pub fn replaced(words: &[String], texts: impl Iterator<Item = String>, output: &str) -> Option<Edits> {
    let mut edits = Vec::new();
    for (text, word) in texts.zip(words) {
        let mut places = output.match_indices(word);
        let (Some((place, _)), None) = (places.next(), places.next()) else { return None };
        edits.push((place..place + word.len(), text));
    }
    edits.sort_by_key(|(place, _)| place.start);
    Some(edits.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mended(source: &str, output: &str) -> Option<String> {
        mend(source, &protect(source, &[]), output).map(|edits| edits.apply(output))
    }

    #[test]
    fn bent_spans_are_replaced() {
        for (source, output, expected) in [
            (
                "Write to press.office@example.org today.",
                "Пишите к телефону.office@example.org сегодня.",
                Some("Пишите к press.office@example.org сегодня."),
            ),
            (
                "Write to press.office@example.org today.",
                "Écrivez à press.office@example.org.",
                Some("Écrivez à press.office@example.org."),
            ),
            (
                "See https://example.org/a?b=C now",
                "Voir https://example.org/a?b=c maintenant",
                Some("Voir https://example.org/a?b=C maintenant"),
            ),
            ("Ask @sport_ru now", "Demandez @sport_fr maintenant", Some("Demandez @sport_ru maintenant")),
            (
                "Open annual_report-2024.pdf now",
                "Ouvrez annuel_report-2024.pdf.",
                Some("Ouvrez annual_report-2024.pdf."),
            ),
            ("Hello {user_name}, hi", "Bonjour {nom_utilisateur}, salut", Some("Bonjour {user_name}, salut")),
            ("Hello {user_name}, hi", "Bonjour {user_nom}, salut", Some("Bonjour {user_name}, salut")),
            (
                "Pay FR76 3000 6000 0112 now",
                "Payez FR76 3000 6000 0012 maintenant",
                Some("Payez FR76 3000 6000 0112 maintenant"),
            ),
            (
                "See example.org and example.com",
                "Voir example.org et exemple.com",
                Some("Voir example.org et example.com"),
            ),
            ("See example.org today", "Voir aujourd'hui", None),
            ("The #Сборная won", "La #équipe a gagné", None),
            (
                "See example.org today",
                "Voir example.org, example.org aujourd'hui",
                Some("Voir example.org, example.org aujourd'hui"),
            ),
            (
                "See https://a.org today",
                "Voir https://a.org https://b.org aujourd'hui",
                Some("Voir https://a.org aujourd'hui"),
            ),
            ("Write today", "Écrivez à a@b.org aujourd'hui", Some("Écrivez à aujourd'hui")),
            (
                "Write v1.2.3 and AB12-3456",
                "Écrivez AB12-3456 et v1.2.3",
                Some("Écrivez AB12-3456 et v1.2.3"),
            ),
        ] {
            assert_eq!(mended(source, output).as_deref(), expected, "{source} | {output}");
        }
    }

    #[test]
    fn only_what_needs_a_translation_is_left() {
        for (text, expected) in [
            (
                "🏆 Наши выиграли 3:1 #Сборная @sport_ru https://example.org/m?id=Ab9X",
                &["Наши выиграли 3:1"][..],
            ),
            ("#Сборная победила", &["победила"]),
            ("Great match tonight 😆 Guess who scored!", &["Great match tonight", "Guess who scored!"]),
            ("Write to press.office@example.org today.", &["Write to press.office@example.org today."]),
            ("Read more: https://example.org/a.", &["Read more:"]),
            ("Read more at https://example.org/a.", &["Read more at https://example.org/a."]),
            ("We won! #win #cup 🎉🎉", &["We won!"]),
            ("@desk: we won", &["we won"]),
            ("@desk won the prize", &["@desk won the prize"]),
            ("<b>We won</b>", &["We won"]),
            ("The {team} won", &["The {team} won"]),
        ] {
            let spans = protect(text, &[]);
            let parts: Vec<_> =
                core_parts(Language::English, text, &spans).into_iter().map(|part| &text[part]).collect();
            assert_eq!(parts, expected, "{text}");
        }
    }

    #[test]
    fn stand_ins_come_back_as_their_spans() {
        let text = "See [1] on example.org, or ask @desk.";
        let spans = protect(text, &[]);
        let (edits, words) = masked(text, &spans);
        assert_eq!(edits.apply(text), "See [1] on [2], or ask [3].");
        let restored = unmasked(text, &spans, &words, "Demandez à [3], ou voir [1] sur [2].").unwrap();
        assert_eq!(
            restored.apply("Demandez à [3], ou voir [1] sur [2]."),
            "Demandez à @desk, ou voir [1] sur example.org."
        );
        assert_eq!(unmasked(text, &spans, &words, "Voir [2]"), None);
        assert_eq!(unmasked(text, &spans, &words, "Voir [2] [2] [3]"), None);
    }

    #[test]
    fn ranges_of_the_caller_are_kept_too() {
        let text = "Visit the Green Fork today";
        let spans = protect(text, std::slice::from_ref(&(10..20)));
        assert_eq!(
            (spans.len(), spans[0].kind, &text[spans[0].place.clone()]),
            (1, SpanKind::Given, "Green Fork")
        );
        assert_eq!(masked(text, &spans).0.apply(text), "Visit the [1] today");
    }

    proptest! {
        #[test]
        fn parts_and_spans_hold_every_letter(text in "[a-c .@#:/{}😆-]{0,40}(example\\.org)?[a-c .]{0,9}") {
            let spans = protect(&text, &[]);
            for ranges in [core_parts(Language::English, &text, &spans), parts(&text, &spans)] {
                let mut rest = text.clone();
                for range in ranges.iter().cloned().chain(spans.iter().map(|span| span.place.clone())) {
                    rest.replace_range(range.clone(), &"-".repeat(range.len()));
                }
                prop_assert!(!rest.contains(char::is_alphabetic), "{rest}");
                prop_assert!(ranges.is_sorted_by_key(|range| range.start));
            }
        }

        #[test]
        fn a_mended_output_has_each_span(words in "[a-c ]{0,12}", others in "[a-c@. ]{0,20}") {
            let source = format!("{words} desk@example.org {words} v1.2.3");
            let spans = protect(&source, &[]);
            if let Some(edits) = mend(&source, &spans, &others) {
                let output = edits.apply(&others);
                prop_assert!(spans.iter().all(|span| output.contains(&source[span.place.clone()])));
            }
        }
    }
}
