//! Writes out the English abbreviation of "number". A small model reads "No. 7" as "No", and the sentence is lost.

use crate::{lang::Language, text::Edits};

/// The abbreviations with what the model reads. In small letters, "no." also ends a sentence, so these stay.
const ABBREVIATIONS: [(&str, &str); 2] = [("No.", "number"), ("Nos.", "numbers")];

/// The edits that write out each abbreviation before a number.
pub fn written_out(language: Language, text: &str) -> Edits {
    let mut edits = Edits::default();
    if language != Language::English {
        return edits;
    }
    for (start, _) in text.match_indices("No") {
        let (before, rest) = (text[..start].trim_end(), &text[start..]);
        let found = ABBREVIATIONS.iter().find(|(short, _)| rest.starts_with(short));
        let Some((short, word)) = found.filter(|_| !text[..start].ends_with(char::is_alphanumeric)) else {
            continue;
        };
        let behind = &rest[short.len()..];
        if !behind.trim_start_matches([' ', '\u{a0}']).starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let capital = before.is_empty() || before.ends_with(['.', '!', '?', ':', '"', '“', '(']);
        let word = if capital { word.replacen('n', "N", 1) } else { (*word).to_owned() };
        let glued = behind.starts_with(|c: char| c.is_ascii_digit());
        edits.push(start..start + short.len(), word + if glued { " " } else { "" });
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_abbreviation_before_a_number_is_written_out() {
        for (text, expected) in [
            ("No. 7 was closed.", "Number 7 was closed."),
            ("At No.10, Nos. 3 and 4 agree.", "At number 10, numbers 3 and 4 agree."),
            ("No. Seven people left.", "No. Seven people left."),
            ("Casino. 7 left. No 7.", "Casino. 7 left. No 7."),
        ] {
            assert_eq!(written_out(Language::English, text).apply(text), expected);
        }
        assert!(written_out(Language::French, "No. 7").is_empty());
    }
}
