//! CDATA sections of XML: documents of HTML in a document.

use super::{Dialect, Emitter, Markup, Mode, Piece, Read, Step, Writing, floor};

/// What begins a section.
pub(super) const SECTION: &str = "<![CDATA[";
/// What ends it.
const END: &str = "]]>";

impl Markup {
    /// Begins a CDATA section.
    pub(super) fn open_section(&mut self, emitter: &mut Emitter, out: &mut Vec<Piece>) -> Step {
        self.head += SECTION.len();
        self.end_block(emitter, out);
        emitter.gap(SECTION, out);
        if self.region.is_some() {
            self.mode = Mode::Through(END);
        } else {
            let inner = Self { writing: Writing::HtmlInCdata, ..Self::new(Dialect::Html, self.way) };
            self.section = Some(Box::new(inner));
            self.mode = Mode::Section;
        }
        Step::Advanced
    }

    /// Reads a CDATA section as HTML, up to its end.
    pub(super) fn section(&mut self, ended: bool, emitter: &mut Emitter, out: &mut Vec<Piece>) -> Step {
        let rest = &self.text[self.head..];
        let found = rest.find(END);
        let length = match found {
            Some(at) => at,
            None if ended => rest.len(),
            None => floor(rest, rest.len().saturating_sub(END.len() - 1)),
        };
        let bytes = rest[..length].to_owned();
        self.head += length;
        if let Some(section) = &mut self.section {
            section.push_str(&bytes, emitter, out);
        }
        if found.is_none() {
            return Step::Waits;
        }
        if let Some(mut section) = self.section.take() {
            section.end(emitter, out);
        }
        self.head += END.len();
        emitter.gap(END, out);
        self.mode = Mode::Tokens;
        Step::Advanced
    }
}
