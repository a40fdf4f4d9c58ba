//! What stands in an article's text and is none of the article: links to others, credits, buttons.

use crate::text::Block;

/// Beginnings of such lines, in small letters.
#[rustfmt::skip]
const BEGINNINGS: &[&str] = &[
    "read more", "read also", "see also", "watch:", "related:", "more on this", "follow us", "share this", "sign up",
    "subscribe", "advertisement", "photo:", "file photo", "image caption", "image source", "getty images", "copyright",
    "all rights reserved", "click here", "this article was", "updated:", "published:",
    "lire aussi", "lire la suite", "à lire", "voir aussi", "suivez-nous", "partager", "abonnez-vous", "publicité",
    "crédit photo", "photo d'archives", "légende", "tous droits réservés", "cliquez ici", "mis à jour", "publié le",
    "читайте также", "читать далее", "подробнее:", "смотрите также", "подписывайтесь", "подпишитесь", "поделиться",
    "реклама", "фото:", "архивное фото", "подпись к фото", "все права защищены", "обновлено", "опубликовано", "источник:",
];
/// Signs of a credit or of a share bar, anywhere.
const SIGNS: &[&str] = &["©", "http://", "https://", "www.", " via @", "whatsapp"];
/// A sentence that is cut at a quotation mark reads badly alone.
const HALF_QUOTED: f32 = 0.7;

/// Whether a sentence of such a block can be part of a summary.
pub(super) fn belongs(block: Block, sentence: &str) -> bool {
    if !matches!(block, Block::Paragraph | Block::ListItem) {
        return false;
    }
    let small = sentence.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©').to_lowercase();
    !(BEGINNINGS.iter().any(|beginning| small.starts_with(beginning))
        || SIGNS.iter().any(|sign| small.contains(sign))
        || small.ends_with(':'))
}

/// What a sentence is worth by its form, at most 1.
pub(super) fn soundness(sentence: &str) -> f32 {
    let count = |mark: char| sentence.chars().filter(|c| *c == mark).count();
    // “ opens in English and closes in Russian.
    let closed = count('“') == count('”') || count('„') == count('“');
    let whole = count('"').is_multiple_of(2) && closed && count('«') == count('»');
    if whole { 1.0 } else { HALF_QUOTED }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_credits_and_captions_are_left_out() {
        for line in [
            "READ MORE: Council to vote on the harbour.",
            "© Harbour Herald / Ann Lee.",
            "Follow us on our channels for more.",
            "Lire aussi : le conseil votera lundi.",
            "Читайте также: совет проголосует в понедельник.",
            "More at https://harbour.example/bridge.",
            "The mayor said:",
        ] {
            assert!(!belongs(Block::Paragraph, line), "{line}");
        }
        assert!(!belongs(Block::Headline, "Bridge to close"));
        assert!(!belongs(Block::Caption, "© A. Lee. The bridge in May."));
        assert!(belongs(Block::Paragraph, "The readers of the paper voted on Monday."));
    }

    #[test]
    fn half_a_quotation_is_worth_less() {
        for whole in
            ["She said \"yes\".", "Elle a dit « oui ».", "Она сказала „да“.", "He said “no”.", "No marks."]
        {
            assert!(soundness(whole) >= 1.0, "{whole}");
        }
        for half in ["\"No, we did not.", "Nous l'avons fait », dit-il.", "He said “no."] {
            assert!(soundness(half) < 1.0, "{half}");
        }
    }
}
