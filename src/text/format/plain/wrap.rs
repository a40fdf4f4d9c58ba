//! Decides which lines of a group continue the line before them.
//!
//! News text has three forms: one paragraph a line, with headlines and captions under each other without blank lines; paragraphs
//! wrapped at a column; and lines that end where their author wants, as in verse and lists. One pair of lines seldom shows the
//! form, so a group of lines is judged together: the width of the widest line, whether the first word of the next line had
//! room, and how many lines begin with a capital. A wrong join loses a headline inside a sentence, and a wrong cut gives two
//! halves of a sentence, so capitals need more evidence than small letters.

use super::line::{Line, Start, WRAPPED};

/// A shorter line is not wrapped, even if the next line begins with a small letter.
const SHORT: usize = 20;
/// The most characters of a line of verse or of a list.
const VERSE: usize = 60;
/// The least lines that show the form of verse, without the last and the widest.
const VERSE_LINES: usize = 2;
/// No text is wrapped at a narrower column.
const NARROW: usize = 28;

/// How the lines since the last blank line are wrapped.
#[derive(Debug, Default)]
pub(super) struct Wrap {
    width: usize,
    joined: bool,
}

impl Wrap {
    /// Whether each line but the first continues the one before it. `lines` are the lines of a group, in order: no line but the
    /// last ends a sentence.
    pub fn joins(&mut self, lines: &[Line]) -> Vec<bool> {
        self.width = lines.iter().map(|line| line.width).fold(self.width, usize::max);
        let pairs = || lines.iter().zip(lines.iter().skip(1));
        let form = Form::of(pairs(), self);
        let begins = !self.joined;
        let joins: Vec<bool> = pairs()
            .enumerate()
            .map(|(place, (last, next))| form.joins(last, next, begins && place == 0))
            .collect();
        self.joined |= pairs().zip(&joins).any(|((last, next), joins)| *joins && form.is_full(last, next));
        joins
    }
}

/// The form of a group of lines.
struct Form {
    /// The width of the widest line.
    width: usize,
    /// Some lines of the paragraph are wrapped.
    wrapped: bool,
    /// All lines begin with a capital, as in verse and lists.
    capitals: bool,
    /// Most lines are short and end although the next word had room.
    loose: bool,
    /// All lines are full.
    tight: bool,
}

impl Form {
    fn of<'a>(pairs: impl Iterator<Item = (&'a Line, &'a Line)>, wrap: &Wrap) -> Self {
        let mut form =
            Form { width: wrap.width, wrapped: wrap.joined, capitals: false, loose: false, tight: false };
        let (mut count, mut small, mut capital, mut full, mut all) = (0, 0, 0, 0, 0);
        for (last, next) in pairs {
            let is_full = form.is_full(last, next);
            all += 1;
            // The widest line is full in any form.
            count += usize::from(last.width < form.width);
            full += usize::from(is_full && last.width < form.width);
            small += usize::from(next.start == Start::Small);
            capital += usize::from(matches!(next.start, Start::Capital | Start::Opener));
            form.wrapped |= is_full && next.start == Start::Small;
        }
        form.capitals = capital >= 2 && small == 0 && !wrap.joined;
        form.loose = count >= VERSE_LINES && form.width <= VERSE && 2 * full <= count;
        form.tight = all >= 2 && full == count;
        form
    }

    /// Whether the first word of `next` did not fit behind `last`.
    fn is_full(&self, last: &Line, next: &Line) -> bool {
        (NARROW..=*WRAPPED.end()).contains(&self.width) && last.width + 1 + next.first_word > self.width
    }

    /// `begins`: `last` is the first line of the paragraph, which may be a headline.
    fn joins(&self, last: &Line, next: &Line, begins: bool) -> bool {
        // The lines of a list item are indented by the width of its marker.
        if next.indent != last.indent {
            return true;
        }
        let full = self.is_full(last, next);
        match next.start {
            Start::Small if last.lead_in => full && self.tight,
            Start::Small => last.width >= SHORT && !self.loose,
            _ if self.capitals => false,
            Start::Capital | Start::Neutral if last.dangling => last.width >= SHORT,
            Start::Opener if last.dangling && full => true,
            // Narrow columns are rare, and short headlines are not.
            _ if !WRAPPED.contains(&last.width) => false,
            Start::Opener => full && self.wrapped && !begins,
            Start::Capital if begins => full && (last.open || last.running),
            Start::Capital => full && (last.open || last.running || self.wrapped),
            Start::Neutral => full && (last.open || last.running || self.wrapped || self.tight),
        }
    }
}
