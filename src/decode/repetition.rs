//! Loops: a small model that loses its way writes the same words again and again. This finds them as they happen.

/// Longest round that is looked for, in tokens.
const LONGEST: usize = 32;
/// Rounds that make a loop of a phrase.
const ROUNDS: usize = 3;
/// Tokens that the rounds have together at least: "000 000 000" is a number, not a loop.
const TOKENS: usize = 15;

/// Where the first round of a loop at the end of `tokens` ends, if there is one.
pub(super) fn looped(tokens: &[u32]) -> Option<usize> {
    (1..=LONGEST).find_map(|round| {
        let rounds = ROUNDS.max(TOKENS.div_ceil(round));
        let length = round * rounds;
        let start = tokens.len().checked_sub(length)?;
        let tail = &tokens[start..];
        (tail[round..] == tail[..length - round]).then_some(start + round)
    })
}

/// Whether a loop ends anywhere in `tokens`: a source that repeats itself has a translation that does.
pub fn loops(tokens: &[u32]) -> bool {
    (1..=tokens.len()).any(|end| looped(&tokens[..end]).is_some())
}

/// Tokens that, behind `tokens`, would complete an n-gram which `seen` has.
pub(super) fn repeats(seen: &[u32], tokens: &[u32], n: usize) -> impl Iterator<Item = u32> {
    let tail = &tokens[tokens.len().saturating_sub(n.saturating_sub(1))..];
    seen.windows(n.max(1))
        .filter(move |window| window[..n.max(1) - 1] == *tail)
        .filter_map(|window| window.last().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_said_three_times_is_a_loop() {
        let phrase = [5, 6, 7, 8, 9];
        let tokens: Vec<u32> = [1, 2].into_iter().chain(phrase.repeat(3)).collect();
        assert_eq!(looped(&tokens), Some(7));
        assert_eq!(looped(&tokens[..16]), None);
    }

    #[test]
    fn a_long_number_is_not() {
        assert_eq!(looped(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn the_token_that_would_repeat_a_trigram_is_found() {
        assert_eq!(repeats(&[1, 2, 3, 4, 1, 2], &[1, 2], 3).collect::<Vec<_>>(), [3]);
        assert_eq!(repeats(&[1, 2, 3], &[2], 3).count(), 0);
    }
}
