//! Keeps quotations whole. A quotation of several sentences, with the words of the speaker before it, is one candidate, so no
//! summary begins or ends inside it.

use crate::text::{Piece, PieceKind};

/// The most sentences and bytes of a quotation that is one candidate. A longer one is cut, and its halves are chosen last.
const MAX_SENTENCES: usize = 8;
const MAX_BYTES: usize = 1200;

/// Whether every quotation of a text is closed inside it.
pub(super) fn is_whole(text: &str) -> bool {
    let count = |mark: char| text.chars().filter(|c| *c == mark).count();
    // “ opens in English and closes in Russian.
    let closed = count('“') == count('”') || count('„') == count('“');
    count('"').is_multiple_of(2) && closed && count('«') == count('»')
}

/// Joins the sentences of open quotations.
#[derive(Debug, Default)]
pub(super) struct Quotations {
    /// The pieces since the quotation opened, white space included.
    open: Vec<Piece>,
    sentences: usize,
    bytes: usize,
}

impl Quotations {
    /// Takes the next piece and appends the finished ones.
    pub fn push(&mut self, piece: Piece, out: &mut Vec<Piece>) {
        if self.open.is_empty() {
            match piece.kind {
                PieceKind::Sentence(_) if opens(&piece.text) => self.hold(piece),
                _ => out.push(piece),
            }
            return;
        }
        let ends_block =
            piece.kind == PieceKind::Gap && piece.text.contains(['\n', '\r', '\u{2028}', '\u{2029}']);
        let changes = match (piece.kind, self.open.first()) {
            (PieceKind::Sentence(block), Some(first)) => first.kind != PieceKind::Sentence(block),
            _ => false,
        };
        if ends_block || changes {
            self.release(out);
            out.push(piece);
            return;
        }
        self.hold(piece);
        if is_whole(&self.text()) {
            if let Some(first) = self.open.first() {
                out.push(Piece { text: self.text(), ..*first });
            }
            *self = Self::default();
        } else if self.sentences >= MAX_SENTENCES || self.bytes > MAX_BYTES {
            self.release(out);
        }
    }

    /// Appends the pieces of a quotation that does not close.
    pub fn release(&mut self, out: &mut Vec<Piece>) {
        out.append(&mut self.open);
        *self = Self::default();
    }

    fn hold(&mut self, piece: Piece) {
        self.sentences += usize::from(piece.kind != PieceKind::Gap);
        self.bytes += piece.text.len();
        self.open.push(piece);
    }

    fn text(&self) -> String {
        self.open.iter().map(|piece| piece.text.as_str()).collect()
    }
}

/// Whether a quotation opens in a sentence and does not close in it.
fn opens(sentence: &str) -> bool {
    !is_whole(sentence) && {
        let last =
            sentence.char_indices().rev().find(|(_, c)| matches!(c, '"' | '“' | '„' | '”' | '«' | '»'));
        last.is_some_and(|(at, mark)| match mark {
            '”' | '»' => false,
            // A mark at the end closes what an earlier sentence opened.
            _ => sentence[at + mark.len_utf8()..].contains(char::is_alphanumeric),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lang::Language,
        text::{Limits, split},
    };

    fn joined(text: &str) -> Vec<String> {
        let (mut quotations, mut out) = (Quotations::default(), Vec::new());
        for piece in split(text, Language::English, Limits::default()) {
            quotations.push(piece, &mut out);
        }
        quotations.release(&mut out);
        out.into_iter().filter(|piece| piece.kind != PieceKind::Gap).map(|piece| piece.text).collect()
    }

    #[test]
    fn a_quotation_of_several_sentences_is_one_piece() {
        for (text, wanted) in [
            (
                "He said: \"We had no choice. Safety comes first. We close it.\" Nobody answered.",
                &["He said: \"We had no choice. Safety comes first. We close it.\"", "Nobody answered."][..],
            ),
            (
                "She said “no”. He left. “Yes. No.” It rained.",
                &["She said “no”.", "He left.", "“Yes. No.”", "It rained."],
            ),
            ("Elle a dit : « Non. Jamais. » Il part.", &["Elle a dit : « Non. Jamais. »", "Il part."]),
            ("Она сказала: «Нет. Никогда». Он ушёл.", &["Она сказала: «Нет. Никогда».", "Он ушёл."]),
        ] {
            assert_eq!(joined(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_quotation_that_does_not_close_is_not_joined() {
        let text = "“It rained. It snowed.\n\nThe mayor left. The end came.";
        assert_eq!(joined(text), ["“It rained.", "It snowed.", "The mayor left.", "The end came."]);
        let long = format!("He said: “No. {}Yes.”", "It rained. ".repeat(20));
        assert!(joined(&long).len() > 3);
    }

    #[test]
    fn a_half_quotation_is_not_whole() {
        for whole in
            ["She said \"yes\".", "Elle a dit « oui ».", "Она сказала „да“.", "He said “no”.", "No marks."]
        {
            assert!(is_whole(whole), "{whole}");
        }
        for half in ["\"No, we did not.", "Nous l'avons fait », dit-il.", "He said “no."] {
            assert!(!is_whole(half), "{half}");
        }
    }
}
