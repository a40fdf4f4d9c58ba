//! `triglot translate --diff`: each sentence beside its translation, with what the checks found below it.

use std::sync::{Arc, Mutex, PoisonError};

use console::{Style, Term, measure_text_width};
use futures::{Stream, StreamExt};
use tokio_util::bytes::Bytes;

use crate::{fidelity::Finding, translate::Segment, wire::ContractName};

/// Between the two texts.
const GAP: &str = " │ ";
/// Narrowest and widest column, in cells of the terminal.
const COLUMNS: (usize, usize) = (24, 72);

/// The text that was read so far.
#[derive(Clone, Default)]
pub struct Source(Arc<Mutex<Vec<u8>>>);

impl Source {
    /// The same stream; what passes stays here.
    pub fn keep<S, E>(&self, input: S) -> impl Stream<Item = Result<Bytes, E>> + use<S, E>
    where
        S: Stream<Item = Result<Bytes, E>>,
    {
        let Self(kept) = self.clone();
        input.inspect(move |bytes| {
            if let Ok(bytes) = bytes {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            }
        })
    }

    fn of(&self, segment: &Segment) -> String {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = text.get(place(segment.source.start)..place(segment.source.end)).unwrap_or_default();
        // The terminal breaks lines by itself.
        String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The lines of a segment: its source on the left, its translation on the right, its findings below.
pub fn lines(source: &Source, translation: &str, segment: &Segment) -> String {
    // Where there is no terminal, its width is 80.
    let cells = usize::from(Term::stdout().size().1).saturating_sub(measure_text_width(GAP));
    let width = (cells / 2).clamp(COLUMNS.0, COLUMNS.1);
    let source = source.of(segment);
    let mut left = textwrap::wrap(&source, width).into_iter();
    let mut right = textwrap::wrap(translation, width).into_iter();
    let mut text = String::new();
    loop {
        let (left, right) = match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) => (left.unwrap_or_default(), right.unwrap_or_default()),
        };
        let blank = width.saturating_sub(measure_text_width(&left));
        text.push_str(&format!("{left}{:blank$}{GAP}{right}\n", ""));
    }
    let warning = Style::new().yellow();
    for finding in &segment.findings {
        text.push_str(&format!("{}\n", warning.apply_to(said(finding))));
    }
    text.push('\n');
    text
}

/// A finding in words.
pub fn said(Finding { warning, expected, found }: &Finding) -> String {
    let name = warning.contract_name().to_lowercase().replace('_', " ");
    match (expected.as_str(), found.as_str()) {
        ("", "") => format!("! {name}"),
        (expected, "") => format!("! {name}: {expected:?} is expected"),
        ("", found) => format!("! {name}: there is {found:?}"),
        (expected, found) => format!("! {name}: {expected:?} is expected, there is {found:?}"),
    }
}
