//! Replacements in a text, through which offsets can be followed.
//!
//! A model does not read a document as it stands: tags and soft hyphens go, capitals become small letters. Each of these steps is
//! a list of edits. The offsets of the model's words are mapped back through the same edits, and tags are mapped forward.

use std::ops::Range;

/// Replacements in one text, in the order of the text. They do not overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits(Vec<Edit>);

/// The replacement of a range. An empty range inserts text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Byte range in the text before.
    pub range: Range<usize>,
    /// The text in its place.
    pub with: String,
}

impl Edits {
    /// Adds a replacement after all others. A range that begins before the end of the last one is cut to what is left of it.
    pub fn push(&mut self, range: Range<usize>, with: impl Into<String>) {
        let least = self.0.last().map_or(0, |last| last.range.end);
        let range = range.start.max(least)..range.end.max(least);
        self.0.push(Edit { range, with: with.into() });
    }

    /// Whether the edits change nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The replacements, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Edit> {
        self.0.iter()
    }

    /// The text after the edits.
    pub fn apply(&self, text: &str) -> String {
        let mut edited = String::with_capacity(text.len());
        let mut at = 0;
        for Edit { range, with } in &self.0 {
            edited.push_str(&text[at..range.start]);
            edited.push_str(with);
            at = range.end;
        }
        edited.push_str(&text[at..]);
        edited
    }

    /// The place in the text after of a range of the text before. A range that begins or ends inside a replacement covers all of
    /// it; insertions at its edges stay outside.
    pub fn forward(&self, range: Range<usize>) -> Range<usize> {
        follow(range, self.spans())
    }

    /// The place in the text before of a range of the text after, with the same edges.
    pub fn back(&self, range: Range<usize>) -> Range<usize> {
        follow(range, self.spans().map(|(before, after)| (after, before)))
    }

    /// The range of each edit before and after.
    fn spans(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        // Additions come before subtractions, so nothing falls below zero.
        let mut added = 0;
        let mut removed = 0;
        self.0.iter().map(move |Edit { range, with }| {
            let start = range.start + added - removed;
            added += with.len();
            removed += range.len();
            (range.clone(), start..start + with.len())
        })
    }
}

impl FromIterator<(Range<usize>, String)> for Edits {
    fn from_iter<I: IntoIterator<Item = (Range<usize>, String)>>(edits: I) -> Self {
        let mut all = Self::default();
        edits.into_iter().for_each(|(range, with)| all.push(range, with));
        all
    }
}

/// Maps a range with pairs of ranges that correspond to each other.
fn follow(range: Range<usize>, spans: impl Iterator<Item = (Range<usize>, Range<usize>)>) -> Range<usize> {
    let (mut start, mut end) = (range.start, range.end);
    for (from, to) in spans {
        if from.end <= range.start {
            start = range.start - from.end + to.end;
        } else if from.start < range.start {
            start = to.start;
        }
        let outside = from.start == from.end && from.start == range.end;
        if from.end <= range.end && !outside {
            end = range.end - from.end + to.end;
        } else if from.start < range.end {
            end = to.end;
        }
    }
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_follows_the_text_around_it() {
        let text = "a <b>bold</b> word";
        let edits: Edits = [(2..5, String::new()), (9..13, String::new()), (14..18, "term".to_owned())]
            .into_iter()
            .collect();
        let edited = edits.apply(text);
        assert_eq!(edited, "a bold term");
        assert_eq!((edits.forward(5..9), edits.back(2..6)), (2..6, 5..9));
        assert_eq!((edits.forward(15..17), edits.back(8..9)), (7..11, 14..18));
        assert_eq!(&text[edits.back(0..edited.len())], text);
    }

    #[test]
    fn an_insertion_at_an_edge_stays_outside() {
        let edits: Edits = [(0..0, "«".to_owned()), (3..3, "»".to_owned())].into_iter().collect();
        assert_eq!((edits.apply("abc d"), edits.forward(0..3)), ("«abc» d".to_owned(), 2..5));
    }

    proptest! {
        #[test]
        fn unchanged_text_is_the_same_on_both_sides(
            text in "[a-z]{0,40}",
            cuts in proptest::collection::vec((0usize..41, 0usize..5, "[A-Z]{0,4}"), 0..6),
        ) {
            let mut edits = Edits::default();
            for (start, length, with) in cuts {
                let start = start.min(text.len()).max(edits.iter().last().map_or(0, |last| last.range.end));
                edits.push(start..(start + length).min(text.len()).max(start), with);
            }
            let edited = edits.apply(&text);
            for at in 0..text.len() {
                let place = edits.forward(at..at + 1);
                let kept = edits.iter().all(|edit| !edit.range.contains(&at));
                prop_assert!(place.end <= edited.len());
                if kept {
                    prop_assert_eq!(&edited[place.clone()], &text[at..=at]);
                    prop_assert_eq!(edits.back(place), at..at + 1);
                }
            }
        }
    }
}
