//! The contract of [LibreTranslate](https://github.com/LibreTranslate/LibreTranslate) (`libretranslate/app.py`), which much
//! software speaks: Mastodon, Discourse, Weblate and others.
//!
//! What triglot cannot do is refused as a LibreTranslate refuses it where it is switched off: files and suggestions.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tonic::{Code, Status};

use super::{
    Asked, Doors,
    fields::{self, Texts},
    grpc::Grpc,
    mtran, status, texts,
};
use crate::{
    lang::Language,
    translate::MAX_BEAM_SIZE,
    wire::proto::{
        DetectLanguageRequest, DetectedLanguage, Format, TranslateOptions, TranslateRequest,
        TranslateResponse,
    },
};

/// What leaves the source language to the server.
const AUTO: &str = "auto";
/// The language of a text that has none, as of a number. A LibreTranslate says the same, with the confidence 0.
const FALLBACK: Language = Language::English;

/// Why a request is refused.
pub struct Refused(StatusCode, Status);

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        let code = match status.code() {
            Code::Unauthenticated => StatusCode::FORBIDDEN,
            _ => status::code(&status),
        };
        Self(code, status)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(code, status) = self;
        status::answer(code, &status, &json!({"error": status.message()}))
    }
}

/// A field that has to be there.
fn missing(name: &str) -> Refused {
    Status::invalid_argument(format!("Invalid request: missing {name} parameter")).into()
}

#[derive(Deserialize)]
struct Translate {
    q: Option<Texts>,
    source: Option<String>,
    target: Option<String>,
    format: Option<String>,
    #[serde(default, deserialize_with = "fields::number")]
    alternatives: u32,
    api_key: Option<String>,
}

/// `POST /translate`, which MTranServer has, too, with other fields.
pub async fn translate(State(doors): State<Doors>, request: Request) -> Result<Response, Refused> {
    let Asked { grpc, fields, memory } = doors.asked(request).await?;
    let answer = match fields.contains_key("text") && !fields.contains_key("q") {
        true => mtran::translate(grpc, fields).await?,
        false => translated(grpc, fields).await?,
    };
    Ok(status::held(&answer, memory))
}

async fn translated(grpc: Grpc, fields: Map<String, Value>) -> Result<Value, Refused> {
    let Translate { q, source, target, format, alternatives, api_key } = fields::typed(fields)?;
    let (q, source) = (q.ok_or_else(|| missing("q"))?, source.ok_or_else(|| missing("source"))?);
    let target = language(&target.ok_or_else(|| missing("target"))?)?;
    let is_list = matches!(q, Texts::Many(_));
    if matches!(&q, Texts::One(text) if text.is_empty()) {
        return Err(missing("q"));
    }
    if alternatives >= MAX_BEAM_SIZE {
        let problem = format!("Invalid request: alternatives must be less than {MAX_BEAM_SIZE}");
        return Err(Status::invalid_argument(problem).into());
    }
    let format = match format.as_deref() {
        None | Some("" | "text") => Format::Plain,
        Some("html") => Format::Html,
        Some(other) => {
            return Err(Status::invalid_argument(format!("{other} format is not supported")).into());
        }
    };
    let source = if source == AUTO { None } else { Some(language(&source)?) };
    let request = TranslateRequest {
        source_language: source.map(|source| source.code().to_owned()).unwrap_or_default(),
        target_language: target.code().to_owned(),
        format: format.into(),
        options: Some(TranslateOptions {
            alternatives,
            fallback_language: FALLBACK.code().to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let answers = texts::translate(grpc.with_key(api_key.as_deref()), q.into_vec(), request).await?;
    let each = |value: &dyn Fn(&TranslateResponse) -> Value| match (is_list, &answers[..]) {
        (false, [one]) => value(one),
        (_, all) => all.iter().map(value).collect(),
    };
    let mut answer = Map::new();
    answer.insert("translatedText".to_owned(), each(&|answer| answer.translation.clone().into()));
    if source.is_none() {
        answer.insert(
            "detectedLanguage".to_owned(),
            each(&|answer| detected(answer.detected_language.as_ref())),
        );
    }
    if alternatives > 0 {
        let others = |answer: &TranslateResponse| others(answer, alternatives as usize).into();
        answer.insert("alternatives".to_owned(), each(&others));
    }
    Ok(answer.into())
}

fn language(code: &str) -> Result<Language, Refused> {
    code.parse().map_err(|_| Status::invalid_argument(format!("{code} is not supported")).into())
}

/// A text without words has no language, and the contract wants one.
fn detected(language: Option<&DetectedLanguage>) -> Value {
    let (code, confidence) =
        language.map_or((FALLBACK.code(), 0.0), |found| (&*found.language, found.confidence));
    json!({"language": code, "confidence": percent(confidence)})
}

fn percent(confidence: f32) -> f32 {
    (confidence * 100.0).round()
}

/// Other translations of the whole text: the first has the first alternative of each segment, and so on.
fn others(answer: &TranslateResponse, most: usize) -> Vec<String> {
    let mut others = vec![answer.translation.clone()];
    let there_are = answer.segments.iter().map(|segment| segment.alternatives.len()).max();
    for rank in 0..there_are.unwrap_or_default().min(most) {
        let (mut text, mut at) = (String::new(), 0);
        for segment in &answer.segments {
            let Some(place) = &segment.target else { continue };
            let (start, end) = (place.start as usize, place.end as usize);
            let kept = answer.translation.get(at..start).unwrap_or_default();
            let best = answer.translation.get(start..end).unwrap_or_default();
            text.push_str(kept);
            text.push_str(segment.alternatives.get(rank).map_or(best, |other| &other.text));
            at = end;
        }
        text.push_str(answer.translation.get(at..).unwrap_or_default());
        if !others.contains(&text) {
            others.push(text);
        }
    }
    others.split_off(1)
}

#[derive(Deserialize)]
struct Detect {
    q: Option<Texts>,
    text: Option<String>,
    api_key: Option<String>,
}

/// `POST /detect`, also MTranServer's.
pub async fn detect(State(doors): State<Doors>, request: Request) -> Result<Response, Refused> {
    let Asked { grpc, fields, memory: _memory } = doors.asked(request).await?;
    let Detect { q, text, api_key } = fields::typed(fields)?;
    let is_mtran = q.is_none() && text.is_some();
    let text = q.map(|q| q.into_vec().join("\n")).or(text);
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| missing("q"))?;
    let mut client = grpc.with_key(api_key.as_deref()).translation();
    let found =
        client.detect_language(DetectLanguageRequest { text }).await.map_err(Refused::from)?.into_inner();
    if is_mtran {
        return Ok(mtran::detected(&found));
    }
    let known = found.detected_language.is_some();
    let candidates = found.candidates.iter().filter(|_| known);
    let mut languages: Vec<Value> = candidates
        .map(|candidate| json!({"language": candidate.language, "confidence": percent(candidate.confidence)}))
        .collect();
    if languages.is_empty() {
        languages.push(detected(None));
    }
    Ok(status::json(&languages.into()))
}

/// `GET /languages`. As with a LibreTranslate, it needs no key.
pub async fn languages(State(doors): State<Doors>) -> Response {
    let pairs = doors.translator.borrow().pairs();
    let language = |source: &Language| {
        let targets = pairs.iter().filter(|pair| pair.source == *source).map(|pair| pair.target);
        let targets: Vec<_> = targets.chain([*source]).map(Language::code).collect();
        json!({"code": source.code(), "name": source.name(), "targets": targets})
    };
    let sources = Language::ALL.iter().filter(|source| pairs.iter().any(|pair| pair.source == **source));
    status::json(&sources.map(language).collect())
}

/// `GET /frontend/settings`.
pub async fn settings(State(doors): State<Doors>) -> Response {
    let language = |code: &str, name: &str| json!({"code": code, "name": name});
    let has_keys = doors.calls.keys().is_some();
    let settings = json!({
        "apiKeys": has_keys,
        "charLimit": doors.max_text_bytes,
        "filesTranslation": false,
        "frontendTimeout": 500,
        "keyRequired": has_keys,
        "language": {"source": language(AUTO, "Auto Detect"), "target": language("en", Language::English.name())},
        "suggestions": false,
        "supportedFilesFormat": [],
    });
    status::json(&settings)
}

/// `GET /health`.
pub async fn health() -> Response {
    status::json(&json!({"status": "ok"}))
}

/// `POST /translate_file`.
pub async fn file(State(doors): State<Doors>, request: Request) -> Refused {
    off(doors, request, "Files translation are disabled on this server.").await
}

/// `POST /suggest`.
pub async fn suggest(State(doors): State<Doors>, request: Request) -> Refused {
    off(doors, request, "Suggestions are disabled on this server.").await
}

/// Refuses what a LibreTranslate may have, and this server has not.
async fn off(doors: Doors, request: Request, why: &str) -> Refused {
    // A client that still writes when the connection ends does not see the answer.
    let (head, body) = request.into_parts();
    match doors.calls.receive(&head.headers, body).await {
        Ok(_) => Refused(StatusCode::FORBIDDEN, Status::permission_denied(why)),
        Err(error) => Status::from(error).into(),
    }
}
