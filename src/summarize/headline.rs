//! Headlines: short enough for a list, cut where a phrase ends, and never longer than they may be.

use unicode_segmentation::UnicodeSegmentation;

/// Most characters of a headline, as readers count them.
pub const MAX_HEADLINE: usize = 90;
/// What a headline that is cut at a phrase's end has at least.
const LEAST: usize = 40;
/// Says that something is left out.
const ELLIPSIS: &str = "…";

/// A sentence as a headline: without its full stop, and, where it is too long, cut behind a phrase or else behind a word.
pub(super) fn headline(sentence: &str) -> String {
    let sentence = sentence.trim();
    let whole = sentence.strip_suffix('.').filter(|rest| !rest.ends_with('.')).unwrap_or(sentence);
    let characters: Vec<&str> = whole.graphemes(true).collect();
    if characters.len() <= MAX_HEADLINE {
        return whole.to_owned();
    }
    // With the ellipsis behind it.
    let room = &characters[..MAX_HEADLINE];
    let is_space = |at: usize| characters[at].chars().all(char::is_whitespace);
    let phrase = (LEAST..room.len())
        .rev()
        .find(|at| is_space(*at) && [",", ";", ":", "–", "—"].contains(&room[at - 1]));
    let word = (1..room.len()).rev().find(|at| is_space(*at));
    // A word longer than a headline is cut itself.
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
    fn what_is_short_loses_its_full_stop_alone() {
        assert_eq!(headline("The bridge will close. "), "The bridge will close");
        assert_eq!(headline("And then..."), "And then...");
        assert_eq!(headline("Will it close?"), "Will it close?");
    }

    #[test]
    fn what_is_long_is_cut_behind_a_phrase_or_a_word() {
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
        fn it_is_never_too_long_and_never_empty(text in "\\PC*[a-zа-яé]\\PC*") {
            let headline = headline(&text);
            prop_assert!(headline.graphemes(true).count() <= MAX_HEADLINE, "{}", headline);
            prop_assert!(!headline.is_empty());
        }
    }
}
