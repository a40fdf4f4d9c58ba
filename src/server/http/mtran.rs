//! The contract of [MTranServer](https://github.com/xxnuo/MTranServer) (`docs/API_en.md`): `/translate` and `/detect`, whose addresses
//! LibreTranslate has, too, and `/translate/batch`.

use axum::{
    extract::{Request, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tonic::Status;

use super::{Asked, Doors, fields, grpc::Grpc, libretranslate::Refused, status, texts};
use crate::wire::{
    FieldError,
    proto::{DetectLanguageResponse, Format, TranslateRequest, TranslateResponse},
};

#[derive(Deserialize)]
struct Translate {
    text: Option<String>,
    texts: Option<Vec<String>>,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default, deserialize_with = "fields::flag")]
    html: bool,
    token: Option<String>,
}

/// `POST /translate`, of which the fields have been read.
pub async fn translate(grpc: Grpc, fields: Map<String, Value>) -> Result<Value, Status> {
    let answers = translated(grpc, fields, |asked| asked.text.take().map(|text| vec![text])).await?;
    let result = answers.into_iter().next().map(|answer| answer.translation);
    Ok(json!({"result": result}))
}

/// `POST /translate/batch`.
pub async fn batch(State(doors): State<Doors>, request: Request) -> Result<Response, Refused> {
    let Asked { grpc, fields, memory } = doors.asked(request).await?;
    let answers = translated(grpc, fields, |asked| asked.texts.take()).await?;
    let results: Vec<_> = answers.into_iter().map(|answer| answer.translation).collect();
    Ok(status::held(&json!({"results": results}), memory))
}

async fn translated(
    grpc: Grpc,
    fields: Map<String, Value>,
    texts: impl Fn(&mut Translate) -> Option<Vec<String>>,
) -> Result<Vec<TranslateResponse>, Status> {
    let mut asked: Translate = fields::typed(fields)?;
    let texts = texts(&mut asked).ok_or_else(|| FieldError::new("text", "there is no text"))?;
    let Translate { from, to, html, token, .. } = asked;
    let request = TranslateRequest {
        source_language: if from == "auto" { String::new() } else { from },
        target_language: to,
        format: if html { Format::Html } else { Format::Plain }.into(),
        ..Default::default()
    };
    texts::translate(grpc.with_key(token.as_deref()), texts, request).await
}

/// The answer of `POST /detect`.
pub fn detected(found: &DetectLanguageResponse) -> Response {
    let language = found.detected_language.as_ref().map_or("", |found| &found.language);
    status::json(&json!({"language": language}))
}

/// `GET /version`.
pub async fn version() -> Response {
    status::json(&json!({"version": env!("CARGO_PKG_VERSION")}))
}

/// `GET /__heartbeat__` and `GET /__lbheartbeat__`.
pub async fn heartbeat() -> Response {
    status::json(&json!({"status": "Ready"}))
}
