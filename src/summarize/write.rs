//! Summaries that a model writes, none of whose sentences says what the text does not (`faithful`).
//!
//! A text is written about in sections, as long as the model reads at once. What is written about them is a text of its own,
//! at most half as many sentences; while it is longer than the summary may be, it is written about in turn. Every sentence
//! keeps the sentences of the text that support it, and it is these that it is checked against, on every level.

use std::{collections::BTreeMap, ops::Range};

use tokio::task::spawn_blocking;

use super::{
    Length, Origin, SENTENCE, SummarizeError,
    extract::{Extractor, most},
    faithful::{Article, Support},
};
use crate::{
    decode::Finish,
    engine::{Engine, EngineError, Job, Priority},
    lang::{Language, Pair},
    text::{self, Block, Piece, PieceKind},
    translate::{TranslateError, Usage},
};

/// Most bytes of a section. A text may be such that a model has few tokens for very many of them.
const SECTION_BYTES: usize = 32 * 1024;

/// A sentence of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cited {
    pub text: String,
    /// Bytes of the text.
    pub source: Range<u64>,
    /// Of those that the writer was given, which one it is.
    pub number: u64,
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

/// Lines that wait to be written about together.
#[derive(Default)]
struct Section {
    lines: Vec<Line>,
    tokens: usize,
    bytes: usize,
}

/// Writes about a text as it comes. What it keeps grows with the logarithm of the text.
pub(super) struct Writer {
    engine: Engine,
    language: Language,
    priority: Priority,
    /// What waits: sentences of the text, what was written about those, and so on.
    levels: Vec<Section>,
    read: u64,
    usage: Usage,
}

impl Writer {
    pub(super) fn new(engine: Engine, language: Language, priority: Priority) -> Self {
        Self { engine, language, priority, levels: Vec::new(), read: 0, usage: Usage::default() }
    }

    /// A summary is in the language of its text.
    fn pair(&self) -> Pair {
        Pair { source: self.language, target: self.language }
    }

    /// Name of the model.
    pub(super) fn model(&self) -> &str {
        &self.engine.model().name
    }

    /// Takes the next sentence of the text.
    pub(super) async fn push(&mut self, sentence: Cited) -> Result<(), SummarizeError> {
        let mut lines = vec![Line::from(Cited { number: self.read, ..sentence })];
        self.read += 1;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Section::default());
            }
            let mut section = std::mem::take(&mut self.levels[level]);
            lines = self.add(&mut section, lines).await?;
            self.levels[level] = section;
            if lines.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// The summary, in the order of the text; empty if there was nothing to write about.
    pub(super) async fn finish(
        mut self,
        length: Length,
        read: usize,
    ) -> Result<(Vec<Line>, Usage), SummarizeError> {
        let most = most(length, read);
        let mut lines: Vec<Line> = Vec::new();
        for (level, section) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            // What comes from the level below is of the end of the text.
            lines = [section.lines, lines].concat();
            if level == 0 || lines.len() > most {
                lines = self.about_all(lines).await?;
            }
        }
        while lines.len() > most && lines.len() > 1 {
            lines = self.about_all(lines).await?;
        }
        lines.sort_by_key(|line| line.support.first().map(|cited| cited.source.start));
        if let Length::Chars(chars) = length {
            let width = |line: &Line| line.text.chars().count() + 1;
            while lines.len() > 1 && lines.iter().map(width).sum::<usize>() > chars.saturating_add(1) {
                lines.pop();
            }
        }
        Ok((lines, self.usage))
    }

    /// Puts lines into a section; what was written about it whenever it was full.
    async fn add(&mut self, section: &mut Section, lines: Vec<Line>) -> Result<Vec<Line>, SummarizeError> {
        let mut written = Vec::new();
        let most =
            self.engine.longest_source(self.pair()).map_err(TranslateError::from)?.unwrap_or(usize::MAX);
        for line in lines {
            // Some vocabularies have a token more for it behind a space.
            let tokens = self.engine.tokens(&format!(" {}", line.text)).map_err(TranslateError::from)?;
            let fits = section.tokens + tokens <= most && section.bytes + line.text.len() <= SECTION_BYTES;
            // Of one line nothing shorter could be written, and there would be no end.
            if !fits && section.lines.len() > 1 {
                written.extend(self.about(std::mem::take(section).lines).await?);
            }
            section.tokens += tokens;
            section.bytes += line.text.len();
            section.lines.push(line);
        }
        Ok(written)
    }

    async fn about_all(&mut self, lines: Vec<Line>) -> Result<Vec<Line>, SummarizeError> {
        let mut section = Section::default();
        let mut written = self.add(&mut section, lines).await?;
        if !section.lines.is_empty() {
            written.extend(self.about(section.lines).await?);
        }
        Ok(written)
    }

    /// What the model writes about a section, as far as the text supports it.
    async fn about(&mut self, section: Vec<Line>) -> Result<Vec<Line>, SummarizeError> {
        let most = (section.len() / 2).max(1);
        let text = section.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
        // Two lines may have a support in common.
        let sources = section.into_iter().flat_map(|line| line.support);
        let sources: BTreeMap<u64, Cited> = sources.map(|cited| (cited.source.start, cited)).collect();
        let sources: Vec<Cited> = sources.into_values().collect();
        let job = Job { priority: self.priority, ..Job::new(self.pair(), text) };
        let written = match self.engine.run(&job).await {
            Ok(output) => {
                self.usage += Usage::from(&output);
                Some(Written { text: output.text, whole: output.finish == Finish::Stopped })
            }
            Err(EngineError::SourceTooLong { .. }) => None,
            Err(error) => Err(TranslateError::from(error))?,
        };
        let language = self.language;
        // Milliseconds of work, which others need not wait for.
        let settled = spawn_blocking(move || settle(language, &sources, written, most));
        settled.await.map_err(|_| TranslateError::from(EngineError::WorkerLost).into())
    }
}

/// What a model wrote.
struct Written {
    text: String,
    /// Whether it came to its end.
    whole: bool,
}

/// At most so many lines: what was written and is supported, and for the rest, or where nothing was written, sentences of the
/// text that say most of it.
fn settle(language: Language, sources: &[Cited], written: Option<Written>, most: usize) -> Vec<Line> {
    let Some(written) = written else {
        return replacements(language, sources, &[], 1, Origin::Extracted);
    };
    let article =
        Article::of_some(language, sources.iter().map(|source| (source.number, source.text.as_str())));
    let (mut lines, mut refused): (Vec<Line>, usize) = (Vec::new(), 0);
    let pieces = text::split(&written.text, language, SENTENCE).into_iter();
    let sentences: Vec<String> =
        pieces.filter(|piece| matches!(piece.kind, PieceKind::Sentence(_))).map(|piece| piece.text).collect();
    let whole = if written.whole { sentences.len() } else { sentences.len().saturating_sub(1) };
    for (index, sentence) in sentences.into_iter().enumerate() {
        if lines.iter().any(|line| line.text == sentence) {
            continue;
        }
        match article.check(&sentence) {
            Ok(Support { sentences, .. }) if index < whole => {
                let support: Vec<Cited> =
                    sentences.iter().filter_map(|index| sources.get(*index)).cloned().collect();
                let line = Line { text: sentence, origin: Origin::Written, support };
                lines.extend((!line.support.is_empty()).then_some(line));
            }
            _ => refused += 1,
        }
    }
    lines.truncate(most);
    let missing = if lines.is_empty() { refused.max(1) } else { refused }.min(most - lines.len());
    let replacements = replacements(language, sources, &lines, missing, Origin::Replaced);
    lines.extend(replacements);
    lines
}

/// So many sentences of the text, beside those that support what is there.
fn replacements(
    language: Language,
    sources: &[Cited],
    lines: &[Line],
    count: usize,
    origin: Origin,
) -> Vec<Line> {
    if count == 0 {
        return Vec::new();
    }
    let used: Vec<&Cited> = lines.iter().flat_map(|line| &line.support).collect();
    let mut extractor = Extractor::new(language);
    for Cited { text, source, .. } in sources.iter().filter(|source| !used.contains(source)) {
        let kind = PieceKind::Sentence(Block::Paragraph);
        extractor.push(Piece { start: source.start, text: text.clone(), kind });
    }
    let chosen = extractor.chosen(Length::Sentences(count)).into_iter();
    // By its place: its text may have been wrapped in the article.
    let cited = chosen
        .filter_map(|candidate| sources.iter().find(|cited| cited.source.start == candidate.source.start));
    cited.map(|cited| Line { origin, ..Line::from(cited.clone()) }).collect()
}
