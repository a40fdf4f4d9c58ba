//! Opens a span per call, so that each log line names its call. When a call ends or is cancelled, it is counted, and one line of
//! the log has its status, its time and its size. (tower-http's `TraceLayer` does not report cancelled calls.)

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::{Frame, SizeHint};
use tokio_util::bytes::{Buf, Bytes};
use tonic::{Code, Status, body::Body, transport::server::TcpConnectInfo};
use tonic_types::StatusExt;
use tower::Service;
use tracing::{Instrument, Span, field};

use super::{CALLS, CallMeter, Method, traces};

/// Longest value that is logged of a field that the client controls, in characters.
const FIELD: usize = 64;
/// The header with the id of a call: from a client, or else from here.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A service whose calls are logged and counted.
#[derive(Clone)]
pub struct Trace<S> {
    pub inner: S,
    pub meter: Arc<CallMeter>,
}

impl<S, B> Service<Request<B>> for Trace<S>
where
    S: Service<Request<Counted<B>>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<TracedBody>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut call = Call::begin(&request, self.meter.clone());
        let received = call.received.clone();
        let request = request.map(|body| Counted { body, bytes: received });
        let response = call.span.in_scope(|| self.inner.call(request)).instrument(call.span.clone());
        Box::pin(async move {
            let mut response = response.await?;
            call.read_status(response.headers());
            response.headers_mut().insert(REQUEST_ID, call.id.clone());
            Ok(response.map(|body| TracedBody { body, call }))
        })
    }
}

/// The body of a request, with the number of bytes that were read of it.
pub struct Counted<B> {
    body: B,
    bytes: Arc<AtomicU64>,
}

impl<B: http_body::Body<Data = Bytes> + Unpin> http_body::Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.bytes.fetch_add(size(frame), Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
        let frame = ready!(call.span.in_scope(|| Pin::new(body).poll_frame(context)));
        if let Some(Ok(frame)) = &frame {
            call.sent += size(frame);
            match frame.trailers_ref() {
                Some(trailers) => call.read_status(trailers),
                None => _ = call.first.get_or_insert_with(|| call.begin.elapsed()),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

fn size(frame: &Frame<Bytes>) -> u64 {
    frame.data_ref().map_or(0, |data| data.remaining() as u64)
}

/// A call until its response has been sent or dropped.
struct Call {
    span: Span,
    meter: Arc<CallMeter>,
    method: Method,
    id: HeaderValue,
    /// Whether it is one of the many checks of health, whose lines would hide all others.
    is_check: bool,
    begin: Instant,
    /// When the first part of the response left.
    first: Option<Duration>,
    /// Bytes of the request, as they came over the network.
    received: Arc<AtomicU64>,
    /// Bytes of the response.
    sent: u64,
    status: Code,
}

impl Call {
    fn begin<B>(request: &Request<B>, meter: Arc<CallMeter>) -> Self {
        let path = request.uri().path();
        let id = request_id(request.headers());
        let peer = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
        let span = tracing::info_span!(
            target: CALLS,
            "call",
            method = cut(path),
            peer = peer.map(field::display),
            // The name of the caller's key, once it is known.
            key = field::Empty,
            request_id = id.to_str().unwrap_or_default(),
            key = field::Empty,
        );
        traces::adopt(&span, request.headers());
        Self {
            span,
            method: meter.begin(path),
            meter,
            id,
            is_check: path.starts_with("/grpc.health."),
            begin: Instant::now(),
            first: None,
            received: Arc::default(),
            sent: 0,
            // A call without a status was cancelled.
            status: Code::Cancelled,
        }
    }

    /// The status is in the trailers, or in the headers of a response without messages.
    fn read_status(&mut self, headers: &HeaderMap) {
        let Some(status) = headers.get("grpc-status") else { return };
        self.status = Code::from_bytes(status.as_bytes());
        if !matches!(self.status, Code::ResourceExhausted | Code::Unavailable | Code::Unauthenticated) {
            return;
        }
        // What the client is told is what is counted.
        let status = Status::from_header_map(headers);
        if let Some(info) = status.and_then(|status| status.get_details_error_info()) {
            self.meter.refuse(&info.reason);
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Self { span, meter, method, begin, first, received, sent, status, .. } = self;
        let took = begin.elapsed();
        meter.end(method.clone(), *status, took);
        if *status != Code::Ok {
            traces::set_failed(span, *status);
        }
        // Plain numbers, for programs that read the log.
        let seconds = |time: Duration| time.as_millis() as f64 / 1000.0;
        let (seconds, first_seconds) = (seconds(took), first.map(seconds));
        let received_bytes = received.load(Relaxed);
        span.in_scope(|| match self.is_check {
            true => tracing::debug!(target: CALLS, ?status, seconds, "the call ended"),
            false => {
                tracing::info!(target: CALLS, ?status,
                    seconds,
                    first_seconds,
                    received_bytes,
                    sent_bytes = sent,
                    "the call ended"
                )
            }
        });
    }
}

/// The id of a call: what its client gave, or else a new one.
pub fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = [&REQUEST_ID, &HeaderName::from_static("traceparent")];
    given.into_iter().filter_map(|name| headers.get(name)).find_map(printable).unwrap_or_else(new_id)
}

/// An id that a client gave, as long as it may be.
fn printable(value: &HeaderValue) -> Option<HeaderValue> {
    value
        .to_str()
        .ok()
        .filter(|value| !value.is_empty())
        .and_then(|value| HeaderValue::from_str(cut(value)).ok())
}

/// An id for a call that has none.
fn new_id() -> HeaderValue {
    HeaderValue::try_from(format!("{:016x}", fastrand::u64(..))).unwrap_or(HeaderValue::from_static("0"))
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(FIELD).map_or(text, |(end, _)| &text[..end])
}
