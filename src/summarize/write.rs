//! Summaries that a model writes, none of whose sentences says what the text does not (`faithful`).
//!
//! A text is written about in sections, as long as the model reads at once. What is written about them is a text of its own,
//! shorter by far; while it is longer than the summary may be, it is written about in turn. Every sentence keeps the
//! sentences of the text that support it, and it is these that it is checked against, on every level.

use std::ops::Range;

use super::{
    Origin, SummarizeError,
    extract::Extractor,
    faithful::{Article, Support},
};
use crate::{
    engine::{Engine, Job, Priority},
    lang::{Language, Pair},
    text::{self, Block, Limits, Piece, PieceKind},
    translate::{TranslateError, Usage},
};

/// Hypotheses kept; what mT5 XL-Sum and its like are published with.
const BEAM_SIZE: usize = 4;
/// Longest sentence that is taken as one.
const SENTENCE: Limits = Limits { max_segment_chars: 2000 };

/// A sentence of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cited {
    pub text: String,
    /// Bytes of the text.
    pub source: Range<u64>,
}

/// A sentence of the text, or one that was written about it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub text: String,
    pub origin: Origin,
    /// What supports it, best first; a sentence of the text supports itself. At least one.
    pub support: Vec<Cited>,
}

impl From<Cited> for Line {
    fn from(cited: Cited) -> Self {
        Self { text: cited.text.clone(), origin: Origin::Extracted, support: vec![cited] }
    }
}

/// Writes about a text as it comes. What it keeps grows with the logarithm of the text.
pub(super) struct Writer {
    engine: Engine,
    language: Language,
    /// What waits to be written about: sentences of the text, what was written about those, and so on.
    levels: Vec<Vec<Line>>,
    pub usage: Usage,
}

impl Writer {
    pub(super) fn new(engine: Engine, language: Language) -> Self {
        Self { engine, language, levels: vec![Vec::new()], usage: Usage::default() }
    }

    /// Name of the model.
    pub(super) fn model(&self) -> &str {
        &self.engine.model().name
    }

    /// Takes the next sentence of the text.
    pub(super) async fn push(&mut self, sentence: Cited) -> Result<(), SummarizeError> {
        let mut lines = vec![Line::from(sentence)];
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let mut above = Vec::new();
            for line in lines {
                self.levels[level].push(line);
                if !self.fits(&self.levels[level])? {
                    let last = self.levels[level].pop();
                    let full = std::mem::take(&mut self.levels[level]);
                    self.levels[level].extend(last);
                    above.extend(self.about(&full).await?);
                }
            }
            lines = above;
            if lines.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// The summary: at most so many sentences. Empty if there was nothing to write about.
    pub(super) async fn finish(mut self, most: usize) -> Result<(Vec<Line>, Usage), SummarizeError> {
        let mut lines: Vec<Line> = Vec::new();
        for level in 0..self.levels.len() {
            // Those of the lower levels come last in the text.
            let waiting = std::mem::take(&mut self.levels[level]);
            let all = [waiting, lines].concat();
            let done = level > 0 && level + 1 == self.levels.len() && all.len() <= most;
            lines = if done { all } else { self.about_all(all).await? };
        }
        while lines.len() > most {
            let shorter = self.about_all(lines.clone()).await?;
            if shorter.len() >= lines.len() {
                break;
            }
            lines = shorter;
        }
        lines.truncate(most);
        Ok((lines, self.usage))
    }

    /// Writes about lines of which there may be more than fit.
    async fn about_all(&mut self, lines: Vec<Line>) -> Result<Vec<Line>, SummarizeError> {
        let (mut written, mut section) = (Vec::new(), Vec::new());
        for line in lines {
            section.push(line);
            if section.len() > 1 && !self.fits(&section)? {
                let last = section.pop();
                written.extend(self.about(&section).await?);
                section = last.into_iter().collect();
            }
        }
        if !section.is_empty() {
            written.extend(self.about(&section).await?);
        }
        Ok(written)
    }

    fn pair(&self) -> Pair {
        Pair { source: self.language, target: self.language }
    }

    /// Whether the model reads these lines at once.
    fn fits(&self, lines: &[Line]) -> Result<bool, SummarizeError> {
        // One that is too long alone is not for the model; it is left to `about`.
        Ok(lines.len() < 2 || self.engine.fits(self.pair(), &joined(lines)).map_err(TranslateError::from)?)
    }

    /// What the model writes about a section; what is not supported by it gives way to a sentence that is part of it.
    async fn about(&mut self, section: &[Line]) -> Result<Vec<Line>, SummarizeError> {
        let sources: Vec<&Cited> = section.iter().flat_map(|line| &line.support).collect();
        let job = Job {
            priority: Priority::Interactive,
            beam_size: BEAM_SIZE,
            ..Job::new(self.pair(), joined(section))
        };
        if !self.engine.fits(self.pair(), &job.text).map_err(TranslateError::from)? {
            return Ok(self.replacements(&sources, &[], 1));
        }
        let output = self.engine.run(&job).await.map_err(TranslateError::from)?;
        self.usage += Usage::from(&output);
        let article = Article::new(self.language, sources.iter().map(|source| source.text.as_str()));
        let (mut lines, mut refused): (Vec<Line>, usize) = (Vec::new(), 0);
        for sentence in sentences(&output.text, self.language) {
            match article.check(&sentence) {
                Ok(Support { sentences, .. }) => {
                    let support: Vec<Cited> = sentences
                        .iter()
                        .filter_map(|index| sources.get(*index))
                        .map(|cited| (*cited).clone())
                        .collect();
                    let origin = Origin::Written;
                    lines.extend((!support.is_empty()).then_some(Line { text: sentence, origin, support }));
                }
                Err(_) => refused += 1,
            }
        }
        let missing = if lines.is_empty() { refused.max(1) } else { refused };
        let replacements = self.replacements(&sources, &lines, missing);
        lines.extend(replacements);
        Ok(lines)
    }

    /// So many sentences of the text that say most of it, beside those that support what is there.
    fn replacements(&self, sources: &[&Cited], lines: &[Line], count: usize) -> Vec<Line> {
        if count == 0 {
            return Vec::new();
        }
        let mut extractor = Extractor::new(self.language);
        let used = |source: &Cited| lines.iter().flat_map(|line| &line.support).any(|cited| cited == source);
        for source in sources.iter().filter(|source| !used(source)) {
            let (start, text) = (source.source.start, source.text.clone());
            extractor.push(Piece { start, text, kind: PieceKind::Sentence(Block::Paragraph) });
        }
        let chosen = extractor.chosen(super::Length::Sentences(count));
        let line = |text: &str, source: &Range<u64>| Line {
            origin: Origin::Replaced,
            ..Line::from(Cited { text: text.to_owned(), source: source.clone() })
        };
        chosen.into_iter().map(|candidate| line(&candidate.text, &candidate.source)).collect()
    }
}

fn joined(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The sentences of what was written.
fn sentences(written: &str, language: Language) -> Vec<String> {
    let pieces = text::split(written, language, SENTENCE).into_iter();
    pieces.filter(|piece| matches!(piece.kind, PieceKind::Sentence(_))).map(|piece| piece.text).collect()
}
