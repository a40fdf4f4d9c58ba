//! Composes the lines of a summary in one of the three styles. All styles collect candidate sentences; an abstractive summary
//! also feeds its writer, and a headline looks for the article's own.

use super::{
    Event, Length, Request, Style, SummarizeError, Summarizer, Summary, boilerplate,
    extract::Extractor,
    write::{Cited, Line, Writer},
};
use crate::{
    lang::Language,
    text::{Piece, PieceKind},
};

pub(super) struct Composer {
    extractor: Extractor,
    length: Length,
    style: Composition,
}

/// The style, with what it needs in addition to the candidates.
enum Composition {
    Extract,
    Write(Writer),
    /// The first headline of the article.
    Headline(Option<Cited>),
}

impl Composer {
    /// A composer for one article in `language`.
    ///
    /// # Errors
    /// [`SummarizeError::NoWriter`] if the style is abstractive and no model writes in `language`.
    pub(super) fn new(
        Summarizer { translator }: &Summarizer,
        language: Language,
        request: &Request,
    ) -> Result<Self, SummarizeError> {
        let style = match request.style {
            Style::Extractive => Composition::Extract,
            Style::Headline => Composition::Headline(None),
            Style::Abstractive => {
                let engine = translator.as_ref().and_then(|translator| translator.writer(language));
                let engine = engine.ok_or(SummarizeError::NoWriter(language))?;
                Composition::Write(Writer::new(engine.clone(), language))
            }
        };
        Ok(Self { extractor: Extractor::new(language), length: request.length, style })
    }

    /// Takes the next pieces of the article.
    pub(super) async fn push(&mut self, pieces: &mut Vec<Piece>) -> Result<(), SummarizeError> {
        for piece in pieces.drain(..) {
            let cited = || Cited::new(&piece.plain(), piece.start..piece.end());
            match (&mut self.style, piece.kind) {
                (Composition::Headline(headline @ None), _) if boilerplate::is_headline(&piece) => {
                    *headline = Some(cited());
                }
                (Composition::Write(writer), PieceKind::Sentence(block))
                    if boilerplate::belongs(block, &piece.plain()) =>
                {
                    writer.push(cited()).await?;
                }
                _ => {}
            }
            self.extractor.push(piece);
        }
        Ok(())
    }

    /// The progress after `source_bytes`, with the extractive summary so far; `None` before the first candidate.
    pub(super) fn progress(&self, source_bytes: u64) -> Option<Event> {
        let sentences = Some(self.extractor.sentences() as u64).filter(|sentences| *sentences > 0)?;
        let lines = self.extractor.chosen(self.length).into_iter().map(Line::from);
        let provisional = lines.map(|line| line.text).collect::<Vec<_>>().join(" ");
        Some(Event::Progress { source_bytes, sentences, provisional })
    }

    /// The lines of the summary; none if the article has no candidates. Records in `summary` the writer and its usage.
    pub(super) async fn finish(self, summary: &mut Summary) -> Result<Vec<Line>, SummarizeError> {
        let Self { mut extractor, length, style } = self;
        extractor.finish();
        let read = extractor.read();
        summary.sentences_read = read as u64;
        let extract = |length| extractor.chosen(length).into_iter().map(Line::from).collect();
        Ok(match style {
            Composition::Headline(Some(headline)) => vec![headline.into()],
            Composition::Headline(None) => extract(Length::Sentences(1)),
            // A single sentence is its own summary.
            Composition::Write(writer) if read > 1 => {
                let model = writer.model().to_owned();
                let (lines, usage) = writer.finish(length, read).await?;
                summary.usage += usage;
                if lines.is_empty() {
                    // The article has lines but no sentences, such as a table.
                    extract(length)
                } else {
                    summary.writer = Some(model);
                    lines
                }
            }
            _ => extract(length),
        })
    }
}
