//! Numbers in the format of the target language: 1,234.5 in English, 1 234,5 in French and Russian.

use super::{NARROW, NO_BREAK};
use crate::lang::{Language, NumberSpan, Pair, Value, numbers};

/// The output with the separators of its language in all numbers whose value the source has, and in those that only the source's
/// language writes like this: "60,000" for "60 thousand" is no French number.
pub(super) fn formatted(pair: Pair, source: &str, output: String) -> String {
    if !output.contains(|c: char| c.is_ascii_digit()) {
        return output;
    }
    let is_separated = |text: &str| text.contains(|c: char| !c.is_ascii_digit());
    let expected = numbers(pair.source, source);
    let read = numbers(pair.target, &output);
    // A model may copy the number with the separators of the source.
    let copied = numbers(pair.source, &output);
    let mut text = String::with_capacity(output.len() + 8);
    let mut at = 0;
    let value = |number: &NumberSpan| Value { negative: false, ..Value::from(number) };
    let has = |number: &&NumberSpan| expected.iter().any(|other| value(other) == value(number));
    // "60,000" equals the 60 of "60 thousand" as a French number, but nobody writes 60 like this.
    let has_exactly = |number: &&NumberSpan| {
        let three_places =
            |other: &NumberSpan| other.exponent == number.exponent && value(other) == value(number);
        let foreign = is_foreign(pair, &output[number.place.clone()]);
        has(number) && (!foreign || expected.iter().any(three_places))
    };
    let own: Vec<&NumberSpan> = read.iter().filter(has_exactly).collect();
    let overlaps = |number: &&NumberSpan| {
        own.iter().any(|other| other.place.start < number.place.end && number.place.start < other.place.end)
    };
    let has_or_foreign =
        |number: &&NumberSpan| has(number) || is_foreign(pair, &output[number.place.clone()]);
    let others = copied.iter().filter(has_or_foreign).filter(|number| !overlaps(number));
    let mut both: Vec<&NumberSpan> = own.iter().copied().chain(others).collect();
    both.sort_by_key(|number| number.place.start);
    for number in both {
        let written = &output[number.place.clone()];
        let origin = expected.iter().find(|other| value(other) == value(number));
        let origin_text = origin.map_or("", |origin| &source[origin.place.clone()]);
        let whole = number.digits.len().saturating_sub(number.exponent.unsigned_abs() as usize);
        let grouped = whole > 4
            && origin_text.chars().take_while(|c| *c != decimal(pair.source)).any(|c| !c.is_ascii_digit());
        // A decimal point in a Russian text may belong to a time or a section: it stays.
        let foreign =
            origin.is_some_and(|origin| origin.exponent < 0) && !origin_text.contains(decimal(pair.source));
        if number.place.start < at || foreign || !(is_separated(written) || grouped) {
            continue;
        }
        text.push_str(&output[at..number.place.start]);
        let groups =
            written.chars().filter(|c| !c.is_ascii_digit()).count() > usize::from(number.exponent < 0);
        push(&mut text, pair.target, &number.digits, whole, groups || grouped);
        at = number.place.end;
    }
    text.push_str(&output[at..]);
    text
}

/// Whether a number has groups of three digits with commas, as only English does.
fn is_foreign(pair: Pair, written: &str) -> bool {
    let mut groups = written.split(',');
    let first = groups.next().unwrap_or_default();
    pair.source == Language::English
        && (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && written.contains(',')
        && groups.all(|group| group.len() == 3)
        && written.bytes().all(|b| b.is_ascii_digit() || b == b',')
}

/// Appends a number, whose first `whole` digits are before the decimal mark.
fn push(text: &mut String, language: Language, digits: &str, whole: usize, groups: bool) {
    for (at, digit) in digits.chars().enumerate() {
        if at == whole {
            text.push(decimal(language));
        } else if groups && at > 0 && at < whole && (whole - at).is_multiple_of(3) {
            text.push(match language {
                Language::English => ',',
                Language::French => NARROW,
                Language::Russian => NO_BREAK,
            });
        }
        text.push(digit);
    }
}

fn decimal(language: Language) -> char {
    language.tables().numbers.decimal
}
