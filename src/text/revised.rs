//! A text after several rounds of edits, whose offsets still lead to the text that it was made from.

use std::ops::Range;

use super::Edits;

/// A text and the edits that made it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revised {
    text: String,
    rounds: Vec<Edits>,
}

impl Revised {
    /// A text without any edits.
    pub fn new(text: String) -> Self {
        Self { text, rounds: Vec::new() }
    }

    /// The text after all edits.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text after all edits.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Edits the text as it is after the rounds before.
    pub fn edit(&mut self, edits: Edits) {
        if !edits.is_empty() {
            self.text = edits.apply(&self.text);
            self.rounds.push(edits);
        }
    }

    /// The place in the final text of a range of the first one.
    pub fn forward(&self, range: Range<usize>) -> Range<usize> {
        self.rounds.iter().fold(range, |range, edits| edits.forward(range))
    }

    /// The place in the first text of a range of the final one.
    pub fn back(&self, range: Range<usize>) -> Range<usize> {
        self.rounds.iter().rev().fold(range, |range, edits| edits.back(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_through_all_rounds() {
        let mut text = Revised::new("one  two".to_owned());
        text.edit([(3..5, " ".to_owned())].into_iter().collect());
        text.edit([(0..0, "zero ".to_owned()), (4..7, "deux".to_owned())].into_iter().collect());
        assert_eq!(text.text(), "zero one deux");
        assert_eq!((text.back(9..13), text.forward(5..8)), (5..8, 9..13));
        assert_eq!(text.back(5..8), 0..3);
    }
}
