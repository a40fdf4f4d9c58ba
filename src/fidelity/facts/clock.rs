//! Times of day: 2 p.m. is 14 h and 14:00.

use std::ops::Range;

use super::token::follows;
use crate::lang::{Language, List, Measure, Measures, Word};

/// Most words between an hour and the half of its day: "de l'après-midi".
const REACH: usize = 4;

/// A time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Time {
    pub place: Range<usize>,
    /// As written, from 0 to 24.
    pub hour: u32,
    pub minute: u32,
    /// Whether it is in the second half of the day, where a word beside it says so.
    pub half: Option<bool>,
    /// Whether the half is "a.m." or "p.m.", which only English has.
    pub marked: bool,
    /// Whether the hour has two digits, the first of them 0.
    pub padded: bool,
}

impl Time {
    /// The hour from 0 to 23, if it is certain without its context.
    pub fn hour24(&self) -> Option<u32> {
        match self.half {
            Some(second) => Some(self.hour % 12 + if second { 12 } else { 0 }),
            None if self.hour > 12 || self.hour == 0 || self.padded => Some(self.hour % 24),
            None => None,
        }
    }
}

/// The words of a sentence around an hour.
pub(super) struct Around<'a> {
    pub text: &'a str,
    pub tokens: &'a [Word],
    pub measures: &'static Measures,
}

impl Around<'_> {
    fn small(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |word| word.small.as_str())
    }

    /// The text between two neighbouring words.
    fn gap(&self, behind: usize) -> &str {
        let start = behind.checked_sub(1).map_or(0, |before| self.tokens[before].place.end);
        &self.text[start..self.tokens.get(behind).map_or(self.text.len(), |word| word.place.start)]
    }

    fn two_digits(&self, at: usize) -> Option<u32> {
        let small = self.small(at);
        let minute = small.parse().ok().filter(|minute| *minute < 60)?;
        (small.len() == 2).then_some(minute)
    }

    /// Reads the time whose hour is the word `at`; `behind` is the next word. Returns the index of the word after the time.
    pub fn time(&self, at: usize, behind: usize, hour: u32, minute: Option<u32>) -> Option<(Time, usize)> {
        if hour > 24 {
            return None;
        }
        let (mut end, mut minutes, mut sure) = (behind, minute, false);
        let tables = self.measures.tables;
        let digits = self.small(at).starts_with(|c: char| c.is_ascii_digit());
        let colon = digits && minute.is_none() && self.gap(behind) == ":" && !self.gap(at).ends_with(':');
        if let Some(minute) = self.two_digits(behind).filter(|_| colon) {
            let after = self.gap(behind + 1);
            if after.starts_with(':')
                || (after == "." && self.small(behind + 1).starts_with(|c: char| c.is_ascii_digit()))
            {
                return None;
            }
            (end, minutes, sure) = (behind + 1, Some(minute), true);
        } else if minute.is_none() && self.tokens.get(behind).is_some_and(follows) {
            let small = self.small(behind);
            let hours = tables.hours.contains(&small);
            if tables.clock.contains(&small) && (small != "o" || self.small(behind + 1) == "clock") {
                (end, sure) = (behind + if small == "o" { 2 } else { 1 }, true);
            } else if hours {
                end = behind + 1;
            }
            let near = end > behind && self.gap(end).trim().is_empty();
            if let Some(minute) = self.two_digits(end).filter(|_| near && small != "o") {
                let named = self
                    .measures
                    .measures(self.small(end + 1))
                    .iter()
                    .any(|(measure, _)| *measure == Measure::Minute);
                // "9 heures 20 minutes" can be a length of time, "9 heures 20" is a time of day.
                sure |= !named;
                (end, minutes) = (end + if named { 2 } else { 1 }, Some(minute));
            }
        }
        let (half, after) = match self.mark(end) {
            Some((second, after)) => (Some((second, true)), after),
            None => self
                .half(end, hour, end > behind)
                .map_or((None, end), |(second, after)| (Some((second, false)), after)),
        };
        let bare = minutes.is_some() && end == behind;
        if half.is_none() && (!sure || bare) || half.is_some() && hour > 12 && half != Some((true, true)) {
            return (sure && !bare).then(|| (self.made(at, end, (hour, minutes), None), end));
        }
        if half.is_some_and(|(_, marked)| marked) && !digits {
            return Some((self.made(at, after, (hour, minutes), half), after));
        }
        Some((self.made(at, after, (hour, minutes), half), after))
    }

    fn made(
        &self,
        at: usize,
        end: usize,
        (hour, minute): (u32, Option<u32>),
        half: Option<(bool, bool)>,
    ) -> Time {
        let marked = half.is_some_and(|(_, marked)| marked);
        let mut place = self.tokens[at].place.start..self.tokens[end - 1].place.end;
        // The full stop of "p.m." is also that of the sentence.
        let dotted = marked
            && self.text[place.clone()].ends_with(['m', 'M'])
            && self.text[place.clone()].contains(".m")
            || self.text[place.clone()].contains(".M");
        let rest = &self.text[place.end..];
        if dotted && rest.starts_with('.') && !rest[1..].trim().is_empty() {
            place.end += 1;
        }
        let padded = self.small(at).starts_with('0') && self.small(at).len() == 2;
        Time {
            place,
            hour,
            minute: minute.unwrap_or(0),
            half: half.map(|(second, _)| second),
            marked,
            padded,
        }
    }

    /// Reads "a.m." or "p.m." at a word.
    fn mark(&self, at: usize) -> Option<(bool, usize)> {
        self.tokens.get(at).filter(|word| follows(word))?;
        match self.small(at) {
            "am" => Some((false, at + 1)),
            "pm" => Some((true, at + 1)),
            first @ ("a" | "p") if self.small(at + 1) == "m" && matches!(self.gap(at + 1), "." | ". ") => {
                Some((first == "p", at + 2))
            }
            _ => None,
        }
    }

    /// Reads a word for a half of the day behind an hour. Without a word for hours, "2 дня" is two days.
    fn half(&self, at: usize, hour: u32, clock: bool) -> Option<(bool, usize)> {
        let mut halves = self.measures.tables.halves.iter();
        let (first, second) = (halves.next()?, halves.next()?);
        let plain = |small: &str| !matches!(small, "дня" | "ночи" | "днем" | "ночью");
        for next in at..(at + REACH).min(self.tokens.len()) {
            if !follows(&self.tokens[next]) {
                return None;
            }
            let small = self.small(next);
            if next > at && !clock && small.starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            if first.contains(&small) {
                return (clock || next == at || self.linked(at)).then_some((false, next + 1));
            }
            if second.contains(&small) {
                if !(clock || next == at && plain(small) || self.linked(at)) {
                    return None;
                }
                let night = matches!(small, "ночи" | "ночью" | "nuit" | "night" | "minuit" | "midnight");
                return Some((!(night && (hour < 6 || hour == 12)), next + 1));
            }
            if next == at && !self.linked(at) {
                return None;
            }
        }
        None
    }

    /// Whether a word can stand between an hour and the half of its day: "in the evening", "du soir".
    fn linked(&self, at: usize) -> bool {
        matches!(self.small(at), "in" | "at" | "on" | "this" | "du" | "de" | "le" | "ce" | "dans")
    }
}

/// The half of the day that the words of a sentence name; `None` if they name none or both.
pub(super) fn part_of_day(tokens: &[Word], measures: &Measures) -> Option<bool> {
    let [first, second] = measures.tables.halves;
    let any = |list: List| tokens.iter().any(|word| list.contains(&word.small.as_str()));
    match (any(first), any(second)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

/// Writes a time of day as the language does. `half`: whether it is in the second half of the day.
pub(super) fn written(language: Language, time: &Time) -> String {
    let minute = time.minute;
    match (language, time.hour24()) {
        (Language::English, Some(hour)) if time.half.is_some() || hour > 12 => {
            let half = if hour < 12 { "a.m." } else { "p.m." };
            let hour = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
            if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
        }
        (Language::English, _) if minute == 0 => format!("{} o'clock", time.hour),
        (Language::English, _) => format!("{}:{minute:02}", time.hour),
        (Language::French, hour) => {
            let hour = hour.unwrap_or(time.hour);
            if minute == 0 { format!("{hour}\u{a0}h") } else { format!("{hour}\u{a0}h\u{a0}{minute:02}") }
        }
        (Language::Russian, hour) => format!("{}:{minute:02}", hour.unwrap_or(time.hour)),
    }
}
