//! Converts summaries (`summarization_service.proto`): requests, the messages of a stream, and the summary.

use std::iter::once;

use super::{
    AnswerError, FieldError, Part,
    proto::{
        self, SummarizeProgress, SummarizeRequest, SummarizeStreamRequest, SummarizeStreamResponse,
        SummarizeStreamStart, SummaryLength, SummaryStyle, summarize_stream_request::Request as Message,
        summarize_stream_response::Response as Answer, summary_length::Length as ProtoLength,
        summary_sentence::Origin as ProtoOrigin,
    },
    types::{code, count, detected, each, format, hops, language, last_model, line_breaks, range, warnings},
};
use crate::summarize::{DEFAULT_LENGTH, Event, Length, MAX_SENTENCES, Origin, Request, Sentence, Summary};

/// Splits a unary request into the start of a stream and the text.
pub fn parts(request: SummarizeRequest) -> (SummarizeStreamStart, String) {
    let SummarizeRequest {
        text,
        source_language,
        target_language,
        length,
        model,
        style,
        format,
        line_breaks,
        fallback_language,
    } = request;
    let start = SummarizeStreamStart {
        source_language,
        target_language,
        length,
        model,
        style,
        format,
        line_breaks,
        fallback_language,
    };
    (start, text)
}

/// Checks and converts the request. The name of the model is not part of it.
pub fn request(start: &SummarizeStreamStart) -> Result<Request, FieldError> {
    let length = match start.length.and_then(|length| length.length) {
        Some(length) => length.try_into()?,
        None => DEFAULT_LENGTH,
    };
    let style = SummaryStyle::try_from(start.style).map_err(|_| FieldError::new("style", "unknown style"))?;
    Ok(Request {
        length,
        style: Option::from(style).unwrap_or_default(),
        source: language("source_language", &start.source_language)?,
        target: language("target_language", &start.target_language)?,
        format: format(start.format)?,
        fallback: language("fallback_language", &start.fallback_language)?,
        line_breaks: line_breaks("line_breaks", start.line_breaks)?,
    })
}

/// The start of a stream for a request; an empty name means any model.
pub fn start(request: &Request, model: String) -> SummarizeStreamStart {
    SummarizeStreamStart {
        source_language: code(request.source),
        target_language: code(request.target),
        length: Some(SummaryLength { length: Some(request.length.into()) }),
        model,
        style: SummaryStyle::from(request.style).into(),
        format: proto::Format::from(request.format).into(),
        line_breaks: proto::LineBreaks::from(request.line_breaks).into(),
        fallback_language: code(request.fallback),
    }
}

impl TryFrom<ProtoLength> for Length {
    type Error = FieldError;

    fn try_from(length: ProtoLength) -> Result<Self, FieldError> {
        let wrong = |field: &str, problem: &str| Err(FieldError::new(format!("length.{field}"), problem));
        match length {
            ProtoLength::Sentences(sentences) if (1..=MAX_SENTENCES).contains(&(sentences as usize)) => {
                Ok(Self::Sentences(sentences as usize))
            }
            ProtoLength::Sentences(_) => {
                wrong("sentences", &format!("it must be between 1 and {MAX_SENTENCES}"))
            }
            ProtoLength::Ratio(ratio) if ratio > 0.0 && ratio <= 1.0 => Ok(Self::Ratio(ratio)),
            ProtoLength::Ratio(_) => wrong("ratio", "it must be greater than 0 and at most 1"),
            ProtoLength::Characters(0) => wrong("characters", "it must be 1 or more"),
            ProtoLength::Characters(characters) => Ok(Self::Chars(characters as usize)),
        }
    }
}

impl From<Length> for ProtoLength {
    fn from(length: Length) -> Self {
        match length {
            Length::Sentences(sentences) => Self::Sentences(count(sentences)),
            Length::Ratio(ratio) => Self::Ratio(ratio),
            Length::Chars(chars) => Self::Characters(count(chars)),
        }
    }
}

/// The kind of a message; `None` for an empty message.
pub fn part(message: SummarizeStreamRequest) -> Option<Part<SummarizeStreamStart>> {
    Some(match message.request? {
        Message::Start(start) => Part::Start(start),
        Message::Text(bytes) => Part::Next(bytes),
    })
}

impl From<Part<SummarizeStreamStart>> for SummarizeStreamRequest {
    fn from(part: Part<SummarizeStreamStart>) -> Self {
        let request = match part {
            Part::Start(start) => Message::Start(start),
            Part::Next(bytes) => Message::Text(bytes),
        };
        Self { request: Some(request) }
    }
}

impl From<Event> for SummarizeStreamResponse {
    fn from(event: Event) -> Self {
        let answer = match event {
            Event::Progress { source_bytes, sentences, provisional } => Answer::Progress(SummarizeProgress {
                source_bytes,
                sentences_read: sentences,
                provisional_summary: provisional,
            }),
            Event::Done(summary) => Answer::Summary(summary.into()),
        };
        Self { response: Some(answer) }
    }
}

impl TryFrom<SummarizeStreamResponse> for Event {
    type Error = AnswerError;

    fn try_from(answer: SummarizeStreamResponse) -> Result<Self, AnswerError> {
        match answer.response.ok_or(AnswerError("an empty message"))? {
            Answer::Progress(progress) => Ok(Self::Progress {
                source_bytes: progress.source_bytes,
                sentences: progress.sentences_read,
                provisional: progress.provisional_summary,
            }),
            Answer::Summary(summary) => Ok(Self::Done(summary.try_into()?)),
        }
    }
}

impl From<Summary> for proto::Summary {
    fn from(summary: Summary) -> Self {
        Self {
            text: summary.text,
            sentences: each(summary.sentences),
            detected_language: summary.detected.map(Into::into),
            sentences_read: summary.sentences_read,
            source_bytes: summary.source_bytes,
            model: last_model(&summary.route),
            usage: Some(summary.usage.into()),
            route: each(summary.route),
            writer: summary.writer.unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::Summary> for Summary {
    type Error = AnswerError;

    fn try_from(summary: proto::Summary) -> Result<Self, AnswerError> {
        Ok(Self {
            sentences: summary.sentences.into_iter().map(Sentence::try_from).collect::<Result<_, _>>()?,
            text: summary.text,
            detected: detected(summary.detected_language),
            sentences_read: summary.sentences_read,
            source_bytes: summary.source_bytes,
            route: hops(summary.route),
            writer: Some(summary.writer).filter(|writer| !writer.is_empty()),
            usage: summary.usage.unwrap_or_default().into(),
        })
    }
}

impl From<Sentence> for proto::SummarySentence {
    fn from(sentence: Sentence) -> Self {
        let mut sources = sentence.sources.into_iter().map(Into::into);
        Self {
            source: sources.next(),
            target: Some(sentence.target.into()),
            warnings: warnings(sentence.warnings),
            origin: ProtoOrigin::from(sentence.origin).into(),
            also: sources.collect(),
        }
    }
}

impl TryFrom<proto::SummarySentence> for Sentence {
    type Error = AnswerError;

    fn try_from(sentence: proto::SummarySentence) -> Result<Self, AnswerError> {
        Ok(Self {
            warnings: sentence.warnings().filter_map(Into::into).collect(),
            origin: Option::from(sentence.origin()).unwrap_or(Origin::Extracted),
            target: range(sentence.target)?,
            sources: once(sentence.source)
                .chain(sentence.also.into_iter().map(Some))
                .map(range)
                .collect::<Result<_, _>>()?,
        })
    }
}
