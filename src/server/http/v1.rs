//! Our own contract over HTTP: each unary call as JSON, and the answers of long ones as server-sent events.

use std::convert::Infallible;

use async_stream::stream;
use axum::{
    Router,
    extract::{Path, Request, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{MethodFilter, get, on},
};
use futures::{StreamExt, stream::iter};
use http::{HeaderMap, header::ACCEPT};
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, ReflectMessage, Value as Field};
use serde_json::{Map, Value};
use tokio_util::bytes::Bytes;
use tonic::Status;

use super::{Asked, Doors, HttpError, contract, openapi, status};
use crate::wire::{
    self,
    proto::{
        SummarizeRequest, SummarizeStreamRequest, TranslateRequest, TranslateStreamRequest,
        summarize_stream_request, translate_stream_request,
    },
};

/// Bytes of text in one message of a stream.
const PART: usize = 16 << 10;

/// A call of the contract with its address.
pub struct Call {
    pub verb: MethodFilter,
    pub path: &'static str,
    /// Service and method.
    pub name: &'static str,
    /// The field of the message that the body is; `None`: the body is the message.
    pub body: Option<&'static str>,
    /// The stream that answers with events, if the client prefers them.
    pub events: Option<&'static str>,
}

const fn call(verb: MethodFilter, path: &'static str, name: &'static str) -> Call {
    Call { verb, path, name, body: None, events: None }
}

/// All calls. A `{name}` in the address is the field of that name.
pub const CALLS: [Call; 11] = [
    call(MethodFilter::GET, "/v1/info", "InfoService.GetInfo"),
    call(MethodFilter::GET, "/v1/languages", "TranslationService.ListLanguagePairs"),
    call(MethodFilter::POST, "/v1/detect", "TranslationService.DetectLanguage"),
    Call {
        events: Some("TranslationService.TranslateStream"),
        ..call(MethodFilter::POST, "/v1/translate", "TranslationService.Translate")
    },
    call(MethodFilter::POST, "/v1/translate/batch", "TranslationService.TranslateBatch"),
    Call {
        events: Some("SummarizationService.SummarizeStream"),
        ..call(MethodFilter::POST, "/v1/summarize", "SummarizationService.Summarize")
    },
    call(MethodFilter::GET, "/v1/glossaries", "GlossaryService.ListGlossaries"),
    call(MethodFilter::GET, "/v1/glossaries/{name}", "GlossaryService.GetGlossary"),
    Call {
        body: Some("glossary"),
        ..call(MethodFilter::PUT, "/v1/glossaries/{name}", "GlossaryService.PutGlossary")
    },
    call(MethodFilter::PATCH, "/v1/glossaries/{name}", "GlossaryService.ChangeTerms"),
    call(MethodFilter::DELETE, "/v1/glossaries/{name}", "GlossaryService.DeleteGlossary"),
];

/// The routes of all calls.
pub fn routes(doors: &Doors) -> Result<Router<Doors>, HttpError> {
    let mut router = Router::new();
    for call in &CALLS {
        let method = doors.contract.method(call.name)?;
        let events = call.events.map(|name| doors.contract.method(name)).transpose()?;
        let handler = move |State(doors): State<Doors>, name: Option<Path<String>>, request: Request| {
            answer(doors, call, method, events, name, request)
        };
        router = router.route(call.path, on(call.verb, handler));
    }
    let document = Bytes::from(openapi::document(&doors.contract)?.to_string());
    let document = get(async move || ([(http::header::CONTENT_TYPE, "application/json")], document));
    Ok(router.route("/v1/openapi.json", document))
}

async fn answer(
    doors: Doors,
    call: &Call,
    method: MethodDescriptor,
    events: Option<MethodDescriptor>,
    name: Option<Path<String>>,
    request: Request,
) -> Response {
    let answered = async {
        let wants_events = wants_events(request.headers());
        let asked = doors.asked(request).await?;
        let body = whole(call, name.map(|Path(name)| name), asked.fields.clone());
        let message = contract::message(method.input(), body)?;
        match events.filter(|_| wants_events) {
            Some(events) => told(doors.clone(), asked, events, &message).await,
            None => Ok(status::json(&contract::call(asked.grpc, &method, &message).await?).into_response()),
        }
    };
    let refused =
        |status: Status| status::answer(status::code(&status), &status, &doors.contract.error(&status));
    answered.await.unwrap_or_else(refused)
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepts =
        |value: &http::HeaderValue| value.to_str().is_ok_and(|value| value.contains("text/event-stream"));
    headers.get_all(ACCEPT).iter().any(accepts)
}

/// The message, with the name of the address in its place.
fn whole(call: &Call, name: Option<String>, mut fields: Map<String, Value>) -> Value {
    fields.extend(name.map(|name| ("name".to_owned(), name.into())));
    match call.body {
        Some(field) => Value::Object(Map::from_iter([(field.to_owned(), fields.into())])),
        None => fields.into(),
    }
}

/// Answers with the messages of a stream as events, each with the name of its field.
async fn told(
    doors: Doors,
    asked: Asked,
    method: MethodDescriptor,
    message: &DynamicMessage,
) -> Result<Response, Status> {
    let requests = match message.descriptor().name() {
        "TranslateRequest" => translation(read(message)?),
        _ => summary(read(message)?),
    };
    let Asked { grpc, memory, .. } = asked;
    let mut answers = Box::pin(contract::stream(grpc, method, iter(requests)).await?);
    let events = stream! {
        // The text stays in memory until the last answer.
        let _memory = memory;
        while let Some(answer) = answers.next().await {
            yield Ok::<_, Infallible>(match answer.and_then(|answer| event(&answer)) {
                Ok(event) => event,
                Err(status) => Event::default().event("error").data(doors.contract.error(&status).to_string()),
            });
        }
    };
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

fn event(answer: &DynamicMessage) -> Result<Event, Status> {
    match answer.fields().next() {
        Some((field, Field::Message(message))) => {
            Ok(Event::default().event(field.name()).data(contract::json(message)?.to_string()))
        }
        _ => Err(Status::internal("an answer of the stream is empty")),
    }
}

fn read<M: Message + Default>(message: &DynamicMessage) -> Result<M, Status> {
    message.transcode_to().map_err(|error| Status::internal(error.to_string()))
}

/// A text as the messages of a stream.
fn translation(request: TranslateRequest) -> Vec<Bytes> {
    use translate_stream_request::Request::{Start, Text};
    let (start, text) = wire::translate::parts(request);
    let message = |request| TranslateStreamRequest { request: Some(request) }.encode_to_vec().into();
    let parts = text.as_bytes().chunks(PART).map(|part| Text(part.into()));
    std::iter::once(Start(start)).chain(parts).map(message).collect()
}

/// The same for a summary.
fn summary(request: SummarizeRequest) -> Vec<Bytes> {
    use summarize_stream_request::Request::{Start, Text};
    let (start, text) = wire::summarize::parts(request);
    let message = |request| SummarizeStreamRequest { request: Some(request) }.encode_to_vec().into();
    let parts = text.as_bytes().chunks(PART).map(|part| Text(part.into()));
    std::iter::once(Start(start)).chain(parts).map(message).collect()
}
