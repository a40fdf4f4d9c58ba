//! Writes facts in the language of a translation: the replacements of its wrong ones.

use std::ops::Range;

use super::{
    Facts, calendar,
    clock::{self, Time},
    figure::{Figure, Form, Measured, to_roman},
};
use crate::{
    fidelity::capitalised,
    lang::{Language, Measure, MeasureKind, Named, NumberSpan},
};

/// Forms of a Russian noun, by their place in `Noun::endings`.
const NOMINATIVE: u8 = 0;
const GENITIVE: u8 = 1;
const ACCUSATIVE: u8 = 3;
const PLURAL: u8 = 6;
const GENITIVE_PLURAL: u8 = 7;

/// A replacement in the translation.
pub(super) type Edit = (Range<usize>, String);

/// Replaces the figures `wrong` of the translation by the number `index` of the source.
pub(super) fn number(
    source: &Facts<'_>,
    index: usize,
    target: &Facts<'_>,
    wrong: Range<usize>,
) -> Option<Edit> {
    let figure = &source.figures[index];
    let (first, last) = (target.figures.get(wrong.start)?, target.figures.get(wrong.end - 1)?);
    let start = first.mantissa.start;
    if figure.form == Form::Roman || first.form == Form::Roman {
        return ordinal(figure, target, first);
    }
    let spelled = first.form == Form::Words && figure.form == Form::Words;
    if figure.value.negative != first.value.negative || spelled && first.place.start == 0 {
        return None;
    }
    let scale = figure.scale;
    let mut text = digits(source, figure, target.language);
    let mut place = start..last.place.end;
    let Some(word) = scale_word(target, last, scale, &figure.digits) else {
        // Without a word for the scale, all zeros are written.
        let mut expanded = figure.digits.clone();
        shift(&mut expanded, scale);
        text = grouped(&expanded, target.language, true);
        place.end = without_link(target, last);
        return Some((place, text));
    };
    if scale == 0 {
        place.end = without_link(target, last);
        return Some((place, text));
    }
    text = format!("{text}\u{a0}{word}");
    let behind = &target.text[place.end..];
    // "2 millions de dollars", but "2 Md€".
    let noun =
        behind.trim_start().starts_with(char::is_alphabetic) && behind.starts_with(char::is_whitespace);
    if target.language == Language::French && last.scale < 6 && scale >= 6 && noun {
        let vowel = behind.trim_start().starts_with(['a', 'e', 'i', 'o', 'u', 'é', 'h']);
        if vowel {
            place.end += behind.len() - behind.trim_start().len();
        }
        text.push_str(if vowel { " d'" } else { " de" });
    }
    Some((place, text))
}

/// The end of a French number with the "de" that only a word for a million or more needs.
fn without_link(target: &Facts<'_>, figure: &Figure) -> usize {
    let behind = &target.text[figure.place.end..];
    if target.language == Language::French && figure.scale >= 6 {
        for link in [" de ", " d'", " d’", "\u{a0}de "] {
            if behind.starts_with(link) {
                return figure.place.end + link.len() - usize::from(link.ends_with(' '));
            }
        }
    }
    figure.place.end
}

/// The word for a power of ten, in the form that the number and its neighbour in the translation need.
fn scale_word(target: &Facts<'_>, wrong: &Figure, scale: i32, digits: &NumberSpan) -> Option<&'static str> {
    let several = digits.digits.trim_start_matches('0').len() as i32 + digits.exponent > 1
        || digits.digits.starts_with(|c| c >= '2');
    Some(match (target.language, scale) {
        (_, 0) => "",
        (Language::English, 6) => "million",
        (Language::English, 9) => "billion",
        (Language::English, 12) => "trillion",
        (Language::French, 6) => {
            if several {
                "millions"
            } else {
                "million"
            }
        }
        (Language::French, 9) => {
            if several {
                "milliards"
            } else {
                "milliard"
            }
        }
        (Language::Russian, 3) if wrong.scale > 0 => "тыс.",
        (Language::Russian, 6) => "млн",
        (Language::Russian, 9) => "млрд",
        (Language::Russian, 12) => "трлн",
        _ => return None,
    })
}

/// Multiplies a number by a power of ten.
fn shift(span: &mut NumberSpan, power: i32) {
    for _ in 0..power.clamp(0, 15) {
        if span.exponent < 0 {
            span.exponent += 1;
        } else {
            span.digits.push('0');
        }
    }
}

/// The digits of a number, without its scale, as the language groups them.
fn digits(source: &Facts<'_>, figure: &Figure, language: Language) -> String {
    let written = source.at(&figure.mantissa);
    let whole = written.len() == figure.digits.digits.len() && figure.digits.exponent == 0;
    let year = whole && figure.digits.digits.len() <= 4 && figure.form == Form::Digits;
    grouped(&figure.digits, language, !year)
}

/// Writes a number with the marks of CLDR: "1,250.5", "1 250,5" with a narrow no-break space in French and a no-break space in
/// Russian.
pub(super) fn grouped(span: &NumberSpan, language: Language, group: bool) -> String {
    let (group_mark, decimal) = match language {
        Language::English => (",", "."),
        Language::French => ("\u{202f}", ","),
        Language::Russian => ("\u{a0}", ","),
    };
    let places = usize::try_from(-span.exponent).unwrap_or(0).min(span.digits.len());
    let (whole, fraction) = span.digits.split_at(span.digits.len() - places);
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if group && at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push_str(group_mark);
        }
        text.push(digit);
    }
    if text.is_empty() {
        text.push('0');
    }
    if !fraction.is_empty() {
        text.push_str(decimal);
        text.push_str(fraction);
    }
    text
}

/// Replaces an ordinal: "XVe" by "XVIe", "15th" by "16th".
fn ordinal(figure: &Figure, target: &Facts<'_>, wrong: &Figure) -> Option<Edit> {
    let value: u32 = figure.digits.digits.parse().ok()?;
    if wrong.form == Form::Roman {
        let written = target.at(&wrong.place);
        let ending: String = written.chars().filter(|c| c.is_lowercase()).collect();
        return (2..40)
            .contains(&value)
            .then(|| (wrong.place.clone(), format!("{}{ending}", to_roman(value))));
    }
    if wrong.form != Form::Digits || wrong.scale != 0 {
        return None;
    }
    let behind = &target.text[wrong.place.end..];
    let suffix = behind.get(..2).filter(|suffix| matches!(*suffix, "st" | "nd" | "rd" | "th"));
    let length = suffix.map_or(0, str::len);
    let ending = match (value % 100, value % 10) {
        _ if length == 0 => "",
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    Some((wrong.place.start..wrong.place.end + length, format!("{value}{ending}")))
}

/// Replaces a wrong measure of a number by the right one, in the same form.
pub(super) fn measure(target: &Facts<'_>, figure: &Figure, right: Measure, wrong: &Measured) -> Option<Edit> {
    let noun = target.measures.noun(right)?;
    let written = target.at(&wrong.place);
    let sign = written.chars().all(|c| !c.is_alphabetic());
    if wrong.meanings.len() > 1 && wrong.form.is_none()
        || right.kind() == MeasureKind::Percent
        || matches!(right, Measure::Celsius | Measure::Fahrenheit)
    {
        return None;
    }
    if let Some(other) = right.sign().filter(|_| sign) {
        return Some((wrong.place.clone(), other.to_owned()));
    }
    let form = form(target, figure, wrong)?;
    let word = noun.forms().nth(usize::from(form))?;
    if sign || wrong.place.start < figure.place.start {
        if !sign {
            return None;
        }
        // "$40 billion" becomes "40 billion roubles".
        let link = if target.language == Language::French && figure.scale >= 6 { link(&word) } else { " " };
        let end = figure.place.end.max(wrong.place.end);
        return Some((
            wrong.place.start.min(figure.place.start)..end,
            format!("{}{link}{word}", target.at(&figure.place)),
        ));
    }
    let before = &target.text[..wrong.place.start];
    let (elided, linked) = (before.ends_with(" d'") || before.ends_with(" d’"), before.ends_with(" de "));
    if target.language == Language::French && (elided || linked) {
        let length = if elided { before.len() - before.trim_end_matches(['\'', '’']).len() + 2 } else { 4 };
        return Some((wrong.place.start - length..wrong.place.end, format!("{}{word}", link(&word))));
    }
    // Russian numbers in words have a gender: "две гривны", "два доллара".
    if target.language == Language::Russian
        && figure.form == Form::Words
        && matches!(figure.digits.digits.as_str(), "1" | "2")
    {
        return None;
    }
    Some((wrong.place.clone(), word))
}

fn link(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'é', 'o']) { " d'" } else { " de " }
}

/// The form of the noun that replaces a measure.
fn form(target: &Facts<'_>, figure: &Figure, wrong: &Measured) -> Option<u8> {
    let one = figure.digits.digits == "1" && figure.scale == 0 && figure.digits.exponent == 0;
    if target.language != Language::Russian {
        return Some(u8::from(!one));
    }
    // A fixed noun such as "евро" has the same form everywhere.
    let fixed = wrong.form.is_none()
        || wrong
            .meanings
            .first()
            .and_then(|measure| target.measures.noun(*measure))
            .is_some_and(|noun| noun.endings.iter().all(|ending| ending.is_empty()));
    match wrong.form {
        Some(form)
            if !fixed && !matches!(form, NOMINATIVE | GENITIVE | ACCUSATIVE | PLURAL | GENITIVE_PLURAL) =>
        {
            Some(form)
        }
        _ => Some(counted(figure)),
    }
}

/// The form of a Russian noun after a number: 21 рубль, 2 рубля, 5 рублей.
fn counted(figure: &Figure) -> u8 {
    if figure.scale > 0 {
        return GENITIVE_PLURAL;
    }
    if figure.digits.exponent < 0 {
        return GENITIVE;
    }
    let digits: Vec<u32> = figure.digits.digits.chars().rev().filter_map(|c| c.to_digit(10)).collect();
    match (digits.get(1), digits.first()) {
        (Some(1), _) => GENITIVE_PLURAL,
        (_, Some(1)) => NOMINATIVE,
        (_, Some(2..=4)) => GENITIVE,
        _ => GENITIVE_PLURAL,
    }
}

/// Removes a sign that is too much: "$12.5%".
pub(super) fn without(target: &Facts<'_>, wrong: &Measured) -> Option<Edit> {
    let written = target.at(&wrong.place);
    let sign = written.chars().all(|c| !c.is_alphabetic());
    let mut place = wrong.place.clone();
    if target.text[..place.start].ends_with([' ', '\u{a0}', '\u{202f}']) {
        place.start = target.text[..place.start].trim_end().len();
        if target.text[place.end..].starts_with(|c: char| c.is_ascii_digit()) {
            place = wrong.place.clone();
        }
    }
    sign.then_some((place, String::new()))
}

/// Replaces a day or a month by another one, in the same case.
pub(super) fn day(target: &Facts<'_>, right: Named, wrong: &Range<usize>) -> Option<Edit> {
    let token = target.tokens.iter().find(|word| word.place == *wrong)?;
    let at = target.tokens.iter().position(|word| word.place == *wrong)?;
    let now = calendar::noun(target, target.grammar.named(&target.tokens, at)?)?;
    let noun = calendar::noun(target, right)?;
    let before = &target.text[..wrong.start];
    let preposition =
        before.trim_end().rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("").to_lowercase();
    let forms: Vec<String> = now.forms().collect();
    let fits: Vec<u8> =
        (0..).zip(&forms).filter(|(_, form)| **form == token.small).map(|(form, _)| form).collect();
    let wanted = match (target.language, preposition.as_str()) {
        (Language::Russian, "в" | "во" | "на" | "за" | "через" | "про")
            if matches!(right, Named::Weekday(_)) =>
        {
            &[ACCUSATIVE, 5, 8][..]
        }
        (Language::Russian, "в" | "во" | "о" | "об") => &[5][..],
        (Language::Russian, "к" | "ко" | "по") => &[2, 8][..],
        _ => &[][..],
    };
    let form = match wanted.iter().find(|form| fits.contains(form)).or(fits.first()) {
        Some(form) => noun.forms().nth(usize::from(*form))?,
        None => noun.short.first().map_or_else(|| noun.forms().next(), |short| Some((*short).to_owned()))?,
    };
    let form = if token.capital { capitalised(&form) } else { form };
    let mut place = wrong.clone();
    let mut text = form;
    // "в среду", but "во вторник".
    if matches!(preposition.as_str(), "в" | "во")
        && target.language == Language::Russian
        && before.ends_with(' ')
    {
        let start = before.len() - 1 - preposition.len();
        let capital = before[start..].starts_with('В');
        let needs = if text.to_lowercase().starts_with("вт") { "во" } else { "в" };
        text = format!("{} {text}", if capital { capitalised(needs) } else { needs.to_owned() });
        place.start = start;
    }
    Some((place, text))
}

/// Replaces a time of day.
pub(super) fn time(target: &Facts<'_>, right: &Time, wrong: &Time) -> Option<Edit> {
    let mut written = clock::written(target.language, right);
    // One full stop ends both the time and the sentence.
    if target.text[wrong.place.end..].starts_with('.') && written.ends_with('.') {
        written.pop();
    }
    // "в 9 часов утра" keeps its words.
    let simple = wrong.half.is_none() || wrong.marked;
    simple.then(|| (wrong.place.clone(), written))
}

/// Times in the form of English in a text of another language, "6:30 p.m." for "18 h 30", and those that no language has: "2 heures
/// du soir".
pub(super) fn styled(facts: &Facts<'_>) -> Vec<Edit> {
    let foreign = |time: &&Time| time.marked && facts.language != Language::English;
    let early = |time: &&Time| {
        let evening = facts
            .at(&time.place)
            .split_whitespace()
            .next_back()
            .is_some_and(|word| matches!(word, "soir" | "evening" | "вечера"));
        evening && time.half == Some(true) && (1..4).contains(&(time.hour % 12))
    };
    let wrong = facts.times.iter().filter(|time| foreign(time) || early(time));
    wrong.map(|time| (time.place.clone(), clock::written(facts.language, time))).collect()
}
