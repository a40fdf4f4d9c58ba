//! What a model reads of a sentence, and the way back.

use std::ops::Range;

use super::{
    Case, Finding, clean, lower, numero, restore,
    typography::{Typography, typography},
};
use crate::{lang::Pair, text::Revised};

/// A sentence as the model reads it: clean, and in the form that models are trained on.
#[derive(Debug, Clone)]
pub struct Reading {
    pair: Pair,
    text: Revised,
    /// The clean sentence with its capitals.
    clean: String,
    case: Case,
}

impl Reading {
    /// Prepares a sentence for a model.
    pub fn new(pair: Pair, source: &str) -> Self {
        let mut text = Revised::new(source.to_owned());
        text.edit(clean(pair.source, source));
        text.edit(numero::written_out(pair.source, text.text()));
        let clean = text.text().to_owned();
        let (edits, case) = lower(pair.source, &clean);
        text.edit(edits);
        Self { pair, text, clean, case }
    }

    /// What the model reads.
    pub fn text(&self) -> &str {
        self.text.text()
    }

    /// The place in the source of a range of the reading.
    pub fn back(&self, range: Range<usize>) -> Range<usize> {
        self.text.back(range)
    }

    /// What the document gets for a translation of the reading, and what had to be removed from it.
    pub fn written(&self, translation: String, style: Typography) -> (Revised, Vec<Finding>) {
        let mut text = Revised::new(translation);
        text.edit(restore(self.case, text.text()));
        let mut findings = Vec::new();
        if style == Typography::Target {
            let edits;
            (edits, findings) = typography(self.pair, &self.clean, text.text());
            text.edit(edits);
        }
        (text, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_of_white_space_is_one_space() {
        let reading = Reading::new("en-fr".parse().unwrap(), "new\u{a0} measures\non\t\tThursday");
        assert_eq!(reading.text(), "new measures on Thursday");
        assert_eq!(reading.back(16..24), 19..27);
    }

    #[test]
    fn a_headline_in_capitals_is_read_small_and_written_large() {
        let reading = Reading::new("en-fr".parse().unwrap(), "SEA RISES: \"WHO KNEW?\"");
        assert_eq!(reading.text(), "Sea rises: \"Who knew?\"");
        let (written, findings) =
            reading.written("La mer monte: \"Qui savait?\"".to_owned(), Typography::Target);
        assert_eq!(
            (written.text(), findings.len()),
            ("LA MER MONTE\u{a0}: «\u{a0}QUI SAVAIT\u{202f}?\u{a0}»", 0)
        );
        let (kept, _) = reading.written("La mer monte: \"Qui?\"".to_owned(), Typography::Keep);
        assert_eq!(kept.text(), "LA MER MONTE: \"QUI?\"");
    }
}
