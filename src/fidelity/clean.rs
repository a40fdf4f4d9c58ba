//! What a model should read of a sentence: letters in one form, and no characters that a reader does not see.
//!
//! Tokenizers have pieces for plain text. A soft hyphen or a Latin letter in a Cyrillic word splits the word into pieces that the
//! model has hardly ever seen, and the translation is wrong. Nothing changes outside of what the model reads.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

use crate::{lang::Language, text::Edits};

/// Latin letters with the Cyrillic letters of the same shape.
const ALIKE: [(char, char); 24] = [
    ('a', 'а'),
    ('c', 'с'),
    ('e', 'е'),
    ('o', 'о'),
    ('p', 'р'),
    ('x', 'х'),
    ('y', 'у'),
    ('ë', 'ё'),
    ('A', 'А'),
    ('B', 'В'),
    ('C', 'С'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('K', 'К'),
    ('M', 'М'),
    ('O', 'О'),
    ('P', 'Р'),
    ('T', 'Т'),
    ('X', 'Х'),
    ('Y', 'У'),
    ('Ë', 'Ё'),
    ('k', 'к'),
    ('i', 'і'),
    ('I', 'І'),
];

/// Edits that make a sentence clean: composed letters, single spaces, letters of one script in a word. Visible words stay as they
/// are in number and order.
pub fn clean(language: Language, text: &str) -> Edits {
    // The most frequent case: printable ASCII with single spaces.
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) && !text.contains("  ") {
        return Edits::default();
    }
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let end = |at: usize| characters.get(at).map_or(text.len(), |(place, _)| *place);
    let mut at = 0;
    while at < characters.len() {
        let (start, c) = characters[at];
        let next = if is_blank(&characters, at) {
            let next = run(&characters, at, is_blank);
            let spaced = characters[at..next].iter().any(|(_, c)| c.is_whitespace());
            replace(&mut edits, text, start..end(next), if spaced { " ".to_owned() } else { String::new() });
            next
        } else if c.is_ascii() && !c.is_alphabetic() {
            at + 1
        } else if c.is_alphabetic() {
            // A word with its marks; invisible characters inside do not end it.
            let next = run(&characters, at, |all, at| {
                let c = all[at].1;
                c.is_alphabetic()
                    || canonical_combining_class(c) > 0
                    || (is_invisible(all, at) && !c.is_whitespace())
            });
            word(&mut edits, language, text, &characters[at..next], end(next));
            next
        } else {
            let with = plain(c);
            if let Some(with) = with {
                replace(&mut edits, text, start..end(at + 1), with);
            }
            at + 1
        };
        at = next;
    }
    edits.into_iter().collect()
}

/// Where a run of characters from `at` on ends.
fn run(all: &[(usize, char)], at: usize, holds: impl Fn(&[(usize, char)], usize) -> bool) -> usize {
    (at..all.len()).find(|&at| !holds(all, at)).unwrap_or(all.len())
}

/// White space and what nobody sees.
fn is_blank(all: &[(usize, char)], at: usize) -> bool {
    all[at].1.is_whitespace() || is_invisible(all, at)
}

/// Whether a character has no shape of its own: soft hyphens, joiners, marks of direction, control characters. The joiners inside
/// emoji have a meaning.
fn is_invisible(all: &[(usize, char)], at: usize) -> bool {
    match all[at].1 {
        '\u{200d}' => {
            let emoji =
                |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}');
            let near = |at: Option<usize>| at.and_then(|at| all.get(at)).is_some_and(|(_, c)| emoji(*c));
            !(near(at.checked_sub(1)) && near(Some(at + 1)))
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}'
        | '\u{feff}' => true,
        c => c.is_control() && !c.is_whitespace(),
    }
}

/// Adds an edit, unless it changes nothing.
fn replace(edits: &mut Vec<(Range<usize>, String)>, text: &str, range: Range<usize>, with: String) {
    if text[range.clone()] != with {
        edits.push((range, with));
    }
}

/// The plain form of a mark or of a digit: hyphens that do not break, full-width forms.
fn plain(c: char) -> Option<String> {
    match c {
        '\u{2010}' | '\u{2011}' => Some("-".to_owned()),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).map(String::from),
        c => {
            let composed: String = [c].into_iter().nfc().collect();
            (!composed.chars().eq([c])).then_some(composed)
        }
    }
}

/// Cleans one word. Each letter with its marks is an edit of its own, so offsets stay exact.
fn word(
    edits: &mut Vec<(Range<usize>, String)>,
    language: Language,
    text: &str,
    characters: &[(usize, char)],
    end: usize,
) {
    let plain = |c: char| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
    let latin = |c: char| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{17f}');
    // The words of one script need nothing, except that a single Latin letter may be a Cyrillic word.
    if characters.iter().all(|(_, c)| plain(*c))
        || (characters.len() > 1 && characters.iter().all(|(_, c)| latin(*c)))
    {
        return;
    }
    let script = script(language, characters);
    let mut at = 0;
    while at < characters.len() {
        let next = (at + 1..characters.len())
            .find(|&next| canonical_combining_class(characters[next].1) == 0)
            .unwrap_or(characters.len());
        let range = characters[at].0..characters.get(next).map_or(end, |(place, _)| *place);
        if is_invisible(characters, at) {
            replace(edits, text, range, String::new());
        } else if !text[range.clone()].is_ascii() || script == Script::Cyrillic {
            let with = letter(script, characters[at..next].iter().map(|(_, c)| *c));
            replace(edits, text, range, with);
        }
        at = next;
    }
}

/// A letter with its marks in the script of its word.
fn letter(script: Script, characters: impl Iterator<Item = char> + Clone) -> String {
    let composed: String = match characters.clone().next() {
        // The acute marks the stressed syllable; the grave is an old spelling of it.
        Some(base) if is_cyrillic(base) || script == Script::Cyrillic => {
            let bare = match base {
                'ѐ' => 'е',
                'ѝ' => 'и',
                'Ѐ' => 'Е',
                'Ѝ' => 'И',
                base => base,
            };
            let marks = characters.skip(1).filter(|mark| !matches!(mark, '\u{300}' | '\u{301}'));
            [bare].into_iter().chain(marks).nfc().collect()
        }
        _ => characters.nfc().collect(),
    };
    let mut letters = String::with_capacity(composed.len());
    for c in composed.chars() {
        match (script, c) {
            (Script::Cyrillic, c) => letters.push(cyrillic(c).unwrap_or(c)),
            (_, '\u{fb00}'..='\u{fb06}') => letters.extend([c].into_iter().nfkc()),
            (Script::Latin, c) => letters.push(latin(c).unwrap_or(c)),
            (_, '\u{ff01}'..='\u{ff5e}') => letters.extend(plain(c).iter().flat_map(|c| c.chars())),
            (_, c) => letters.push(c),
        }
    }
    letters
}

/// The script of a word that needs letters replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Leave the letters as they are.
    Any,
    Latin,
    Cyrillic,
}

/// The script that all letters of a word can have. In a word of both, the letters that only one script has decide, then the
/// number of letters, then the language.
fn script(language: Language, word: &[(usize, char)]) -> Script {
    let letters = || word.iter().map(|(_, c)| *c).filter(|c| c.is_alphabetic());
    let count = |is: &dyn Fn(char) -> bool| letters().filter(|c| is(*c)).count();
    let (latins, cyrillics) = (count(&is_latin), count(&is_cyrillic));
    if latins == 0 || cyrillics == 0 {
        // The prepositions and conjunctions of one letter: "c 5 мая" with a Latin c.
        let single =
            letters().nth(1).is_none() && letters().all(|c| matches!(c, 'a' | 'c' | 'o' | 'y' | 'k'));
        return if single && language == Language::Russian { Script::Cyrillic } else { Script::Any };
    }
    let only_latin = count(&|c| is_latin(c) && cyrillic(c).is_none());
    let only_cyrillic = count(&|c| is_cyrillic(c) && latin(c).is_none());
    match (only_latin, only_cyrillic) {
        // "PRщик" mixes on purpose.
        (1.., 1..) => Script::Any,
        (0, 1..) => Script::Cyrillic,
        (1.., 0) => Script::Latin,
        _ if latins > cyrillics => Script::Latin,
        _ if latins < cyrillics || language == Language::Russian => Script::Cyrillic,
        _ => Script::Latin,
    }
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}')
}

/// Whether a letter is Cyrillic.
pub(super) fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{4ff}')
}

/// The Cyrillic letter that looks like a Latin one.
fn cyrillic(c: char) -> Option<char> {
    ALIKE
        .iter()
        .find(|(latin, _)| *latin == c)
        .map(|(_, cyrillic)| *cyrillic)
        .filter(|c| !matches!(c, 'і' | 'І'))
}

/// The Latin letter that looks like a Cyrillic one.
fn latin(c: char) -> Option<char> {
    match c {
        'ѕ' => Some('s'),
        'ј' => Some('j'),
        'Ѕ' => Some('S'),
        'Ј' => Some('J'),
        // A small к is smaller than a k.
        'к' => None,
        c => ALIKE.iter().find(|(_, cyrillic)| *cyrillic == c).map(|(latin, _)| *latin),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Language::{English, French, Russian};

    #[test]
    fn a_model_reads_plain_letters_and_spaces() {
        for (language, text, expected) in [
            (Russian, "Ми\u{ad}нистр со\u{ad}об\u{ad}щил", "Министр сообщил"),
            (English, "Par\u{ad}lia\u{ad}ment", "Parliament"),
            (French, "gouver\u{ad}nement", "gouvernement"),
            (
                English,
                "The\u{a0}government announced\u{202f}new\u{2009}measures",
                "The government announced new measures",
            ),
            (English, "announced  new   measures on\tThursday", "announced new measures on Thursday"),
            (French, "a annoncé\nde nouvelles\r\n mesures", "a annoncé de nouvelles mesures"),
            (French, "«\u{a0}Oui\u{202f}!\u{a0}»", "« Oui ! »"),
            (Russian, "более 3\u{a0}000 человек", "более 3 000 человек"),
            (
                Russian,
                "Министр сooбщил, чтo нoвый зaкoн вступит в силу eщё в июнe.",
                "Министр сообщил, что новый закон вступит в силу ещё в июне.",
            ),
            (Russian, "МОСКВA, CCCP", "МОСКВА, CCCP"),
            (Russian, "c 5 мая пo 7 июня", "с 5 мая по 7 июня"),
            (Russian, "витамин C и IT-компания", "витамин C и IT-компания"),
            (Russian, "PRщик, iPhone", "PRщик, iPhone"),
            (English, "Раris аnd Lоndоn", "Paris and London"),
            (French, "Еlysée, mаrdі", "Elysée, mardi"),
            (English, "the ѕtate of Јapan", "the state of Japan"),
            (Russian, "за\u{301}мок и замо\u{301}к", "замок и замок"),
            (Russian, "И\u{306}од и е\u{308}лка", "Йод и ёлка"),
            (Russian, "Буряти\u{301}и\u{306}", "Бурятий"),
            (French, "e\u{301}cole, garc\u{327}on, noe\u{308}l", "école, garçon, noël"),
            (English, "cafe\u{301} society", "café society"),
            (English, "\u{feff}The \u{200b}news\u{2060}paper\u{200e}", "The newspaper"),
            (English, "zero\u{200c}width\u{200d}joiners", "zerowidthjoiners"),
            (
                English,
                "the family 👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}\u{200d}🔥",
                "the family 👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}\u{200d}🔥",
            ),
            (English, "the ﬁrst oﬃce ﬂoor", "the first office floor"),
            (English, "ＮＡＴＯ １２％", "NATO 12%"),
            (English, "non\u{2011}breaking", "non-breaking"),
            (English, "bell\u{7} and null\u{0}", "bell and null"),
            (Russian, "нa\u{ad}рoд", "народ"),
            (English, "5 \u{212b}ngstr\u{f6}m, \u{2126}", "5 Ångström, Ω"),
            (English, "Plain text stays.", "Plain text stays."),
        ] {
            let edits = clean(language, text);
            assert_eq!(edits.apply(text), expected, "{text:?}");
            assert_eq!(clean(language, expected).apply(expected), expected, "{text:?}");
        }
    }

    #[test]
    fn offsets_of_a_cleaned_word_are_exact() {
        let text = "Ми\u{ad}нистр сooбщил";
        let edits = clean(Russian, text);
        let cleaned = edits.apply(text);
        let place = edits.back(cleaned.find("сообщил").map(|at| at..cleaned.len()).unwrap());
        assert_eq!(&text[place], "сooбщил");
    }

    proptest! {
        #[test]
        fn visible_words_stay_in_number(text in "[a-c аоеéй\u{301}\u{ad}\u{a0}\u{200b}\u{200d}\t\n😆0-2.,-]{0,40}") {
            for language in Language::ALL {
                let cleaned = clean(language, &text).apply(&text);
                let visible = |text: &str| text.split_whitespace().filter(|word| word.contains(|c: char| c.is_alphanumeric())).count();
                prop_assert_eq!(visible(&text), visible(&cleaned), "{:?}", cleaned);
                prop_assert_eq!(clean(language, &cleaned).apply(&cleaned), cleaned);
            }
        }
    }
}
