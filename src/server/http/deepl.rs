//! The contract of [DeepL](https://developers.deepl.com/docs) for texts: `/v2/translate`, `/v2/languages` and `/v2/usage`.
//!
//! An option that would change the translation and that triglot does not have is refused. Those that only help DeepL's own models,
//! as `context` and `model_type`, are read and not used.

use std::num::NonZeroU64;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{
    Asked, Doors,
    fields::{self, Texts},
    status, texts,
};
use crate::{
    lang::Language,
    wire::proto::{Format, LineBreaks, TranslateOptions, TranslateRequest},
};

/// What DeepL names as the limit of an account without one.
const NO_LIMIT: u64 = 1_000_000_000_000;
/// The code of HTTP for a quota that is used up.
const QUOTA: u16 = 456;

/// Why a request is refused.
pub struct Refused(Status);

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self(status)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status) = self;
        let quota = StatusCode::from_u16(QUOTA).ok().filter(|_| status.get_details_quota_failure().is_some());
        let code = match status.code() {
            Code::Unauthenticated => StatusCode::FORBIDDEN,
            _ => quota.unwrap_or_else(|| status::code(&status)),
        };
        status::answer(code, &status, &json!({"message": status.message()}))
    }
}

#[derive(Deserialize)]
struct Translate {
    text: Option<Texts>,
    #[serde(default)]
    source_lang: String,
    target_lang: Option<String>,
    #[serde(default)]
    formality: String,
    glossary_id: Option<String>,
    #[serde(default)]
    tag_handling: String,
    #[serde(default)]
    split_sentences: Value,
    ignore_tags: Option<Texts>,
    style_id: Option<String>,
    custom_instructions: Option<Texts>,
    #[serde(default, deserialize_with = "fields::flag")]
    show_billed_characters: bool,
    auth_key: Option<String>,
}

/// `POST /v2/translate`.
pub async fn translate(State(doors): State<Doors>, request: Request) -> Result<Response, Refused> {
    let Asked { grpc, fields, memory } = doors.asked(request).await?;
    let asked: Translate = fields::typed(fields)?;
    let grpc = grpc.with_key(asked.auth_key.as_deref());
    let request = request_of(&asked)?;
    let texts = asked.text.ok_or_else(|| bad("Parameter 'text' not specified."))?.into_vec();
    let source = asked.source_lang;
    let lengths: Vec<usize> = texts.iter().map(|text| text.chars().count()).collect();
    let answers = texts::translate(grpc, texts, request).await?;
    let translations: Vec<Value> = std::iter::zip(answers, lengths)
        .map(|(answer, length)| {
            let detected = answer.detected_language.map_or(source.clone(), |found| found.language);
            let mut translation =
                json!({"detected_source_language": detected.to_uppercase(), "text": answer.translation});
            if asked.show_billed_characters {
                translation["billed_characters"] = length.into();
            }
            translation
        })
        .collect();
    Ok(status::held(&json!({"translations": translations}), memory))
}

fn request_of(asked: &Translate) -> Result<TranslateRequest, Refused> {
    if matches!(&*asked.formality, "more" | "less") {
        return Err(bad("'formality' is not supported for given 'target_lang'."));
    }
    for (name, is_there) in [
        ("ignore_tags", asked.ignore_tags.is_some()),
        ("style_id", asked.style_id.is_some()),
        ("custom_instructions", asked.custom_instructions.is_some()),
    ] {
        if is_there {
            return Err(bad(&format!("'{name}' is not supported by this server.")));
        }
    }
    let format = match &*asked.tag_handling {
        "" => Format::Plain,
        "html" => Format::Html,
        "xml" => Format::Xml,
        _ => return Err(bad("Value for 'tag_handling' not supported.")),
    };
    let line_breaks = match asked.split_sentences.as_str() {
        Some("nonewlines") => LineBreaks::Join,
        _ => LineBreaks::Unspecified,
    };
    let target = asked.target_lang.as_deref().ok_or_else(|| bad("Parameter 'target_lang' not specified."))?;
    Ok(TranslateRequest {
        source_language: asked.source_lang.to_lowercase(),
        target_language: target.to_lowercase(),
        format: format.into(),
        options: Some(TranslateOptions {
            line_breaks: line_breaks.into(),
            glossaries: asked.glossary_id.iter().cloned().collect(),
            ..Default::default()
        }),
        ..Default::default()
    })
}

fn bad(problem: &str) -> Refused {
    Refused(Status::invalid_argument(problem))
}

#[derive(Deserialize)]
struct Languages {
    #[serde(default)]
    r#type: String,
}

/// `GET /v2/languages`.
pub async fn languages(State(doors): State<Doors>, request: Request) -> Result<Response, Refused> {
    let Languages { r#type } = fields::typed(doors.asked(request).await?.fields)?;
    let is_target = r#type == "target";
    let pairs = doors.translator.borrow().pairs();
    let is_there = |language: &&Language| {
        pairs.iter().any(|pair| **language == if is_target { pair.target } else { pair.source })
    };
    // DeepL's own client accepts no target that is English and neither of these.
    let variants = |language: &Language| match (language, is_target) {
        (Language::English, true) => vec![("EN-GB", "English (British)"), ("EN-US", "English (American)")],
        (language, _) => vec![(language.code(), language.name())],
    };
    let entry = |(code, name): (&str, &str)| {
        let mut entry = json!({"language": code.to_uppercase(), "name": name});
        if is_target {
            entry["supports_formality"] = false.into();
        }
        entry
    };
    let languages = Language::ALL.iter().filter(is_there).flat_map(variants).map(entry).collect();
    Ok(status::json(&languages))
}

/// `GET /v2/usage`: of the key, in a day. Without keys nobody counts.
pub async fn usage(State(doors): State<Doors>, request: Request) -> Result<Response, Refused> {
    let Asked { grpc, fields, .. } = doors.asked(request).await?;
    let field = fields.get("auth_key").and_then(Value::as_str);
    let (count, limit) = match doors.calls.keys() {
        Some(keys) => {
            let key = keys.find(grpc.with_key(field).headers()).map_err(Status::from)?;
            let (spent, most) = key.chars_today();
            (spent, most.map_or(NO_LIMIT, NonZeroU64::get))
        }
        None => (0, NO_LIMIT),
    };
    Ok(status::json(&json!({"character_count": count, "character_limit": limit})))
}
