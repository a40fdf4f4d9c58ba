//! Opens a span per call, so that each log line names its call. Logs status and duration when a call ends or is cancelled.
//! (tower-http's `TraceLayer` does not report cancelled calls.)

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use tokio_util::bytes::Bytes;
use tonic::{Code, Status, body::Body, transport::server::TcpConnectInfo};
use tower::Service;
use tracing::{Instrument, Span, field};

/// Longest value that is logged of a field that the client controls, in characters.
const FIELD: usize = 64;

/// A service whose calls are traced.
#[derive(Clone)]
pub struct Trace<S>(pub S);

impl<S, B> Service<Request<B>> for Trace<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<TracedBody>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut call = Call::begin(&request);
        let response = self.0.call(request).instrument(call.span.clone());
        Box::pin(async move {
            let response = response.await?;
            call.read_status(response.headers());
            Ok(response.map(|body| TracedBody { body, call }))
        })
    }
}

/// The body of a response. It is polled in the span of its call.
pub struct TracedBody {
    body: Body,
    call: Call,
}

impl http_body::Body for TracedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { body, call } = &mut *self;
        let frame = call.span.in_scope(|| Pin::new(body).poll_frame(context));
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(trailers) = frame.trailers_ref()
        {
            call.read_status(trailers);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

/// A call until its response has been sent or dropped.
struct Call {
    span: Span,
    begin: Instant,
    status: Code,
}

impl Call {
    fn begin<B>(request: &Request<B>) -> Self {
        let id = ["x-request-id", "traceparent"].iter().find_map(|name| request.headers().get(*name));
        let peer = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
        let span = tracing::info_span!(
            "call",
            method = cut(request.uri().path()),
            peer = peer.map(field::display),
            request_id = id.and_then(|id| id.to_str().ok()).map(cut),
        );
        // A call without a status was cancelled.
        Self { span, begin: Instant::now(), status: Code::Cancelled }
    }

    /// The status is in the trailers, or in the headers of a response without messages.
    fn read_status(&mut self, headers: &HeaderMap) {
        if let Some(status) = headers.get("grpc-status") {
            self.status = Code::from_bytes(status.as_bytes());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Self { span, begin, status } = self;
        span.in_scope(|| tracing::debug!(?status, duration = ?begin.elapsed(), "the call ended"));
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(FIELD).map_or(text, |(end, _)| &text[..end])
}
