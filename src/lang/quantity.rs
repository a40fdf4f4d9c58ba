//! Finds the numbers in a sentence, in digits or in words, with the noun that each counts and the month beside it.

use super::{
    grammar::{Grammar, Named},
    language::Language,
    number::{NumberSpan, Value, is_negative, numbers},
    numeral::number,
    tables::Unit,
    unit::unit,
    word::{Before, Weight, Word},
};

/// Whether a value is a whole number from 1000 to 2099.
fn is_year(value: &Value) -> bool {
    let whole = format!("{}{}", value.digits, "0".repeat(value.exponent.clamp(0, 3) as usize));
    value.exponent >= 0 && whole.len() == 4 && (1000..2100).contains(&whole.parse::<u32>().unwrap_or(0))
}

/// A number in a sentence.
#[derive(Debug)]
pub struct Quantity {
    pub value: Value,
    pub unit: Unit,
    /// The number as written.
    pub text: String,
    /// The stem of the counted word: the first of the next two words that has a weight.
    pub counted: Option<String>,
    /// The month before or after it.
    pub month: Option<Named>,
    pub year: bool,
}

/// Returns the numbers of a sentence, in digits or in words.
pub fn quantities(grammar: &Grammar, sentence: &str, words: &[Word]) -> Vec<Quantity> {
    let in_digits = numbers(grammar.language, sentence);
    let runs = in_digits.chunk_by(|one, next| joins(&sentence[one.place.end..next.place.start]));
    let joined: Vec<Quantity> = runs.filter_map(joined).collect();
    let single = in_digits.into_iter().map(|written| quantity(grammar, sentence, words, written));
    let mut found: Vec<Quantity> = single.chain(joined).collect();
    let mut at = 0;
    while at < words.len() {
        let Some((number, count)) = number(grammar, words, at) else {
            at += 1;
            continue;
        };
        let place = words[at].place.start..words[at + count - 1].place.end;
        let negative = is_negative(grammar.language, &sentence[..place.start]);
        let written = NumberSpan { place, negative, digits: number.to_string(), exponent: 0 };
        found.push(quantity(grammar, sentence, words, written));
        at += count;
    }
    found
}

/// Whether the text between two numbers joins them into a time, a score or a date.
fn joins(between: &str) -> bool {
    let mark = between.trim();
    between == "."
        || matches!(mark, ":" | "-" | "–" | "‑" | "/")
        || Language::any_lists(mark, |tables| tables.numbers.hour_marks)
}

/// Makes one quantity of joined numbers, because their order matters: 3:1 is not 1:3.
fn joined(parts: &[NumberSpan]) -> Option<Quantity> {
    let [_, _, ..] = parts else { return None };
    let text = parts.iter().map(|part| part.digits.trim_start_matches('0')).collect::<Vec<_>>().join(":");
    Some(Quantity {
        value: Value { digits: text.clone(), ..Value::default() },
        unit: Unit::None,
        text,
        counted: None,
        month: None,
        year: false,
    })
}

fn quantity(grammar: &Grammar, sentence: &str, words: &[Word], written: NumberSpan) -> Quantity {
    let NumberSpan { place, negative, digits, mut exponent } = written;
    let next = words.partition_point(|word| word.place.end <= place.end);
    let first = words.partition_point(|word| word.place.end <= place.start);
    let (mut end, mut behind) = (place.end, next);
    // "18.7million" is one word, "two million" are two words.
    let glued = sentence[end..]
        .find(|c: char| !c.is_alphabetic())
        .map_or(&sentence[end..], |to| &sentence[end..][..to]);
    let spaced = words.get(next).filter(|word| word.place.start > end && word.before == Before::Blank);
    let scale = |name: &str| {
        grammar.tables.numbers.scales.iter().find(|(scale, _)| *scale == name).map(|(_, power)| *power)
    };
    if let Some(power) = scale(&glued.to_lowercase()) {
        exponent = exponent.saturating_add(power);
        end += glued.len();
        behind = words.partition_point(|word| word.place.end <= end);
    } else if let Some((word, power)) = spaced.and_then(|word| Some((word, scale(&word.small)?))) {
        exponent = exponent.saturating_add(power);
        end = word.place.end;
        behind += 1;
    }
    let start_sign = sentence[..place.start].trim_end().chars().next_back();
    let tail = sentence[end..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '.'));
    let tail: String = tail.chars().take(12).flat_map(char::to_lowercase).collect();
    let mut links = Language::ALL.into_iter().flat_map(|language| language.tables().numbers.unit_links);
    let unit = unit(start_sign, links.find_map(|link| tail.strip_prefix(link)).unwrap_or(&tail));
    let counted = words.get(behind..).into_iter().flatten().take(2).find(|word| word.weight != Weight::None);
    let month = [first.checked_sub(1), Some(behind)]
        .into_iter()
        .flatten()
        .find_map(|at| grammar.named(words, at).filter(|named| matches!(named, Named::Month(_))));
    let value = Value { negative, ..Value::new(&digits, exponent) };
    let year = unit == Unit::None && is_year(&value) && end == place.end && digits.len() == 4;
    Quantity {
        value,
        unit,
        text: sentence[place.start..end].to_owned(),
        counted: counted.map(|word| word.stem.clone()),
        month,
        year,
    }
}

/// Returns the days, months, ordinals and amounts of a sentence, with the indexes of their words.
pub fn all_named(grammar: &Grammar, words: &[Word]) -> Vec<(usize, Named)> {
    (0..words.len()).filter_map(|at| Some((at, grammar.named(words, at)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::words::words, *};

    fn read(language: Language, sentence: &str) -> Vec<(String, i32, Unit)> {
        let grammar = Grammar::of(language);
        let found = quantities(grammar, sentence, &words(grammar, sentence));
        found.into_iter().map(|found| (found.value.digits, found.value.exponent, found.unit)).collect()
    }

    #[test]
    fn a_number_has_the_same_value_in_every_form() {
        for (language, texts, unit) in [
            (Language::English, ["$2.5 million", "2,500,000 dollars", "$2.5million"], Unit::Dollar),
            (Language::French, ["2,5 millions d'euros", "2 500 000 euros", "2.500.000 €"], Unit::Euro),
            (Language::Russian, ["2,5 млн рублей", "2 500 000 рублей", "2,5 миллиона руб."], Unit::Rouble),
        ] {
            for text in texts {
                assert_eq!(read(language, text), [("25".to_owned(), 5, unit)], "{text}");
            }
        }
        assert_eq!(read(Language::English, "twelve"), read(Language::English, "12"));
        assert_eq!(read(Language::French, "douze %"), [("12".to_owned(), 0, Unit::Percent)]);
    }

    #[test]
    fn number_words_form_one_number() {
        for (language, words, digits) in [
            (Language::English, "twenty-one people", "21 people"),
            (Language::English, "ninety five people", "95 people"),
            (Language::English, "two hundred and twenty people", "220 people"),
            (Language::English, "a hundred and one people", "101 people"),
            (Language::English, "three thousand four hundred people", "3,400 people"),
            (Language::English, "two hundred thousand people", "200,000 people"),
            (Language::French, "vingt et une personnes", "21 personnes"),
            (Language::French, "cent vingt personnes", "120 personnes"),
            (Language::French, "deux cent quatre-vingt-trois personnes", "283 personnes"),
            (Language::French, "cent soixante-dix-huit personnes", "178 personnes"),
            (Language::French, "mille deux cents personnes", "1200 personnes"),
            (Language::French, "deux mille vingt personnes", "2020 personnes"),
            (Language::French, "dix-sept personnes", "17 personnes"),
            (Language::French, "soixante et onze personnes", "71 personnes"),
            (Language::French, "soixante-dix-sept personnes", "77 personnes"),
            (Language::French, "quatre-vingts personnes", "80 personnes"),
            (Language::French, "quatre-vingt-dix-neuf personnes", "99 personnes"),
            (Language::Russian, "двадцать один человек", "21 человек"),
            (Language::Russian, "сто двадцать пять человек", "125 человек"),
            (Language::Russian, "две тысячи двадцать человек", "2020 человек"),
            (Language::Russian, "тысяча сто человек", "1100 человек"),
        ] {
            assert_eq!(read(language, words), read(language, digits), "{words}");
        }
        let several = |language, text| read(language, text).len();
        assert_eq!(several(Language::English, "twenty, five and six"), 3);
        assert_eq!(several(Language::English, "between two hundred and three hundred"), 2);
        assert_eq!(several(Language::English, "several hundred people"), 0);
        assert_eq!(several(Language::French, "vingt pour cent"), 1);
        assert_eq!(several(Language::French, "deux ou trois"), 2);
        assert_eq!(several(Language::French, "vingt, quatre et dix"), 3);
    }

    #[test]
    fn dates_and_scores_are_several_numbers() {
        let digits = |text| read(Language::French, text).into_iter().map(|found| found.0).collect::<Vec<_>>();
        assert_eq!(digits("le 12.05.2021"), ["12", "5", "2021", "12:5:2021"]);
        assert_eq!(digits("en 2019 300 personnes"), ["2019", "3"]);
        assert_eq!(digits("3-1"), ["3", "1", "3:1"]);
    }
}
