//! Between the contract's messages and our own types: requests are checked here, answers are put into words.

use std::time::Duration;

use super::error::{ServiceError, languages};
use crate::{
    engine::ModelInfo,
    lang::{Language, Pair},
    proto,
    translate::{
        DEFAULT_OUTPUT_RATIO, MAX_BEAM_SIZE, OUTPUT_RATIOS, Request, Segment, Translator, Translators, Usage,
        Warning,
    },
};

/// Checks languages and options, and finds who translates. `path` stands before the names of fields in errors.
pub(super) fn request(
    translators: &Translators,
    path: &'static str,
    source: &str,
    target: &str,
    options: Option<proto::TranslateOptions>,
) -> Result<(Translator, Request), ServiceError> {
    let wrong = |field: &str, problem: String| ServiceError::field(format!("{path}{field}"), problem);
    let language =
        |field: &str, code: &str| code.parse::<Language>().map_err(|error| wrong(field, error.to_string()));
    let options = options.unwrap_or_default();
    let translator = translators.named(&options.model).ok_or_else(|| {
        let loaded = translators.iter().map(Translator::name).collect::<Vec<_>>().join(", ");
        wrong("options.model", format!("no such model is loaded; loaded: {loaded}"))
    })?;
    if options.beam_size > MAX_BEAM_SIZE {
        return Err(wrong("options.beam_size", format!("it must lie between 1 and {MAX_BEAM_SIZE}")));
    }
    let (least, most) = OUTPUT_RATIOS;
    let max_output_ratio = match options.max_output_ratio {
        0.0 => DEFAULT_OUTPUT_RATIO,
        ratio if (least..=most).contains(&ratio) => ratio,
        _ => {
            return Err(wrong("options.max_output_ratio", format!("it must lie between {least} and {most}")));
        }
    };
    if target.is_empty() {
        return Err(wrong("target_language", format!("it is missing; one of {}", languages())));
    }
    let target = language("target_language", target)?;
    let source = if source.is_empty() { None } else { Some(language("source_language", source)?) };
    let request = Request { source, target, beam_size: options.beam_size.max(1) as usize, max_output_ratio };
    if let Some(source) = source {
        translator.pair(source, &request).map_err(|error| ServiceError::Translate { path, error })?;
    }
    Ok((translator.clone(), request))
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
        }
    }
}

impl From<Pair> for proto::LanguagePair {
    fn from(pair: Pair) -> Self {
        Self { source_language: pair.source.to_string(), target_language: pair.target.to_string() }
    }
}

impl From<(Language, f32)> for proto::DetectedLanguage {
    fn from((language, confidence): (Language, f32)) -> Self {
        Self { language: language.to_string(), confidence }
    }
}

impl From<Segment> for proto::Segment {
    fn from(segment: Segment) -> Self {
        let range = |range: std::ops::Range<u64>| proto::ByteRange { start: range.start, end: range.end };
        Self {
            source: Some(range(segment.source)),
            target: Some(range(segment.target)),
            score: segment.score,
            warnings: segment
                .warnings
                .into_iter()
                .map(|warning| proto::Warning::from(warning).into())
                .collect(),
        }
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
