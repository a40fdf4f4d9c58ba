//! Candidates for a summary, collected sentence by sentence in bounded memory.
//!
//! An article is read in sections. Each section sends its best sentences on; when too many have come together, the best of
//! those stay. An article of one section, which is nearly every article, is ranked as a whole.

use std::{collections::BTreeSet, ops::Range};

use super::{
    Length, MAX_SENTENCES, boilerplate,
    rank::{self, Ranked},
    terms::Terms,
};
use crate::{
    lang::Language,
    text::{Piece, PieceKind},
};

/// Sentences that are ranked together first.
const SECTION: usize = 512;
/// How many of them go on.
const FROM_SECTION: usize = 128;
/// Candidates that are kept over all sections.
const KEPT: usize = 1024;
/// Lines kept in case that the text has no sentences: a table, a list of headlines.
const LINES: usize = 256;

const _: () = assert!(FROM_SECTION >= MAX_SENTENCES && KEPT >= FROM_SECTION);

/// A sentence that may be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub text: String,
    /// Bytes of the article.
    pub source: Range<u64>,
    place: usize,
    terms: Vec<String>,
}

/// Reads an article and chooses.
pub struct Extractor {
    terms: Terms,
    section: Vec<Candidate>,
    kept: Vec<Candidate>,
    lines: Vec<Candidate>,
    read: usize,
}

impl Extractor {
    /// For one article in `language`.
    pub fn new(language: Language) -> Self {
        Self {
            terms: Terms::new(language),
            section: Vec::new(),
            kept: Vec::new(),
            lines: Vec::new(),
            read: 0,
        }
    }

    /// Takes the next piece of the article.
    pub fn push(&mut self, piece: Piece) {
        let Piece { start, text, kind: PieceKind::Sentence(block) } = piece else { return };
        let belongs = boilerplate::belongs(block, &text);
        if !belongs && (self.read > 0 || self.lines.len() == LINES) {
            return;
        }
        let place = if belongs { self.read } else { self.lines.len() };
        let source = start..start + text.len() as u64;
        let candidate = Candidate { terms: self.terms.of(&text), text, source, place };
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

    /// Sentences that could have been chosen so far.
    pub fn read(&self) -> usize {
        self.read.max(self.lines.len())
    }

    /// The summary of what was read so far, in the order of the article; empty if there is nothing to choose from.
    pub fn chosen(&self, length: Length) -> Vec<&Candidate> {
        let all: Vec<&Candidate> = if self.read == 0 {
            self.lines.iter().collect()
        } else {
            self.kept.iter().chain(&self.section).collect()
        };
        let sentences = match length {
            Length::Sentences(sentences) => sentences,
            Length::Ratio(ratio) => (self.read() as f32 * ratio).ceil() as usize,
            Length::Chars(_) => MAX_SENTENCES,
        };
        let sentences = sentences.clamp(1, MAX_SENTENCES);
        let chars = if let Length::Chars(chars) = length { chars } else { usize::MAX };
        let (mut chosen, mut long) = (Vec::new(), 0);
        rank::best(&ranked(all.iter().copied()), |sentence| {
            let width = all[sentence].text.chars().count() + usize::from(!chosen.is_empty());
            if chosen.is_empty() || long + width <= chars {
                chosen.push(sentence);
                long += width;
            }
            chosen.len() == sentences || long >= chars
        });
        chosen.sort_unstable();
        chosen.into_iter().map(|sentence| all[sentence]).collect()
    }
}

fn ranked<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> Vec<Ranked<'a>> {
    candidates
        .map(|candidate| Ranked {
            place: candidate.place,
            terms: &candidate.terms,
            soundness: boilerplate::soundness(&candidate.text),
        })
        .collect()
}

/// The best `count` of them, in their order.
fn reduce(candidates: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    let mut best = BTreeSet::new();
    rank::best(&ranked(candidates.iter()), |sentence| {
        best.insert(sentence);
        best.len() == count
    });
    let chosen = candidates.into_iter().enumerate().filter(|(index, _)| best.contains(index));
    chosen.map(|(_, candidate)| candidate).collect()
}
