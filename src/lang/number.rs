//! Reads numbers in digits as values: 2,500.5 in English equals 2 500,5 in French and Russian, and 3.5 differs from 35.

use std::ops::Range;

use super::{language::Language, tables::Numbers};

/// An exact number of any length: digits without zeros at either end, times a power of ten.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    pub negative: bool,
    pub digits: String,
    pub exponent: i32,
}

impl Value {
    /// Makes a value of `digits`, times ten to the power of `exponent`.
    pub fn new(digits: &str, exponent: i32) -> Self {
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return Self::default();
        }
        let zeros = digits.len() - digits.trim_end_matches('0').len();
        Self {
            negative: false,
            digits: significant.to_owned(),
            exponent: exponent.saturating_add(i32::try_from(zeros).unwrap_or(i32::MAX)),
        }
    }
}

/// A number in digits, at its place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberSpan {
    /// Its bytes in the text, without the sign.
    pub place: Range<usize>,
    pub negative: bool,
    pub digits: String,
    /// The power of ten to multiply the digits by: 0 or less.
    pub exponent: i32,
}

impl From<&NumberSpan> for Value {
    fn from(written: &NumberSpan) -> Self {
        Self { negative: written.negative, ..Self::new(&written.digits, written.exponent) }
    }
}

/// Returns the numbers of a text in order.
pub fn numbers(language: Language, text: &str) -> Vec<NumberSpan> {
    runs(text).into_iter().flat_map(|run| in_run(language, text, run)).collect()
}

/// Returns the runs of digits with single separators between them, each from its first digit to its last.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c.is_ascii_digit() {
            open.get_or_insert(at..at).end = at + 1;
            continue;
        }
        let separates = matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’');
        if !separates || !characters.peek().is_some_and(|(_, next)| next.is_ascii_digit()) {
            places.extend(open.take());
        }
    }
    places.extend(open);
    places
}

/// Splits a run into numbers. Groups of three digits form one number, and the last separator may be a decimal mark. All other
/// runs (a date, a score, a year before a number) are several numbers.
fn in_run(language: Language, text: &str, run: Range<usize>) -> Vec<NumberSpan> {
    // Each part with the separator before it.
    let mut parts: Vec<(Option<char>, Range<usize>)> = Vec::new();
    let (mut start, mut before) = (run.start, None);
    for (at, mark) in text[run.clone()].char_indices().filter(|(_, c)| !c.is_ascii_digit()) {
        parts.push((before, start..run.start + at));
        (start, before) = (run.start + at + mark.len_utf8(), Some(mark));
    }
    parts.push((before, start..run.end));

    let point = |mark: Option<char>| matches!(mark, Some('.' | ','));
    let Numbers { thousands, decimal, .. } = language.tables().numbers;
    let mut found = Vec::new();
    let mut rest = parts.as_slice();
    while let Some(((before, first), tail)) = rest.split_first() {
        let mut number = NumberSpan {
            place: first.clone(),
            negative: is_negative(language, &text[..first.start]),
            digits: text[first.clone()].to_owned(),
            exponent: 0,
        };
        let mark = tail.first().and_then(|(mark, _)| *mark);
        // The first parts of 0.125 and 1234.567 and the 23 in 1:23.456 cannot start groups of three digits.
        let leads =
            first.len() <= 3 && !text[first.clone()].starts_with('0') && !text[..first.start].ends_with(':');
        let mut groups = 0;
        if leads && (mark == Some(thousands) || !point(mark)) {
            groups = tail.iter().take_while(|(other, part)| *other == mark && part.len() == 3).count();
            // An IP address has the same mark again after what look like groups.
            if point(mark) && tail.get(groups).is_some_and(|(other, _)| *other == mark) {
                groups = 0;
            }
        }
        for (_, part) in &tail[..groups] {
            number.digits.push_str(&text[part.clone()]);
            number.place.end = part.end;
        }
        rest = &tail[groups..];
        if let Some(((mark, part), behind)) = rest.split_first() {
            let alone = !point(*before) && !behind.first().is_some_and(|(mark, _)| point(*mark));
            if alone && point(*mark) && (*mark == Some(decimal) || part.len() != 3 || !leads) {
                number.digits.push_str(&text[part.clone()]);
                number.exponent = -i32::try_from(part.len()).unwrap_or(i32::MAX);
                number.place.end = part.end;
                rest = behind;
            }
        }
        found.push(number);
    }
    found
}

/// Whether the text before a number ends with a minus: a word, or a sign that joins nothing. A currency sign may follow the
/// minus sign. "Plus or minus" and "au moins" (at least) are not a minus.
pub fn is_negative(language: Language, before: &str) -> bool {
    let before = before.trim_end_matches(['$', '€', '£', '₽']);
    if let Some(rest) = before.strip_suffix(['-', '−', '–']) {
        let joins = |c: char| c.is_alphanumeric() || matches!(c, '+' | '/' | ')' | '%' | '-' | '.');
        return rest.ends_with("..") || !rest.chars().next_back().is_some_and(joins);
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '\'' | '’');
    let words = before.rsplit(ends).filter(|word| !word.is_empty());
    let mut words = words.map(|word| word.trim_matches(|c: char| !c.is_alphabetic()));
    let (word, previous) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is = |word: &str, names: &[&str]| names.contains(&word.to_lowercase().as_str());
    let numbers = &language.tables().numbers;
    is(word, numbers.minus) && !is(previous, numbers.no_minus_behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(language: Language, text: &str) -> Vec<Value> {
        numbers(language, text).iter().map(Value::from).collect()
    }

    #[test]
    fn a_number_has_the_same_value_in_every_language() {
        let english = read(Language::English, "2,500.5");
        assert_eq!(english, [Value { negative: false, digits: "25005".to_owned(), exponent: -1 }]);
        for text in ["2 500,5", "2.500,5", "2\u{202f}500,50"] {
            assert_eq!(read(Language::French, text), english, "{text}");
        }
    }

    #[test]
    fn a_decimal_mark_changes_the_value() {
        assert_ne!(read(Language::English, "3.5"), read(Language::French, "35"));
        assert_eq!(read(Language::English, "3.5"), read(Language::French, "3,5"));
        // Many Russian texts have a decimal point.
        assert_eq!(read(Language::English, "3.5"), read(Language::Russian, "3.5"));
    }

    #[test]
    fn adjacent_numbers_stay_separate() {
        for (text, digits) in [
            ("12.05.2021", vec!["12", "5", "2021"]),
            ("in 2019 300 people", vec!["2019", "3"]),
            ("6-4 6-3", vec!["6", "4", "6", "3"]),
            ("In 2023 1,200 homes", vec!["2023", "12"]),
        ] {
            let found: Vec<String> =
                read(Language::English, text).into_iter().map(|value| value.digits).collect();
            assert_eq!(found, digits, "{text}");
        }
    }

    #[test]
    fn a_minus_makes_a_number_negative() {
        use Language::{English, French, Russian};
        let minus = read(English, "fell to -15 degrees");
        assert_ne!(minus, read(English, "fell to 15 degrees"));
        for (language, text) in [
            (French, "à −15 degrés"),
            (French, "(moins 15 °C)"),
            (French, "à –15 °C"),
            (English, "net income of -$15"),
            (Russian, "до минус 15"),
            (Russian, "до –15 градусов"),
        ] {
            assert_eq!(read(language, text), minus, "{text}");
        }
        assert_eq!(read(Russian, "-5...-10 градусов"), read(English, "-5 to -10 degrees"));
        for (language, text) in [
            (English, "plus or minus 3 points"),
            (English, "+/-3 points"),
            (English, "2019-20"),
            (French, "plus ou moins 3 points"),
            (French, "au moins 15"),
            (French, "d'au moins 15"),
            (French, "moins de 15"),
            (French, "le G-15"),
            (Russian, "плюс-минус 3 пункта"),
        ] {
            assert!(read(language, text).iter().all(|value| !value.negative), "{text}");
        }
    }

    #[test]
    fn a_point_separates_thousands_only_in_a_valid_group() {
        for text in ["1:23.456", "0.125", "192.168.100.25", "1234.567"] {
            assert_eq!(read(Language::Russian, text), read(Language::English, text), "{text}");
        }
        assert_eq!(read(Language::Russian, "1.234.567"), read(Language::English, "1,234,567"));
    }

    #[test]
    fn the_place_of_a_number_has_only_the_number() {
        let text = "около 2 500,5 км";
        let [number] = &numbers(Language::Russian, text)[..] else { panic!("one number") };
        assert_eq!(&text[number.place.clone()], "2 500,5");
    }
}
