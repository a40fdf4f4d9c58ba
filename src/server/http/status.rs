//! Writes a gRPC status as an answer over HTTP. The codes are those of `google.rpc.Code`, as gateways map them.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use http_body::Body;
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::server::calls::Share;

/// The code of HTTP for a status.
pub fn code(status: &Status) -> StatusCode {
    match status.code() {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::FailedPrecondition => StatusCode::BAD_REQUEST,
        // Only a request that is too long has it.
        Code::OutOfRange => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Aborted | Code::AlreadyExists => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Cancelled | Code::Unknown | Code::Internal | Code::DataLoss => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

/// An answer with this code and body, which says when to try again if the status does.
pub fn answer(code: StatusCode, status: &Status, body: &Value) -> Response {
    let mut response = json(body);
    *response.status_mut() = code;
    let wait = status.get_details_retry_info().and_then(|info| info.retry_delay);
    if let Some(wait) = wait {
        // Whole seconds, and none too early.
        let seconds = wait.as_secs_f64().ceil() as u64;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    response
}

/// An answer that takes this memory until it has been sent.
pub fn held(body: &Value, mut memory: Share) -> Response {
    let mut response = json(body);
    // An answer that is larger than the request may find no more memory. It is there all the same.
    let _ = memory.resize(response.body().size_hint().lower() as usize);
    response.extensions_mut().insert(Arc::new(memory));
    response
}

/// An answer of JSON.
pub fn json(body: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
