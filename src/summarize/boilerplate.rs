//! Finds text on an article's page that is not part of the article: links to other articles, credits, buttons.

use crate::{
    lang::Language,
    text::{Block, Piece, PieceKind},
};

/// Signs of a credit or a link, anywhere in a sentence.
const SIGNS: &[&str] =
    &["©", "http://", "https://", "www.", "(photo", "(image", "(crédit", "(фото", "/getty", "getty images)"];
/// The least words of a headline; a shorter line is a section name, or a place and a date.
const MIN_HEADLINE_WORDS: usize = 3;
/// The most words of a line with a date or an author.
const MAX_STAMP_WORDS: usize = 14;
/// The most words of a place before its date, and of an author's name.
const MAX_PLACE_WORDS: usize = 3;
const MAX_NAME_WORDS: usize = 8;

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
    !(is_stamp(&small)
        || is_dateline(sentence)
        || is_byline(sentence, &small)
        || phrases.any(|rest| !rest.starts_with(char::is_alphanumeric))
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

/// Whether a sentence, in small letters, has only a date of publication: "Updated 4 March 2025 at 09:30 GMT."
fn is_stamp(small: &str) -> bool {
    let pages = || Language::ALL.into_iter().map(|language| &language.tables().page);
    let begin = |rest: &&str| !rest.starts_with(char::is_alphabetic);
    pages()
        .flat_map(|page| page.stamps)
        .filter_map(|stamp| small.strip_prefix(stamp))
        .filter(begin)
        .any(|rest| rest.contains(|c: char| c.is_ascii_digit()) && words(rest).all(is_date_word))
}

/// Whether a sentence is a place and a date: "Leeds, 4 March 2025."
fn is_dateline(sentence: &str) -> bool {
    let short = words(sentence).count() <= MAX_STAMP_WORDS;
    let places = words(sentence).filter(|word| !is_date_word(&word.to_lowercase())).collect::<Vec<_>>();
    let dated = words(sentence).any(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        && words(sentence).any(|word| is_calendar(&word.to_lowercase()));
    short
        && dated
        && places.len() <= MAX_PLACE_WORDS
        && places.iter().all(|word| word.starts_with(char::is_uppercase))
}

/// Whether a sentence is the name of its author: "By Ann Lee and Tom Hill, Northwick".
fn is_byline(sentence: &str, small: &str) -> bool {
    let mut bylines = Language::ALL.into_iter().flat_map(|language| language.tables().page.bylines);
    let is_name =
        |word: &str| word.starts_with(char::is_uppercase) || matches!(word, "and" | "et" | "de" | "of");
    let names = || words(sentence).skip(1);
    bylines.any(|by| words(small).next() == Some(*by))
        && (2..=MAX_NAME_WORDS).contains(&names().count())
        && names().all(is_name)
        && !names().any(|word| is_calendar(&word.to_lowercase()))
}

/// Whether a word can be part of a date or a time of day.
fn is_date_word(small: &str) -> bool {
    let is_number = small.starts_with(|c: char| c.is_ascii_digit());
    is_number || is_calendar(small) || Language::any_lists(small, |tables| tables.page.stamp_words)
}

fn is_calendar(small: &str) -> bool {
    Language::ALL
        .into_iter()
        .map(|language| &language.tables().calendar)
        .any(|calendar| calendar.weekdays.iter().chain(calendar.months).any(|noun| noun.has(small)))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | ':' | '\'' | '’')))
        .map(|word| word.trim_matches([':', '-']))
        .filter(|word| !word.is_empty())
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
    fn dates_authors_and_page_furniture_are_boilerplate() {
        for line in [
            "Published 4 March 2025, 09:30 GMT.",
            "Updated on Tuesday, 4 March at 9:30 a.m.",
            "Last updated: 12:30, 4 March 2025.",
            "Publié le 4 mars 2025 à 12h30.",
            "Mis à jour le mardi 4 mars à 12:30.",
            "Опубликовано 4 марта 2025 года в 12:30.",
            "Обновлено 4 марта в 12:30 мск.",
            "Leeds, 4 March 2025.",
            "Paris, le 4 mars 2025.",
            "Москва, 4 марта 2025 г.",
            "By Ann Lee and Tom Hill.",
            "Par Anne Leroy, Villeneuve.",
            "Photo: Ann Lee.",
            "Photo by Ann Lee.",
            "Image: the harbour on Sunday.",
            "The bridge in May (Photo: Ann Lee).",
            "Sign up to our newsletter.",
            "Subscribe to our newsletter.",
            "Inscrivez-vous à notre lettre.",
            "Partager sur les réseaux.",
            "Подпишитесь на нашу рассылку.",
            "Поделиться в соцсетях.",
        ] {
            assert!(!belongs(Block::Paragraph, line), "{line}");
        }
        for sentence in [
            "Published reports say that the bridge will close on 4 March.",
            "Updated rules apply from 4 March to all ferries of the port.",
            "By Monday the water had reached the old town.",
            "By 4 March, the bridge must be closed.",
            "Publié en mars, le rapport accuse le port.",
            "Опубликовано 4 марта исследование о климате.",
            "Par cette décision, la ville ferme le pont.",
            "Mayor Hill resigned on 4 March.",
            "The fire began on 4 March 2025.",
        ] {
            assert!(belongs(Block::Paragraph, sentence), "{sentence}");
        }
    }
}
