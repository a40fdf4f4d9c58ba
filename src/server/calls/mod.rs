//! The layer that each call goes through: who calls, how many calls may run, how much memory and time each may take, and with which
//! status one ends that cannot finish.

mod answer;
mod body;
mod deadline;
mod memory;
mod messages;

use std::{
    convert::Infallible,
    future::{pending, ready},
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Instant, sleep_until},
};
use tokio_util::{bytes::Bytes, sync::CancellationToken};
use tonic::{Extensions, Status, body::Body, service::Routes, transport::server::TcpConnectInfo};
use tower::{BoxError, Service};
use tracing::Span;

pub(super) use self::memory::Share;
use self::{
    answer::Answer,
    deadline::Deadline,
    memory::Memory,
    messages::{MessageLimits, Messages, More},
};
use super::{
    Keys, Limits,
    connections::{Open, OpenCall, network},
    error::ServiceError,
};
use crate::engine::Caller;

/// Health checks at once. They have places of their own, so that no other call can make a server look ill.
const CHECKS: usize = 128;
/// Calls at once whose first message has not arrived. They take no place of those that run, or a client that sends nothing could
/// keep all others out.
const ARRIVING: usize = 8192;

/// The share of the memory for bodies over HTTP that come before their keys.
const STRANGERS: usize = 8;

/// Limits on calls.
#[derive(Debug, Clone)]
pub struct CallLimits {
    /// Most unary calls at once.
    pub calls: usize,
    /// Most streams at once.
    pub streams: usize,
    /// Memory for the messages of all requests, in bytes.
    pub memory: usize,
    /// Longest wait for a message that has begun, for the first one, and for the end of a unary request.
    pub message: Duration,
}

/// The deadline of a request that came through this layer.
pub(super) fn deadline(extensions: &Extensions) -> Option<std::time::Instant> {
    extensions.get().map(|Deadline(deadline)| deadline.into_std())
}

/// Who makes a request that came through this layer.
pub(super) fn caller(extensions: &Extensions) -> Caller {
    extensions.get().cloned().unwrap_or_default()
}

/// The memory of all requests, for a stream that keeps more than its last message.
pub(super) fn memory(extensions: &Extensions) -> Result<&Memory, ServiceError> {
    // Every request that came through this layer has it.
    extensions.get().ok_or(ServiceError::Lost)
}

/// What all calls share.
pub(super) struct Calls {
    keys: Option<Keys>,
    arriving: Arc<Semaphore>,
    unary: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    checks: Arc<Semaphore>,
    memory: Memory,
    /// A part of it for bodies over HTTP that come before their keys.
    strangers: Memory,
    messages: MessageLimits,
    /// Longest silence of a client of reflection.
    idle: Duration,
    /// No call may begin any more.
    stopping: CancellationToken,
    /// No call may run any more.
    stopped: CancellationToken,
}

/// What a call holds until its response has been sent.
struct Held {
    memory: Share,
    /// First among the calls that arrive, then among those that run.
    place: OwnedSemaphorePermit,
    running: Arc<Semaphore>,
    /// What there are too many of if no place is free among `running`.
    many: &'static str,
    _open: OpenCall,
}

impl Held {
    /// The first message is there, and the call wants to run.
    fn begin(&mut self) -> Result<(), ServiceError> {
        let place = self.running.clone().try_acquire_owned();
        self.place = place.map_err(|_| ServiceError::TooMany(self.many))?;
        Ok(())
    }
}

impl Calls {
    /// `message_bytes`: longest message.
    pub fn new(
        keys: Option<Keys>,
        limits: &Limits,
        message_bytes: usize,
        stopping: CancellationToken,
        stopped: CancellationToken,
    ) -> Self {
        let Limits { calls: limits, idle, .. } = limits;
        let places = |most: usize| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self {
            keys,
            arriving: places(ARRIVING),
            unary: places(limits.calls),
            streams: places(limits.streams),
            checks: places(CHECKS),
            memory: Memory::new(limits.memory),
            strangers: Memory::new(limits.memory / STRANGERS),
            messages: MessageLimits {
                bytes: message_bytes,
                time: limits.message,
                more: More::Nothing,
                gzip: false,
            },
            idle: *idle,
            stopping,
            stopped,
        }
    }

    /// The keys of callers; `None`: everybody may call.
    pub fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }

    /// Finds out who calls, and leaves it in the extensions: the caller with the key, or without keys all at one address.
    fn identify<B>(&self, kind: Kind, request: &mut Request<B>) -> Result<(), ServiceError> {
        let Some(keys) = &self.keys else {
            let peer = request.extensions().get().and_then(TcpConnectInfo::remote_addr);
            let caller = peer.map(|peer| Caller::from(&*network(peer.ip()).to_string()));
            caller.map(|caller| request.extensions_mut().insert(caller));
            return Ok(());
        };
        if matches!(kind, Kind::Check | Kind::Watch) {
            return Ok(());
        }
        let key = keys.find(request.headers())?;
        Span::current().record("key", key.name().as_str());
        key.count_call()?;
        request.extensions_mut().insert(key.caller.clone());
        request.extensions_mut().insert(key);
        Ok(())
    }

    /// Lets a call of this kind arrive.
    fn admit<B>(&self, kind: Kind, open: &Open, request: &mut Request<B>) -> Result<Held, ServiceError> {
        if self.stopping.is_cancelled() {
            return Err(ServiceError::Stopping);
        }
        self.identify(kind, request)?;
        request.extensions_mut().insert(self.memory.clone());
        let (running, many) = match kind {
            Kind::Unary => (&self.unary, "calls"),
            Kind::Check => (&self.checks, "health checks"),
            Kind::Watch | Kind::Reflection | Kind::Text => (&self.streams, "streams"),
        };
        let place = self.arriving.clone().try_acquire_owned();
        let place = place.map_err(|_| ServiceError::TooMany("calls without a message"))?;
        Ok(Held { memory: self.memory.share(), place, running: running.clone(), many, _open: open.enter() })
    }

    /// The limits on the request of a call.
    fn messages(&self, kind: Kind, headers: &HeaderMap) -> MessageLimits {
        let more = match kind {
            Kind::Unary | Kind::Check | Kind::Watch => More::Nothing,
            // Their own limit also counts the answers.
            Kind::Text => More::Anytime,
            Kind::Reflection => More::Within(self.idle),
        };
        let gzip = headers.get("grpc-encoding").is_some_and(|encoding| encoding == "gzip");
        MessageLimits { more, gzip, ..self.messages }
    }

    /// Completes when a call must end, with its status.
    async fn end(self: Arc<Self>, deadline: Option<Instant>, fault: oneshot::Receiver<Status>) -> Status {
        let late = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        let error = tokio::select! {
            // The sender may be dropped, and then there is no fault.
            Ok(status) = fault => return status,
            () = late => ServiceError::Late,
            () = self.stopped.cancelled() => ServiceError::Cut,
        };
        error.into()
    }
}

/// What a call is, for the limits.
#[derive(Clone, Copy)]
enum Kind {
    Unary,
    /// A health check.
    Check,
    /// A stream of the health.
    Watch,
    Reflection,
    /// A stream of text.
    Text,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path.rsplit_once('/') {
            // These need no key, so their service counts, too.
            Some(("/grpc.health.v1.Health", "Check")) => Self::Check,
            Some(("/grpc.health.v1.Health", "Watch")) => Self::Watch,
            Some((_, "ServerReflectionInfo")) => Self::Reflection,
            Some((_, "TranslateArticles")) => Self::Text,
            Some((_, name)) if name.ends_with("Stream") => Self::Text,
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
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request<B>>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let kind = Kind::of(request.uri().path());
        let held = match self.calls.admit(kind, &self.open, &mut request) {
            Ok(held) => Arc::new(Mutex::new(held)),
            Err(error) => return Box::pin(ready(Ok(Status::from(error).into_http()))),
        };
        let (fault, faults) = oneshot::channel();
        let deadline = deadline::of(request.headers());
        if let Some(deadline) = deadline {
            request.extensions_mut().insert(Deadline(deadline));
        }
        let end = self.calls.clone().end(deadline, faults);
        let mut end: BoxFuture<'static, Status> = Box::pin(end);
        let limits = self.calls.messages(kind, request.headers());
        let messages = |body| Messages::new(body, limits, held.clone(), fault);
        let response = self.routes.call(request.map(messages));
        Box::pin(async move {
            tokio::select! {
                biased;
                status = &mut end => Ok(status.into_http()),
                response = response => Ok(response?.map(|body| Body::new(Answer::new(body, end, held)))),
            }
        })
    }
}
