//! Gives a translated sentence the tags, the entities and the kept words of its source.
//!
//! Where a tag belongs follows from the alignment of words, if the model has one. Otherwise the words of a tag are translated once
//! more, on their own, and found in the translation.

use std::borrow::Cow;

use super::{Request, TranslateError, memory::Memory, piece, route::HopEngine, sentence::Outcome};
use crate::{
    engine::Alignment,
    fidelity::{self, Link, Signs},
    text::{Edits, Inline, Mark, MarkKind, Piece, Value, Writing, addresses},
};

/// The most words in a tag that are translated on their own, and the most of such tags in a sentence.
const ALONE_WORDS: usize = 12;
const ALONE_TAGS: usize = 8;

/// A sentence in its document.
#[derive(Clone, Copy)]
pub(super) struct Sentence<'a> {
    pub raw: &'a str,
    pub inline: &'a Inline,
    /// The translation is the same as what the model read.
    pub is_copy: bool,
}

/// How the words of tags are translated.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub route: &'a [HopEngine],
    pub request: &'a Request,
    pub memory: &'a Memory,
}

/// The request with the alignments that tell where the tags of a piece belong.
pub(super) fn asking<'a>(request: &'a Request, piece: &Piece) -> Cow<'a, Request> {
    let has_marks = piece.inline.as_ref().is_some_and(|inline| !inline.marks.is_empty());
    if has_marks && !request.alignments {
        Cow::Owned(Request { alignments: true, ..request.clone() })
    } else {
        Cow::Borrowed(request)
    }
}

/// The edits that make the bytes of the document from the translation `target`. Maps the alignments and the alternatives to such bytes.
pub(super) async fn restored(
    way: Way<'_>,
    sentence: Sentence<'_>,
    target: &str,
    outcome: &mut Outcome,
) -> Result<Edits, TranslateError> {
    let Sentence { raw, inline, is_copy } = sentence;
    let plain = inline.edits.apply(raw);
    let tags = tags(way, sentence, outcome).await?;
    let is_copy = is_copy && tags.is_empty();
    let links: Vec<Link> = outcome.alignments.iter().map(link).collect();
    let asks = links.is_empty() && !is_copy;
    let alone = if asks { alone(way, inline, &plain, target, outcome).await? } else { Vec::new() };
    let signs = Signs { links: &links, alone: &alone, tags: &tags };
    for alternative in &mut outcome.alternatives {
        let signs = Signs { links: &[], ..signs.clone() };
        alternative.text =
            fidelity::restored(raw, inline, &alternative.text, &signs).apply(&alternative.text);
    }
    let edits = fidelity::restored(raw, inline, target, &signs);
    if !way.request.alignments {
        outcome.alignments.clear();
    }
    let source = |range| inline.edits.back(range);
    // A copy has the bytes of its source.
    outcome.place(source, |range| if is_copy { source(range) } else { edits.forward(range) });
    Ok(if is_copy { [(0..target.len(), raw.to_owned())].into_iter().collect() } else { edits })
}

fn link(Alignment { source, target, weight }: &Alignment) -> Link {
    (source.start as usize..source.end as usize, target.start as usize..target.end as usize, *weight)
}

/// Translations of the words of tags on their own.
async fn alone(
    Way { route, request, memory }: Way<'_>,
    inline: &Inline,
    plain: &str,
    target: &str,
    outcome: &mut Outcome,
) -> Result<Vec<(usize, String)>, TranslateError> {
    let mut alone = Vec::new();
    let partners = inline.partners();
    for (index, Mark { place, kind, .. }) in inline.marks.iter().enumerate() {
        let end = match (kind, partners[index]) {
            (MarkKind::Open, Some(other)) => inline.marks[other].place.start,
            (MarkKind::Kept, _) => place.end,
            _ => continue,
        };
        let words = plain.get(place.start..end).unwrap_or_default().trim();
        let count = words.split_whitespace().count();
        let is_known = !words.contains(char::is_alphabetic)
            || target.contains(words)
            || addresses(words).next().is_some();
        if is_known || count > ALONE_WORDS || alone.len() >= ALONE_TAGS || words.len() * 10 > plain.len() * 9
        {
            continue;
        }
        alone.push((index, piece::alone(route, request, memory, words, &mut outcome.usage).await?));
    }
    Ok(alone)
}

/// The bytes of the tags whose attributes are translated.
async fn tags(
    Way { route, request, memory }: Way<'_>,
    Sentence { raw, inline, .. }: Sentence<'_>,
    outcome: &mut Outcome,
) -> Result<Vec<(usize, String)>, TranslateError> {
    let mut tags = Vec::new();
    for (index, mark) in inline.marks.iter().enumerate().filter(|(_, mark)| !mark.values.is_empty()) {
        let (mut tag, mut at) = (String::new(), mark.source.start);
        for Value { range, plain } in &mark.values {
            tag.push_str(&raw[at..range.start]);
            at = range.end;
            let words = plain.trim();
            let translation = if words.contains(char::is_alphabetic) {
                piece::alone(route, request, memory, words, &mut outcome.usage).await?
            } else {
                words.to_owned()
            };
            if translation == words {
                tag.push_str(&raw[range.clone()]);
                continue;
            }
            let quote = raw[..range.start].chars().next_back().unwrap_or('"');
            let value = Inline { writing: Writing::Attribute { quote }, ..Inline::default() };
            let (before, after) = plain.split_at(plain.len() - plain.trim_start().len());
            let edits = fidelity::restored(&raw[range.clone()], &value, &translation, &Signs::default());
            tag.push_str(&(before.to_owned() + &edits.apply(&translation) + &after[words.len()..]));
        }
        tag.push_str(&raw[at..mark.source.end]);
        if tag != raw[mark.source.clone()] {
            tags.push((index, tag));
        }
    }
    Ok(tags)
}
