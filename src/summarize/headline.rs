//! Makes headlines from sentences: short enough for a list, and cut at the end of a phrase where possible.

use unicode_segmentation::UnicodeSegmentation;

/// The most characters of a headline, counted as grapheme clusters.
pub const MAX_HEADLINE: usize = 90;
/// The least characters of a headline that is cut at the end of a phrase.
const MIN_PHRASE: usize = 40;
/// Marks a cut.
const ELLIPSIS: &str = "…";

/// Turns a sentence into a headline: removes the full stop, and cuts a long sentence after a phrase or else after a word.
pub(super) fn headline(sentence: &str) -> String {
    let sentence = sentence.trim();
    let whole = sentence.strip_suffix('.').filter(|rest| !rest.ends_with('.')).unwrap_or(sentence);
    let characters: Vec<&str> = whole.graphemes(true).collect();
    if characters.len() <= MAX_HEADLINE {
        return whole.to_owned();
    }
    // The ellipsis fits because the cut removes at least one of these characters.
    let room = &characters[..MAX_HEADLINE];
    let is_space = |at: usize| characters[at].chars().all(char::is_whitespace);
    let phrase = (MIN_PHRASE..room.len())
        .rev()
        .find(|at| is_space(*at) && [",", ";", ":", "–", "—"].contains(&room[at - 1]));
    let word = (1..room.len()).rev().find(|at| is_space(*at));
    // A word longer than a headline is cut inside.
    let end = phrase.or(word).unwrap_or(MAX_HEADLINE - 1);
    let kept = characters[..end].concat();
    let kept = kept.trim_end_matches(|c: char| c.is_whitespace() || ",;:–—".contains(c));
    format!("{kept}{ELLIPSIS}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_sentence_only_loses_its_full_stop() {
        assert_eq!(headline("The bridge will close. "), "The bridge will close");
        assert_eq!(headline("And then..."), "And then...");
        assert_eq!(headline("Will it close?"), "Will it close?");
    }

    #[test]
    fn a_long_sentence_is_cut_after_a_phrase_or_a_word() {
        let phrases = "The bridge over the harbour will be closed for six weeks from Monday, as the city council said on \
                       Thursday after a long debate.";
        assert_eq!(
            headline(phrases),
            "The bridge over the harbour will be closed for six weeks from Monday…"
        );
        let words = "Мост через гавань будет закрыт на шесть недель с понедельника из-за трещин в двух его старых опорах.";
        assert_eq!(
            headline(words),
            "Мост через гавань будет закрыт на шесть недель с понедельника из-за трещин в двух его…"
        );
    }

    proptest! {
        #[test]
        fn a_headline_is_never_too_long_and_never_empty(text in "\\PC*[a-zа-яé]\\PC*") {
            let headline = headline(&text);
            prop_assert!(headline.graphemes(true).count() <= MAX_HEADLINE, "{}", headline);
            prop_assert!(!headline.is_empty());
        }
    }
}
