//! The layer that each call goes through: how many calls may run, how long each may take, and with which status one ends that is
//! not let finish.

mod answer;
mod deadline;

use std::{
    convert::Infallible,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use tokio_util::{bytes::Bytes, sync::CancellationToken};
use tonic::{Status, body::Body, service::Routes};
use tower::{BoxError, Service};

use self::answer::Answer;
use super::{
    connections::{Open, OpenCall},
    error::ServiceError,
};

/// Longer than any call lasts; keeps `Instant` from overflowing.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);
/// Health checks at once. They have places of their own, so that no other call can make a server look ill.
const CHECKS: usize = 128;

/// Limits on calls.
#[derive(Debug, Clone)]
pub struct CallLimits {
    /// Most unary calls at once.
    pub calls: usize,
    /// Most streams at once.
    pub streams: usize,
}

/// What all calls share.
pub(super) struct Calls {
    unary: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    checks: Arc<Semaphore>,
    /// No call may begin any more.
    stopping: CancellationToken,
    /// No call may run any more.
    stopped: CancellationToken,
}

/// What a call holds until its response has been sent.
struct Held {
    _place: OwnedSemaphorePermit,
    _open: OpenCall,
}

impl Calls {
    pub fn new(limits: &CallLimits, stopping: CancellationToken, stopped: CancellationToken) -> Self {
        let places = |most: usize| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self {
            unary: places(limits.calls),
            streams: places(limits.streams),
            checks: places(CHECKS),
            stopping,
            stopped,
        }
    }

    /// A place for a call of this method.
    fn admit(&self, method: &str) -> Result<OwnedSemaphorePermit, ServiceError> {
        if self.stopping.is_cancelled() {
            return Err(ServiceError::Stopping);
        }
        let (places, kind) = match Kind::of(method) {
            Kind::Unary => (&self.unary, "calls"),
            Kind::Stream => (&self.streams, "streams"),
            Kind::Check => (&self.checks, "health checks"),
        };
        places.clone().try_acquire_owned().map_err(|_| ServiceError::TooMany(kind))
    }

    /// Completes when a call must end, with its status.
    async fn end(self: Arc<Self>, deadline: Option<Instant>) -> Status {
        let deadline = deadline.unwrap_or_else(|| Instant::now() + FAR);
        let error = tokio::select! {
            () = sleep_until(deadline) => ServiceError::Late,
            () = self.stopped.cancelled() => ServiceError::Cut,
        };
        error.into()
    }
}

/// What a call is, for the limits.
enum Kind {
    Unary,
    Stream,
    Check,
}

impl Kind {
    fn of(method: &str) -> Self {
        match method.rsplit('/').next() {
            Some("Check") => Self::Check,
            Some("Watch" | "ServerReflectionInfo") => Self::Stream,
            Some(name) if name.ends_with("Stream") => Self::Stream,
            _ => Self::Unary,
        }
    }
}

/// The services of one connection, below this layer.
#[derive(Clone)]
pub(super) struct Guarded {
    pub calls: Arc<Calls>,
    pub open: Open,
    pub routes: Routes,
}

impl<B> Service<Request<B>> for Guarded
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request<B>>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let place = match self.calls.admit(request.uri().path()) {
            Ok(place) => place,
            Err(error) => return Box::pin(ready(Ok(Status::from(error).into_http()))),
        };
        let held = Held { _place: place, _open: self.open.enter() };
        let mut end: BoxFuture<'static, Status> =
            Box::pin(self.calls.clone().end(deadline::deadline(request.headers())));
        let response = self.routes.call(request);
        Box::pin(async move {
            tokio::select! {
                biased;
                status = &mut end => Ok(status.into_http()),
                response = response => Ok(response?.map(|body| Body::new(Answer::new(body, end, held)))),
            }
        })
    }
}
