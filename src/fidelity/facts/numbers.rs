//! Compares numbers by value, whatever their form, and repairs the only wrong one.

use super::{
    Facts, Fault,
    calendar::{Dates, Times},
    figure::{Figure, Form},
    write,
};
use crate::{
    fidelity::Warning,
    lang::{Measure, Value},
};

/// Digits in a telephone number, at least. Such numbers may be grouped otherwise.
const GROUPED: usize = 7;
/// The least number whose word is compared although the translation may use no number: "two" can be "both" or "a couple".
const SURE_WORDS: f64 = 2.0;

/// Which numbers of a sentence and of its translation have the same value.
pub(super) struct Matched {
    /// Indexes of figures with the same value.
    pub pairs: Vec<(usize, usize)>,
    /// Figures of the source that nothing in the translation can stand for.
    pub missing: Vec<usize>,
    /// Figures of the translation that nothing in the source can stand for.
    pub added: Vec<usize>,
}

impl Matched {
    pub fn new(source: &Facts<'_>, target: &Facts<'_>, times: &Times, dates: &Dates) -> Self {
        let mut pairs = Vec::new();
        let mut taken = vec![false; target.figures.len()];
        let mut left: Vec<usize> = (0..source.figures.len()).collect();
        // Those that also measure the same come first, then numbers that are written alike.
        let rules: [fn(&Figure, &Figure) -> bool; 3] =
            [|one, other| alike(one, other) && one.form == other.form, alike, |one, other| one.is(other)];
        for rule in rules {
            left.retain(|&index| {
                let figure = &source.figures[index];
                let found = (0..taken.len()).find(|other| {
                    !taken[*other]
                        && figure.is(&target.figures[*other])
                        && rule(figure, &target.figures[*other])
                });
                if let Some(other) = found {
                    taken[other] = true;
                    pairs.push((index, other));
                }
                found.is_none()
            });
        }
        let mut added: Vec<usize> = (0..taken.len()).filter(|other| !taken[*other]).collect();
        let mut matched = Self { pairs, missing: left, added: Vec::new() };
        matched.excuse(source, target, &mut added, times, dates);
        matched.added = added;
        matched
    }

    /// Removes what can stand for each other although the values differ, or although one is no number.
    fn excuse(
        &mut self,
        source: &Facts<'_>,
        target: &Facts<'_>,
        added: &mut Vec<usize>,
        times: &Times,
        dates: &Dates,
    ) {
        if self.missing.is_empty() && added.is_empty() {
            return;
        }
        let missing = &mut self.missing;
        let grouped =
            telephone(source, missing).is_some_and(|digits| telephone(target, added) == Some(digits));
        if grouped {
            missing.clear();
            added.clear();
            return;
        }
        let value = |facts: &Facts<'_>, index: &usize| facts.figures[*index].number();
        // Parts of a sum ("2 млн 300 тыс."), a decade without its century, a number and a half.
        let pairs: Vec<(usize, usize)> =
            missing.iter().flat_map(|one| added.iter().map(move |other| (*one, *other))).collect();
        for (one, other) in pairs {
            if !missing.contains(&one) || !added.contains(&other) {
                continue;
            }
            let (left, right) = (value(source, &one), value(target, &other));
            let short = short_year(target, &other, left) || short_year(source, &one, right);
            let decade = short || decade(source, one, right) || self::decade(target, other, left);
            let (first, second) = (&source.figures[one], &target.figures[other]);
            let near = |more: f64, figure: &Figure| {
                (more - 0.5 * 10f64.powi(figure.scale)).abs() < 1e-9 * more.abs()
            };
            let half = (near(left - right, second) && loosely(target, 0.5))
                || (near(right - left, first) && loosely(source, 0.5));
            let below = left == -right && (below(source) || below(target));
            // "Three decades", "two dozen".
            let times = |many: f64, few: f64, facts: &Facts<'_>| {
                [10.0, 12.0, 20.0, 100.0, 1000.0]
                    .iter()
                    .any(|times| many == few * times && loosely(facts, *times))
            };
            let times = times(left, right, target) || times(right, left, source);
            if decade || half || below || times || first.lasts_as(second) {
                missing.retain(|index| *index != one);
                added.retain(|index| *index != other);
            }
        }
        summed(source, missing, target, added);
        summed(target, added, source, missing);
        let offered = |facts: &Facts<'_>, figure: &Figure| loosely(facts, figure.number());
        missing.retain(|index| {
            let figure = &source.figures[*index];
            !(offered(target, figure)
                || times.added_has(target, figure)
                || dates.added_has(figure)
                || repeated(source, *index, &self.pairs, |pair| pair.0))
        });
        added.retain(|index| {
            let figure = &target.figures[*index];
            !(offered(source, figure)
                || times.missing_has(source, figure)
                || dates.missing_has(figure)
                || repeated(target, *index, &self.pairs, |pair| pair.1))
        });
    }

    /// The faults, with a repair if exactly one number is wrong.
    pub fn faults(&self, source: &Facts<'_>, target: &Facts<'_>) -> Vec<Fault> {
        let sure = |facts: &Facts<'_>, index: &usize| {
            let figure = &facts.figures[*index];
            figure.form != Form::Words || figure.number() > SURE_WORDS
        };
        // A number in words is at fault only if another number stands in its place.
        let replaced = !self.missing.is_empty() && !self.added.is_empty();
        let missing: Vec<usize> = self
            .missing
            .iter()
            .copied()
            .filter(|index| replaced || source.figures[*index].form != Form::Words || sure(source, index))
            .collect();
        let added: Vec<usize> = self
            .added
            .iter()
            .copied()
            .filter(|index| replaced || target.figures[*index].form != Form::Words || sure(target, index))
            .collect();
        let text = |facts: &Facts<'_>, index: Option<&usize>| {
            index.map_or(String::new(), |index| facts.at(&facts.figures[*index].place).to_owned())
        };
        let even = missing.len() == added.len();
        let partner = |list: &[usize], at: usize| list.get(at).copied().filter(|_| even);
        let repairs = self.repairs(source, target, &missing, &added);
        let mut faults: Vec<Fault> = missing
            .iter()
            .enumerate()
            .map(|(at, index)| {
                let found = text(target, partner(&added, at).as_ref());
                Fault::new(Warning::NumberMissing, &text(source, Some(index)), &found)
            })
            .collect();
        faults.extend(added.iter().enumerate().map(|(at, index)| {
            let expected = text(source, partner(&missing, at).as_ref());
            Fault::new(Warning::NumberAdded, &expected, &text(target, Some(index)))
        }));
        for (fault, edit) in faults.iter_mut().zip(repairs) {
            fault.edit = Some(edit);
        }
        faults
    }

    fn repairs(
        &self,
        source: &Facts<'_>,
        target: &Facts<'_>,
        missing: &[usize],
        added: &[usize],
    ) -> Vec<(std::ops::Range<usize>, String)> {
        let (Some(first), Some(other)) = (missing.first(), added.first()) else { return Vec::new() };
        if missing.len() == 1 && added.len() == 1 {
            return write::number(source, *first, target, *other..*other + 1).into_iter().collect();
        }
        // "1,250,5" was read as three numbers: the digits are right, the marks are wrong.
        let adjacent = added.windows(2).all(|pair| {
            let gap = &target.text[target.figures[pair[0]].place.end..target.figures[pair[1]].place.start];
            pair[1] == pair[0] + 1 && gap.chars().count() == 1
        });
        if missing.len() == 1 && adjacent && joined(source, missing) == joined(target, added) {
            return write::number(source, *first, target, *other..*other + added.len()).into_iter().collect();
        }
        // Two wrong numbers that measure different things.
        if missing.len() == added.len() {
            let pairs: Vec<(usize, usize)> = missing
                .iter()
                .filter_map(|one| {
                    let figure = &source.figures[*one];
                    let mut alike = added.iter().filter(|other| {
                        !figure.measured.is_empty() && measures_alike(figure, &target.figures[**other])
                    });
                    let only = alike.next()?;
                    alike.next().is_none().then_some((*one, *only))
                })
                .collect();
            let distinct =
                pairs.iter().enumerate().all(|(at, pair)| pairs[..at].iter().all(|other| other.1 != pair.1));
            if pairs.len() == missing.len() && distinct {
                return pairs
                    .iter()
                    .filter_map(|(one, other)| write::number(source, *one, target, *other..*other + 1))
                    .collect();
            }
        }
        Vec::new()
    }
}

impl Figure {
    /// Whether two numbers can have the same value.
    pub fn is(&self, other: &Self) -> bool {
        let values = |figure: &Self| [Some(figure.value.clone()), figure.other.clone()];
        values(self).iter().flatten().any(|value| values(other).iter().flatten().any(|other| value == other))
    }

    /// Whether two numbers are the same length of time: two weeks are "quinze jours", 18 months a year and a half.
    pub fn lasts_as(&self, other: &Self) -> bool {
        let hours = |figure: &Self| -> Vec<f64> {
            let measures = figure.measured.iter().flat_map(|measured| &measured.meanings);
            measures.filter_map(|measure| Some(figure.number() * hours(*measure)?)).collect()
        };
        let (one, other) = (hours(self), hours(other));
        // A week is "huit jours", two weeks are "quinze jours".
        let idiom = |one: f64, other: f64| {
            (one == 7.0 * 24.0 && other == 8.0 * 24.0) || (one == 14.0 * 24.0 && other == 15.0 * 24.0)
        };
        one.iter()
            .any(|one| other.iter().any(|other| one == other || idiom(*one, *other) || idiom(*other, *one)))
    }

    /// Its value as a float, for sums and halves.
    pub fn number(&self) -> f64 {
        float(&self.value)
    }
}

/// The hours of a length of time.
fn hours(measure: Measure) -> Option<f64> {
    Some(match measure {
        Measure::Second => 1.0 / 3600.0,
        Measure::Minute => 1.0 / 60.0,
        Measure::Hour => 1.0,
        Measure::Day => 24.0,
        Measure::Week => 7.0 * 24.0,
        Measure::Month => 8766.0 / 12.0,
        Measure::Year => 8766.0,
        _ => return None,
    })
}

/// Whether a sentence has a word for temperatures below zero, where the sign of the number may be missing.
fn below(facts: &Facts<'_>) -> bool {
    facts.tokens.iter().any(|word| facts.measures.tables.below.contains(&word.small.as_str()))
}

/// A value as a float. Values with very many digits or zeros are no longer exact.
pub(super) fn float(value: &Value) -> f64 {
    format!(
        "{}{}e{}",
        if value.negative { "-" } else { "" },
        if value.digits.is_empty() { "0" } else { &value.digits },
        value.exponent
    )
    .parse()
    .unwrap_or(f64::NAN)
}

fn alike(one: &Figure, other: &Figure) -> bool {
    one.month == other.month
        && (measures_alike(one, other) || one.measured.is_empty() && other.measured.is_empty())
}

fn measures_alike(one: &Figure, other: &Figure) -> bool {
    one.measured.iter().any(|measured| other.measured.iter().any(|other| measured.may_be(other)))
}

/// The digits of numbers, all together.
fn joined(facts: &Facts<'_>, figures: &[usize]) -> String {
    figures.iter().map(|index| facts.figures[*index].digits.digits.as_str()).collect()
}

/// The digits of whole numbers, all together, if they are as many as in a telephone number.
fn telephone(facts: &Facts<'_>, figures: &[usize]) -> Option<String> {
    let whole = |index: &usize| {
        let figure = &facts.figures[*index];
        let marks = facts.at(&figure.place).contains([',', '.']);
        figure.form == Form::Digits
            && figure.digits.exponent == 0
            && figure.scale == 0
            && figure.measured.is_empty()
            && !marks
    };
    Some(joined(facts, figures)).filter(|digits| digits.len() >= GROUPED && figures.iter().all(whole))
}

/// Whether a number is a decade, and `other` its last two digits: the 1990s are the nineties.
fn decade(facts: &Facts<'_>, index: usize, other: f64) -> bool {
    let value = facts.figures[index].number();
    (1900.0..2100.0).contains(&value) && value % 10.0 == 0.0 && value % 100.0 == other
}

/// Whether a number is the last two digits of a year, as in "2011/12".
fn short_year(facts: &Facts<'_>, index: &usize, year: f64) -> bool {
    let figure = &facts.figures[*index];
    let joined = facts.text[..figure.place.start].ends_with(['/', '-', '–', '\'', '’']);
    joined
        && figure.digits.digits.len() == 2
        && (1900.0..2100.0).contains(&year)
        && year % 100.0 == figure.number()
}

/// Whether a word can stand for a value: "half", "dozen", "пятилетний".
fn loosely(facts: &Facts<'_>, value: f64) -> bool {
    let mut tens = 0.0;
    facts.tokens.iter().any(|word| {
        let small = word.small.as_str();
        let is = |(digits, power): &(u32, i32)| float(&Value::new(&digits.to_string(), *power));
        let mut loose = facts.measures.loose(small).iter().map(is);
        // "Twenty-first" has two words.
        let found = loose
            .any(|loose| (loose - value).abs() < 1e-9 || loose < 10.0 && (tens + loose - value).abs() < 1e-9);
        let compound = || facts.measures.compound(small).is_some_and(|number| is(&number) == value);
        let roman = || {
            matches!(
                (facts.text.get(word.place.clone()), value as u32),
                (Some("I"), 1) | (Some("V"), 5) | (Some("X" | "Х"), 10)
            ) && value.fract() == 0.0
        };
        let found = found || compound() || roman();
        tens = facts.grammar.number_word(small).filter(|number| *number >= 20).map_or(tens, f64::from);
        found
    })
}

/// Removes a number of `some` that is the sum of two of `others`, with these two.
fn summed(one: &Facts<'_>, some: &mut Vec<usize>, other: &Facts<'_>, others: &mut Vec<usize>) {
    some.retain(|index| {
        let sum = one.figures[*index].number();
        let parts = others.windows(2).position(|pair| {
            let parts: f64 = pair.iter().map(|index| other.figures[*index].number()).sum();
            (parts - sum).abs() <= sum.abs() * 1e-9 && pair[1] == pair[0] + 1
        });
        if let Some(at) = parts {
            others.drain(at..at + 2);
        }
        parts.is_none()
    });
}

/// Whether the same number stands elsewhere in the sentence and was found there: a translation may mention it once.
fn repeated(
    facts: &Facts<'_>,
    index: usize,
    pairs: &[(usize, usize)],
    side: fn(&(usize, usize)) -> usize,
) -> bool {
    let figure = &facts.figures[index];
    pairs.iter().any(|pair| facts.figures[side(pair)].is(figure))
}
