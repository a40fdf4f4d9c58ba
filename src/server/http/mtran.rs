//! The contract of [MTranServer](https://github.com/xxnuo/MTranServer) (`docs/API_en.md`): `/translate` and `/detect`, whose addresses
//! LibreTranslate has, too, and `/translate/batch`.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use tonic::Status;

use super::{Asked, Doors, fields, libretranslate::Refused, status, texts};
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
pub async fn translate(asked: Asked) -> Result<Response, Status> {
    let answers = translated(asked, |asked| asked.text.take().map(|text| vec![text])).await?;
    let result = answers.into_iter().next().map(|answer| answer.translation);
    Ok(status::json(&json!({"result": result})).into_response())
}

/// `POST /translate/batch`.
pub async fn batch(State(doors): State<Doors>, request: Request) -> Result<Response, Refused> {
    let answers = translated(doors.asked(request).await?, |asked| asked.texts.take()).await?;
    let results: Vec<_> = answers.into_iter().map(|answer| answer.translation).collect();
    Ok(status::json(&json!({"results": results})).into_response())
}

async fn translated(
    asked: Asked,
    texts: impl Fn(&mut Translate) -> Option<Vec<String>>,
) -> Result<Vec<TranslateResponse>, Status> {
    let mut fields: Translate = fields::typed(asked.fields)?;
    let texts = texts(&mut fields).ok_or_else(|| FieldError::new("text", "there is no text"))?;
    let Translate { from, to, html, token, .. } = fields;
    let request = TranslateRequest {
        source_language: if from == "auto" { String::new() } else { from },
        target_language: to,
        format: if html { Format::Html } else { Format::Plain }.into(),
        ..Default::default()
    };
    texts::translate(asked.grpc.with_key(token.as_deref()), texts, request).await
}

/// The answer of `POST /detect`.
pub fn detected(found: &DetectLanguageResponse) -> Response {
    let language = found.detected_language.as_ref().map_or("", |found| &found.language);
    status::json(&json!({"language": language})).into_response()
}

/// `GET /version`.
pub async fn version() -> Response {
    status::json(&json!({"version": env!("CARGO_PKG_VERSION")})).into_response()
}

/// `GET /__heartbeat__` and `GET /__lbheartbeat__`.
pub async fn heartbeat() -> Response {
    status::json(&json!({"status": "Ready"})).into_response()
}
