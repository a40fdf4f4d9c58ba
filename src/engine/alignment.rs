//! Word alignment: links each word of a translation to source words.
//!
//! The weights are the network's attention, one row per token of the translation. Tokens are grouped into words, which white
//! space separates. Single tokens cannot be aligned: vocabularies normalise the text, so only words have exact positions in it.

use std::ops::Range;

/// Links below this weight are dropped.
pub const MIN_WEIGHT: f32 = 0.1;

/// A link between a word of a translation and a word of its source.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// Byte range in the source.
    pub source: Range<u64>,
    /// Byte range in the translation.
    pub target: Range<u64>,
    /// The target word's attention on the source word, from [`MIN_WEIGHT`] to 1.
    pub weight: f32,
}

/// The words of a text, and the word of each token.
struct Words {
    spans: Vec<Range<u64>>,
    /// `None` for a token without text, such as the end.
    owners: Vec<Option<usize>>,
}

impl Words {
    /// `None` if the decoded tokens have another number of words than the text.
    fn new(text: &str, tokens: &[u32], decode: impl Fn(&[u32]) -> String) -> Option<Self> {
        let whole = decode(tokens);
        let (spans, spelled) = (words(text), words(&whole));
        if spans.len() != spelled.len() {
            return None;
        }
        let mut owners = Vec::with_capacity(tokens.len());
        let mut before = 0;
        for end in 1..=tokens.len() {
            // Decoding more tokens only appends text, so the growth shows the word that a token belongs to.
            let after = decode(&tokens[..end]).trim_end().len() as u64;
            let last = after.checked_sub(1).filter(|_| after > before);
            owners.push(last.and_then(|last| spelled.iter().position(|word| word.contains(&last))));
            before = after;
        }
        Some(Self { spans, owners })
    }
}

/// The byte ranges of the words in a text.
fn words(text: &str) -> Vec<Range<u64>> {
    let start = |word: &str| word.as_ptr() as u64 - text.as_ptr() as u64;
    text.split_whitespace().map(|word| start(word)..start(word) + word.len() as u64).collect()
}

/// A text and its tokens.
pub(super) struct Side<'a> {
    pub text: &'a str,
    pub tokens: &'a [u32],
}

/// Turns token weights `[target tokens or more, source tokens]` into word links, in the order of the target. A link's weight is
/// the sum over the source word's tokens, averaged over the target word's tokens. Empty if tokens and words do not match.
pub(super) fn align(
    weights: &[Vec<f32>],
    source: &Side<'_>,
    target: &Side<'_>,
    decode_source: impl Fn(&[u32]) -> String,
    decode: impl Fn(&[u32]) -> String,
) -> Vec<Alignment> {
    let sides = Words::new(source.text, source.tokens, decode_source).zip(Words::new(
        target.text,
        target.tokens,
        decode,
    ));
    let Some((source, target)) = sides else { return Vec::new() };
    let mut all = Vec::new();
    for (word, span) in target.spans.iter().enumerate() {
        let mut shares = vec![0.0; source.spans.len()];
        let rows = || target.owners.iter().zip(weights).filter(|(owner, _)| **owner == Some(word));
        let count = rows().count().max(1) as f32;
        for (_, row) in rows() {
            for (owner, weight) in source.owners.iter().zip(row) {
                if let Some(owner) = owner {
                    shares[*owner] += weight / count;
                }
            }
        }
        let links = source.spans.iter().zip(shares).filter(|(_, weight)| *weight >= MIN_WEIGHT);
        all.extend(links.map(|(source, weight)| Alignment {
            source: source.clone(),
            target: span.clone(),
            weight: weight.min(1.0),
        }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes ids that index `pieces`, in which "▁" stands for a space, as in SentencePiece.
    fn decode<'a>(pieces: &'a [&str]) -> impl Fn(&[u32]) -> String + 'a {
        move |ids| {
            let text: String = ids.iter().map(|id| pieces[*id as usize]).collect();
            text.replace('▁', " ").trim_start().to_owned()
        }
    }

    fn links(all: &[Alignment], source: &str, target: &str) -> Vec<(String, String, f32)> {
        let cut = |text: &str, range: &Range<u64>| text[range.start as usize..range.end as usize].to_owned();
        all.iter().map(|link| (cut(target, &link.target), cut(source, &link.source), link.weight)).collect()
    }

    #[test]
    fn token_weights_become_word_links() {
        let (source, target) = ("Le  chat\u{a0}noir", "The black cat.");
        let (pieces, written) = (["▁Le", "▁ch", "at", "▁noir", ""], ["▁The", "▁bl", "ack", "▁cat", ".", ""]);
        // The last column and the last row belong to the end tokens.
        let weights = [
            vec![0.9, 0.05, 0.0, 0.0, 0.05],
            vec![0.0, 0.0, 0.0, 1.0, 0.0],
            vec![0.0, 0.2, 0.2, 0.6, 0.0],
            vec![0.0, 0.5, 0.5, 0.0, 0.0],
            vec![0.0, 0.0, 0.0, 0.0, 1.0],
            vec![0.0, 0.0, 0.0, 0.0, 1.0],
        ];
        let all = align(
            &weights,
            &Side { text: source, tokens: &[0, 1, 2, 3, 4] },
            &Side { text: target, tokens: &[0, 1, 2, 3, 4, 5] },
            decode(&pieces),
            decode(&written),
        );
        let expected =
            [("The", "Le", 0.9), ("black", "chat", 0.2), ("black", "noir", 0.8), ("cat.", "chat", 0.5)];
        let found = links(&all, source, target);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((target, source, weight), expected) in found.iter().zip(expected) {
            assert_eq!((target.as_str(), source.as_str()), (expected.0, expected.1));
            assert!((weight - expected.2).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn tokens_that_do_not_match_the_text_have_no_alignment() {
        let pieces = ["▁one", "▁two"];
        let side = |text| Side { text, tokens: &[0, 1] };
        let weights = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let align =
            |source, target| align(&weights, &side(source), &side(target), decode(&pieces), decode(&pieces));
        assert_eq!(align("one two", "one two").len(), 2);
        assert_eq!(align("one", "one two"), []);
        assert_eq!(align("one two", "onetwo"), []);
    }
}
