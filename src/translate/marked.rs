//! Gives a translated sentence the tags, the entities and the kept words of its source.
//!
//! Where a tag belongs follows from the alignment of words, if the model has one. Otherwise the words of a tag are translated once
//! more, on their own, and found in the translation.

use super::{
    Request, TranslateError,
    piece::{self, Outcome},
    route::HopEngine,
};
use crate::{
    engine::Alignment,
    fidelity::{Link, Signs, restored},
    text::{Inline, Mark, MarkKind, Value, Writing, addresses},
};

/// The most words in a tag that are translated on their own, and the most of such tags in a sentence.
const ALONE_WORDS: usize = 12;
const ALONE_TAGS: usize = 8;

/// A sentence in its document.
#[derive(Clone, Copy)]
pub(super) struct Sentence<'a> {
    pub raw: &'a str,
    pub plain: &'a str,
    pub inline: &'a Inline,
}

/// The bytes of the translation `target`. Maps the alignments and the alternatives to such bytes.
pub(super) async fn restore(
    route: &[HopEngine],
    request: &Request,
    sentence: Sentence<'_>,
    target: String,
    outcome: &mut Outcome,
) -> Result<String, TranslateError> {
    let Sentence { raw, plain, inline } = sentence;
    let tags = translated_tags(route, request, sentence, outcome).await?;
    let links: Vec<Link> = outcome.alignments.iter().map(link).collect();
    let alone =
        if links.is_empty() { alone(route, request, sentence, &target, outcome).await? } else { Vec::new() };
    let signs = Signs { links: &links, alone: &alone, tags: &tags };
    for alternative in &mut outcome.alternatives {
        let signs = Signs { links: &[], ..signs.clone() };
        alternative.text = restored(raw, inline, &alternative.text, &signs).apply(&alternative.text);
    }
    let place = |range: &std::ops::Range<u64>| range.start as usize..range.end as usize;
    let back = |range: &std::ops::Range<u64>| {
        let range = inline.edits.back(place(range));
        range.start as u64..range.end as u64
    };
    // A text that is copied has the bytes of its source.
    let is_copy = target == plain && tags.is_empty();
    let edits = restored(raw, inline, &target, &signs);
    let forward = |range: &std::ops::Range<u64>| {
        let range = edits.forward(place(range));
        range.start as u64..range.end as u64
    };
    let place = |Alignment { source, target, weight }: Alignment| Alignment {
        source: back(&source),
        target: if is_copy { back(&target) } else { forward(&target) },
        weight,
    };
    let links = std::mem::take(&mut outcome.alignments);
    if request.alignments {
        outcome.alignments = links.into_iter().map(place).collect();
    }
    Ok(if is_copy { raw.to_owned() } else { edits.apply(&target) })
}

fn link(Alignment { source, target, weight }: &Alignment) -> Link {
    (source.start as usize..source.end as usize, target.start as usize..target.end as usize, *weight)
}

/// Translations of the words of tags on their own.
async fn alone(
    route: &[HopEngine],
    request: &Request,
    Sentence { plain, inline, .. }: Sentence<'_>,
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
        alone.push((index, piece::translate_alone(route, request, words, &mut outcome.usage).await?));
    }
    Ok(alone)
}

/// The bytes of the tags whose attributes are translated.
async fn translated_tags(
    route: &[HopEngine],
    request: &Request,
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
                piece::translate_alone(route, request, words, &mut outcome.usage).await?
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
            let edits = restored(&raw[range.clone()], &value, &translation, &Signs::default());
            tag.push_str(&(before.to_owned() + &edits.apply(&translation) + &after[words.len()..]));
        }
        tag.push_str(&raw[at..mark.source.end]);
        if tag != raw[mark.source.clone()] {
            tags.push((index, tag));
        }
    }
    Ok(tags)
}
