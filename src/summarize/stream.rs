//! The stream behind every summary: reads the text, feeds the [`Composer`], emits progress events, translates the lines, and
//! ends with the summary.

use std::pin::pin;

use async_stream::try_stream;
use futures::{Stream, future};
use tokio_util::bytes::Bytes;

use super::{
    Event, Request, SENTENCE, Sentence, Style, SummarizeError, Summarizer, Summary, compose::Composer,
    headline, write::Line,
};
use crate::{
    fidelity::Warning,
    lang::{Language, Pair},
    text::{Format, Intake, Splitter, detect_prefix, visible},
    translate::{self, Hop, Translator, Usage},
};

/// Bytes between two progress events.
const PROGRESS: u64 = 256 * 1024;

/// `progress`: whether to say how far it is.
pub(super) fn summarize<S, E>(
    summarizer: Summarizer,
    request: Request,
    progress: bool,
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
        let format = intake.format(request.format, request.source.is_none()).await?;
        let source = match request.source {
            Some(source) => source,
            None => {
                let beginning = intake.beginning().await?;
                if beginning.is_empty() {
                    Err(SummarizeError::Empty)?;
                }
                let beginning = visible(beginning, format);
                let detected = detect_prefix(&beginning, request.fallback).map_err(SummarizeError::from)?;
                summary.detected = Some(detected);
                detected.0
            }
        };
        let translation = summarizer.translation(source, &request)?;
        let mut composer = Composer::new(&summarizer, source, &request)?;
        let splitter = Splitter::for_reading(format, source, SENTENCE);
        let mut splitter = splitter.with_line_breaks(request.line_breaks);
        let mut pieces = Vec::new();
        let mut reported = 0;
        while let Some(portion) = intake.portion().await? {
            summary.source_bytes += portion.len() as u64;
            splitter.push(&portion, &mut pieces).map_err(SummarizeError::from)?;
            composer.push(&mut pieces).await?;
            if progress
                && summary.source_bytes - reported >= PROGRESS
                && let Some(progress) = composer.progress(summary.source_bytes)
            {
                reported = summary.source_bytes;
                yield progress;
            }
            // Splitting and ranking block this thread for some milliseconds a portion; other tasks get a turn.
            tokio::task::yield_now().await;
        }
        splitter.finish(&mut pieces).map_err(SummarizeError::from)?;
        composer.push(&mut pieces).await?;
        let lines = composer.finish(&mut summary).await?;
        if lines.is_empty() {
            Err(SummarizeError::Empty)?;
        }
        if let Some(translation) = &translation {
            summary.route.clone_from(&translation.route);
        }
        // Translate all lines concurrently, so that they share the engine's batch.
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

/// How to translate the summary.
struct Translation {
    translator: Translator,
    request: translate::Request,
    route: Vec<Hop>,
}

impl Summarizer {
    /// `None` if the summary stays in the language of the text.
    fn translation(
        &self,
        source: Language,
        request: &Request,
    ) -> Result<Option<Translation>, SummarizeError> {
        let Some(target) = request.target.filter(|target| *target != source) else { return Ok(None) };
        let translator = self.translator.clone().ok_or(SummarizeError::NoModel(Pair { source, target }))?;
        let request =
            translate::Request { format: Format::Plain, ..translate::Request::new(Some(source), target) };
        let route = translator.hops(source, target)?;
        Ok(Some(Translation { translator, request, route }))
    }
}

/// A line in the language of the summary.
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
        translation.segments.into_iter().flat_map(|segment| segment.warnings()).collect();
    warnings.sort_unstable();
    warnings.dedup();
    Ok(Rendered { text: translation.text, warnings, usage: translation.totals.usage })
}

impl Summary {
    /// Appends a sentence.
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
