//! `triglot summarize`: summarises a file or standard input, in this process or on a server.

use std::{ops::Range, pin::pin, process::ExitCode};

use futures::StreamExt;
use serde_json::json;

use super::{CliError, input, output, translate::route_json};
use crate::{
    app::{self, progress},
    client::ClientError,
    config::SummarizeArguments,
    summarize::{Event, Request, Summary},
    text::{Intake, detect_prefix},
    wire::{AnswerError, ContractName},
};

pub async fn run(arguments: SummarizeArguments) -> Result<ExitCode, CliError> {
    let request = arguments.request()?;
    let (input, bytes) = input::stream(&arguments.input.file).await?;
    let mut intake = Intake::new(input);
    let server = arguments.remote.server();
    let needs_model = match &server {
        // The language of the text decides, unless the request names it.
        None if request.source.is_none() && request.needs_model() => {
            let detected = detect_prefix(intake.beginning().await?, request.fallback);
            detected
                .is_ok_and(|(source, _)| Request { source: Some(source), ..request.clone() }.needs_model())
        }
        _ => request.needs_model(),
    };
    let backend = app::backend(&arguments.engine, server.as_ref(), needs_model).await?;
    let mut events = pin!(backend.summarize(request, intake.into_stream()).await?);
    let bar = progress::bar(bytes);
    bar.set_message("reading");
    let mut result = None;
    while let Some(event) = events.next().await {
        match event? {
            Event::Progress { source_bytes, .. } => bar.set_position(source_bytes),
            Event::Done(summary) => result = Some(summary),
        }
    }
    bar.finish_and_clear();
    let cut = ClientError::Answer(AnswerError("the stream ended without a summary"));
    print(&result.ok_or(cut)?, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

fn range(range: &Range<u64>) -> serde_json::Value {
    json!({ "start": range.start, "end": range.end })
}

fn print(summary: &Summary, as_json: bool) -> Result<(), CliError> {
    let text = if as_json {
        let sentences: Vec<_> = summary
            .sentences
            .iter()
            .map(|sentence| {
                json!({
                    "sources": sentence.sources.iter().map(range).collect::<Vec<_>>(),
                    "origin": sentence.origin.contract_name(),
                    "target": { "start": sentence.target.start, "end": sentence.target.end },
                    "warnings": sentence.warnings.iter().map(|warning| warning.contract_name()).collect::<Vec<_>>(),
                })
            })
            .collect();
        serde_json::to_string(&json!({
            "summary": summary.text,
            "sentences": sentences,
            "detected": summary.detected.map(|(language, confidence)| {
                json!({ "language": language.code(), "confidence": confidence })
            }),
            "sentences_read": summary.sentences_read,
            "source_bytes": summary.source_bytes,
            "model": summary.route.last().map(|hop| &hop.model),
            "writer": summary.writer,
            "route": route_json(&summary.route),
        }))?
    } else {
        summary.text.clone()
    };
    output::line(text)?;
    if !as_json && summary.sentences.iter().any(|sentence| !sentence.warnings.is_empty()) {
        tracing::warn!("some sentences have warnings; --json shows them");
    }
    Ok(())
}
