//! What a model reads of a sentence, and the way back.

use std::ops::Range;

use crate::{
    lang::Pair,
    text::{Edits, Revised},
};

/// A sentence as the model reads it: clean, and in the form that models are trained on.
#[derive(Debug, Clone)]
pub struct Reading {
    text: Revised,
}

impl Reading {
    /// Prepares a sentence for a model.
    pub fn new(_pair: Pair, source: &str) -> Self {
        let mut text = Revised::new(source.to_owned());
        text.edit(spaces(text.text()));
        Self { text }
    }

    /// What the model reads.
    pub fn text(&self) -> &str {
        self.text.text()
    }

    /// The place in the source of a range of the reading.
    pub fn back(&self, range: Range<usize>) -> Range<usize> {
        self.text.back(range)
    }

    /// What the document gets for a translation of the reading.
    pub fn written(&self, translation: String) -> Revised {
        Revised::new(translation)
    }
}

/// Makes one space of each run of white space: models are trained on single spaces.
fn spaces(text: &str) -> Edits {
    let mut edits = Edits::default();
    let mut rest = 0;
    while let Some(start) = text[rest..].find(char::is_whitespace).map(|at| rest + at) {
        let end = text[start..].find(|c: char| !c.is_whitespace()).map_or(text.len(), |at| start + at);
        if &text[start..end] != " " {
            edits.push(start..end, " ");
        }
        rest = end;
    }
    edits
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
}
