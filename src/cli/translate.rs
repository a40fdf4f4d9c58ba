//! `triglot translate`: translates a file or standard input, in this process or on a server.

use std::{
    io::{IsTerminal, Write, stdout},
    pin::pin,
    process::ExitCode,
};

use futures::StreamExt;
use indicatif::ProgressBar;
use serde_json::json;

use super::{
    CliError, input, options, output,
    side_by_side::{self, Source},
};
use crate::{
    app::{self, progress},
    client::ClientError,
    config::TranslateArguments,
    fidelity::Finding,
    translate::{Alignment, Alternative, Event, Hop, Match, Request, Segment, Totals, UsedTerm},
    wire::{AnswerError, ContractName},
};

pub async fn run(arguments: TranslateArguments) -> Result<ExitCode, CliError> {
    if arguments.options.search.beam_size.is_some_and(|size| arguments.alternatives >= size) {
        return Err(CliError::Alternatives);
    }
    let request = Request {
        alternatives: arguments.alternatives as usize,
        alignments: arguments.alignments,
        format: arguments.format.of(&arguments.input.file),
        ..options::request(&arguments.options, arguments.from, arguments.to)?
    };
    let (input, bytes) = input::stream(&arguments.input.file).await?;
    let backend = app::backend(&arguments.engine, arguments.remote.server().as_ref(), true).await?;
    let source = Source::default();
    let events = match arguments.diff {
        true => backend.translate(request, source.keep(input)).await?.left_stream(),
        false => backend.translate(request, input).await?.right_stream(),
    };
    let mut events = pin!(events);
    // A bar wipes its line again and again, and with it the text that a terminal shows there.
    let shown = !arguments.json && stdout().is_terminal();
    let bar = if shown { ProgressBar::hidden() } else { progress::bar(bytes) };
    bar.set_message("translating");
    let mut output = match () {
        () if arguments.json => Output::Json { translation: String::new(), segments: Vec::new() },
        () if arguments.diff => Output::Diff(source),
        () => Output::Text,
    };
    let mut totals = None;
    while let Some(event) = events.next().await {
        match event? {
            Event::Piece(piece) => {
                if let Some(segment) = &piece.segment {
                    bar.set_position(segment.source.end);
                }
                bar.suspend(|| output.piece(&piece.text, piece.segment))?;
            }
            Event::Done(done) => totals = Some(done),
        }
    }
    bar.finish_and_clear();
    let cut = ClientError::Answer(AnswerError("the stream ended without its totals"));
    output.done(&totals.ok_or(cut)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the text piece by piece, or everything as JSON at the end.
enum Output {
    Text,
    /// Beside the source.
    Diff(Source),
    Json {
        translation: String,
        segments: Vec<Segment>,
    },
}

impl Output {
    fn piece(&mut self, text: &str, segment: Option<Segment>) -> Result<(), CliError> {
        match self {
            Self::Text => output::write(|out| out.write_all(text.as_bytes()))?,
            Self::Diff(source) => {
                let Some(segment) = segment else { return Ok(()) };
                let lines = side_by_side::lines(source, text, &segment);
                output::write(|out| out.write_all(lines.as_bytes()))?;
            }
            Self::Json { translation, segments } => {
                translation.push_str(text);
                segments.extend(segment);
            }
        }
        Ok(())
    }

    fn done(self, totals: &Totals) -> Result<(), CliError> {
        match self {
            Self::Text if totals.segments_with_warnings > 0 => tracing::warn!(
                segments = totals.segments,
                with_warnings = totals.segments_with_warnings,
                "some segments have warnings; --diff shows them"
            ),
            Self::Text | Self::Diff(_) => {}
            Self::Json { translation, segments } => {
                let segments: Vec<_> = segments.into_iter().map(segment_json).collect();
                let all = json!({
                    "translation": translation,
                    "detected": totals.detected.map(|(language, confidence)| {
                        json!({ "language": language.code(), "confidence": confidence })
                    }),
                    "format": totals.format.contract_name(),
                    "model": totals.route.last().map(|hop| &hop.model),
                    "route": route_json(&totals.route),
                    "segments": segments,
                    "usage": {
                        "source_tokens": totals.usage.source_tokens,
                        "target_tokens": totals.usage.target_tokens,
                        "remembered": totals.usage.remembered,
                        "matched": totals.usage.matched,
                        "queued_seconds": totals.usage.queued.as_secs_f64(),
                        "computing_seconds": totals.usage.computing.as_secs_f64(),
                    },
                });
                output::line(serde_json::to_string(&all)?)?;
            }
        }
        Ok(())
    }
}

/// The hops of a route, in order.
pub fn route_json(route: &[Hop]) -> serde_json::Value {
    let hop = |hop: &Hop| json!({ "from": hop.pair.source.code(), "to": hop.pair.target.code(), "model": hop.model });
    route.iter().map(hop).collect()
}

fn segment_json(segment: Segment) -> serde_json::Value {
    let alignment = |Alignment { source, target, weight }| json!({ "source": { "start": source.start, "end": source.end }, "target": { "start": target.start, "end": target.end }, "weight": weight });
    let finding = |Finding { warning, expected, found }| json!({ "warning": warning.contract_name(), "expected": expected, "found": found });
    let term = |UsedTerm { term, source, target }| {
        json!({
            "term": { "source": term.source, "target": term.target },
            "source": { "start": source.start, "end": source.end },
            "target": target.map(|target| json!({ "start": target.start, "end": target.end })),
        })
    };
    let alternative = |Alternative { text, score }| json!({ "text": text, "score": score });
    let found = |Match { source, target, similarity }| json!({ "source": source, "target": target, "similarity": similarity });
    json!({
        "source": { "start": segment.source.start, "end": segment.source.end },
        "target": { "start": segment.target.start, "end": segment.target.end },
        "score": segment.score,
        "warnings": segment.warnings().into_iter().map(ContractName::contract_name).collect::<Vec<_>>(),
        "findings": segment.findings.into_iter().map(finding).collect::<Vec<_>>(),
        "alternatives": segment.alternatives.into_iter().map(alternative).collect::<Vec<_>>(),
        "copied": segment.copied,
        "terms": segment.terms.into_iter().map(term).collect::<Vec<_>>(),
        "matches": segment.matches.into_iter().map(found).collect::<Vec<_>>(),
        "alignments": segment.alignments.into_iter().map(alignment).collect::<Vec<_>>(),
    })
}
