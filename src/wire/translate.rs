//! Converts translations (`translation_service.proto`): requests, the messages of a stream, and a whole translation.

use prost::Message as _;
use tonic::Status;

use super::{
    AnswerError, FieldError, Part,
    glossary::name,
    proto::{
        self, DetectLanguageResponse, TranslateOptions, TranslateRequest, TranslateResponse,
        TranslateStreamRequest, TranslateStreamResponse, TranslateStreamStart, TranslateStreamSummary,
        detect_language_response::Outcome, translate_batch_result::Result as BatchResult,
        translate_stream_request::Request as Message, translate_stream_response::Response as Answer,
    },
    types::{at_most, code, count, detected, each, format, hops, language, last_model, line_breaks, terms},
};
use crate::{
    glossary::GlossaryName,
    lang::Language,
    text::Detection,
    translate::{
        DEFAULT_OUTPUT_RATIO, Event, MAX_BEAM_SIZE, MOST_NAMED, Matches, OUTPUT_RATIOS, OnFailure, Position,
        Request, Segment, Terms, Totals, TranslatedPiece, Translation, Typography,
    },
};

/// Splits a unary request into the start of a stream and the text.
pub fn parts(request: TranslateRequest) -> (TranslateStreamStart, String) {
    let TranslateRequest { text, source_language, target_language, options, format } = request;
    (TranslateStreamStart { source_language, target_language, options, format, resume_at: None }, text)
}

/// Checks and converts the request. The name of the model is not part of it.
pub fn request(start: &TranslateStreamStart) -> Result<Request, FieldError> {
    let options = start.options.clone().unwrap_or_default();
    if options.beam_size > MAX_BEAM_SIZE {
        let problem = format!("it must be between 1 and {MAX_BEAM_SIZE}");
        return Err(FieldError::new("options.beam_size", problem));
    }
    let (least, most) = OUTPUT_RATIOS;
    let max_output_ratio = match options.max_output_ratio {
        0.0 => DEFAULT_OUTPUT_RATIO,
        ratio if (least..=most).contains(&ratio) => ratio,
        _ => {
            let problem = format!("it must be between {least} and {most}");
            return Err(FieldError::new("options.max_output_ratio", problem));
        }
    };
    let target = language("target_language", &start.target_language)?.ok_or_else(|| {
        let languages = Language::ALL.map(Language::code).join(", ");
        FieldError::new("target_language", format!("it is missing; use one of {languages}"))
    })?;
    let source = language("source_language", &start.source_language)?;
    let beam_size = Some(options.beam_size).filter(|size| *size > 0);
    if options.alternatives >= beam_size.unwrap_or(MAX_BEAM_SIZE) {
        let less_than = if beam_size.is_some() { "beam_size".to_owned() } else { MAX_BEAM_SIZE.to_string() };
        return Err(FieldError::new("options.alternatives", format!("it must be less than {less_than}")));
    }
    let (beam_size, alternatives) = (beam_size.map(|size| size as usize), options.alternatives as usize);
    let format = format(start.format)?;
    let typography = Option::<Typography>::from(options.typography()).unwrap_or_default();
    let on_failure = Option::<OnFailure>::from(options.on_failure()).unwrap_or_default();
    if options.min_score.is_some_and(|score| score.is_nan() || score > 0.0) {
        return Err(FieldError::new("options.min_score", "it must be at most 0".to_owned()));
    }
    Ok(Request {
        beam_size,
        max_output_ratio,
        alternatives,
        format,
        alignments: options.alignments,
        typography,
        on_failure,
        min_score: options.min_score,
        fallback: language("options.fallback_language", &options.fallback_language)?,
        line_breaks: line_breaks("options.line_breaks", options.line_breaks)?,
        terms: Terms::new(terms("options.terms", &options.terms)?),
        glossaries: glossaries(&options.glossaries)?,
        matches: Option::<Matches>::from(options.matches()).unwrap_or_default(),
        resume_at: start.resume_at.unwrap_or_default().into(),
        ..Request::new(source, target)
    })
}

fn glossaries(names: &[String]) -> Result<Vec<GlossaryName>, FieldError> {
    at_most(MOST_NAMED, "options.glossaries", names, "names")?;
    let name = |(at, text): (usize, &String)| name(&format!("options.glossaries[{at}]"), text);
    names.iter().enumerate().map(name).collect()
}

/// The start of a stream for a request; an empty name means any model.
pub fn start(request: &Request, model: String) -> TranslateStreamStart {
    TranslateStreamStart {
        source_language: code(request.source),
        target_language: code(Some(request.target)),
        options: Some(TranslateOptions {
            model,
            beam_size: request.beam_size.map_or(0, count),
            max_output_ratio: request.max_output_ratio,
            alternatives: count(request.alternatives),
            alignments: request.alignments,
            typography: proto::Typography::from(request.typography).into(),
            on_failure: proto::OnFailure::from(request.on_failure).into(),
            min_score: request.min_score,
            line_breaks: proto::LineBreaks::from(request.line_breaks).into(),
            fallback_language: code(request.fallback),
            terms: each(request.terms.list().to_vec()),
            glossaries: request.glossaries.iter().map(ToString::to_string).collect(),
            matches: proto::Matches::from(request.matches).into(),
        }),
        format: proto::Format::from(request.format).into(),
        resume_at: (request.resume_at != Position::default()).then(|| request.resume_at.into()),
    }
}

/// The kind of a message; `None` for an empty message.
pub fn part(message: TranslateStreamRequest) -> Option<Part<TranslateStreamStart>> {
    Some(match message.request? {
        Message::Start(start) => Part::Start(start),
        Message::Text(bytes) => Part::Next(bytes),
    })
}

impl From<Part<TranslateStreamStart>> for TranslateStreamRequest {
    fn from(part: Part<TranslateStreamStart>) -> Self {
        let request = match part {
            Part::Start(start) => Message::Start(start),
            Part::Next(bytes) => Message::Text(bytes),
        };
        Self { request: Some(request) }
    }
}

impl From<Event> for TranslateStreamResponse {
    fn from(event: Event) -> Self {
        let answer = match event {
            Event::Piece(piece) => Answer::Piece(piece.into()),
            Event::Done(totals) => Answer::Summary(totals.into()),
        };
        Self { response: Some(answer) }
    }
}

impl TryFrom<TranslateStreamResponse> for Event {
    type Error = AnswerError;

    fn try_from(answer: TranslateStreamResponse) -> Result<Self, AnswerError> {
        match answer.response.ok_or(AnswerError("an empty message"))? {
            Answer::Piece(piece) => Ok(Self::Piece(piece.try_into()?)),
            Answer::Summary(summary) => Ok(Self::Done(summary.into())),
        }
    }
}

impl From<TranslatedPiece> for proto::TranslatedPiece {
    fn from(TranslatedPiece { text, segment, end }: TranslatedPiece) -> Self {
        Self { text, segment: segment.map(Into::into), end: Some(end.into()) }
    }
}

impl TryFrom<proto::TranslatedPiece> for TranslatedPiece {
    type Error = AnswerError;

    fn try_from(piece: proto::TranslatedPiece) -> Result<Self, AnswerError> {
        Ok(Self {
            text: piece.text,
            segment: piece.segment.map(Segment::try_from).transpose()?,
            end: piece.end.ok_or(AnswerError("a piece without its end"))?.into(),
        })
    }
}

impl From<Result<Translation, Status>> for proto::TranslateBatchResult {
    fn from(result: Result<Translation, Status>) -> Self {
        let result = match result {
            Ok(translation) => BatchResult::Response(translation.into()),
            Err(status) => BatchResult::Error(error(&status)),
        };
        Self { result: Some(result) }
    }
}

/// A status as a message. Its details, if it has any, are one already.
pub(super) fn error(status: &Status) -> tonic_types::Status {
    let (code, message) = (status.code().into(), status.message().to_owned());
    let bare = || tonic_types::Status { code, message, details: Vec::new() };
    match status.details() {
        [] => bare(),
        details => tonic_types::Status::decode(details).unwrap_or_else(|_| bare()),
    }
}

/// The status in a message.
pub fn status(error: &tonic_types::Status) -> Status {
    Status::with_details(error.code.into(), &error.message, error.encode_to_vec().into())
}

impl From<Position> for proto::Position {
    fn from(Position { source, target }: Position) -> Self {
        Self { source, target }
    }
}

impl From<proto::Position> for Position {
    fn from(proto::Position { source, target }: proto::Position) -> Self {
        Self { source, target }
    }
}

impl From<Totals> for TranslateStreamSummary {
    fn from(totals: Totals) -> Self {
        Self {
            detected_language: totals.detected.map(Into::into),
            segments: totals.segments,
            segments_with_warnings: totals.segments_with_warnings,
            source_bytes: totals.source_bytes,
            target_bytes: totals.target_bytes,
            model: last_model(&totals.route),
            usage: Some(totals.usage.into()),
            route: each(totals.route),
            format: proto::Format::from(totals.format).into(),
        }
    }
}

impl From<TranslateStreamSummary> for Totals {
    fn from(summary: TranslateStreamSummary) -> Self {
        Self {
            format: Option::from(summary.format()).unwrap_or_default(),
            detected: detected(summary.detected_language),
            route: hops(summary.route),
            segments: summary.segments,
            segments_with_warnings: summary.segments_with_warnings,
            source_bytes: summary.source_bytes,
            target_bytes: summary.target_bytes,
            usage: summary.usage.unwrap_or_default().into(),
        }
    }
}

impl From<Translation> for TranslateResponse {
    fn from(Translation { text, segments, totals }: Translation) -> Self {
        Self {
            translation: text,
            detected_language: totals.detected.map(Into::into),
            segments: each(segments),
            model: last_model(&totals.route),
            usage: Some(totals.usage.into()),
            route: each(totals.route),
            format: proto::Format::from(totals.format).into(),
        }
    }
}

impl TryFrom<TranslateResponse> for Translation {
    type Error = AnswerError;

    fn try_from(response: TranslateResponse) -> Result<Self, AnswerError> {
        let segments =
            response.segments.iter().cloned().map(Segment::try_from).collect::<Result<Vec<_>, _>>()?;
        let mut totals = Totals {
            format: Option::from(response.format()).unwrap_or_default(),
            detected: detected(response.detected_language),
            route: hops(response.route),
            target_bytes: response.translation.len() as u64,
            usage: response.usage.unwrap_or_default().into(),
            ..Totals::default()
        };
        segments.iter().for_each(|segment| totals.count(segment));
        Ok(Self { text: response.translation, segments, totals })
    }
}

impl From<(Detection, Vec<(Language, f32)>)> for DetectLanguageResponse {
    fn from((detection, candidates): (Detection, Vec<(Language, f32)>)) -> Self {
        let (outcome, detected) = match detection {
            Detection::Known { language, confidence } => (Outcome::Known, Some((language, confidence))),
            Detection::Foreign => (Outcome::Foreign, None),
            Detection::Unknown => (Outcome::Unknown, None),
        };
        Self {
            outcome: outcome.into(),
            detected_language: detected.map(Into::into),
            candidates: each(candidates),
        }
    }
}
