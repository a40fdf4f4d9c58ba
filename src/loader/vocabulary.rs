//! Which tokens may come out in a language: those of its script, and of these the common ones anywhere, the others where
//! a row has read them. Most of a big vocabulary is rare; multiplying by all of it in every step would be half the work.

use crate::{lang::Language, model::Vocabulary};

/// The tokens that are common in a language: a byte for each token, whose bits stand for the languages in the order of
/// [`Language::ALL`]. `models/training/common.py` writes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommonTokens<'a>(pub &'a [u8]);

impl CommonTokens<'_> {
    fn hold(self, token: u32, language: Language) -> bool {
        let bit = Language::ALL.iter().position(|other| *other == language).unwrap_or_default();
        self.0.get(token as usize).is_some_and(|languages| languages >> bit & 1 == 1)
    }
}

/// Divides the tokens that can occur in a language. What ends a segment may always come.
pub(super) fn vocabulary(
    language: Language,
    tokens: Vec<u32>,
    stops: &[u32],
    common: Option<CommonTokens<'_>>,
) -> Vocabulary {
    let Some(all) = common else { return Vocabulary { common: tokens, copied: Vec::new() } };
    let (common, copied) =
        tokens.into_iter().partition(|token| stops.contains(token) || all.hold(*token, language));
    Vocabulary { common, copied }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rare_can_only_be_copied() {
        let common = CommonTokens(&[0b000, 0b001, 0b111, 0b010]);
        let divided = |language| vocabulary(language, vec![0, 1, 2, 3, 9], &[0], Some(common));
        let expected =
            |common: &[u32], copied: &[u32]| Vocabulary { common: common.into(), copied: copied.into() };
        assert_eq!(divided(Language::English), expected(&[0, 1, 2], &[3, 9]));
        assert_eq!(divided(Language::French), expected(&[0, 2, 3], &[1, 9]));
        assert_eq!(vocabulary(Language::Russian, vec![3, 9], &[0], None), expected(&[3, 9], &[]));
    }
}
