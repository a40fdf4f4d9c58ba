//! Detects loops while they are generated: small models sometimes repeat the same words endlessly.

/// The longest round of a loop, in tokens.
const LONGEST: usize = 32;
/// The least rounds of a loop.
const ROUNDS: usize = 3;
/// The least tokens of all rounds together: "000 000 000" is a number, not a loop.
const TOKENS: usize = 15;

/// If `tokens` end with a loop, the end of its first round.
pub(super) fn looped(tokens: &[u32]) -> Option<usize> {
    (1..=LONGEST).find_map(|round| {
        let rounds = ROUNDS.max(TOKENS.div_ceil(round));
        let length = round * rounds;
        let start = tokens.len().checked_sub(length)?;
        let tail = &tokens[start..];
        (tail[round..] == tail[..length - round]).then_some(start + round)
    })
}

/// Whether `tokens` contain a loop. The translation of a repetitive source may repeat itself.
pub fn loops(tokens: &[u32]) -> bool {
    (1..=tokens.len()).any(|end| looped(&tokens[..end]).is_some())
}

/// The tokens that, after `tokens`, would complete an n-gram of `seen`.
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
    fn a_phrase_repeated_three_times_is_a_loop() {
        let phrase = [5, 6, 7, 8, 9];
        let tokens: Vec<u32> = [1, 2].into_iter().chain(phrase.repeat(3)).collect();
        assert_eq!(looped(&tokens), Some(7));
        assert_eq!(looped(&tokens[..16]), None);
    }

    #[test]
    fn a_long_number_is_not_a_loop() {
        assert_eq!(looped(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn finds_the_token_that_would_repeat_a_trigram() {
        assert_eq!(repeats(&[1, 2, 3, 4, 1, 2], &[1, 2], 3).collect::<Vec<_>>(), [3]);
        assert_eq!(repeats(&[1, 2, 3], &[2], 3).count(), 0);
    }
}
