//! Between the contract's messages and our own types: requests are checked here, answers are put into words.

use std::{ops::Range, time::Duration};

use super::error::{ServiceError, languages};
use crate::{
    engine::ModelInfo,
    lang::{Language, Pair, UnknownLanguage},
    proto::{self, SummaryStyle, summary_length::Length as Asked},
    summarize::{self, Length, MAX_SENTENCES, Style, Summary},
    translate::{
        Alternative, DEFAULT_OUTPUT_RATIO, Hop, MAX_BEAM_SIZE, OUTPUT_RATIOS, Request, Segment, Translator,
        Usage, Warning,
    },
};

/// Checks languages and options, and finds who translates. `path` stands before the names of fields in errors.
pub(super) fn request(
    translator: &Translator,
    path: &'static str,
    source: &str,
    target: &str,
    options: Option<proto::TranslateOptions>,
) -> Result<(Translator, Request), ServiceError> {
    let wrong = |field: &str, problem: String| ServiceError::field(format!("{path}{field}"), problem);
    let options = options.unwrap_or_default();
    let translator = self::translator(translator, &format!("{path}options.model"), &options.model)?;
    if options.beam_size > MAX_BEAM_SIZE {
        return Err(wrong("options.beam_size", format!("it must be between 1 and {MAX_BEAM_SIZE}")));
    }
    let (least, most) = OUTPUT_RATIOS;
    let max_output_ratio = match options.max_output_ratio {
        0.0 => DEFAULT_OUTPUT_RATIO,
        ratio if (least..=most).contains(&ratio) => ratio,
        _ => {
            return Err(wrong("options.max_output_ratio", format!("it must be between {least} and {most}")));
        }
    };
    if target.is_empty() {
        return Err(wrong("target_language", format!("it is missing; use one of {}", languages())));
    }
    let target = language(path, "target_language", target)?;
    let source = if source.is_empty() { None } else { Some(language(path, "source_language", source)?) };
    let beam_size = Some(options.beam_size).filter(|size| *size > 0);
    if options.alternatives >= beam_size.unwrap_or(MAX_BEAM_SIZE) {
        let less_than = if beam_size.is_some() { "beam_size".to_owned() } else { MAX_BEAM_SIZE.to_string() };
        return Err(wrong("options.alternatives", format!("it must be less than {less_than}")));
    }
    let (beam_size, alternatives) = (beam_size.map(|size| size as usize), options.alternatives as usize);
    let request = Request { beam_size, max_output_ratio, alternatives, ..Request::new(source, target) };
    if let Some(source) = source {
        translator.hops(source, target).map_err(|error| ServiceError::Translate { path, error })?;
    }
    Ok((translator, request))
}

/// Who translates a request that names this model, or none; `field` is where.
pub(super) fn translator(
    translator: &Translator,
    field: &str,
    model: &str,
) -> Result<Translator, ServiceError> {
    translator.only(model).map(|one| one.for_call()).ok_or_else(|| unknown(translator, field))
}

/// Who writes and translates a summary: the model that is named, if one is, what it can, and others the rest.
pub(super) fn preferring(
    translator: &Translator,
    field: &str,
    model: &str,
) -> Result<Translator, ServiceError> {
    translator.preferring(model).map(|all| all.for_call()).ok_or_else(|| unknown(translator, field))
}

fn unknown(translator: &Translator, field: &str) -> ServiceError {
    let names: Vec<&str> = translator.engines().iter().map(|engine| engine.model().name.as_str()).collect();
    ServiceError::field(field, format!("this model is not loaded; loaded models: {}", names.join(", ")))
}

/// The model that wrote what the caller reads.
pub(super) fn model_name(route: &[Hop]) -> String {
    route.last().map(|hop| hop.model.clone()).unwrap_or_default()
}

/// Checks what a summary is asked to be.
pub(super) fn summary_request(
    path: &'static str,
    source: &str,
    target: &str,
    length: Option<proto::SummaryLength>,
    style: i32,
) -> Result<summarize::Request, ServiceError> {
    let optional = |field: &str, code: &str| {
        if code.is_empty() { Ok(None) } else { language(path, field, code).map(Some) }
    };
    let wrong = |field: &str, problem: &str| ServiceError::field(format!("{path}length.{field}"), problem);
    let length = match length.and_then(|length| length.length) {
        None => summarize::DEFAULT_LENGTH,
        Some(Asked::Sentences(sentences)) if (1..=MAX_SENTENCES).contains(&(sentences as usize)) => {
            Length::Sentences(sentences as usize)
        }
        Some(Asked::Sentences(_)) => {
            return Err(wrong("sentences", &format!("it must be between 1 and {MAX_SENTENCES}")));
        }
        Some(Asked::Ratio(ratio)) if ratio > 0.0 && ratio <= 1.0 => Length::Ratio(ratio),
        Some(Asked::Ratio(_)) => return Err(wrong("ratio", "it must be greater than 0 and at most 1")),
        Some(Asked::Characters(0)) => return Err(wrong("characters", "it must be 1 or more")),
        Some(Asked::Characters(characters)) => Length::Chars(characters as usize),
    };
    let style = match SummaryStyle::try_from(style) {
        Ok(SummaryStyle::Unspecified | SummaryStyle::Extractive) => Style::Extractive,
        Ok(SummaryStyle::Abstractive) => Style::Abstractive,
        Ok(SummaryStyle::Headline) => Style::Headline,
        Err(_) => return Err(ServiceError::field(format!("{path}style"), "unknown style")),
    };
    Ok(summarize::Request {
        source: optional("source_language", source)?,
        target: optional("target_language", target)?,
        length,
        style,
    })
}

fn language(path: &str, field: &str, code: &str) -> Result<Language, ServiceError> {
    code.parse()
        .map_err(|error: UnknownLanguage| ServiceError::field(format!("{path}{field}"), error.to_string()))
}

impl From<Summary> for proto::Summary {
    fn from(summary: Summary) -> Self {
        Self {
            text: summary.text,
            sentences: summary.sentences.into_iter().map(Into::into).collect(),
            detected_language: summary.detected.map(Into::into),
            sentences_read: summary.sentences_read,
            source_bytes: summary.source_bytes,
            model: model_name(&summary.route),
            usage: Some(summary.usage.into()),
            route: summary.route.into_iter().map(Into::into).collect(),
            writer: summary.writer.unwrap_or_default(),
        }
    }
}

impl From<summarize::Sentence> for proto::SummarySentence {
    fn from(sentence: summarize::Sentence) -> Self {
        let mut sources = sentence.sources.into_iter().map(range);
        Self {
            source: sources.next(),
            target: Some(range(sentence.target)),
            warnings: warnings(sentence.warnings),
            origin: proto::summary_sentence::Origin::from(sentence.origin).into(),
            also: sources.collect(),
        }
    }
}

impl From<summarize::Origin> for proto::summary_sentence::Origin {
    fn from(origin: summarize::Origin) -> Self {
        match origin {
            summarize::Origin::Extracted => Self::Extracted,
            summarize::Origin::Written => Self::Written,
            summarize::Origin::Replaced => Self::Replaced,
        }
    }
}

fn range(range: Range<u64>) -> proto::ByteRange {
    proto::ByteRange { start: range.start, end: range.end }
}

fn warnings(warnings: Vec<Warning>) -> Vec<i32> {
    warnings.into_iter().map(|warning| proto::Warning::from(warning).into()).collect()
}

impl From<&ModelInfo> for proto::Model {
    fn from(model: &ModelInfo) -> Self {
        Self {
            name: model.name.clone(),
            sha256: model.sha256.clone(),
            licence: model.licence.clone(),
            pairs: model.pairs.iter().map(|pair| (*pair).into()).collect(),
            adapter: model.adapter.as_ref().map(|adapter| proto::Adapter {
                sha256: adapter.sha256.clone(),
                licence: adapter.licence.clone(),
            }),
            summarizes: model.summarises.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<Pair> for proto::LanguagePair {
    fn from(pair: Pair) -> Self {
        Self { source_language: pair.source.to_string(), target_language: pair.target.to_string() }
    }
}

impl From<Hop> for proto::Hop {
    fn from(hop: Hop) -> Self {
        Self { pair: Some(hop.pair.into()), model: hop.model }
    }
}

impl From<(Language, f32)> for proto::DetectedLanguage {
    fn from((language, confidence): (Language, f32)) -> Self {
        Self { language: language.to_string(), confidence }
    }
}

impl From<Segment> for proto::Segment {
    fn from(segment: Segment) -> Self {
        Self {
            source: Some(range(segment.source)),
            target: Some(range(segment.target)),
            score: segment.score,
            warnings: warnings(segment.warnings),
            alternatives: segment.alternatives.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Alternative> for proto::Alternative {
    fn from(Alternative { text, score }: Alternative) -> Self {
        Self { text, score }
    }
}

impl From<Warning> for proto::Warning {
    fn from(warning: Warning) -> Self {
        match warning {
            Warning::Repetition => Self::Repetition,
            Warning::LengthLimit => Self::LengthLimit,
            Warning::Untranslated => Self::Untranslated,
            Warning::NumberMissing => Self::NumberMissing,
            Warning::NumberAdded => Self::NumberAdded,
            Warning::Copied => Self::Copied,
            Warning::WrongLanguage => Self::WrongLanguage,
            Warning::AddressMissing => Self::AddressMissing,
            Warning::Shortened => Self::Shortened,
        }
    }
}

impl From<Usage> for proto::Usage {
    fn from(usage: Usage) -> Self {
        // Far below the range of a protobuf duration.
        let duration = |duration: Duration| prost_types::Duration::try_from(duration).ok();
        Self {
            source_tokens: usage.source_tokens,
            target_tokens: usage.target_tokens,
            queued: duration(usage.queued),
            computing: duration(usage.computing),
        }
    }
}
