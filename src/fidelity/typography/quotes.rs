//! Finds the quotation marks of a text, pairs them, and mends what does not pair.

use std::ops::Range;

use super::{ends, render};
use crate::{
    fidelity::{Finding, Warning},
    lang::Pair,
};

/// The side of a quotation that a mark is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Open,
    Close,
}

/// A quotation mark. Apostrophes and primes are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its bytes; empty for a mark to insert.
    pub place: Range<usize>,
    pub side: Side,
    pub single: bool,
    /// Index of the mark at the other end.
    pub mate: Option<usize>,
}

impl Mark {
    fn is_lone(&self, side: Side) -> bool {
        self.side == side && self.mate.is_none()
    }
}

/// The output with its quotation marks paired as in the source, in the style of the target.
pub(super) fn paired(pair: Pair, source: &str, output: &str, findings: &mut Vec<Finding>) -> String {
    let (expected, mut found) = (marks(source), marks(output));
    let all = found.clone();
    if !(expected.is_empty() && found.is_empty()) {
        mend(source, &expected, output, &mut found, findings);
    }
    let removed =
        all.into_iter().map(|mark| mark.place).filter(|place| found.iter().all(|mark| mark.place != *place));
    let removed = removed.collect::<Vec<_>>();
    let render = |curly| render::rendered(pair, source, output, &found, &removed, curly);
    if render::is_curly(source) {
        return render(true);
    }
    // Straight marks say nothing about their side; where the text around them does not either, they must be curly.
    let straight = render(false);
    let sides = |marks: &[Mark]| marks.iter().map(|mark| (mark.side, mark.mate)).collect::<Vec<_>>();
    if sides(&marks(&straight)) == sides(&found) { straight } else { render(true) }
}

/// The quotation marks of a text, with their mates.
pub(super) fn marks(text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    // Indexes of marks that are still open.
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_quote).map(|start| at + start) {
        let c = text[start..].chars().next().unwrap_or_default();
        let twice = matches!(c, '\'' | '`') && text[start..].starts_with(&[c, c].iter().collect::<String>());
        let place = start..start + c.len_utf8() * if twice { 2 } else { 1 };
        at = place.end;
        let Some((side, single)) = read(text, &place, if twice { '"' } else { c }, &marks, &open) else {
            continue;
        };
        let index = marks.len();
        let mate = match side {
            Side::Open => {
                open.push(index);
                None
            }
            Side::Close => open.iter().rposition(|other| marks[*other].single == single).map(|depth| {
                let mate = open[depth];
                // Singles that are open inside of a double that ends are apostrophes; doubles stay open.
                open.truncate(depth);
                mate
            }),
        };
        if let Some(mate) = mate {
            marks[mate].mate = Some(index);
        }
        marks.push(Mark { place, side, single, mate });
    }
    without_apostrophes(marks, text)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '«' | '»' | '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‹' | '›')
}

/// The side of a mark and whether it is single; `None` if it is no quotation mark.
fn read(text: &str, place: &Range<usize>, c: char, marks: &[Mark], open: &[usize]) -> Option<(Side, bool)> {
    let before = text[..place.start].chars().next_back();
    let after = text[place.end..].chars().next();
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let opening = |c: char| {
        matches!(c, '(' | '[' | '{' | '—' | '–' | '-' | '/' | '«' | '“' | '„' | '‘' | '"' | '\'' | '’')
    };
    let stop = |c: char| matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | '…' | ')' | ']');
    let stops = blank(before) && before.is_some() && after.is_some_and(stop);
    let opens = (blank(before) || before.is_some_and(opening)) && !blank(after) && !stops;
    // The closing mark may have a space before it, as in French.
    let closes = (!blank(before) || stops) && !after.is_some_and(char::is_alphanumeric);
    let last = open.iter().rev().map(|index| &marks[*index]).find(|mark| !mark.single);
    let in_single = open.last().is_some_and(|index| marks[*index].single);
    let low = last.is_some_and(|mark| text[mark.place.clone()].starts_with('„'));
    let within_word = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
    match c {
        '«' | '„' | '‟' => Some((Side::Open, false)),
        '»' => Some((Side::Close, false)),
        '‹' | '‚' => Some((Side::Open, true)),
        '›' => Some((Side::Close, true)),
        '“' if low || (last.is_some() && closes && !opens) => Some((Side::Close, false)),
        '“' => Some((Side::Open, false)),
        '”' if last.is_none() && opens && !closes => Some((Side::Open, false)),
        '”' => Some((Side::Close, false)),
        // l"équipe: an apostrophe.
        '"' if within_word => None,
        '"' => {
            // A prime: 6'2" tall.
            let apart =
                after.is_none_or(|c| c.is_whitespace() || matches!(c, ',' | '.' | ';' | ')' | 'x' | '×'));
            if last.is_none() && before.is_some_and(|c| c.is_ascii_digit()) && apart && !opens {
                return None;
            }
            let side = match (opens, closes) {
                (true, false) => Side::Open,
                (false, true) => Side::Close,
                _ if last.is_some() => Side::Close,
                _ => Side::Open,
            };
            Some((side, false))
        }
        _ if within_word => None,
        '‘' if opens => Some((Side::Open, true)),
        '\'' | '’' if in_single && closes => Some((Side::Close, true)),
        '\'' if opens && !after.is_some_and(|c| c.is_ascii_digit()) => Some((Side::Open, true)),
        _ => None,
    }
}

/// Removes single marks without a mate, and those of rock 'n' roll, and numbers the mates again.
fn without_apostrophes(marks: Vec<Mark>, text: &str) -> Vec<Mark> {
    let is_apostrophe = |mark: &Mark| match (mark.single, mark.mate) {
        (false, _) => false,
        (true, None) => true,
        (true, Some(mate)) => {
            let inner =
                mark.place.end.min(marks[mate].place.end)..mark.place.start.max(marks[mate].place.start);
            text[inner].chars().filter(|c| c.is_alphanumeric()).count() < 2
        }
    };
    let keeps: Vec<bool> = marks.iter().map(|mark| !is_apostrophe(mark)).collect();
    let index = |old: usize| keeps[..old].iter().filter(|keeps| **keeps).count();
    let renumbered = |mark: &Mark| Mark { mate: mark.mate.map(index), ..mark.clone() };
    marks.iter().zip(&keeps).filter(|(_, keeps)| **keeps).map(|(mark, _)| renumbered(mark)).collect()
}

/// Makes the marks of an output pair as those of the source do. A quotation that spans sentences has only its opening mark in the
/// first one, and only its closing mark in the last one.
fn mend(source: &str, expected: &[Mark], output: &str, found: &mut Vec<Mark>, findings: &mut Vec<Finding>) {
    without_empty(output, found);
    let doubles = |marks: &[Mark]| marks.iter().filter(|mark| !mark.single).count();
    let wanted = |side| expected.iter().find(|mark| mark.is_lone(side));
    let whole = matches!(expected, [first, .., last] if first.mate == Some(expected.len() - 1)
        && is_start(source, first) && is_end(source, last));
    if doubles(found) == 0 && found.is_empty() && whole {
        insert(found, 0, Side::Open);
        insert(found, closing_end(source, output), Side::Close);
        return repair_mates(found);
    }
    for side in [Side::Open, Side::Close] {
        let lones = |found: &[Mark]| found.iter().filter(|mark| mark.is_lone(side)).count();
        match wanted(side) {
            Some(mark) if lones(found) == 0 => split(source, expected, mark, output, found),
            _ => {}
        }
        let most = usize::from(wanted(side).is_some());
        while lones(found) > most {
            let mut lone = found.iter().enumerate().filter(|(_, mark)| mark.is_lone(side)).map(|(at, _)| at);
            let at = match (side, most) {
                // The first opening mark and the last closing mark belong to the longer quotation.
                (Side::Open, 0) | (Side::Close, _) => lone.next(),
                (Side::Open, _) => lone.nth(1),
            };
            let Some(at) = at else { break };
            complete(source, expected, output, found, at, findings);
        }
    }
}

/// Removes quotations without a word.
fn without_empty(text: &str, marks: &mut Vec<Mark>) {
    let is_empty = |marks: &[Mark], at: usize| {
        let place = &marks[at].place;
        let inner = match (marks[at].mate.map(|mate| &marks[mate].place), marks[at].side) {
            (Some(mate), _) => place.end.min(mate.end)..place.start.max(mate.start),
            (None, Side::Open) => place.end..text.len(),
            (None, Side::Close) => 0..place.start,
        };
        !text[inner].contains(char::is_alphanumeric)
    };
    while let Some(at) = (0..marks.len()).find(|at| is_empty(marks, *at)) {
        let mate = marks[at].mate.unwrap_or(at);
        marks.remove(at.max(mate));
        if at != mate {
            marks.remove(at.min(mate));
        }
        repair_mates(marks);
    }
}

/// Leaves one mark alone, as in the source: a pair that the model made loses its other mark, or the mark is added.
fn split(source: &str, expected: &[Mark], wanted: &Mark, output: &str, found: &mut Vec<Mark>) {
    let outer = match wanted.side {
        Side::Open => found.iter().position(|mark| mark.side == Side::Close && is_end(output, mark)),
        Side::Close => found.iter().position(|mark| mark.side == Side::Open && is_start(output, mark)),
    };
    if let Some(outer) = outer.filter(|outer| found[*outer].mate.is_some()) {
        // Its mate is alone now.
        found.remove(outer);
        return repair_mates(found);
    }
    found.retain(|mark| mark.mate.is_some() || expected.iter().any(|other| other.is_lone(mark.side)));
    let place = match wanted.side {
        Side::Open => is_start(source, wanted).then_some(0),
        Side::Close if is_end(source, wanted) => Some(closing_end(source, output)),
        Side::Close if source[..wanted.place.start].trim_end().ends_with(['?', '!']) => None,
        Side::Close => clause_end(source, wanted.place.clone(), output, 0),
    };
    if let Some(place) = place {
        let before = found.clone();
        insert(found, place, wanted.side);
        repair_mates(found);
        // What is added must stay alone: with a mate, it would be a quotation that the source does not have.
        if !found.iter().any(|mark| mark.place == (place..place) && mark.is_lone(wanted.side)) {
            *found = before;
        }
    }
    repair_mates(found);
}

/// Adds the missing mate of a mark where the source tells its place, or else removes the mark.
fn complete(
    source: &str,
    expected: &[Mark],
    output: &str,
    found: &mut Vec<Mark>,
    at: usize,
    findings: &mut Vec<Finding>,
) {
    let pairs =
        |marks: &[Mark]| marks.iter().filter(|mark| mark.side == Side::Open && mark.mate.is_some()).count();
    let (ours, theirs) = (pairs(expected), pairs(found));
    let mark = found[at].clone();
    let ends_with =
        expected.iter().any(|mark| mark.side == Side::Close && mark.mate.is_some() && is_end(source, mark));
    let starts_with =
        expected.iter().any(|mark| mark.side == Side::Open && mark.mate.is_some() && is_start(source, mark));
    if mark.side == Side::Close && theirs >= ours && at > 0 && found[at - 1].side == Side::Close {
        // The quotation ended twice. The source tells which end is right.
        let surplus = if ends_with && is_end(output, &mark) { at - 1 } else { at };
        found.remove(surplus);
        return repair_mates(found);
    }
    let opened = expected.iter().filter(|mark| mark.side == Side::Open && mark.mate.is_some());
    let nth = found[..at].iter().filter(|mark| mark.side == Side::Open).count();
    let place = if theirs >= ours {
        None
    } else if mark.side == Side::Open {
        let closed = opened
            .clone()
            .nth(nth)
            .or(opened.clone().next_back())
            .and_then(|open| open.mate)
            .map(|mate| &expected[mate]);
        let is_last = found[at + 1..].iter().all(|other| other.single);
        closed.and_then(|close| match () {
            () if is_end(source, close) && is_last => Some(closing_end(source, output)),
            () => same_words(source, expected, close, output, mark.place.end)
                .or_else(|| clause_end(source, close.place.clone(), output, mark.place.end)),
        })
    } else {
        let is_first = found[..at].iter().all(|other| other.single);
        (starts_with && is_first).then_some(0)
    };
    // A mate before the next mark only: quotations that cross are none.
    let free = |place: &usize| {
        found
            .iter()
            .all(|other| !(mark.place.end..*place).contains(&other.place.start) || other.mate.is_some())
    };
    match place.filter(free) {
        Some(place) => insert(found, place, if mark.side == Side::Open { Side::Close } else { Side::Open }),
        None => {
            let place = found.remove(at).place;
            findings.push(Finding { found: output[place].to_owned(), ..Warning::UnpairedQuote.into() });
        }
    }
    repair_mates(found);
}

/// Adds a mark at a place of the output.
fn insert(found: &mut Vec<Mark>, place: usize, side: Side) {
    let at = found
        .iter()
        .position(|mark| mark.place.start >= place && (side == Side::Open || mark.place.start > place));
    found.insert(at.unwrap_or(found.len()), Mark { place: place..place, side, single: false, mate: None });
}

/// Pairs the marks again after one was added or removed.
fn repair_mates(marks: &mut [Mark]) {
    let mut open: Vec<usize> = Vec::new();
    for at in 0..marks.len() {
        marks[at].mate = None;
        if marks[at].side == Side::Open {
            open.push(at);
        } else if let Some(depth) = open.iter().rposition(|other| marks[*other].single == marks[at].single) {
            let mate = open[depth];
            open.truncate(depth);
            (marks[at].mate, marks[mate].mate) = (Some(mate), Some(at));
        }
    }
}

/// Whether only white space, dashes and marks stand before a mark.
fn is_start(text: &str, mark: &Mark) -> bool {
    !text[..mark.place.start].contains(char::is_alphanumeric)
}

/// Whether only punctuation stands after a mark.
fn is_end(text: &str, mark: &Mark) -> bool {
    !text[mark.place.end..].contains(char::is_alphanumeric)
}

/// Where a quotation that ends the sentence ends in the output: inside or outside of the final stop, as in the source.
fn closing_end(source: &str, output: &str) -> usize {
    let tail = ends::tail(source);
    let last = source[tail.clone()].trim_end();
    if last.ends_with(is_quote) { output.trim_end().len() } else { ends::tail(output).start }
}

/// The place behind the words of a quotation, if the output has the same words: a name, a title.
fn same_words(source: &str, expected: &[Mark], close: &Mark, output: &str, from: usize) -> Option<usize> {
    let open = &expected[close.mate?];
    let inner = source[open.place.end..close.place.start].trim();
    let rest = &output[from..];
    let skipped = rest.len() - rest.trim_start().len();
    (!inner.is_empty() && rest.trim_start().starts_with(inner)).then_some(from + skipped + inner.len())
}

/// The place in the output where a quotation ends that the source ends at a comma, a question mark or an exclamation mark.
fn clause_end(source: &str, close: Range<usize>, output: &str, from: usize) -> Option<usize> {
    let (before, after) = (source[..close.start].trim_end(), source[close.end..].trim_start());
    let rest = &output[from..];
    let (at, mark) = if before.ends_with(['?', '!']) {
        rest.char_indices().find(|(_, c)| matches!(c, '?' | '!'))?
    } else if before.ends_with(',') || after.starts_with([',', '—', '–', '-']) {
        rest.char_indices()
            .find(|(at, c)| *c == ',' || (matches!(c, '—' | '–' | '-') && rest[..*at].ends_with(' ')))?
    } else {
        return None;
    };
    let inside = if matches!(mark, '?' | '!') { mark.len_utf8() } else { 0 };
    let place = from + rest[..at].trim_end().len().max(if inside > 0 { at } else { 0 }) + inside;
    (place > from).then_some(place)
}
