//! Numbers with all that belongs to them: their scale, and what they measure.

use std::ops::Range;

use super::{
    clock::{Around, Time},
    token::follows,
};
use crate::lang::{
    Before, Grammar, Language, Measure, MeasureKind, Named, NumberSpan, SIGNS, Value, Weight, Word,
    is_negative, number, numbers,
};

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Digits,
    Words,
    Roman,
}

/// A word or a sign for what a number measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measured {
    /// Its possible meanings: "pounds" are money or a weight.
    pub meanings: Vec<Measure>,
    pub place: Range<usize>,
    /// The index of its form among those of the noun; `None` for a sign or an abbreviation.
    pub form: Option<u8>,
}

impl Measured {
    pub fn is_of(&self, kind: MeasureKind) -> bool {
        self.meanings.iter().any(|measure| measure.kind() == kind)
    }

    /// Whether it may mean the same as another.
    pub fn may_be(&self, other: &Self) -> bool {
        self.meanings.iter().any(|measure| other.meanings.contains(measure))
    }
}

/// A number in a sentence.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    /// Its bytes, with the scale.
    pub place: Range<usize>,
    /// Its bytes, without the scale.
    pub mantissa: Range<usize>,
    pub value: Value,
    /// Its value if an ambiguous abbreviation is no scale: "5m" can be five metres.
    pub other: Option<Value>,
    /// The number without its scale.
    pub digits: NumberSpan,
    /// The power of ten of the scale; 0 without one.
    pub scale: i32,
    pub form: Form,
    pub measured: Vec<Measured>,
    pub month: Option<u8>,
}

/// Reads the numbers and the times of day of a sentence.
pub(super) fn figures(grammar: &Grammar, around: &Around<'_>) -> (Vec<Figure>, Vec<Time>) {
    let Around { text, tokens, .. } = *around;
    let mut spans = numbers(grammar.language, text).into_iter().peekable();
    let (mut figures, mut times) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let start = tokens[at].place.start;
        while spans.next_if(|span| span.place.start < start).is_some() {}
        let (span, form) = match spans.next_if(|span| span.place.start == start) {
            Some(span) => (span, Form::Digits),
            None => match in_words(grammar, around, at).or_else(|| roman(text, &tokens[at])) {
                Some(found) => found,
                None => {
                    at += 1;
                    continue;
                }
            },
        };
        let behind = at + tokens[at..].iter().take_while(|word| word.place.start < span.place.end).count();
        let hour = match span.exponent {
            0 => span.digits.parse().ok().map(|hour| (hour, None)),
            // "6.30 p.m."
            -2 => span.digits.parse::<u32>().ok().map(|number| (number / 100, Some(number % 100))),
            _ => None,
        };
        let time = hour.filter(|_| form != Form::Roman && span.digits.len() <= 4);
        if let Some((time, end)) = time.and_then(|(hour, minute)| around.time(at, behind, hour, minute)) {
            times.push(time);
            at = end;
            continue;
        }
        let (figure, end) = figure(grammar, around, span, form, at, behind);
        figures.push(figure);
        at = end.max(at + 1);
    }
    share_scales(text, &mut figures);
    (figures, times)
}

/// In "12 to 16 thousand", the first number may be thousands as well.
fn share_scales(text: &str, figures: &mut [Figure]) {
    for at in 1..figures.len() {
        let (scale, start) = (figures[at].scale, figures[at].mantissa.start);
        let first = &mut figures[at - 1];
        let between = text[first.place.end..start].trim_matches(|c: char| !c.is_alphanumeric());
        if scale > 0 && first.scale == 0 && first.other.is_none() && between.chars().count() <= 3 {
            let exponent = first.value.exponent.saturating_add(scale);
            first.other = Some(Value { exponent, ..first.value.clone() });
        }
    }
}

/// A number in words; "twenty-first" is one as well.
fn in_words(grammar: &Grammar, around: &Around<'_>, at: usize) -> Option<(NumberSpan, Form)> {
    let Around { text, tokens, measures } = *around;
    let (mut value, mut count) = number(grammar, tokens, at)?;
    let joiner = grammar.tables.numbers.joiner.as_ref().map_or("", |joiner| joiner.word);
    let and = usize::from(tokens.get(at + count).is_some_and(|word| word.small == joiner));
    if value >= 20
        && value.is_multiple_of(10)
        && let Some(word) = tokens.get(at + count + and).filter(|word| follows(word))
        && let Some(ordinal) = measures.ordinal(&word.small).filter(|ordinal| *ordinal < 10)
    {
        value += ordinal;
        count += and + 1;
    }
    let place = tokens[at].place.start..tokens[at + count - 1].place.end;
    let negative = is_negative(grammar.language, &text[..place.start]);
    Some((NumberSpan { place, negative, digits: value.to_string(), exponent: 0 }, Form::Words))
}

/// A Roman numeral of at least two letters, or with the ending of an ordinal: "XVI", "XVIe", "Ve".
fn roman(text: &str, word: &Word) -> Option<(NumberSpan, Form)> {
    let written = &text[word.place.clone()];
    // Russian texts often have the Cyrillic letters.
    let digit = |c: char| match c {
        'I' | 'І' => Some(1),
        'V' => Some(5),
        'X' | 'Х' => Some(10),
        _ => None,
    };
    let length = written.find(|c| digit(c).is_none()).unwrap_or(written.len());
    let ending = &written[length..];
    let letters: Vec<u32> = written[..length].chars().filter_map(digit).collect();
    let ordinal = matches!(ending, "e" | "er" | "ère" | "ème");
    if !(ordinal && !letters.is_empty() || ending.is_empty() && letters.len() >= 2) || letters.len() > 7 {
        return None;
    }
    let mut value = 0;
    for (index, digit) in letters.iter().enumerate() {
        match letters.get(index + 1) {
            Some(next) if next > digit => value -= *digit as i32,
            _ => value += *digit as i32,
        }
    }
    // "IIII" and "VX" are no numbers.
    let canonical =
        to_roman(u32::try_from(value).ok()?) == written[..length].replace('Х', "X").replace('І', "I");
    let place = word.place.clone();
    canonical
        .then(|| (NumberSpan { place, negative: false, digits: value.to_string(), exponent: 0 }, Form::Roman))
}

/// Writes a number below 40 with Roman numerals.
pub(super) fn to_roman(mut value: u32) -> String {
    let mut roman = String::new();
    for (step, letters) in [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")] {
        while value >= step && roman.len() < 16 {
            roman.push_str(letters);
            value -= step;
        }
    }
    roman
}

/// The number of `span`, which takes the words from `at` to `behind`; returns the index of the next word as well.
fn figure(
    grammar: &Grammar,
    around: &Around<'_>,
    span: NumberSpan,
    form: Form,
    at: usize,
    behind: usize,
) -> (Figure, usize) {
    let tokens = around.tokens;
    let mut figure = Figure {
        place: span.place.clone(),
        mantissa: span.place.clone(),
        value: Value::from(&span),
        other: None,
        scale: 0,
        form,
        measured: Vec::new(),
        month: None,
        digits: span,
    };
    let mut end = behind;
    if form != Form::Roman {
        end = scaled(grammar, around, &mut figure, behind);
    }
    let named = |at: usize| match grammar.named(tokens, at) {
        Some(Named::Month(month)) => Some(month),
        _ => None,
    };
    let behind_month = tokens.get(end).filter(|word| follows(word)).and_then(|_| named(end));
    let before_month = || at.checked_sub(1).filter(|_| follows(&tokens[at])).and_then(named);
    let day = figure.scale == 0 && figure.value.exponent <= 1 && figure.digits.digits.len() <= 2;
    figure.month = behind_month.or_else(before_month).filter(|_| day);
    measured(around, &mut figure, at, end);
    // A measure of two words must not be read as a number: "pour cent".
    let last = figure.measured.iter().map(|measured| measured.place.end).max().unwrap_or(0);
    let past = tokens.partition_point(|word| word.place.start < last);
    (figure, end.max(past.min(end + 2)))
}

/// Reads the scales behind a number: "2 млн 300 тыс." has two of them. Returns the index of the next word.
fn scaled(grammar: &Grammar, around: &Around<'_>, figure: &mut Figure, behind: usize) -> usize {
    let Around { text, tokens, measures } = *around;
    let mut end = behind;
    while let Some(word) = tokens.get(end) {
        let gap = &text[figure.place.end..word.place.start];
        let near = gap.trim_matches(|c: char| c.is_whitespace() || c == '.').is_empty() || gap == "-";
        let scale = grammar
            .tables
            .numbers
            .scales
            .iter()
            .find(|(name, _)| *name == word.small)
            .map(|(_, power)| *power);
        // "90-миллионный".
        let adjective = || {
            measures
                .tables
                .compound_scales
                .iter()
                .find(|(beginning, _)| gap == "-" && word.small.starts_with(beginning))
        };
        let scale = scale.or_else(|| adjective().map(|(_, power)| *power));
        // "15-ти миллионов".
        if gap == "-" && measures.tables.digit_endings.contains(&word.small.as_str()) && end == behind {
            figure.place.end = word.place.end;
            end += 1;
            continue;
        }
        let Some(power) = scale.filter(|_| near) else { break };
        let glued = gap.is_empty();
        // "m" after a currency sign is million; elsewhere it may be metres. "k" may be kilometres.
        let short = word.small.chars().count() == 1;
        let signed = money_before(text, figure.mantissa.start).is_some();
        if short && !glued {
            break;
        }
        if short && !signed {
            figure.other = Some(figure.value.clone());
        }
        // In French, "cent" after a number in words was read with it.
        if grammar.language == Language::French && power == 2 {
            break;
        }
        figure.value.exponent = figure.value.exponent.saturating_add(power);
        figure.scale += power;
        figure.place.end = word.place.end;
        end += 1;
    }
    // "M€" and "Md$" are glued to their sign.
    if end == behind
        && grammar.language != Language::English
        && let Some(word) = tokens.get(end)
        && matches!(&text[word.place.clone()], "M" | "Md" | "Mds" | "k")
        && text[word.place.end..].trim_start().starts_with(['$', '€', '£'])
        && text[figure.place.end..word.place.start].trim().is_empty()
    {
        let power = if word.small == "k" {
            3
        } else if word.small == "m" {
            6
        } else {
            9
        };
        figure.value.exponent = figure.value.exponent.saturating_add(power);
        figure.scale += power;
        figure.place.end = word.place.end;
        end += 1;
    }
    end
}

/// The currency sign before a number, with the letters of its country: "US$".
fn money_before(text: &str, start: usize) -> Option<(Range<usize>, &'static [Measure])> {
    let before = &text[..start];
    let bare = before.trim_end_matches([' ', '\u{a0}', '\u{202f}', '-', '−']);
    let sign = bare.chars().next_back()?;
    let (_, meanings) = SIGNS.iter().find(|(other, _)| *other == sign && sign != '%')?;
    let sign_start = bare.len() - sign.len_utf8();
    // After a number, the sign belongs to that number, unless it touches only this one.
    let previous = bare[..sign_start].trim_end_matches([' ', '\u{a0}', '\u{202f}']);
    if previous.ends_with(|c: char| c.is_ascii_digit())
        && (bare.len() < before.len() || previous.len() == sign_start)
    {
        return None;
    }
    let letters = bare[..sign_start].bytes().rev().take_while(u8::is_ascii_uppercase).count();
    let real = sign == '$' && &bare[sign_start - letters..sign_start] == "R";
    let meanings = if real { &[Measure::Real] } else { *meanings };
    Some((sign_start - letters..bare.len(), meanings))
}

/// Finds what a number measures: a sign or a code before it, a sign behind it, or one of the next words.
fn measured(around: &Around<'_>, figure: &mut Figure, at: usize, end: usize) {
    let Around { text, tokens, measures } = *around;
    if let Some((place, meanings)) = money_before(text, figure.mantissa.start) {
        figure.measured.push(Measured { meanings: meanings.to_vec(), place, form: None });
    } else if let Some(code) = at.checked_sub(1).map(|before| &tokens[before])
        && code.is_abbreviation()
        && code.name.len() == 3
        && tokens[at].before == Before::Blank
        && let [(measure, None)] = measures.measures(&code.small)
    {
        figure.measured.push(Measured { meanings: vec![*measure], place: code.place.clone(), form: None });
    }
    let next = tokens.get(end);
    let gap = &text[figure.place.end..next.map_or(text.len(), |next| next.place.start)];
    let marks = gap.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '.'));
    let mark_start = figure.place.end + gap.len() - marks.len();
    let mark = marks.chars().next();
    // A sign before the next number belongs to that one.
    let taken = mark.is_some_and(|mark| {
        mark != '%'
            && mark_start > figure.place.end
            && text[mark_start + mark.len_utf8()..].starts_with(|c: char| c.is_ascii_digit())
    });
    if let Some((mark, meanings)) = SIGNS.iter().find(|(sign, _)| Some(*sign) == mark && !taken) {
        let place = mark_start..mark_start + mark.len_utf8();
        figure.measured.push(Measured { meanings: meanings.to_vec(), place, form: None });
        return;
    }
    if mark == Some('°') {
        let scale = next.map(|next| next.small.as_str());
        let measure = match scale {
            Some("c" | "с") => Some(Measure::Celsius),
            Some("f" | "ф") => Some(Measure::Fahrenheit),
            _ => None,
        };
        if let (Some(measure), Some(next)) = (measure, next) {
            let place = mark_start..next.place.end;
            figure.measured.push(Measured { meanings: vec![measure], place, form: None });
        }
        return;
    }
    if !gap.chars().all(|c| c.is_whitespace() || matches!(c, '-' | '‑' | '.' | '\'' | '’')) {
        return;
    }
    figure.measured.extend(named_measure(around, end));
}

/// The measure that one of the words from `at` on names: "miles", "square miles", "de dollars", "pour cent".
fn named_measure(around: &Around<'_>, at: usize) -> Option<Measured> {
    let Around { tokens, measures, .. } = *around;
    let tables = measures.tables;
    let mut skipped = false;
    for next in at..(at + 3).min(tokens.len()) {
        let word = &tokens[next];
        let first = next == at && word.before != Before::Clause;
        if !first && !follows(word) {
            return None;
        }
        let small = word.small.as_str();
        let behind = tokens.get(next + 1).filter(|word| follows(word));
        let phrase = tables.phrases.iter().find(|(first, second, _)| {
            *first == small && behind.is_some_and(|behind| behind.small == *second)
        });
        if let (Some((_, _, measure)), Some(behind)) = (phrase, behind) {
            return Some(Measured {
                meanings: vec![*measure],
                place: word.place.start..behind.place.end,
                form: None,
            });
        }
        let found = measures.measures(small);
        if let Some((first, form)) = found.first() {
            let far = skipped
                && !matches!(first.kind(), MeasureKind::Money | MeasureKind::Unit | MeasureKind::Percent);
            // One letter names a unit only beside the number; "19-м" is an ordinal.
            let letter = small.chars().count() == 1;
            let large = letter && word.capital && small != "l";
            if far || large || letter && (next > at || word.before == Before::Hyphen) {
                return None;
            }
            let mut meanings: Vec<Measure> = found.iter().map(|(measure, _)| *measure).collect();
            // "5 euro cents", "five pounds sterling".
            if let Some(behind) = behind.filter(|_| first.kind() == MeasureKind::Money) {
                let more = measures.measures(&behind.small).iter().map(|(measure, _)| *measure);
                let more: Vec<Measure> =
                    more.filter(|measure| measure.kind() == MeasureKind::Money).collect();
                match meanings.iter().any(|measure| more.contains(measure)) {
                    true => meanings.retain(|measure| more.contains(measure)),
                    false => meanings.extend(more),
                }
            }
            return Some(Measured { meanings, place: word.place.clone(), form: *form });
        }
        if tables.links.contains(&small) {
            continue;
        }
        let adjective = word.weight != Weight::None || matches!(small, "us" | "sq" | "кв" | "куб" | "u.s");
        if skipped || !adjective {
            return None;
        }
        skipped = true;
    }
    None
}
