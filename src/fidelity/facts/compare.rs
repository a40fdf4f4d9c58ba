//! Compares the facts of a sentence with those of its translation.

use super::{Facts, Fault, calendar, leftover, measured, numbers, polarity};

/// The faults of a translation, kind by kind.
pub(super) fn faults(source: &Facts<'_>, target: &Facts<'_>) -> Vec<Fault> {
    let times = calendar::Times::compare(source, target);
    let dates = calendar::Dates::compare(source, target);
    let matched = numbers::Matched::new(source, target, &times, &dates);
    let mut faults = matched.faults(source, target);
    faults.extend(measured::faults(source, target, &matched));
    faults.extend(dates.faults(source, target));
    faults.extend(times.faults(source, target));
    faults.extend(polarity::fault(source, target));
    faults.extend(leftover::fault(source, target));
    faults
}
