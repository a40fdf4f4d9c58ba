//! Collects candidates for a summary, sentence by sentence, in bounded memory.
//!
//! The extractor reads an article in sections and keeps the best sentences of each. When it has kept too many, it ranks them
//! and drops the worse half. An article of one section, as nearly every article is, is ranked as a whole.

use std::{collections::BTreeSet, ops::Range};

use super::{
    Length, MAX_SENTENCES, boilerplate,
    quotation::{self, Quotations},
    rank::{self, Pick, Ranked},
    terms::{Term, Terms},
    write::Cited,
};
use crate::{
    lang::Language,
    text::{Block, Piece, PieceKind},
};

/// Sentences of a section.
const SECTION: usize = 256;
/// Candidates that the extractor keeps from a section.
const FROM_SECTION: usize = MAX_SENTENCES;
/// Candidates that the extractor keeps from all sections.
const KEPT: usize = 512;
/// A text of no more lines or list items than this is a short list, whose first lines say most.
const SHORT_LIST: usize = 12;
/// Lines that the extractor keeps in case the text has no sentences, as a table or a list of headlines.
const LINES: usize = 256;

const _: () = assert!(KEPT / 2 >= MAX_SENTENCES);

/// A sentence that a summary may contain.
#[derive(Debug, Clone, PartialEq)]
struct Candidate {
    text: String,
    /// Bytes of the article.
    source: Range<u64>,
    place: usize,
    terms: Vec<Term>,
    /// It is a list item.
    item: bool,
}

/// Reads an article and chooses sentences.
pub struct Extractor {
    terms: Terms,
    section: Vec<Candidate>,
    kept: Vec<Candidate>,
    lines: Vec<Candidate>,
    lines_read: usize,
    read: usize,
    quotations: Quotations,
    /// Pieces whose quotations are whole.
    finished: Vec<Piece>,
}

impl Extractor {
    /// An extractor for one article in `language`.
    pub fn new(language: Language) -> Self {
        Self {
            terms: Terms::new(language),
            section: Vec::new(),
            kept: Vec::new(),
            lines: Vec::new(),
            lines_read: 0,
            read: 0,
            quotations: Quotations::default(),
            finished: Vec::new(),
        }
    }

    /// Takes the next piece of the article.
    pub fn push(&mut self, piece: Piece) {
        self.quotations.push(piece, &mut self.finished);
        for piece in std::mem::take(&mut self.finished) {
            self.take(piece);
        }
    }

    /// Takes the last pieces: those of a quotation that does not close.
    pub fn finish(&mut self) {
        self.quotations.release(&mut self.finished);
        for piece in std::mem::take(&mut self.finished) {
            self.take(piece);
        }
    }

    fn take(&mut self, piece: Piece) {
        let PieceKind::Sentence(block) = piece.kind else { return };
        let source = piece.start..piece.end();
        let text = piece.plain().into_owned();
        let belongs = boilerplate::belongs(block, &text);
        if !belongs {
            self.lines_read += 1;
            if self.read > 0 || self.lines.len() == LINES {
                return;
            }
        }
        let place = if belongs { self.read } else { self.lines.len() };
        let item = block == Block::ListItem;
        let candidate = Candidate { terms: self.terms.of(&text), text, source, place, item };
        if !belongs {
            self.lines.push(candidate);
            return;
        }
        self.section.push(candidate);
        self.read += 1;
        self.lines.clear();
        if self.section.len() == SECTION {
            self.kept.extend(reduce(std::mem::take(&mut self.section), FROM_SECTION));
            if self.kept.len() > KEPT {
                self.kept = reduce(std::mem::take(&mut self.kept), KEPT / 2);
            }
        }
    }

    /// Number of candidate sentences so far.
    pub fn sentences(&self) -> usize {
        self.read
    }

    /// Number of candidates so far: sentences, or lines if there are no sentences.
    pub fn read(&self) -> usize {
        if self.read > 0 { self.read } else { self.lines_read }
    }

    /// The summary of the text so far, in the order of the article; empty without candidates.
    pub fn chosen(&self, length: Length) -> Vec<Cited> {
        let all: Vec<&Candidate> = if self.read == 0 {
            self.lines.iter().collect()
        } else {
            self.kept.iter().chain(&self.section).collect()
        };
        let sentences = max_sentences(length, self.read());
        let chars = if let Length::Chars(chars) = length { chars } else { usize::MAX };
        let widths: Vec<usize> = all.iter().map(|candidate| candidate.text.chars().count()).collect();
        let narrowest = widths.iter().copied().min().unwrap_or(0);
        let (mut chosen, mut left) = (Vec::new(), chars);
        let is_list = all.len() <= SHORT_LIST && all.iter().all(|candidate| candidate.item || self.read == 0);
        let mut pick = |sentence: usize| {
            // The width includes the space before the sentence.
            let width = widths[sentence] + usize::from(!chosen.is_empty());
            if width > left && !chosen.is_empty() {
                return Pick::Skip;
            }
            left = left.saturating_sub(width);
            chosen.push(sentence);
            if chosen.len() == sentences || left <= narrowest { Pick::Enough } else { Pick::Take }
        };
        if is_list {
            let _ = (0..all.len()).find(|line| matches!(pick(*line), Pick::Enough));
        } else {
            rank::best(&ranked(all.iter().copied()), pick);
        }
        chosen.sort_unstable();
        chosen
            .into_iter()
            .map(|sentence| Cited::new(&all[sentence].text, all[sentence].source.clone()))
            .collect()
    }
}

/// The most sentences that a summary of this length has; `read` is the number of candidates.
pub fn max_sentences(length: Length, read: usize) -> usize {
    let sentences = match length {
        Length::Sentences(sentences) => sentences,
        Length::Ratio(ratio) => (read as f32 * ratio).ceil() as usize,
        Length::Chars(_) => MAX_SENTENCES,
    };
    sentences.clamp(1, MAX_SENTENCES)
}

fn ranked<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> Vec<Ranked<'a>> {
    candidates
        .map(|candidate| Ranked {
            place: candidate.place,
            terms: &candidate.terms,
            whole: quotation::is_whole(&candidate.text),
        })
        .collect()
}

/// The best `count` candidates, in the order of the article.
fn reduce(candidates: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    let mut best = BTreeSet::new();
    rank::best(&ranked(candidates.iter()), |sentence| {
        best.insert(sentence);
        if best.len() == count { Pick::Enough } else { Pick::Take }
    });
    let chosen = candidates.into_iter().enumerate().filter(|(index, _)| best.contains(index));
    chosen.map(|(_, candidate)| candidate).collect()
}
