//! Ranks sentences by how central they are, without redundancy.
//!
//! A sentence is a vector of its terms, weighted by `1 + ln(count)` and by inverse sentence frequency. Its centrality is its
//! mean similarity to all sentences (degree centrality, Erkan and Radev 2004, without a threshold). Vectors have unit length,
//! so centrality is the product with the sum of all vectors, and the time is linear in the sentences. News puts the most
//! important first, so an early place adds to the score. Sentences are then taken one by one: each time the one with the best
//! score minus its similarity to those already taken (maximal marginal relevance, Carbonell and Goldstein 1998).
//!
//! The constants were tuned on 400 articles of OrangeSum's training part; `benches/quality/rouge.py` measures on other
//! articles.

use std::{cmp::Ordering, collections::HashMap};

use super::terms::Term;

/// Weight of the first place, relative to a centrality of at most 1.
const PLACE: f32 = 1.6;
/// Sentences over which that weight falls to 1/e.
const PLACE_FALL: f32 = 3.0;
/// A sentence with fewer terms scores less in proportion.
const FULL: f32 = 5.0;
/// More than any difference between scores and similarities.
const HALVED: f32 = 10.0;
/// Weight of the similarity to a sentence already taken.
const REDUNDANCY: f32 = 0.5;

/// What the ranking reads of a sentence.
pub(super) struct Ranked<'a> {
    /// Its place in the article, from 0.
    pub place: usize,
    pub terms: &'a [Term],
    /// No quotation is cut in it. A sentence with half a quotation comes after all others.
    pub whole: bool,
}

/// Terms by number, ascending, with their weights; unit length.
type Vector = Vec<(u32, f32)>;

/// The answer to an offered sentence.
pub(super) enum Pick {
    Take,
    /// It does not fit. It does not make similar sentences redundant.
    Skip,
    /// Take it and stop.
    Enough,
}

/// Offers sentences to `pick` by their indexes, best first.
pub(super) fn best(sentences: &[Ranked<'_>], mut pick: impl FnMut(usize) -> Pick) {
    let vectors = vectors(sentences);
    let terms = vectors.iter().flatten().map(|(term, _)| *term as usize + 1).max().unwrap_or(0);
    let mut sum = vec![0.0f32; terms];
    for (term, weight) in vectors.iter().flatten() {
        sum[*term as usize] += weight;
    }
    let central: Vec<f32> = vectors
        .iter()
        .map(|vector| vector.iter().map(|(term, weight)| weight * sum[*term as usize]).sum())
        .collect();
    let most = central.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let scores = sentences.iter().zip(&central).map(|(sentence, central)| {
        let place = PLACE * (-(sentence.place as f32) / PLACE_FALL).exp();
        let score = (central / most + place) * (sentence.terms.len() as f32 / FULL).min(1.0);
        if sentence.whole { score } else { score - HALVED }
    });
    let scores: Vec<f32> = scores.collect();

    let mut shared = vec![0.0f32; sentences.len()];
    let mut left: Vec<usize> = (0..sentences.len()).collect();
    // On a tie, the earlier sentence wins.
    while let Some(best) = left.iter().copied().max_by(|a, b| {
        let worth = |sentence: usize| scores[sentence] - REDUNDANCY * shared[sentence];
        worth(*a).total_cmp(&worth(*b)).then(b.cmp(a))
    }) {
        left.retain(|sentence| *sentence != best);
        match pick(best) {
            Pick::Skip => {}
            Pick::Enough => break,
            Pick::Take => {
                for sentence in &left {
                    shared[*sentence] = shared[*sentence].max(product(&vectors[*sentence], &vectors[best]));
                }
            }
        }
    }
}

fn vectors(sentences: &[Ranked<'_>]) -> Vec<Vector> {
    let mut numbers: HashMap<Term, u32> = HashMap::new();
    let mut holders: Vec<f32> = Vec::new();
    let counted: Vec<Vec<(u32, f32)>> = sentences
        .iter()
        .map(|sentence| {
            let mut terms: Vec<u32> = sentence
                .terms
                .iter()
                .map(|term| {
                    let next = numbers.len() as u32;
                    *numbers.entry(*term).or_insert(next)
                })
                .collect();
            terms.sort_unstable();
            holders.resize(numbers.len(), 0.0);
            let runs = terms.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as f32));
            runs.inspect(|(term, _)| holders[*term as usize] += 1.0).collect()
        })
        .collect();
    let count = sentences.len() as f32;
    counted
        .into_iter()
        .map(|terms| {
            let weight = |(term, times): (u32, f32)| {
                (term, (1.0 + times.ln()) * (1.0 + count / holders[term as usize]).ln())
            };
            let vector: Vector = terms.into_iter().map(weight).collect();
            let length =
                vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            vector.into_iter().map(|(term, weight)| (term, weight / length)).collect()
        })
        .collect()
}

/// Cosine similarity of two sentences, from 0 to 1.
fn product(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut sum = 0.0;
    while let (Some((left, x)), Some((right, y))) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            Ordering::Less => drop(a.next()),
            Ordering::Greater => drop(b.next()),
            Ordering::Equal => {
                sum += x * y;
                a.next();
                b.next();
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order_of(ranked: &[Ranked<'_>]) -> Vec<usize> {
        let mut order = Vec::new();
        best(ranked, |sentence| {
            order.push(sentence);
            Pick::Take
        });
        order
    }

    fn order(sentences: &[(usize, &str)]) -> Vec<usize> {
        let terms: Vec<Vec<Term>> =
            sentences.iter().map(|(_, text)| text.split(' ').map(Term::new).collect()).collect();
        let ranked: Vec<Ranked<'_>> = sentences
            .iter()
            .zip(&terms)
            .map(|((place, _), terms)| Ranked { place: *place, terms, whole: true })
            .collect();
        order_of(&ranked)
    }

    #[test]
    fn the_central_sentence_comes_first_and_its_duplicate_last() {
        // Far from the start, so that places do not count.
        let sentences = [
            (100, "harbour bridge crack repair mayor"),
            (101, "harbour bridge crack repair mayor"),
            (102, "bridge repair cost million budget"),
            (103, "lunch menu soup bread cheese"),
        ];
        let order = order(&sentences);
        assert_eq!(order[0], 0, "{order:?}");
        assert_ne!(order[1], 1, "{order:?}");
    }

    #[test]
    fn an_early_place_adds_to_the_score() {
        let sentences = [(0, "a b c d e"), (50, "f g h i j")];
        assert_eq!(order(&sentences), [0, 1]);
    }

    #[test]
    fn a_skipped_sentence_does_not_make_its_duplicate_redundant() {
        let double: Vec<Term> = "harbour bridge crack repair mayor".split(' ').map(Term::new).collect();
        let other: Vec<Term> = "lunch menu soup".split(' ').map(Term::new).collect();
        let ranked = [(100, &double), (101, &double), (102, &other)].map(|(place, terms)| Ranked {
            place,
            terms,
            whole: true,
        });
        let mut offered = Vec::new();
        best(&ranked, |sentence| {
            offered.push(sentence);
            if sentence == 0 { Pick::Skip } else { Pick::Enough }
        });
        assert_eq!(offered, [0, 1]);
    }

    #[test]
    fn sentences_without_terms_have_ranks() {
        let terms: [Term; 0] = [];
        let ranked: Vec<Ranked<'_>> =
            (0..3).map(|place| Ranked { place, terms: &terms, whole: true }).collect();
        assert_eq!(order_of(&ranked), [0, 1, 2]);
        assert!(order_of(&[]).is_empty());
    }
}
