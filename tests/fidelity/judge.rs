//! Judges the translation of a trap by what its line in `traps.jsonl` demands, and by the rule of its class.

use triglot::lang::Language;

use super::traps::Trap;

const BOM: char = '\u{feff}';

/// What is wrong with a translation; empty for a right one.
pub fn faults(trap: &Trap, rule: Rule, translation: &str) -> Vec<String> {
    let count = |text: &str, part: &str| text.matches(part).count();
    let lost = |part: &&String| count(translation, part) < count(&trap.source, part);
    let found = plain(translation);
    let has = |part: &String| contains(&found, &plain(part));
    let mut faults: Vec<String> =
        trap.keep.iter().filter(lost).map(|part| format!("lost {part:?}")).collect();
    let missing = trap.any.iter().filter(|group| !group.iter().any(has));
    faults.extend(missing.map(|group| format!("no {:?}", group.join("|"))));
    faults.extend(trap.never.iter().filter(|part| has(part)).map(|part| format!("has {part:?}")));
    faults.extend((!rule.holds(trap, translation)).then(|| format!("{rule:?} fails")));
    faults
}

/// What all translations of a class have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nothing beyond the line of the trap.
    Line,
    /// No small letters, except in what is kept.
    Capitals,
    /// The mark at the end of the source, or none.
    End,
    /// Quotation marks of the target language, in pairs.
    Quotes,
    /// As many lines as the source, and the same ones empty.
    Lines,
    /// The source, byte for byte, unless the trap also has a part to translate.
    Unchanged,
    /// No soft hyphens and characters without width.
    Visible,
    /// No letters of the source's script.
    Script,
}

impl Rule {
    fn holds(self, trap: &Trap, translation: &str) -> bool {
        match self {
            Self::Line => true,
            Self::Capitals => !translation.contains(char::is_lowercase),
            Self::End => end(&trap.source) == end(translation),
            Self::Quotes => quotes_fit(trap.target(), translation),
            Self::Lines => {
                let blank = |text: &str| -> Vec<bool> {
                    text.split('\n').map(|line| line.trim().is_empty()).collect()
                };
                blank(&trap.source) == blank(translation)
            }
            Self::Unchanged => !trap.keep.contains(&trap.source) || trap.source == translation,
            // A byte order mark at the start belongs to the file.
            Self::Visible => {
                let text = if trap.source.starts_with(BOM) {
                    translation.trim_start_matches(BOM)
                } else {
                    translation
                };
                !text.contains(['\u{ad}', '\u{200b}', '\u{2060}', BOM])
            }
            Self::Script => trap.pair().source != Language::Russian || !translation.contains(is_cyrillic),
        }
    }
}

fn is_cyrillic(letter: char) -> bool {
    ('\u{400}'..='\u{4ff}').contains(&letter)
}

/// The mark that ends a text.
#[derive(Debug, PartialEq, Eq)]
enum End {
    None,
    Stop,
    Question,
    Ellipsis,
}

fn end(text: &str) -> End {
    let text = text.trim_end();
    match text.chars().next_back() {
        Some('?') => End::Question,
        Some('…') => End::Ellipsis,
        Some('.') if text.ends_with("...") => End::Ellipsis,
        Some('.') => End::Stop,
        _ => End::None,
    }
}

fn quotes_fit(target: Language, text: &str) -> bool {
    let count = |mark: char| text.matches(mark).count();
    let paired = |open, close| count(open) == count(close);
    let angled = count('«') > 0 && paired('«', '»') && count('"') == 0;
    match target {
        Language::English => {
            let straight = count('"');
            let is_quoted = straight > 0 || count('“') > 0;
            is_quoted && straight % 2 == 0 && paired('“', '”') && count('«') + count('»') == 0
        }
        Language::French => {
            let spaced = |inside: Option<char>| inside.is_some_and(char::is_whitespace);
            let opened = text.split('«').skip(1).all(|after| spaced(after.chars().next()));
            let closed = text.split('»').rev().skip(1).all(|before| spaced(before.chars().next_back()));
            angled && opened && closed
        }
        Language::Russian => angled,
    }
}

/// A text as alternatives are compared: small letters, plain spaces and apostrophes, е for ё.
fn plain(text: &str) -> String {
    let plain = |c| match c {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '’' => '\'',
        '\u{2011}' => '-',
        'ё' => 'е',
        c => c,
    };
    text.to_lowercase().chars().map(plain).collect()
}

/// Whether a text contains a part from the start of a word on: a stem matches all its endings. A space at the end of the part stands
/// for the end of a word. A number matches only as a whole: neither "25" nor "5" is in "1.25".
fn contains(text: &str, part: &str) -> bool {
    let (stem, is_whole) = part.strip_suffix(' ').map_or((part, false), |stem| (stem, true));
    text.match_indices(stem).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + stem.len()..]);
        let starts = match (before.chars().next_back(), stem.chars().next()) {
            (Some(before), Some(first)) => !(before.is_alphanumeric() && first.is_alphanumeric()),
            _ => true,
        };
        let ends = !is_whole || !after.starts_with(char::is_alphanumeric);
        starts && ends && is_number_start(before, stem) && is_number_end(stem, after)
    })
}

fn is_number_start(before: &str, stem: &str) -> bool {
    let head = before.strip_suffix(['.', ',']).unwrap_or(before);
    !(stem.starts_with(is_digit) && head.ends_with(is_digit))
}

fn is_number_end(stem: &str, after: &str) -> bool {
    let tail = after.strip_prefix(['.', ',']).unwrap_or(after);
    let thousands = after.strip_prefix(' ').is_some_and(|rest| {
        rest.chars().take_while(|c| is_digit(*c)).count() == 3 && !rest[3..].starts_with(is_digit)
    });
    !(stem.ends_with(is_digit) && (tail.starts_with(is_digit) || thousands))
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

#[test]
fn a_stem_matches_from_the_start_of_a_word() {
    assert!(contains("les pompiers", "pompier"));
    assert!(!contains("les pompiers", "piers"));
    assert!(contains("le 3 mars.", "mars ") && !contains("à marseille", "mars "));
    assert!(contains("he didn't go", "'t ") && contains("n'a pas", "n'"));
}

#[test]
fn a_number_matches_as_a_whole() {
    for (text, part, expected) in [
        ("1.25 m", "25", false),
        ("1,25 m", "5", false),
        ("12 450 livres", "12", false),
        ("12 450 livres", "12 450", true),
        ("en 2024, 25 livres", "25", true),
        ("€45.", "45", true),
        ("2.4bn", "2.4bn ", true),
        ("150", "15", false),
    ] {
        assert_eq!(contains(text, part), expected, "{part} in {text}");
    }
}

#[test]
fn quotation_marks_are_those_of_the_target() {
    assert!(quotes_fit(Language::French, "Le « mot » est là."));
    assert!(
        !quotes_fit(Language::French, "Le «mot» est là.") && !quotes_fit(Language::French, "Le \"mot\".")
    );
    assert!(quotes_fit(Language::Russian, "Вот «слово».") && !quotes_fit(Language::Russian, "Вот «слово."));
    assert!(quotes_fit(Language::English, "A \"word\".") && quotes_fit(Language::English, "A “word”."));
    assert!(!quotes_fit(Language::English, "A \"word.") && !quotes_fit(Language::English, "A word."));
}
