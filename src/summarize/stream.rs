//! The stream through the extractor: takes sentences, emits progress events, then the summary.

use std::pin::pin;

use async_stream::try_stream;
use futures::{Stream, future};
use tokio_util::bytes::Bytes;

use super::{
    Event, Length, Request, SENTENCE, Sentence, Style, SummarizeError, Summarizer, Summary, boilerplate,
    extract::{Candidate, Extractor},
    headline,
    write::{Cited, Line, Writer},
};
use crate::{
    engine::Priority,
    lang::{Language, Pair},
    text::{Format, Intake, Piece, PieceKind, Splitter, detect_prefix},
    translate::{self, Hop, Translator, Usage, Warning},
};

/// Bytes between two progress events.
const PROGRESS: u64 = 256 * 1024;

/// Emits progress only for [`Priority::Bulk`]: an interactive caller waits for the whole.
pub(super) fn summarize<S, E>(
    summarizer: Summarizer,
    request: Request,
    priority: Priority,
    input: S,
) -> impl Stream<Item = Result<Event, E>> + use<S, E>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: From<SummarizeError>,
{
    try_stream! {
        let input = pin!(input);
        let mut intake = Intake::new(input);
        let mut summary = Summary::default();
        let source = match request.source {
            Some(source) => source,
            None => {
                let beginning = intake.beginning().await?;
                if beginning.is_empty() {
                    Err(SummarizeError::Empty)?;
                }
                let detected = detect_prefix(beginning).map_err(SummarizeError::from)?;
                summary.detected = Some(detected);
                detected.0
            }
        };
        let translation = summarizer.translation(source, &request, priority)?;
        let mut writer = summarizer.writer(source, &request, priority)?;
        let mut splitter = Splitter::new(Format::Plain, source, SENTENCE);
        let mut extractor = Extractor::new(source);
        let (mut pieces, mut headline) = (Vec::new(), None);
        let mut reported = 0;
        while let Some(portion) = intake.portion().await? {
            summary.source_bytes += portion.len() as u64;
            splitter.push(&portion, &mut pieces).map_err(SummarizeError::from)?;
            read(&mut pieces, &mut extractor, &mut headline, writer.as_mut()).await?;
            if priority == Priority::Bulk && extractor.sentences() > 0 && summary.source_bytes - reported >= PROGRESS {
                reported = summary.source_bytes;
                yield Event::Progress {
                    source_bytes: reported,
                    sentences: extractor.sentences() as u64,
                    provisional: joined(&extractor.chosen(request.length)),
                };
            }
            // Splitting and ranking block this thread for some milliseconds a portion; others get a turn.
            tokio::task::yield_now().await;
        }
        splitter.finish(&mut pieces).map_err(SummarizeError::from)?;
        read(&mut pieces, &mut extractor, &mut headline, writer.as_mut()).await?;
        summary.sentences_read = extractor.read() as u64;
        let chosen = || extractor.chosen(request.length).into_iter().map(Line::from).collect::<Vec<_>>();
        let lines = match (request.style, writer) {
            (Style::Headline, _) => {
                let best = || extractor.chosen(Length::Sentences(1)).into_iter().next().map(Line::from);
                headline.map(Line::from).or_else(best).into_iter().collect()
            }
            // A single sentence is its own summary.
            (_, Some(writer)) if extractor.read() > 1 => {
                let model = writer.model().to_owned();
                let (lines, usage) = writer.finish(request.length, extractor.read()).await?;
                summary.usage += usage;
                // A text without sentences is none that can be written about.
                if lines.is_empty() {
                    chosen()
                } else {
                    summary.writer = Some(model);
                    lines
                }
            }
            _ => chosen(),
        };
        if lines.is_empty() {
            Err(SummarizeError::Empty)?;
        }
        if let Some(translation) = &translation {
            summary.route.clone_from(&translation.route);
        }
        // All at once: they share the engine's batch.
        let texts = lines.iter().map(|line| rendered(line, translation.as_ref()));
        for (line, mut rendered) in lines.iter().zip(future::try_join_all(texts).await?) {
            if request.style == Style::Headline {
                rendered.text = headline::headline(&rendered.text);
            }
            summary.add(line, rendered);
        }
        yield Event::Done(summary);
    }
}

/// How the summary gets into another language.
struct Translation {
    translator: Translator,
    request: translate::Request,
    route: Vec<Hop>,
}

impl From<&Candidate> for Line {
    fn from(candidate: &Candidate) -> Self {
        Self::from(Cited { text: one_line(&candidate.text), source: candidate.source.clone(), number: 0 })
    }
}

impl Summarizer {
    /// Who writes; `None` for a summary of the text's own sentences.
    fn writer(
        &self,
        source: Language,
        request: &Request,
        priority: Priority,
    ) -> Result<Option<Writer>, SummarizeError> {
        if request.style != Style::Abstractive {
            return Ok(None);
        }
        let engine = self.translator.as_ref().and_then(|translator| translator.writer(source));
        let engine = engine.ok_or(SummarizeError::NoWriter(source))?;
        Ok(Some(Writer::new(engine.clone(), source, priority)))
    }

    /// `None` for a summary in the language of the text.
    fn translation(
        &self,
        source: Language,
        request: &Request,
        priority: Priority,
    ) -> Result<Option<Translation>, SummarizeError> {
        let Some(target) = request.target.filter(|target| *target != source) else { return Ok(None) };
        let translator = self.translator.clone().ok_or(SummarizeError::NoModel(Pair { source, target }))?;
        let request = translate::Request { priority, ..translate::Request::new(Some(source), target) };
        let route = translator.hops(source, target)?;
        Ok(Some(Translation { translator, request, route }))
    }
}

/// Takes what was cut from the text. The first headline is kept, with what writes about the rest.
async fn read(
    pieces: &mut Vec<Piece>,
    extractor: &mut Extractor,
    headline: &mut Option<Cited>,
    mut writer: Option<&mut Writer>,
) -> Result<(), SummarizeError> {
    for piece in pieces.drain(..) {
        let source = piece.start..piece.start + piece.text.len() as u64;
        let cited = || Cited { text: one_line(&piece.text), source: source.clone(), number: 0 };
        if headline.is_none() && boilerplate::is_headline(&piece) {
            *headline = Some(cited());
        }
        if let Some(writer) = writer.as_mut()
            && let PieceKind::Sentence(block) = piece.kind
            && boilerplate::belongs(block, &piece.text)
        {
            writer.push(cited()).await?;
        }
        extractor.push(piece);
    }
    Ok(())
}

/// A sentence as it stands in the summary.
struct Rendered {
    text: String,
    warnings: Vec<Warning>,
    usage: Usage,
}

async fn rendered(line: &Line, translation: Option<&Translation>) -> Result<Rendered, SummarizeError> {
    let text = line.text.clone();
    let Some(Translation { translator, request, .. }) = translation else {
        return Ok(Rendered { text, warnings: Vec::new(), usage: Usage::default() });
    };
    let translation = translator.text(request.clone(), text).await?;
    let mut warnings: Vec<Warning> =
        translation.segments.into_iter().flat_map(|segment| segment.warnings).collect();
    warnings.sort_unstable();
    warnings.dedup();
    Ok(Rendered { text: translation.text, warnings, usage: translation.totals.usage })
}

impl Summary {
    /// Puts a sentence at the end.
    fn add(&mut self, line: &Line, Rendered { text, warnings, usage }: Rendered) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len() as u64;
        self.text.push_str(&text);
        let target = start..self.text.len() as u64;
        let sources = line.support.iter().map(|cited| cited.source.clone()).collect();
        self.sentences.push(Sentence { sources, origin: line.origin, target, warnings });
        self.usage += usage;
    }
}

fn joined(chosen: &[&Candidate]) -> String {
    chosen.iter().map(|candidate| one_line(&candidate.text)).collect::<Vec<_>>().join(" ")
}

/// A sentence that was wrapped in its source, on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
