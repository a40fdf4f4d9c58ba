//! Compares days, months and times of day.

use std::ops::Range;

use super::{
    Facts, Fault,
    clock::{self, Time},
    figure::Figure,
    write,
};
use crate::{
    fidelity::Warning,
    lang::{Before, Language, List, Named, Noun},
};

/// Letters that a form shares with its day or month, at least: "июньский", "воскресный".
const STEM: usize = 3;

/// A day or a month in a sentence, by its place.
type Day = (Named, Range<usize>);

/// The days and months of two sentences, without those that both have.
pub(super) struct Dates {
    expected: Vec<Day>,
    found: Vec<Day>,
    missing: Vec<Day>,
    added: Vec<Day>,
}

impl Dates {
    pub fn compare(source: &Facts<'_>, target: &Facts<'_>) -> Self {
        let (expected, found) = (days(source), days(target));
        let without = |some: &[Day], others: &[Day], facts: &Facts<'_>| -> Vec<Day> {
            let left = some.iter().filter(|(day, _)| !others.iter().any(|(other, _)| other == day));
            left.filter(|(day, _)| !mentioned(facts, *day)).cloned().collect()
        };
        let (missing, added) = (without(&expected, &found, target), without(&found, &expected, source));
        Self { expected, found, missing, added }
    }

    /// Whether a month without its partner has this number: 03/04 is the third of April.
    pub fn missing_has(&self, figure: &Figure) -> bool {
        has_month(&self.missing, figure)
    }

    pub fn added_has(&self, figure: &Figure) -> bool {
        has_month(&self.added, figure)
    }

    pub fn faults(&self, source: &Facts<'_>, target: &Facts<'_>) -> Vec<Fault> {
        let weekday = |day: &&Day| matches!(day.0, Named::Weekday(_));
        let month = |day: &&Day| matches!(day.0, Named::Month(_));
        let mut faults = self.of_kind(source, target, weekday);
        faults.extend(self.of_kind(source, target, month));
        faults
    }

    fn of_kind(&self, source: &Facts<'_>, target: &Facts<'_>, kind: impl Fn(&&Day) -> bool) -> Vec<Fault> {
        let numbered = |facts: &Facts<'_>, day: &Day| match day.0 {
            Named::Month(month) => facts.figures.iter().any(|figure| figure.number() == f64::from(month)),
            _ => false,
        };
        let missing: Vec<&Day> =
            self.missing.iter().filter(&kind).filter(|day| !numbered(target, day)).collect();
        let added: Vec<&Day> = self.added.iter().filter(&kind).filter(|day| !numbered(source, day)).collect();
        let (expected, found): (Vec<&Day>, Vec<&Day>) =
            (self.expected.iter().filter(&kind).collect(), self.found.iter().filter(&kind).collect());
        // As many in both: each stands where its partner stands.
        let aligned = expected.len() == found.len();
        let fault = |one: Option<&Day>, other: Option<&Day>| {
            let text = |facts: &Facts<'_>, day: Option<&Day>| {
                day.map_or(String::new(), |day| facts.at(&day.1).to_owned())
            };
            let edit = one.zip(other).and_then(|(one, other)| write::day(target, one.0, &other.1));
            Fault::new(Warning::Date, &text(source, one), &text(target, other)).with(edit)
        };
        if missing.is_empty() && added.is_empty() {
            return Vec::new();
        }
        if aligned {
            let pairs = expected.iter().zip(&found).filter(|(one, other)| one.0 != other.0);
            return pairs.map(|(one, other)| fault(Some(one), Some(other))).collect();
        }
        if let ([one], [other]) = (&missing[..], &added[..]) {
            return vec![fault(Some(one), Some(other))];
        }
        let missing = missing.into_iter().map(|day| fault(Some(day), None));
        missing.chain(added.into_iter().map(|day| fault(None, Some(day)))).collect()
    }
}

fn has_month(days: &[Day], figure: &Figure) -> bool {
    days.iter().any(|(day, _)| matches!(day, Named::Month(month) if figure.number() == f64::from(*month)))
}

/// The days and months of a sentence, without words that may mean something else.
fn days(facts: &Facts<'_>) -> Vec<Day> {
    let tokens = &facts.tokens;
    let named = (0..tokens.len()).filter_map(|at| {
        let named = facts
            .grammar
            .named(tokens, at)
            .filter(|named| matches!(named, Named::Weekday(_) | Named::Month(_)))?;
        let word = &tokens[at];
        let doubtful = match facts.language {
            // An environment; a saint's day and a planet; somebody called Marta.
            Language::Russian => {
                word.small == "среду"
                    && !facts.tokens[..at].last().is_some_and(|before| {
                        matches!(before.small.as_str(), "в" | "на" | "за" | "и" | "или")
                    })
                    || matches!(
                        word.small.as_str(),
                        "сред"
                            | "среда"
                            | "среды"
                            | "среде"
                            | "средой"
                            | "средам"
                            | "средами"
                            | "средах"
                    )
                    || word.capital && !word.initial && !all_capitals(facts)
            }
            Language::French => {
                word.capital && (!word.initial || word.small == "mars") || word.small == "sept"
            }
            Language::English => word.small.len() == 3 && word.small != "may" || part_of_name(facts, at),
        };
        let dated = || beside_number(facts, at);
        (!doubtful || dated()).then(|| (named, word.place.clone()))
    });
    named.collect()
}

/// Whether an English day or month may be part of a name: "the Sunday Telegraph", "June Smith".
fn part_of_name(facts: &Facts<'_>, at: usize) -> bool {
    let behind = facts.grammar.tables.calendar.capitals.as_ref().map_or(&[][..], |capitals| capitals.behind);
    let dated = at.checked_sub(1).is_some_and(|before| behind.contains(&facts.tokens[before].small.as_str()));
    let next = facts.tokens.get(at + 1).filter(|next| next.before == Before::Blank && next.capital);
    !dated && next.is_some() && facts.grammar.named(&facts.tokens, at + 1).is_none() && !all_capitals(facts)
}

fn all_capitals(facts: &Facts<'_>) -> bool {
    !facts.text.chars().any(char::is_lowercase)
}

fn beside_number(facts: &Facts<'_>, at: usize) -> bool {
    let digit = |at: Option<usize>| {
        at.and_then(|at| facts.tokens.get(at))
            .is_some_and(|word| word.small.starts_with(|c: char| c.is_ascii_digit()))
    };
    digit(at.checked_sub(1)) || digit(Some(at + 1))
}

/// Whether any word of a sentence may mean a day or month, also as an adjective or an abbreviation.
fn mentioned(facts: &Facts<'_>, day: Named) -> bool {
    let Some(noun) = noun(facts, day) else { return false };
    let stem = |small: &str| {
        let letters = noun.stem.chars().count();
        // "Воскресный" has lost a letter of "воскресенье".
        let shared = if letters > 6 { letters - 2 } else { letters };
        let stem = noun.stem.char_indices().nth(shared).map_or(noun.stem, |(end, _)| &noun.stem[..end]);
        letters >= STEM && small.starts_with(stem) || noun.has(small)
    };
    facts.tokens.iter().any(|word| stem(&word.small))
}

/// The noun of a day or month.
pub(super) fn noun(facts: &Facts<'_>, day: Named) -> Option<&'static Noun> {
    let calendar = &facts.grammar.tables.calendar;
    match day {
        Named::Weekday(day) => calendar.weekdays.get(usize::from(day)),
        Named::Month(month) => calendar.months.get(usize::from(month).checked_sub(1)?),
        _ => None,
    }
}

/// The times of day of two sentences, without those that both have.
pub(super) struct Times {
    missing: Vec<usize>,
    added: Vec<usize>,
    /// Times whose half of the day is wrong or invented.
    wrong: Vec<(usize, usize)>,
}

impl Times {
    pub fn compare(source: &Facts<'_>, target: &Facts<'_>) -> Self {
        let mut times =
            Self { missing: Vec::new(), added: (0..target.times.len()).collect(), wrong: Vec::new() };
        let clock24 = source.times.iter().any(|time| time.half.is_none() && time.hour24().is_some());
        let parts = [
            clock::part_of_day(&source.tokens, source.measures),
            clock::part_of_day(&target.tokens, target.measures),
        ];
        for (index, time) in source.times.iter().enumerate() {
            let same = |other: &Time| other.hour % 12 == time.hour % 12 && other.minute == time.minute;
            let exact = |other: &Time| same(other) && agree(time, other, clock24, parts, [source, target]);
            let any = |same: &dyn Fn(&Time) -> bool| {
                times.added.iter().position(|other| same(&target.times[*other]))
            };
            match any(&exact) {
                Some(at) => drop(times.added.remove(at)),
                None => match any(&same) {
                    Some(at) => {
                        let other = times.added.remove(at);
                        times.wrong.push((index, other));
                    }
                    None => times.missing.push(index),
                },
            }
        }
        times
    }

    /// Whether an hour or a minute of a time without partner is this number.
    pub fn missing_has(&self, source: &Facts<'_>, figure: &Figure) -> bool {
        self.missing.iter().any(|index| has(&source.times[*index], figure))
    }

    pub fn added_has(&self, target: &Facts<'_>, figure: &Figure) -> bool {
        self.added.iter().any(|index| has(&target.times[*index], figure))
    }

    pub fn faults(&self, source: &Facts<'_>, target: &Facts<'_>) -> Vec<Fault> {
        let numbered = |facts: &Facts<'_>, time: &Time| {
            facts.figures.iter().any(|figure| has(time, figure))
                || facts.times.iter().any(|other| other.hour % 12 == time.hour % 12 && time.minute == 0)
                || (time.minute == 0 && time.hour.is_multiple_of(12))
        };
        let missing: Vec<usize> =
            self.missing.iter().copied().filter(|index| !numbered(target, &source.times[*index])).collect();
        let added: Vec<usize> =
            self.added.iter().copied().filter(|index| !numbered(source, &target.times[*index])).collect();
        let pair = |one: usize, other: usize| {
            let (time, found) = (&source.times[one], &target.times[other]);
            let edit = write::time(target, time, found);
            Fault::new(Warning::Time, source.at(&time.place), target.at(&found.place)).with(edit)
        };
        let mut faults: Vec<Fault> = self.wrong.iter().map(|(one, other)| pair(*one, *other)).collect();
        if let ([one], [other]) = (&missing[..], &added[..]) {
            faults.push(pair(*one, *other));
            return faults;
        }
        faults.extend(
            missing.iter().map(|one| Fault::new(Warning::Time, source.at(&source.times[*one].place), "")),
        );
        faults.extend(
            added.iter().map(|other| Fault::new(Warning::Time, "", target.at(&target.times[*other].place))),
        );
        faults
    }
}

/// Whether two times with the same hour and minute are in the same half of the day, as far as their sentences say.
fn agree(
    time: &Time,
    other: &Time,
    clock24: bool,
    parts: [Option<bool>; 2],
    [source, target]: [&Facts<'_>; 2],
) -> bool {
    let half = |hour: u32| hour >= 12;
    match (time.hour24(), other.hour24()) {
        (Some(one), Some(two)) => one == two || time.half == other.half && time.half.is_some(),
        // 9 h among 14 h and 18 h is 9 a.m.
        (None, Some(two)) if clock24 => time.hour % 24 == two || time.hour == 12 && two == 12,
        (None, Some(two)) => match parts[0] {
            Some(second) => half(two) == second || time.hour == 12,
            None => !other.marked && two < 12 || time.hour == 12 && two == 12 || both(source),
        },
        // In the 24 hours of French and Russian, 9 h is 9 a.m.
        (Some(one), None) => match parts[1] {
            Some(second) => half(one) == second || one == 12 || one < 12,
            None => one == other.hour % 24 || both(target) || other.hour == 12,
        },
        (None, None) => true,
    }
}

/// Whether a sentence names both halves of the day.
fn both(facts: &Facts<'_>) -> bool {
    let any = |list: List| facts.tokens.iter().any(|word| list.contains(&word.small.as_str()));
    facts.measures.tables.halves.into_iter().all(any)
}

fn has(time: &Time, figure: &Figure) -> bool {
    let number = figure.number();
    let minutes = f64::from(time.minute);
    let hours = [Some(time.hour), time.hour24(), Some(time.hour % 12), Some(time.hour % 12 + 1)];
    let mut hours = hours.into_iter().flatten().map(f64::from);
    // "1.5 hours" is "1 h 30", "21.00" is 9 p.m.
    number == minutes
        || hours.any(|hour| {
            [hour, hour + minutes / 60.0, hour + minutes / 100.0]
                .iter()
                .any(|time| (time - number).abs() < 1e-9)
        })
}
