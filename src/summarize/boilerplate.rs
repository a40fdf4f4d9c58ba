//! Finds text on an article's page that is not part of the article: links to other articles, credits, buttons.

use crate::{
    lang::Language,
    text::{Block, Piece, PieceKind},
};

/// Signs of a credit or a link, anywhere in a sentence.
const SIGNS: &[&str] = &["©", "http://", "https://", "www."];
/// The least words of a headline; a shorter line is a section name, or a place and a date.
const MIN_HEADLINE_WORDS: usize = 3;
/// Factor for a sentence with an unclosed quotation, which reads badly alone.
const HALF_QUOTED: f32 = 0.7;

/// Whether a sentence from this kind of block can be part of a summary.
pub(super) fn belongs(block: Block, sentence: &str) -> bool {
    if !matches!(block, Block::Paragraph | Block::ListItem) {
        return false;
    }
    let small = sentence.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©').to_lowercase();
    // The page may be in another language than the article.
    let pages = || Language::ALL.into_iter().map(|language| &language.tables().page);
    let mut phrases = pages().flat_map(|page| page.phrases).filter_map(|phrase| small.strip_prefix(phrase));
    let mut labels = pages().flat_map(|page| page.labels).filter_map(|label| small.strip_prefix(label));
    !(phrases.any(|rest| !rest.starts_with(char::is_alphanumeric))
        || labels.any(|rest| rest.trim_start().starts_with(':'))
        || SIGNS.iter().any(|sign| small.contains(sign))
        || small.ends_with(':'))
}

/// Whether a piece is a headline: it has the form of one, has several words, and is not boilerplate.
pub(super) fn is_headline(piece: &Piece) -> bool {
    let words = piece.text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    piece.kind == PieceKind::Sentence(Block::Headline)
        && words >= MIN_HEADLINE_WORDS
        && belongs(Block::Paragraph, &piece.text)
}

/// Factor for the form of a sentence, at most 1.
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
    fn links_credits_and_captions_are_boilerplate() {
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
        for sentence in [
            "The readers of the paper voted on Monday.",
            "Copyright law was changed in May.",
            "Related companies in WhatsApp groups watch the market.",
            "Photographers met in Paris.",
            "Read moreover is no phrase.",
            "Légendes du football, ils ont signé mardi.",
            "Реклама табака запрещена.",
            "Опубликовано исследование о климате.",
        ] {
            assert!(belongs(Block::Paragraph, sentence), "{sentence}");
        }
    }

    #[test]
    fn a_half_quotation_scores_less() {
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
