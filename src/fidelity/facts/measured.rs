//! Compares what numbers measure: roubles are no dollars, feet are no inches.

use std::ops::Range;

use super::{
    Facts, Fault,
    figure::{Figure, Measured},
    numbers::Matched,
    write,
};
use crate::{
    fidelity::Warning,
    lang::{Measure, MeasureKind},
};

const KINDS: [MeasureKind; 4] =
    [MeasureKind::Money, MeasureKind::Percent, MeasureKind::Unit, MeasureKind::Duration];

fn warning(kind: MeasureKind) -> Warning {
    match kind {
        MeasureKind::Money => Warning::Currency,
        MeasureKind::Percent | MeasureKind::Unit | MeasureKind::Duration => Warning::Unit,
    }
}

/// The faults of measures: those of equal numbers, and those of a currency that stands alone.
pub(super) fn faults(source: &Facts<'_>, target: &Facts<'_>, matched: &Matched) -> Vec<Fault> {
    let mut faults = Vec::new();
    // A wrong number has lost its partner, but not its measure.
    let lost = match (&matched.missing[..], &matched.added[..]) {
        ([one], [other]) => Some((*one, *other)),
        _ => None,
    };
    for &(one, other) in matched.pairs.iter().chain(&lost) {
        let (figure, found) = (&source.figures[one], &target.figures[other]);
        for kind in KINDS {
            if let Some(fault) = compared(source, figure, target, found, kind)
                && !faults.contains(&fault)
            {
                faults.push(fault);
            }
        }
    }
    if !faults.iter().any(|fault: &Fault| fault.finding.warning == Warning::Currency) {
        faults.extend(replaced(source, target));
    }
    faults
}

fn of(figure: &Figure, kind: MeasureKind) -> Vec<&Measured> {
    figure.measured.iter().filter(|measured| measured.is_of(kind)).collect()
}

/// Compares one kind of measure of two equal numbers.
fn compared(
    source: &Facts<'_>,
    figure: &Figure,
    target: &Facts<'_>,
    found: &Figure,
    kind: MeasureKind,
) -> Option<Fault> {
    let (expected, others) = (of(figure, kind), of(found, kind));
    let span = |facts: &Facts<'_>, figure: &Figure, measured: &[&Measured]| {
        let start = measured.iter().map(|measured| measured.place.start).min().unwrap_or(figure.place.start);
        let end = measured.iter().map(|measured| measured.place.end).max().unwrap_or(figure.place.end);
        facts.at(&(start.min(figure.place.start)..end.max(figure.place.end))).to_owned()
    };
    let fault = || Fault::new(warning(kind), &span(source, figure, &expected), &span(target, found, &others));
    match (&expected[..], &others[..]) {
        ([], []) => None,
        ([], [other, ..]) => {
            if kind == MeasureKind::Duration {
                return None;
            }
            let elsewhere = source.mentions.iter().any(|mention| mention.may_be(other));
            // "$12.5%" has one measure too many.
            let another = figure
                .measured
                .iter()
                .any(|measured| found.measured.iter().any(|same| measured.may_be(same)));
            let ambiguous = other.meanings.len() > 1
                || kind == MeasureKind::Unit
                    && figure.measured.iter().any(|measured| measured.meanings.len() > 1);
            // "Couronnes" can be wreaths.
            let wreaths = other.meanings == [Measure::Krone];
            let ambiguous = ambiguous
                || wreaths && !source.mentions.iter().any(|mention| mention.is_of(MeasureKind::Money));
            if another && !ambiguous {
                return Some(fault().with(write::without(target, other)));
            }
            (!elsewhere && !ambiguous && figure.measured.is_empty()).then(fault)
        }
        ([measured, ..], []) => {
            if kind == MeasureKind::Duration {
                return None;
            }
            let elsewhere = target.mentions.iter().any(|mention| mention.may_be(measured));
            let other_kind = measured.meanings.iter().any(|measure| measure.kind() != kind);
            // "99 cases of 100".
            let hundred =
                kind == MeasureKind::Percent && target.figures.iter().any(|figure| figure.number() == 100.0);
            (!elsewhere && !other_kind && !hundred).then(fault)
        }
        ([measured, ..], [other, ..]) => {
            let same = expected.iter().any(|measured| others.iter().any(|other| measured.may_be(other)));
            if same
                || kind == MeasureKind::Duration
                    && (figure.lasts_as(found) || excused(source, measured, target, other))
            {
                return None;
            }
            Some(fault().with(write::measure(target, found, measured.meanings[0], other)))
        }
    }
}

/// Whether two lengths of time may be the same: "une journée" is 24 hours, a fortnight two weeks.
fn excused(source: &Facts<'_>, measured: &Measured, target: &Facts<'_>, other: &Measured) -> bool {
    let mentioned =
        |facts: &Facts<'_>, one: &Measured| facts.mentions.iter().any(|mention| mention.may_be(one));
    mentioned(target, measured) || mentioned(source, other)
}

/// A currency in place of another, whether a number stands beside it or not.
fn replaced(source: &Facts<'_>, target: &Facts<'_>) -> Option<Fault> {
    let money = |facts: &Facts<'_>| -> Vec<(Measure, Range<usize>)> {
        let sure = facts.mentions.iter().filter(|mention| {
            mention.meanings.len() == 1
                && !matches!(
                    mention.meanings[0],
                    Measure::Krone
                        | Measure::Real
                        | Measure::Rand
                        | Measure::Pound
                        | Measure::Baht
                        | Measure::Lira
                )
        });
        sure.filter(|mention| mention.is_of(MeasureKind::Money))
            .map(|mention| (mention.meanings[0], mention.place.clone()))
            .collect()
    };
    let (expected, found) = (money(source), money(target));
    let lost: Vec<_> =
        expected.iter().filter(|(measure, _)| !found.iter().any(|(other, _)| other == measure)).collect();
    let new: Vec<_> =
        found.iter().filter(|(measure, _)| !expected.iter().any(|(other, _)| other == measure)).collect();
    let ([(_, place), ..], [(_, other), ..]) = (&lost[..], &new[..]) else { return None };
    let mentioned = |facts: &Facts<'_>, measure: Measure| {
        facts.mentions.iter().any(|mention| mention.meanings.contains(&measure))
    };
    if mentioned(target, lost[0].0) || mentioned(source, new[0].0) {
        return None;
    }
    Some(Fault::new(Warning::Currency, source.at(place), target.at(other)))
}
