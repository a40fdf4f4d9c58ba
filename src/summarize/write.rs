//! Abstractive summaries: a model writes them, and the text must support every sentence (`faithful`).
//!
//! The writer summarises a text in sections, each as long as the model can read. The summaries of the sections are a text with
//! at most half as many sentences. While that text is too long for the summary, the writer summarises it in turn. Every line
//! keeps the sentences of the original text that support it, and each level is checked against these.

use std::{collections::BTreeMap, ops::Range};

use tokio::task::spawn_blocking;

use super::{
    Length, Origin, SENTENCE, SummarizeError,
    extract::{Extractor, max_sentences},
    faithful::{Article, Support},
};
use crate::{
    decode::Finish,
    engine::{Engine, EngineError, Job},
    lang::{Language, Pair},
    text::{self, Block, Piece, PieceKind},
    translate::{TranslateError, Usage},
};

/// The most bytes of a section. Some texts have very few tokens for their bytes, so a limit on tokens is not enough.
const SECTION_BYTES: usize = 32 * 1024;

/// A sentence of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cited {
    pub text: String,
    /// Bytes of the text.
    pub source: Range<u64>,
    /// Its index among the sentences that the writer received.
    pub number: u64,
}

impl Cited {
    /// Joins the lines of a wrapped sentence into one. `source`: its bytes in the text.
    pub(super) fn new(text: &str, source: Range<u64>) -> Self {
        Self { text: text.split_whitespace().collect::<Vec<_>>().join(" "), source, number: 0 }
    }
}

/// A line of the summary: a sentence of the text, or one that the model wrote.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub text: String,
    pub origin: Origin,
    /// The sentences that support it, best first; a sentence of the text supports itself. At least one.
    pub support: Vec<Cited>,
}

impl From<Cited> for Line {
    fn from(cited: Cited) -> Self {
        Self { text: cited.text.clone(), origin: Origin::Extracted, support: vec![cited] }
    }
}

/// Lines to summarise together.
#[derive(Default)]
struct Section {
    lines: Vec<Line>,
    tokens: usize,
    bytes: usize,
}

/// Summarises a text as it arrives. Its memory grows with the logarithm of the text.
pub(super) struct Writer {
    engine: Engine,
    language: Language,
    /// The open section of each level: sentences of the text, their summaries, summaries of these, and so on.
    levels: Vec<Section>,
    read: u64,
    usage: Usage,
}

impl Writer {
    pub(super) fn new(engine: Engine, language: Language) -> Self {
        Self { engine, language, levels: Vec::new(), read: 0, usage: Usage::default() }
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

    /// The summary, in the order of the text; empty if there were no sentences. `read`: number of candidates in the text.
    pub(super) async fn finish(
        mut self,
        length: Length,
        read: usize,
    ) -> Result<(Vec<Line>, Usage), SummarizeError> {
        let most = max_sentences(length, read);
        let mut lines: Vec<Line> = Vec::new();
        for (level, section) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            // The lines from the level below summarise the end of the text.
            lines = [section.lines, lines].concat();
            if level == 0 || lines.len() > most {
                lines = self.summarize_all(lines).await?;
            }
        }
        while lines.len() > most && lines.len() > 1 {
            lines = self.summarize_all(lines).await?;
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

    /// Adds lines to a section. Returns the summaries of the section from each time that it was full.
    async fn add(&mut self, section: &mut Section, lines: Vec<Line>) -> Result<Vec<Line>, SummarizeError> {
        let mut written = Vec::new();
        let most =
            self.engine.longest_source(self.pair()).map_err(TranslateError::from)?.unwrap_or(usize::MAX);
        for line in lines {
            // In some vocabularies, a line has one more token after a space.
            let tokens = self.engine.tokens(&format!(" {}", line.text)).map_err(TranslateError::from)?;
            let fits = section.tokens + tokens <= most && section.bytes + line.text.len() <= SECTION_BYTES;
            // The summary of a single line is one line again, so the levels would never end.
            if !fits && section.lines.len() > 1 {
                written.extend(self.summarize_section(std::mem::take(section).lines).await?);
            }
            section.tokens += tokens;
            section.bytes += line.text.len();
            section.lines.push(line);
        }
        Ok(written)
    }

    async fn summarize_all(&mut self, lines: Vec<Line>) -> Result<Vec<Line>, SummarizeError> {
        let mut section = Section::default();
        let mut written = self.add(&mut section, lines).await?;
        if !section.lines.is_empty() {
            written.extend(self.summarize_section(section.lines).await?);
        }
        Ok(written)
    }

    /// The model's summary of a section; sentences of the text replace the lines that it does not support.
    async fn summarize_section(&mut self, section: Vec<Line>) -> Result<Vec<Line>, SummarizeError> {
        let most = (section.len() / 2).max(1);
        let text = section.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
        // Two lines may share a supporting sentence.
        let sources = section.into_iter().flat_map(|line| line.support);
        let sources: BTreeMap<u64, Cited> = sources.map(|cited| (cited.source.start, cited)).collect();
        let sources: Vec<Cited> = sources.into_values().collect();
        let job = Job::new(self.pair(), text);
        let draft = match self.engine.run(&job).await {
            Ok(output) => {
                self.usage += Usage::from(&output);
                Some(Draft { text: output.text, complete: output.finish == Finish::Stopped })
            }
            Err(EngineError::SourceTooLong { .. }) => None,
            Err(error) => Err(TranslateError::from(error))?,
        };
        let language = self.language;
        // The check takes milliseconds; other tasks must not wait for it.
        let checked = spawn_blocking(move || check(language, &sources, draft, most));
        checked.await.map_err(|_| TranslateError::from(EngineError::WorkerLost).into())
    }
}

/// What the model wrote about a section.
struct Draft {
    text: String,
    /// Whether the model ended it, so that its last sentence is complete.
    complete: bool,
}

/// Keeps the sentences of a draft that the sources support, and replaces the others by sentences of the sources. Returns at
/// most `most` lines. Without a draft, extracts one sentence.
fn check(language: Language, sources: &[Cited], draft: Option<Draft>, most: usize) -> Vec<Line> {
    let Some(draft) = draft else {
        return replacements(language, sources, &[], 1, Origin::Extracted);
    };
    let article =
        Article::with_numbers(language, sources.iter().map(|source| (source.number, source.text.as_str())));
    let (mut lines, mut refused): (Vec<Line>, usize) = (Vec::new(), 0);
    let pieces = text::split(&draft.text, language, SENTENCE).into_iter();
    let sentences: Vec<String> =
        pieces.filter(|piece| matches!(piece.kind, PieceKind::Sentence(_))).map(|piece| piece.text).collect();
    let complete = if draft.complete { sentences.len() } else { sentences.len().saturating_sub(1) };
    for (index, sentence) in sentences.into_iter().enumerate() {
        if lines.iter().any(|line| line.text == sentence) {
            continue;
        }
        match article.check(&sentence) {
            Ok(Support { sentences, .. }) if index < complete => {
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

/// The best `count` sentences of the sources that support none of `lines`.
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
        extractor.push(Piece { start: source.start, text: text.clone(), kind, inline: None });
    }
    let chosen = extractor.chosen(Length::Sentences(count)).into_iter();
    // Match by place: the article may wrap the text.
    let cited =
        chosen.filter_map(|chosen| sources.iter().find(|cited| cited.source.start == chosen.source.start));
    cited.map(|cited| Line { origin, ..Line::from(cited.clone()) }).collect()
}
