//! The output vocabulary of a language: the tokens of its script. The common ones are always possible, the rare ones only in
//! rows whose input has them. Most tokens of a large vocabulary are rare; to multiply by all of them would be half the work of
//! a step.

use crate::{lang::Language, model::Vocabulary};

/// A table of common tokens: one byte for each token, one bit for each language in the order of [`Language::ALL`].
/// `models/training/common.py` writes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommonTokens<'a>(pub &'a [u8]);

impl CommonTokens<'_> {
    fn has(self, token: u32, language: Language) -> bool {
        let bit = Language::ALL.iter().position(|other| *other == language).unwrap_or_default();
        self.0.get(token as usize).is_some_and(|languages| languages >> bit & 1 == 1)
    }
}

/// Divides the tokens of a language into common and rare ones. The `stops`, which end a segment, are always common.
pub(super) fn vocabulary(
    language: Language,
    tokens: Vec<u32>,
    stops: &[u32],
    common: Option<CommonTokens<'_>>,
) -> Vocabulary {
    let Some(all) = common else { return Vocabulary { common: tokens, copied: Vec::new() } };
    let (common, copied) =
        tokens.into_iter().partition(|token| stops.contains(token) || all.has(*token, language));
    Vocabulary { common, copied }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_tokens_can_only_be_copied() {
        let common = CommonTokens(&[0b000, 0b001, 0b111, 0b010]);
        let divide = |language| vocabulary(language, vec![0, 1, 2, 3, 9], &[0], Some(common));
        let expected =
            |common: &[u32], copied: &[u32]| Vocabulary { common: common.into(), copied: copied.into() };
        assert_eq!(divide(Language::English), expected(&[0, 1, 2], &[3, 9]));
        assert_eq!(divide(Language::French), expected(&[0, 2, 3], &[1, 9]));
        assert_eq!(vocabulary(Language::Russian, vec![3, 9], &[0], None), expected(&[3, 9], &[]));
    }
}
