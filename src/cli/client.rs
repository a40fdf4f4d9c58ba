//! Talking to a server: the stream of a translation, in the terms of the translator, so that the rest of the command does
//! not care where the work is done.

use std::{ops::Range, time::Duration};

use futures::{Stream, StreamExt, TryStreamExt, future, stream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::bytes::Bytes;
use tonic::transport::{Channel, Endpoint};

use super::CliError;
use crate::{
    config::EngineArguments,
    hub::AdapterChoice,
    lang::{Language, Pair},
    proto::{
        self, SummarizeStreamRequest, SummarizeStreamStart, TranslateOptions, TranslateStreamRequest,
        TranslateStreamStart, summarization_service_client::SummarizationServiceClient,
        summarize_stream_request::Request as Question, summarize_stream_response::Response as Told,
        summary_length::Length as Asked, translate_stream_request::Request as Message,
        translate_stream_response::Response as Answer, translation_service_client::TranslationServiceClient,
    },
    summarize::{self, Length, Origin, Style},
    translate::{Alternative, Event, Hop, Request, Segment, Totals, TranslatedPiece, Usage, Warning},
};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// Connects to a server; `patience` bounds every call.
pub async fn connect(server: &str, patience: Option<Duration>) -> Result<Channel, CliError> {
    let failed = |error| CliError::Connect { server: server.to_owned(), error };
    let mut endpoint = Endpoint::from_shared(server.to_owned()).map_err(failed)?.connect_timeout(CONNECT);
    if let Some(patience) = patience {
        endpoint = endpoint.timeout(patience);
    }
    endpoint.connect().await.map_err(failed)
}

/// The one of a server's models that the arguments name; empty: none is named. Where a variable names several, or adapters, it
/// is the server's own, in whose environment the command was started.
pub fn model(arguments: &EngineArguments) -> Result<String, CliError> {
    let adapters = arguments.adapters.iter().any(|choice| *choice != AdapterChoice::Own);
    if adapters && arguments.typed_adapters() {
        return Err(CliError::ServersAdapter);
    }
    match arguments.named_models() {
        [model] => match model.served_name() {
            name if name.is_empty() => Err(CliError::Nameless(model.to_string())),
            name => Ok(name),
        },
        several if several.is_empty() || !arguments.typed_models() => Ok(String::new()),
        several => Err(CliError::OneModel(several.len())),
    }
}

/// Translates on a server.
pub async fn translate<S>(
    server: &str,
    model: String,
    request: &Request,
    input: S,
) -> Result<impl Stream<Item = Result<Event, CliError>> + use<S>, CliError>
where
    S: Stream<Item = Result<Bytes, CliError>> + Send + 'static,
{
    let start = Message::Start(TranslateStreamStart {
        source_language: request.source.map(|language| language.to_string()).unwrap_or_default(),
        target_language: request.target.to_string(),
        options: Some(TranslateOptions {
            model,
            beam_size: request.beam_size.map_or(0, |size| u32::try_from(size).unwrap_or(u32::MAX)),
            max_output_ratio: request.max_output_ratio,
            alternatives: u32::try_from(request.alternatives).unwrap_or(u32::MAX),
        }),
    });
    let (text, mut breakage) = portions(input);
    let messages = stream::iter([start])
        .chain(text.map(Message::Text))
        .map(|request| TranslateStreamRequest { request: Some(request) });
    let mut client = TranslationServiceClient::new(connect(server, None).await?);
    let answers = client.translate_stream(messages).await?.into_inner();
    Ok(answers.map_err(CliError::from).and_then(move |answer| {
        let broken = breakage.try_recv().ok();
        async move {
            match (broken, answer.response) {
                (Some(error), _) => Err(error),
                (None, Some(Answer::Piece(piece))) => Ok(Event::Piece(piece.try_into()?)),
                (None, Some(Answer::Summary(summary))) => Ok(Event::Done(summary.into())),
                (None, None) => Err(CliError::Answer("an empty message")),
            }
        }
    }))
}

/// Summarises on a server.
pub async fn summarize<S>(
    server: &str,
    model: String,
    request: &summarize::Request,
    input: S,
) -> Result<impl Stream<Item = Result<summarize::Event, CliError>> + use<S>, CliError>
where
    S: Stream<Item = Result<Bytes, CliError>> + Send + 'static,
{
    let code = |language: Option<Language>| language.map(|language| language.to_string()).unwrap_or_default();
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let length = match request.length {
        Length::Sentences(sentences) => Asked::Sentences(number(sentences)),
        Length::Ratio(ratio) => Asked::Ratio(ratio),
        Length::Chars(chars) => Asked::Characters(number(chars)),
    };
    let start = Question::Start(SummarizeStreamStart {
        source_language: code(request.source),
        target_language: code(request.target),
        length: Some(proto::SummaryLength { length: Some(length) }),
        model,
        style: match request.style {
            Style::Extractive => proto::SummaryStyle::Extractive,
            Style::Abstractive => proto::SummaryStyle::Abstractive,
            Style::Headline => proto::SummaryStyle::Headline,
        }
        .into(),
    });
    let (text, mut breakage) = portions(input);
    let messages = stream::iter([start])
        .chain(text.map(Question::Text))
        .map(|request| SummarizeStreamRequest { request: Some(request) });
    let mut client = SummarizationServiceClient::new(connect(server, None).await?);
    let answers = client.summarize_stream(messages).await?.into_inner();
    Ok(answers.map_err(CliError::from).and_then(move |answer| {
        let broken = breakage.try_recv().ok();
        async move {
            match (broken, answer.response) {
                (Some(error), _) => Err(error),
                (None, Some(Told::Progress(progress))) => Ok(summarize::Event::Progress {
                    source_bytes: progress.source_bytes,
                    sentences: progress.sentences_read,
                    provisional: progress.provisional_summary,
                }),
                (None, Some(Told::Summary(summary))) => Ok(summarize::Event::Done(summary.try_into()?)),
                (None, None) => Err(CliError::Answer("an empty message")),
            }
        }
    }))
}

/// The input as the text of messages. A request cannot carry an error of ours; it comes back on the side.
fn portions<S>(input: S) -> (impl Stream<Item = Vec<u8>> + Send + use<S>, UnboundedReceiver<CliError>)
where
    S: Stream<Item = Result<Bytes, CliError>> + Send + 'static,
{
    let (broken, breakage) = unbounded_channel();
    let text = input.scan(broken, |broken, bytes| {
        future::ready(match bytes {
            Ok(bytes) => Some(bytes.to_vec()),
            Err(error) => {
                let _ = broken.send(error);
                None
            }
        })
    });
    (text, breakage)
}

impl TryFrom<proto::Summary> for summarize::Summary {
    type Error = CliError;

    fn try_from(summary: proto::Summary) -> Result<Self, CliError> {
        let sentences = summary.sentences.into_iter().map(|sentence| {
            let warnings = sentence.warnings().filter_map(warning).collect();
            let origin = match sentence.origin() {
                proto::summary_sentence::Origin::Written => Origin::Written,
                proto::summary_sentence::Origin::Replaced => Origin::Replaced,
                _ => Origin::Extracted,
            };
            let sources = std::iter::once(sentence.source).chain(sentence.also.into_iter().map(Some));
            Ok(summarize::Sentence {
                sources: sources.map(range).collect::<Result<_, _>>()?,
                origin,
                target: range(sentence.target)?,
                warnings,
            })
        });
        Ok(Self {
            sentences: sentences.collect::<Result<_, CliError>>()?,
            text: summary.text,
            detected: summary.detected_language.and_then(detected),
            sentences_read: summary.sentences_read,
            source_bytes: summary.source_bytes,
            route: hops(summary.route),
            writer: (!summary.writer.is_empty()).then_some(summary.writer),
            usage: summary.usage.unwrap_or_default().into(),
        })
    }
}

impl From<proto::Usage> for Usage {
    fn from(usage: proto::Usage) -> Self {
        let duration = |duration: Option<prost_types::Duration>| {
            duration.unwrap_or_default().try_into().unwrap_or_default()
        };
        Self {
            source_tokens: usage.source_tokens,
            target_tokens: usage.target_tokens,
            queued: duration(usage.queued),
            computing: duration(usage.computing),
        }
    }
}

/// `None` for a language that this version does not know.
fn detected(detected: proto::DetectedLanguage) -> Option<(Language, f32)> {
    Some((detected.language.parse().ok()?, detected.confidence))
}

/// Without hops between languages that this version does not know.
fn hops(route: Vec<proto::Hop>) -> Vec<Hop> {
    let known = |hop: proto::Hop| {
        let proto::LanguagePair { source_language, target_language } = hop.pair?;
        let pair = Pair { source: source_language.parse().ok()?, target: target_language.parse().ok()? };
        Some(Hop { pair, model: hop.model })
    };
    route.into_iter().filter_map(known).collect()
}

impl TryFrom<proto::TranslatedPiece> for TranslatedPiece {
    type Error = CliError;

    fn try_from(piece: proto::TranslatedPiece) -> Result<Self, CliError> {
        let segment = match piece.segment {
            None => None,
            Some(segment) => {
                let warnings = segment.warnings().filter_map(warning).collect();
                Some(Segment {
                    source: range(segment.source)?,
                    target: range(segment.target)?,
                    score: segment.score,
                    warnings,
                    alternatives: segment
                        .alternatives
                        .into_iter()
                        .map(|proto::Alternative { text, score }| Alternative { text, score })
                        .collect(),
                })
            }
        };
        Ok(Self { text: piece.text, segment })
    }
}

impl From<proto::TranslateStreamSummary> for Totals {
    fn from(summary: proto::TranslateStreamSummary) -> Self {
        Self {
            detected: summary.detected_language.and_then(detected),
            route: hops(summary.route),
            segments: summary.segments,
            segments_with_warnings: summary.segments_with_warnings,
            source_bytes: summary.source_bytes,
            target_bytes: summary.target_bytes,
            usage: summary.usage.unwrap_or_default().into(),
        }
    }
}

fn range(range: Option<proto::ByteRange>) -> Result<Range<u64>, CliError> {
    range
        .map(|range| range.start..range.end)
        .ok_or(CliError::Answer("a segment or sentence without byte ranges"))
}

/// `None` for a warning that this version does not know.
fn warning(warning: proto::Warning) -> Option<Warning> {
    Some(match warning {
        proto::Warning::Unspecified => return None,
        proto::Warning::Repetition => Warning::Repetition,
        proto::Warning::LengthLimit => Warning::LengthLimit,
        proto::Warning::Untranslated => Warning::Untranslated,
        proto::Warning::NumberMissing => Warning::NumberMissing,
        proto::Warning::NumberAdded => Warning::NumberAdded,
        proto::Warning::Copied => Warning::Copied,
        proto::Warning::WrongLanguage => Warning::WrongLanguage,
        proto::Warning::AddressMissing => Warning::AddressMissing,
        proto::Warning::Shortened => Warning::Shortened,
    })
}
