//! Divides the words of a translation among the regions between the marks of its source.
//!
//! Marks keep their order, so the regions of the translation lie one after the other as in the source, and the best division is
//! found exactly, by dynamic programming. A word likes a region if it is aligned with words of it, looks like one of them (a name, a
//! number), or occurs in the translation of the region on its own. Without such a sign, its place in the sentence decides.

use std::ops::Range;

use super::words::{Token, likeness};

/// Weights of the signs.
const ALIGNED: f32 = 2.0;
const ALIKE: f32 = 1.5;
const HINTED: f32 = 2.0;
const UNHINTED: f32 = 0.4;
const PLACE: f32 = 2.0;
/// The cost of a region with words that has none in the translation, and of one in a pair of tags: a pair around nothing is of no use.
const EMPTY: f32 = 2.0;
const EMPTY_PAIR: f32 = 4.0;
/// The cost of the difference in length, as a share of the expected length.
const LENGTH: f32 = 0.5;
/// The cost of a word before the first mark or after the last one, where the source has none.
const ADDED: f32 = 0.5;
/// The cost of words in a tag without a sign that they belong there, as a share of the expected length.
const UNSURE: f32 = 0.3;
/// From this likeness on, words are taken for the same.
const ALIKE_FROM: f32 = 0.5;
/// A kept text takes the place of words that are as much like it.
const KEPT_FROM: f32 = 0.6;

/// Words of the source between two marks, or the words of a mark.
#[derive(Debug, Clone)]
pub(super) struct Region {
    /// Byte range in the plain source.
    pub range: Range<usize>,
    /// Its source tokens.
    pub tokens: Range<usize>,
    /// The tag before it.
    pub tag: Option<usize>,
    /// Its words are this mark, which replaces the words of the translation.
    pub kept: Option<usize>,
    /// It stands in a pair of tags.
    pub is_inner: bool,
    /// Its translation on its own, if there is one.
    pub hint: Option<Vec<Token>>,
}

/// A link of an alignment: byte ranges in the source and in the translation, and a weight.
pub type Link = (Range<usize>, Range<usize>, f32);

/// The ends of the regions, as counts of target tokens.
pub(super) fn divide(regions: &[Region], source: &[Token], target: &[Token], links: &[Link]) -> Vec<usize> {
    let scores = scores(regions, source, target, links);
    let (count, size) = (regions.len(), target.len());
    // Sums over tokens, so that each range is scored at once.
    let sums: Vec<Vec<f32>> = scores
        .iter()
        .map(|row| {
            let mut total = 0.0;
            let mut sums = vec![0.0];
            sums.extend(row.iter().map(|score| {
                total += score;
                total
            }));
            sums
        })
        .collect();
    let words = |range: &Range<usize>| source[range.clone()].iter().filter(|token| token.is_word).count();
    let ratio = target.len() as f32 / source.len().max(1) as f32;
    let mut best = vec![f32::NEG_INFINITY; size + 1];
    best[0] = 0.0;
    let mut ways: Vec<Vec<usize>> = Vec::with_capacity(count);
    for (index, region) in regions.iter().enumerate() {
        let has_words = words(&region.tokens) > 0;
        let expected = region.tokens.len() as f32 * ratio;
        let mut next = vec![f32::NEG_INFINITY; size + 1];
        let mut from = vec![0; size + 1];
        for end in 0..=size {
            // Words come between two marks only if the source has some there; at the ends they may.
            let is_between = index > 0 && index + 1 < count;
            let starts = if region.tokens.is_empty() && is_between { end..=end } else { 0..=end };
            for start in starts {
                if best[start] == f32::NEG_INFINITY {
                    continue;
                }
                let mut score = best[start] + sums[index][end] - sums[index][start];
                if region.tokens.is_empty() {
                    score -= ADDED * (end - start) as f32;
                } else if end == start {
                    score -= match () {
                        () if !has_words || region.kept.is_some() => 0.0,
                        () if region.is_inner => EMPTY_PAIR,
                        () => EMPTY,
                    };
                } else if region.kept.is_none() {
                    score -= LENGTH * ((end - start) as f32 - expected).abs() / expected.max(2.0);
                    score -= edge(&target[start])
                        * f32::from(u8::from(start > 0 && !begins_alike(source, region, &target[start])));
                }
                if score > next[end] {
                    (next[end], from[end]) = (score, start);
                }
            }
        }
        best = next;
        ways.push(from);
    }
    let mut ends = vec![size; count];
    let mut end = size;
    for index in (0..count).rev() {
        ends[index] = end;
        end = ways[index][end];
    }
    ends
}

/// The cost of a region that begins with this token: a comma belongs to the words before it.
fn edge(token: &Token) -> f32 {
    if !token.is_word
        && matches!(token.form.as_str(), "," | "." | ";" | ":" | ")" | "»" | "”" | "!" | "?" | "…")
    {
        1.0
    } else {
        0.0
    }
}

fn begins_alike(source: &[Token], region: &Region, token: &Token) -> bool {
    source.get(region.tokens.start).is_some_and(|first| !first.is_word && first.form == token.form)
}

/// The score of each target token in each region.
fn scores(regions: &[Region], source: &[Token], target: &[Token], links: &[Link]) -> Vec<Vec<f32>> {
    let mut scores = vec![vec![0.0; target.len()]; regions.len()];
    let region_of = |token: usize| regions.iter().position(|region| region.tokens.contains(&token));
    let of_source: Vec<Option<usize>> = (0..source.len()).map(region_of).collect();
    let middle = |tokens: &[Token], index: usize| {
        let all = tokens.last().map_or(1, |last| last.range.end).max(1) as f32;
        (tokens[index].range.start + tokens[index].range.end) as f32 / 2.0 / all
    };
    for (t, token) in target.iter().enumerate() {
        let place = middle(target, t);
        // The place in the sentence.
        for (region, row) in regions.iter().zip(&mut scores) {
            if let (Some(first), Some(last)) = (
                source.get(region.tokens.start),
                region.tokens.clone().last().and_then(|last| source.get(last)),
            ) {
                let all = source.last().map_or(1, |last| last.range.end).max(1) as f32;
                let (start, end) = (first.range.start as f32 / all, last.range.end as f32 / all);
                let outside = (start - place).max(place - end).max(0.0);
                row[t] -= PLACE * outside;
            }
        }
        // Words that look alike; of equal ones, the nearest.
        let alike = |s: usize| {
            let like =
                if token.is_word == source[s].is_word { likeness(&token.form, &source[s].form) } else { 0.0 };
            let like = if token.is_word { like } else { like * 0.6 };
            like - 0.5 * (middle(source, s) - place).abs()
        };
        let best = (0..source.len()).max_by(|&a, &b| alike(a).total_cmp(&alike(b)));
        if let Some(s) = best.filter(|&s| alike(s) >= if token.is_word { ALIKE_FROM } else { 0.2 })
            && let Some(region) = of_source[s]
        {
            scores[region][t] += ALIKE * alike(s).max(0.0);
        }
        // A region whose translation on its own is known.
        for (index, region) in regions.iter().enumerate() {
            let Some(hint) = &region.hint else { continue };
            let like = hint
                .iter()
                .filter(|word| word.is_word == token.is_word)
                .map(|word| likeness(&word.form, &token.form));
            let like = like.fold(0.0, f32::max);
            scores[index][t] += match token.is_word {
                true if like >= 0.6 || (like >= 0.5 && token.form.len() < 4) => HINTED * like,
                true => -UNHINTED,
                false => 0.0,
            };
        }
        for (from, to, weight) in links {
            if !(token.is_word && to.start < token.range.end && token.range.start < to.end) {
                continue;
            }
            let words: Vec<usize> = (0..source.len())
                .filter(|&s| {
                    source[s].is_word && from.start < source[s].range.end && source[s].range.start < from.end
                })
                .collect();
            for &s in &words {
                if let Some(region) = of_source[s] {
                    scores[region][t] += ALIGNED * weight / words.len() as f32;
                }
            }
        }
    }
    let ratio = target.len() as f32 / source.len().max(1) as f32;
    for (region, row) in regions.iter().zip(&mut scores).filter(|(region, _)| region.is_inner) {
        let expected = (region.tokens.len() as f32 * ratio).max(1.0);
        // A tag around names that are all found has no other words.
        let is_found = |word: &Token| target.iter().any(|token| likeness(&word.form, &token.form) >= 0.7);
        let names = source[region.tokens.clone()].iter().filter(|word| word.is_word).all(is_found);
        let unsure = if names { 1.0 } else { UNSURE / expected };
        row.iter_mut().filter(|score| **score <= 0.0).for_each(|score| *score -= unsure);
    }
    for (index, region) in regions.iter().enumerate().filter(|(_, region)| region.kept.is_some()) {
        for (t, token) in target.iter().enumerate() {
            let is_like = |other: &Token| {
                (other.is_markup && token.is_markup)
                    || is_and(&other.form, &token.form)
                    || (other.is_word == token.is_word
                        && (other.form == token.form || likeness(&other.form, &token.form) >= KEPT_FROM))
            };
            let words = source[region.tokens.clone()].iter();
            if words.chain(region.hint.iter().flatten()).any(is_like) {
                scores[index][t] = scores[index][t].max(0.0) + 0.5;
            } else {
                scores[index][t] = -3.0;
            }
        }
    }
    scores
}

/// Whether a word is "and" where the source has its sign.
fn is_and(sign: &str, word: &str) -> bool {
    sign == "&" && matches!(word, "et" | "and" | "i")
}
