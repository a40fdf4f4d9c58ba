//! The way from a request over HTTP to the services of this process: the layers that calls over gRPC go through, without a network.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::Router;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header::AUTHORIZATION, request::Parts};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio_util::bytes::Bytes;
use tonic::{Status, body::Body, transport::server::TcpConnectInfo};
use tower::{BoxError, Service, ServiceExt, util::BoxCloneSyncService};

use crate::{
    server::{
        calls::Share,
        connections::{Open, OpenCall},
    },
    telemetry::{REQUEST_ID, request_id},
    wire::proto::translation_service_client::TranslationServiceClient,
};

/// The services with their layers, for one connection.
type Services = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// One connection: its requests go to the doors, with the services that they call.
#[derive(Clone)]
pub struct Connected {
    services: Services,
    doors: Router,
    open: Open,
}

/// The body of an answer. Until it has been sent, its request is open, and it has its part of the memory.
pub struct Sent {
    body: axum::body::Body,
    _open: OpenCall,
    _memory: Option<Arc<Share>>,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Connected {
    pub fn new<S, B>(services: S, doors: Router, open: Open) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let services = services.map_response(|response: Response<B>| response.map(Body::new));
        Self { services: BoxCloneSyncService::new(services), doors, open }
    }
}

impl Service<Request<Incoming>> for Connected {
    type Response = Response<Sent>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Incoming>>::poll_ready(&mut self.doors, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.services.clone());
        // The calls of a request have its id, and so has its answer.
        let id = request_id(request.headers());
        request.headers_mut().insert(REQUEST_ID, id.clone());
        let open = self.open.enter();
        let answer = self.doors.call(request);
        Box::pin(async move {
            let mut answer = answer.await?;
            answer.headers_mut().insert(REQUEST_ID, id);
            let memory = answer.extensions_mut().remove();
            Ok(answer.map(|body| Sent { body, _open: open, _memory: memory }))
        })
    }
}

/// Before the key, in the header that DeepL's clients send.
const DEEPL: &str = "DeepL-Auth-Key ";
/// Headers that mean the same on both sides.
const PASSED: [HeaderName; 3] = [AUTHORIZATION, HeaderName::from_static("traceparent"), REQUEST_ID];

/// The services for one request: its calls have the address, the key and the id of its client.
#[derive(Clone)]
pub struct Grpc {
    services: Services,
    headers: HeaderMap,
    peer: Option<TcpConnectInfo>,
}

impl Grpc {
    /// # Errors
    /// If the request did not come through the listener.
    pub fn of(request: &Parts) -> Result<Self, Status> {
        let services = request.extensions.get::<Services>();
        let services = services.ok_or_else(|| Status::internal("the request has no connection"))?;
        let passed =
            PASSED.into_iter().filter_map(|name| Some((name.clone(), request.headers.get(name)?.clone())));
        let grpc = Self {
            services: services.clone(),
            headers: passed.collect(),
            peer: request.extensions.get().cloned(),
        };
        let given = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Ok(grpc.with_key(given.and_then(|value| value.strip_prefix(DEEPL))))
    }

    /// The same with a key that came in another place than ours.
    pub fn with_key(mut self, key: Option<&str>) -> Self {
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            // What is no header is no key, and the server does not know it.
            let bearer = HeaderValue::try_from(format!("Bearer {key}"));
            self.headers.insert(AUTHORIZATION, bearer.unwrap_or(HeaderValue::from_static("Bearer")));
        }
        self
    }

    /// The headers of its calls.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub fn translation(self) -> TranslationServiceClient<Self> {
        // Answers are as long as they are; their length was decided when the request was let in.
        TranslationServiceClient::new(self).max_decoding_message_size(usize::MAX)
    }
}

impl Service<Request<Body>> for Grpc {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Services as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.services.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        request.headers_mut().extend(self.headers.clone());
        if let Some(peer) = &self.peer {
            request.extensions_mut().insert(peer.clone());
        }
        self.services.call(request)
    }
}
