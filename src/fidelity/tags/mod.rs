//! Puts the marks of a sentence back into its translation, and writes the translation as its document does.
//!
//! Every mark comes back exactly once and in the order of the source, so tags stay nested as they were, whatever the model writes.

mod place;
mod spelling;
mod words;

use std::ops::Range;

pub use self::place::Link;
use self::{
    place::{Region, divide},
    words::{Token, tokens},
};
use crate::text::{Edits, Inline, MarkKind, Writing};

/// What is known about a translation, beside its text.
#[derive(Debug, Clone, Default)]
pub struct Signs<'a> {
    /// Byte ranges of words in the plain source and in the translation.
    pub links: &'a [Link],
    /// Translations of the words of some marks on their own, by the index of the mark that opens or keeps them.
    pub alone: &'a [(usize, String)],
    /// The bytes of marks whose attributes are translated, by index.
    pub tags: &'a [(usize, String)],
}

/// From a translation to the bytes of the document: marks, entities and line ends. `raw` has the bytes of the source.
pub fn restored(raw: &str, inline: &Inline, target: &str, signs: &Signs<'_>) -> Edits {
    let plain = inline.edits.apply(raw);
    let mut edits = spelling::spelled(raw, inline, &plain, target);
    if let Writing::Cue { lines, width } = inline.writing {
        edits.extend(spelling::lines(raw, target, lines, width));
        edits.sort_by_key(|(range, _)| range.start);
    }
    let marks = if inline.marks.is_empty() { Vec::new() } else { marks(raw, &plain, inline, target, signs) };
    // The words of a mark replace all that is written in their place.
    edits
        .retain(|(range, _)| !marks.iter().any(|(mark, _)| mark.start < range.end && range.start < mark.end));
    let mut all: Vec<(Range<usize>, String)> = marks;
    for edit in edits {
        let at = all.partition_point(|(range, _)| range.start <= edit.0.start);
        all.insert(at, edit);
    }
    all.into_iter().collect()
}

/// The ranges of the marks in the translation, with their bytes.
fn marks(
    raw: &str,
    plain: &str,
    inline: &Inline,
    target: &str,
    signs: &Signs<'_>,
) -> Vec<(Range<usize>, String)> {
    let (source, words) = (tokens(plain), tokens(target));
    let regions = regions(plain, inline, &source, signs);
    let ends = divide(&regions, &source, &words, signs.links);
    let text = |mark: usize| {
        let translated = signs.tags.iter().find(|(tag, _)| *tag == mark).map(|(_, text)| text.clone());
        translated.unwrap_or_else(|| raw[inline.marks[mark].source.clone()].to_owned())
    };
    let start_of = |token: usize| words.get(token).map_or(target.len(), |word| word.range.start);
    let end_of = |token: usize| if token == 0 { 0 } else { words[token - 1].range.end };
    let mut placed: Vec<(Range<usize>, String)> = Vec::new();
    let (mut index, mut start) = (0, 0);
    while let Some(region) = regions.get(index) {
        // Tags at the same place: where the translation has white space there, they stand around it as in the source.
        let mut last = index;
        while regions
            .get(last)
            .is_some_and(|region| region.tag.is_some() && (last == index || ends[last - 1] == start))
        {
            last += 1;
        }
        if last > index {
            let tags: Vec<usize> = regions[index..last].iter().filter_map(|region| region.tag).collect();
            let before = index.checked_sub(1).map_or("", |index| &plain[regions[index].range.clone()]);
            let between = regions[index..last].iter().map(|region| &plain[region.range.clone()]);
            let mut blanks = vec![before.ends_with(char::is_whitespace)];
            blanks.extend(between.map(|text| text.starts_with(char::is_whitespace)));
            let first_open = tags.iter().position(|&tag| inline.marks[tag].kind == MarkKind::Open);
            let slot = blanks.iter().position(|blank| *blank).or(first_open).unwrap_or(tags.len());
            for (count, tag) in tags.into_iter().enumerate() {
                let at = if count < slot { end_of(start) } else { start_of(start) };
                placed.push((at..at, text(tag)));
            }
            (start, index) = (ends[last - 1], last);
            continue;
        }
        if let Some(mark) = region.kept {
            let end = ends[index];
            let blank = |c: Option<char>| if c.is_some_and(char::is_whitespace) { " " } else { "" };
            placed.push(if end > start {
                (start_of(start)..end_of(end), text(mark))
            } else if start < words.len() {
                let after = blank(plain[region.range.end..].chars().next());
                (start_of(start)..start_of(start), text(mark) + after)
            } else {
                let before = blank(plain[..region.range.start].chars().next_back());
                (end_of(start)..end_of(start), before.to_owned() + &text(mark))
            });
        }
        start = ends[index];
        index += 1;
    }
    placed
}

/// The parts of the source between its marks. A tag stands before its region.
fn regions(plain: &str, inline: &Inline, source: &[Token], signs: &Signs<'_>) -> Vec<Region> {
    let tokens_in = |range: &Range<usize>| {
        let first = source.partition_point(|token| token.range.start < range.start);
        first..source.partition_point(|token| token.range.start < range.end).max(first)
    };
    let region = |range: Range<usize>, tag: Option<usize>, kept: Option<usize>| Region {
        tokens: tokens_in(&range),
        range,
        tag,
        kept,
        is_inner: false,
        hint: None,
    };
    let mut regions = Vec::new();
    let (mut at, mut tag) = (0, None);
    for (index, mark) in inline.marks.iter().enumerate() {
        let start = mark.place.start.clamp(at, plain.len());
        regions.push(region(at..start, tag.take(), None));
        at = start;
        if mark.kind == MarkKind::Kept {
            at = mark.place.end.clamp(start, plain.len());
            regions.push(region(start..at, None, Some(index)));
        } else {
            tag = Some(index);
        }
    }
    regions.push(region(at..plain.len(), tag, None));
    // A model may write code without its quotes.
    for region in regions.iter_mut().filter(|region| region.kept.is_some()) {
        let bare = plain[region.range.clone()].trim_matches(|c: char| !c.is_alphanumeric());
        region.hint = source[region.tokens.clone()].iter().any(|token| token.is_markup).then(|| tokens(bare));
    }
    let partners = inline.partners();
    for (index, mark) in inline.marks.iter().enumerate() {
        let Some(other) = partners[index].filter(|_| mark.kind == MarkKind::Open) else { continue };
        let pair = mark.place.start..inline.marks[other].place.start;
        let inner = |region: &&mut Region| pair.start <= region.range.start && region.range.end <= pair.end;
        regions.iter_mut().filter(inner).for_each(|region| region.is_inner = true);
    }
    for (mark, text) in signs.alone {
        let hint = tokens(text);
        let opens = inline.marks[*mark].place.start;
        let closes =
            partners[*mark].map_or(inline.marks[*mark].place.end, |other| inline.marks[other].place.start);
        for region in &mut regions {
            let is_inside =
                opens <= region.range.start && region.range.end <= closes && !region.range.is_empty();
            if is_inside && region.hint.is_none() {
                region.hint = Some(hint.clone());
            }
        }
    }
    regions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        lang::Language,
        text::{Format, Limits, Piece, PieceKind, Splitter},
    };

    fn sentence(html: &str) -> Piece {
        let mut splitter = Splitter::new(Format::Html, Language::English, Limits::default());
        let mut pieces = Vec::new();
        splitter.push(html.as_bytes(), &mut pieces).expect("it is text");
        splitter.finish(&mut pieces).expect("it is text");
        let sentence = pieces.into_iter().find(|piece| matches!(piece.kind, PieceKind::Sentence(_)));
        sentence.expect("it has a sentence")
    }

    fn written(html: &str, target: &str, alone: &[(usize, String)]) -> String {
        let piece = sentence(html);
        let inline = piece.inline.expect("it has marks");
        restored(&piece.text, &inline, target, &Signs { alone, ..Signs::default() }).apply(target)
    }

    #[test]
    fn a_tag_follows_names_and_numbers() {
        let html = "In 2018, <b>Emmanuel Macron</b> met <a href=\"x\">12 ministers</a> in Paris.";
        let target = "En 2018, Emmanuel Macron a rencontré 12 ministres à Paris.";
        assert_eq!(
            written(html, target, &[]),
            "En 2018, <b>Emmanuel Macron</b> a rencontré <a href=\"x\">12 ministres</a> à Paris."
        );
    }

    #[test]
    fn a_tag_follows_the_translation_of_its_words() {
        let html = "<p>The mayor said that <a>the bridge will open in May</a>, before the summer.</p>";
        let target = "Le maire a déclaré que le pont ouvrira en mai, avant l'été.";
        let alone = [(0, "Le pont ouvrira en mai.".to_owned())];
        let expected = "Le maire a déclaré que <a>le pont ouvrira en mai</a>, avant l'été.";
        assert_eq!(written(html, target, &alone), expected);
    }

    #[test]
    fn kept_words_replace_their_translation() {
        let html = "<span translate=\"no\">Red Lions</span> won the cup.";
        let target = "Les Red Lions ont remporté la coupe.";
        assert_eq!(
            written(html, target, &[]),
            "Les <span translate=\"no\">Red Lions</span> ont remporté la coupe."
        );
        let alone = [(0, "Красные львы".to_owned())];
        let russian = written(html, "Красные львы выиграли кубок.", &alone);
        assert_eq!(russian, "<span translate=\"no\">Red Lions</span> выиграли кубок.");
    }

    #[test]
    fn characters_are_written_as_in_the_source() {
        assert_eq!(
            written("<p>A &amp; B <i>is</i> one", "A & B est <un>", &[]),
            "A &amp; B <i>est</i> &lt;un>"
        );
        assert_eq!(
            written("The &quot;new&quot; <i>law</i>", "La \"nouvelle\" loi", &[]),
            "La &quot;nouvelle&quot; <i>loi</i>"
        );
    }

    proptest! {
        #[test]
        fn every_mark_comes_back_once_and_in_order(
            words in prop::collection::vec(("[a-zа-я]{1,8}", prop::sample::select(vec!["", "<b>", "</b>", "<i>", "</i>", "<img alt=x>", "<code>f()</code>"])), 1..12),
            target in "[a-zа-я ,.&<]{0,60}",
        ) {
            let html: String = words.iter().map(|(word, tag)| format!("{tag}{word} ")).collect();
            let piece = sentence(&format!("Word {html} end"));
            let Some(inline) = &piece.inline else { return Ok(()) };
            let edits = restored(&piece.text, inline, &target, &Signs::default());
            let written = edits.apply(&target);
            let mut rest = written.as_str();
            for mark in &inline.marks {
                let bytes = &piece.text[mark.source.clone()];
                let at = rest.find(bytes);
                prop_assert!(at.is_some(), "{} has no {}", written, bytes);
                rest = &rest[at.unwrap_or(0) + bytes.len()..];
            }
            let count = |text: &str| text.matches("<b>").count() + text.matches("<code>").count();
            prop_assert_eq!(count(&written), count(&piece.text));
        }
    }
}
