//! Whether a sentence is text that a model of the three languages can read. Of what is not, as a line of brackets or a sentence in
//! Thai, models make a faulty copy, or something that nobody has said, and they take long for it.

use unicode_script::{Script, UnicodeScript};

use crate::text::spans;

/// A sentence with fewer characters costs little, and may be a formula.
const SHORT: usize = 32;
/// Of the characters, at least one in so many is a letter. Tables of results have more letters than this.
const LETTERS: usize = 5;

/// Whether enough of the characters are letters in which English, French and Russian are written. Addresses, emoji and other spans
/// that a translation copies do not count.
pub fn is_readable(text: &str) -> bool {
    has_letters(text.chars()) || {
        let spans = spans(text);
        let ends = spans.iter().map(|span| span.place.end);
        let starts = spans.iter().map(|span| span.place.start).chain([text.len()]);
        has_letters([0].into_iter().chain(ends).zip(starts).flat_map(|(from, to)| text[from..to].chars()))
    }
}

fn has_letters(characters: impl Iterator<Item = char>) -> bool {
    let (mut all, mut letters) = (0, 0);
    for c in characters.filter(|c| !c.is_whitespace()) {
        all += 1;
        letters += usize::from(c.is_alphabetic() && matches!(c.script(), Script::Latin | Script::Cyrillic));
    }
    all < SHORT || letters * LETTERS >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_letters_of_the_languages() {
        for text in [
            "The mayor said on Monday that the bridge would open.",
            "Мэр объявил в понедельник, что мост откроют в июне.",
            "Tre\u{301}s bien, la ve\u{301}rite\u{301} a e\u{301}te\u{301} de\u{301}couverte.",
            "Nadal 6-4, 6-3, 7-6 (7-5), 6-2 Federer; Moya 6-4, 7-6 (8-6), 6-1 Sampras",
            "12 345 678 km² (4 766 090 sq mi), 9.8 %, 45.6 mm",
            "The sign says 市长星期一说大桥将于六月开放, nobody knows why.",
            "f(x) = 2x² − 7",
            "Bravo 🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈",
        ] {
            assert!(is_readable(text), "{text}");
        }
    }

    #[test]
    fn noise_and_other_scripts_are_not_read() {
        for text in [
            format!("a{}", "[".repeat(399)),
            "市长星期一说大桥将于六月开放。".repeat(3),
            "นายกเทศมนตรีกล่าวเมื่อวันจันทร์ว่า".to_owned(),
            "a 1 2 3 4 5 6 7 8 9 ".repeat(8),
            format!("Z{}a", "\u{300}\u{316}\u{323}".repeat(20)),
        ] {
            assert!(!is_readable(&text), "{text}");
        }
    }
}
