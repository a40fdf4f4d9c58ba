//! chrF (Popović 2015): the similarity of translations and references, an F-score of common character n-grams. The values equal
//! those of sacrebleu's `CHRF` with its defaults.

use std::collections::HashMap;

/// Longest n-grams, in characters.
const ORDER: usize = 6;
/// Weight of recall relative to precision.
const BETA: f64 = 2.0;

/// Corpus chrF of pairs of translation and reference, from 0 to 100.
pub fn chrf<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> f64 {
    // Per order: n-grams in the translations, n-grams in the references, common n-grams.
    let mut counts = [[0_usize; 3]; ORDER];
    for (translation, reference) in pairs {
        let [translation, reference] = [translation, reference]
            .map(|text| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>());
        for (order, [ours, theirs, common]) in (1..).zip(&mut counts) {
            let (found, expected) = (ngrams(&translation, order), ngrams(&reference, order));
            *ours += found.values().sum::<usize>();
            *theirs += expected.values().sum::<usize>();
            *common += found
                .iter()
                .map(|(ngram, count)| (*count).min(expected.get(ngram).copied().unwrap_or(0)))
                .sum::<usize>();
        }
    }
    let present = counts.iter().filter(|[ours, theirs, _]| *ours > 0 && *theirs > 0);
    let orders = present.clone().count().max(1) as f64;
    let (precision, recall) = present.fold((0.0, 0.0), |(precision, recall), [ours, theirs, common]| {
        let share = |all: usize| *common as f64 / all as f64 / orders;
        (precision + share(*ours), recall + share(*theirs))
    });
    let weight = BETA * BETA;
    match weight * precision + recall {
        0.0 => 0.0,
        sum => 100.0 * (1.0 + weight) * precision * recall / sum,
    }
}

/// Counts each n-gram.
fn ngrams(text: &[char], order: usize) -> HashMap<&[char], usize> {
    let mut counts = HashMap::new();
    for ngram in text.windows(order) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::chrf;

    /// Values of sacrebleu 2: `CHRF().corpus_score(translations, [references])`.
    #[test]
    fn scores_match_sacrebleu() {
        let cases = [
            (&[("The cat sat on the mat.", "The cat is sitting on the mat.")][..], 49.648517),
            (
                &[
                    ("Le président a démissionné mardi.", "Le président a annoncé mardi sa démission."),
                    ("Oui", "Non !"),
                ][..],
                60.960411,
            ),
            (
                &[
                    ("Президент посетит страну в сентябре.", "В сентябре президент посетит страну."),
                    ("а", "аб"),
                    ("", "пусто"),
                ][..],
                75.834277,
            ),
            (&[("same text", "same text")][..], 100.000000),
            (&[("abc", "xyz")][..], 0.000000),
        ];
        for (pairs, expected) in cases {
            let value = chrf(pairs.iter().copied());
            assert!((value - expected).abs() < 1e-5, "{pairs:?}: {value}");
        }
    }
}
