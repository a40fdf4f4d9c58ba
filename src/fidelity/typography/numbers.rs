//! Numbers in the format of the target language: 1,234.5 in English, 1 234,5 in French and Russian.

use super::{NARROW, NO_BREAK};
use crate::lang::{Language, NumberSpan, Pair, Value, numbers};

/// The output with the separators of its language in all numbers whose value the source has.
pub(super) fn formatted(pair: Pair, source: &str, output: String) -> String {
    if ![source, &output].iter().all(|text| text.contains(|c: char| c.is_ascii_digit())) {
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
    let mut both: Vec<&NumberSpan> = read.iter().filter(has).collect();
    let overlaps = |number: &&NumberSpan| {
        read.iter()
            .filter(has)
            .any(|other| other.place.start < number.place.end && number.place.start < other.place.end)
    };
    both.extend(copied.iter().filter(has).filter(|number| !overlaps(number)));
    both.sort_by_key(|number| number.place.start);
    for number in both {
        let written = &output[number.place.clone()];
        let Some(origin) = expected.iter().find(|other| value(other) == value(number)) else { continue };
        let origin_text = &source[origin.place.clone()];
        let whole = number.digits.len().saturating_sub(number.exponent.unsigned_abs() as usize);
        let grouped = |text: &str, digits: usize| {
            text.chars().take_while(|c| *c != decimal(pair.source)).any(|c| !c.is_ascii_digit()) && digits > 3
        };
        // A decimal point in a Russian text may belong to a time or a section: it stays.
        let foreign = origin.exponent < 0 && !origin_text.contains(decimal(pair.source));
        if number.place.start < at
            || foreign
            || !(is_separated(written) || (whole > 4 && grouped(origin_text, whole)))
        {
            continue;
        }
        text.push_str(&output[at..number.place.start]);
        let groups =
            written.chars().filter(|c| !c.is_ascii_digit()).count() > usize::from(number.exponent < 0);
        push(
            &mut text,
            pair.target,
            &number.digits,
            whole,
            groups || (whole > 4 && grouped(origin_text, whole)),
        );
        at = number.place.end;
    }
    text.push_str(&output[at..]);
    text
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
