//! Our own contract over HTTP: each unary call as JSON, and the answers of long ones as server-sent events.

use std::{convert::Infallible, iter::once};

use axum::{
    Router,
    extract::{Path, Request, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{MethodFilter, get, on},
};
use futures::{Stream, StreamExt, stream::iter};
use http::{HeaderMap, header::ACCEPT};
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value as Field};
use serde_json::{Map, Value};
use tokio_util::bytes::Bytes;
use tonic::Status;

use super::{
    Asked, Doors, HttpError,
    contract::{self, Contract},
    openapi, status,
};
use crate::{
    server::calls::Share,
    wire::{
        self,
        proto::{
            SummarizeRequest, SummarizeStreamRequest, TranslateRequest, TranslateStreamRequest,
            summarize_stream_request, translate_stream_request,
        },
    },
};

/// Bytes of text in one message of a stream.
const PORTION: usize = 16 << 10;

/// A call of the contract with its address.
pub struct Call {
    pub verb: MethodFilter,
    pub path: &'static str,
    /// Service and method.
    pub name: &'static str,
    /// The field of the message that the body is; `None`: the body is the message.
    pub body: Option<&'static str>,
    /// The call that answers with events, if the client prefers them.
    pub events: Option<Events>,
}

/// A stream over the same text.
pub struct Events {
    pub name: &'static str,
    /// The messages of the stream, each encoded, from that of the unary call.
    requests: fn(&DynamicMessage) -> Result<Vec<Bytes>, Status>,
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
        events: Some(Events { name: "TranslationService.TranslateStream", requests: translation }),
        ..call(MethodFilter::POST, "/v1/translate", "TranslationService.Translate")
    },
    call(MethodFilter::POST, "/v1/translate/batch", "TranslationService.TranslateBatch"),
    Call {
        events: Some(Events { name: "SummarizationService.SummarizeStream", requests: summary }),
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
        let events = call.events.as_ref().map(|events| doors.contract.method(events.name)).transpose()?;
        let handler = move |State(doors): State<Doors>, name: Option<Path<String>>, request: Request| {
            answer(doors, call, method, events, name, request)
        };
        router = router.route(call.path, on(call.verb, handler));
    }
    let document = Bytes::from(openapi::document(&doors.contract)?.to_string());
    let document = get(async move || ([(http::header::CONTENT_TYPE, "application/json")], document));
    Ok(router.route("/v1/openapi.json", document))
}

/// `events`: the method of the call's events.
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
        let Asked { grpc, fields, memory } = doors.asked(request).await?;
        let body = whole(call, name.map(|Path(name)| name), fields);
        let message = contract::message(method.input(), body)?;
        match call.events.as_ref().zip(events).filter(|_| wants_events) {
            Some((Events { requests, .. }, method)) => {
                let answers = contract::stream(grpc, method, iter(requests(&message)?)).await?;
                Ok(told(doors.contract.clone(), answers, memory))
            }
            None => Ok(status::held(&contract::call(grpc, &method, &message).await?, memory)),
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

/// Answers with the messages of a stream as events, each with the name of its field. The text takes its part of the memory until the
/// last one.
fn told(
    contract: Contract,
    answers: impl Stream<Item = Result<DynamicMessage, Status>> + Send + 'static,
    memory: Share,
) -> Response {
    let error =
        move |status: Status| Event::default().event("error").data(contract.error(&status).to_string());
    let events = answers.map(move |answer| {
        let _held = &memory;
        Ok::<_, Infallible>(answer.and_then(|answer| event(&answer)).unwrap_or_else(&error))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

fn event(answer: &DynamicMessage) -> Result<Event, Status> {
    match answer.fields().next() {
        Some((field, Field::Message(message))) => {
            Ok(Event::default().event(field.name()).data(contract::json(message)?.to_string()))
        }
        _ => Err(Status::internal("an answer of the stream is empty")),
    }
}

/// A text as the messages of a stream.
fn translation(request: &DynamicMessage) -> Result<Vec<Bytes>, Status> {
    use translate_stream_request::Request::{Start, Text};
    let (start, text) = wire::translate::parts(typed::<TranslateRequest>(request)?);
    let message = |request| TranslateStreamRequest { request: Some(request) }.encode_to_vec().into();
    Ok(once(Start(start)).chain(portions(&text).map(Text)).map(message).collect())
}

/// The same for a summary.
fn summary(request: &DynamicMessage) -> Result<Vec<Bytes>, Status> {
    use summarize_stream_request::Request::{Start, Text};
    let (start, text) = wire::summarize::parts(typed::<SummarizeRequest>(request)?);
    let message = |request| SummarizeStreamRequest { request: Some(request) }.encode_to_vec().into();
    Ok(once(Start(start)).chain(portions(&text).map(Text)).map(message).collect())
}

fn typed<M: Message + Default>(message: &DynamicMessage) -> Result<M, Status> {
    message.transcode_to().map_err(|error| Status::internal(error.to_string()))
}

fn portions(text: &str) -> impl Iterator<Item = Vec<u8>> {
    text.as_bytes().chunks(PORTION).map(<[u8]>::to_vec)
}
