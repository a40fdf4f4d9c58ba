//! Words of a sentence, and how much two words of different languages look alike.

use std::ops::Range;

use crate::text::kept_spans;

/// A word or a mark of punctuation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// Byte range in the sentence.
    pub range: Range<usize>,
    pub is_word: bool,
    /// A tag, code or a placeholder.
    pub is_markup: bool,
    /// The form to compare: small Latin letters without accents.
    pub form: String,
}

/// The tokens of a sentence: words with the hyphens in them, elided words with their apostrophe, and single other characters.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Option<usize> = None;
    let mut chars = text.char_indices().peekable();
    let end_word = |open: &mut Option<usize>, end: usize, tokens: &mut Vec<Token>| {
        if let Some(start) = open.take() {
            tokens.push(Token {
                range: start..end,
                is_word: true,
                is_markup: false,
                form: form(&text[start..end]),
            });
        }
    };
    let mut spans = kept_spans(text).into_iter().peekable();
    while let Some((at, c)) = chars.next() {
        if let Some(span) = spans.next_if(|span| span.start == at) {
            end_word(&mut open, at, &mut tokens);
            while chars.next_if(|(at, _)| *at < span.end).is_some() {}
            tokens.push(Token {
                is_word: false,
                is_markup: true,
                form: text[span.clone()].to_owned(),
                range: span,
            });
            continue;
        }
        let next_is_word = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        if is_word_char(c) {
            open.get_or_insert(at);
        } else if open.is_some() && matches!(c, '-' | '\u{2011}' | '.' | ',') && next_is_word {
            // Inside a word or a number.
        } else if open.is_some() && matches!(c, '\'' | '’') {
            end_word(&mut open, at + c.len_utf8(), &mut tokens);
        } else {
            end_word(&mut open, at, &mut tokens);
            if !c.is_whitespace() {
                tokens.push(Token {
                    range: at..at + c.len_utf8(),
                    is_word: false,
                    is_markup: false,
                    form: c.to_string(),
                });
            }
        }
    }
    end_word(&mut open, text.len(), &mut tokens);
    tokens
}

fn is_word_char(c: char) -> bool {
    // A combining accent belongs to its letter.
    c.is_alphanumeric() || c == '_' || ('\u{300}'..='\u{36f}').contains(&c)
}

/// A word in small Latin letters without accents: names look alike in it.
fn form(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).map(latin).collect()
}

/// A letter without its accent, or the usual transliteration of a Russian letter.
fn latin(c: char) -> &'static str {
    const ASCII: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    if let Some(at) = ASCII.find(c) {
        return &ASCII[at..at + 1];
    }
    match c {
        'à' | 'â' | 'ä' | 'á' | 'а' => "a",
        'ç' => "c",
        'é' | 'è' | 'ê' | 'ë' | 'е' | 'ё' | 'э' => "e",
        'î' | 'ï' | 'í' | 'и' | 'й' | 'ы' => "i",
        'ô' | 'ö' | 'ó' | 'о' => "o",
        'ù' | 'û' | 'ü' | 'ú' | 'у' => "u",
        'œ' => "oe",
        'æ' => "ae",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'ж' => "j",
        'з' => "z",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'ф' => "f",
        'х' => "h",
        'ц' => "c",
        'ч' => "ch",
        'ш' | 'щ' => "sh",
        'ю' => "iu",
        'я' => "ia",
        _ => "",
    }
}

/// How much two forms look alike, from 0 to 1.
pub(super) fn likeness(a: &str, b: &str) -> f32 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let longest = a.len().max(b.len());
    if a == b {
        let strong = longest >= 4 || a.bytes().any(|b| b.is_ascii_digit());
        return if strong { 1.0 } else { 0.5 };
    }
    if a.bytes().chain(b.bytes()).any(|b| b.is_ascii_digit()) {
        return 0.0;
    }
    let prefix = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let by_prefix = if prefix >= 3 { prefix as f32 / longest as f32 } else { 0.0 };
    by_prefix.max(dice(a, b))
}

/// The share of pairs of letters that two words have in common.
fn dice(a: &str, b: &str) -> f32 {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() < 4 || b.len() < 4 || a.len().max(b.len()) > 40 {
        return 0.0;
    }
    let mut others: Vec<&[u8]> = b.windows(2).collect();
    let pairs = a.len() + b.len() - 2;
    let common = a
        .windows(2)
        .filter(|pair| {
            let found = others.iter().position(|other| other == pair);
            found.map(|at| others.swap_remove(at)).is_some()
        })
        .count();
    2.0 * common as f32 / pairs as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_words_and_marks() {
        let text = "L'Hôpital Saint-Étienne, 3,5 € !";
        let words: Vec<&str> = tokens(text).into_iter().map(|token| &text[token.range]).collect();
        assert_eq!(words, ["L'", "Hôpital", "Saint-Étienne", ",", "3,5", "€", "!"]);
    }

    #[test]
    fn names_look_alike_across_alphabets() {
        let like = |a: &str, b: &str| likeness(&form(a), &form(b));
        assert!(like("Владимир", "Vladimir") > 0.7);
        assert!(like("Макрона", "Macron") > 0.4);
        assert!(like("président", "president") > 0.9);
        assert!(like("bridge", "pont") < 0.3);
        assert_eq!(like("2018", "2019"), 0.0);
    }
}
