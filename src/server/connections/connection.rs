//! The life of one connection: the handshake, the calls, and the end.

use std::{
    future::pending,
    hash::{BuildHasher, RandomState},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{io::InspectReader, sync::CancellationToken};
use tower::{BoxError, Service};

use super::ConnectionLimits;

/// A silent peer is pinged after this time, and has the same time to answer.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Unread bytes of one call. The connection's window holds those of all calls, so that a stream that is slowed down never blocks
/// another one.
const UNREAD: u32 = 64 << 10;
/// Unsent bytes of one call.
const UNSENT: usize = 64 << 10;
/// Longest headers of one call, in bytes.
const HEADERS: u32 = 16 << 10;
/// What a client of HTTP/2 sends at once, in bytes: the preface and the head of its settings.
const PREFACE: usize = 24 + 9;
/// Time for the peer to close its side, after the last call of a connection that is to end.
const CLOSING: Duration = Duration::from_secs(5);

/// The number of calls that are open on a connection. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::server) struct Open(Arc<watch::Sender<usize>>);

/// A call, open until this is dropped.
pub(in crate::server) struct OpenCall(Open);

impl Open {
    pub fn enter(&self) -> OpenCall {
        self.0.send_modify(|calls| *calls += 1);
        OpenCall(self.clone())
    }

    /// Completes when no call has been open for this time.
    async fn idle(&self, time: Duration) {
        let mut calls = self.0.subscribe();
        // The sender is not dropped before `self`.
        while calls.wait_for(|calls| *calls == 0).await.is_ok()
            && timeout(time, calls.changed()).await.is_ok()
        {}
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.0.0.send_modify(|calls| *calls -= 1);
    }
}

/// What a connection needs beside its stream.
pub(super) struct Connection {
    pub open: Open,
    pub limits: ConnectionLimits,
    pub http1: bool,
    pub stopping: CancellationToken,
}

impl Connection {
    /// Like [`Self::serve`], after the handshake of TLS.
    pub async fn serve_encrypted<S, B>(self, stream: TcpStream, tls: &TlsAcceptor, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Error: Into<BoxError>, Data: Send> + Send + 'static,
    {
        let accepted = tokio::select! {
            accepted = timeout(self.limits.handshake, tls.accept(stream)) => accepted,
            () = self.stopping.cancelled() => return,
        };
        match accepted {
            Ok(Ok(stream)) => self.serve(stream, service).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    /// Serves until the peer or a limit ends the connection. Running calls finish first.
    pub async fn serve<S, B>(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Error: Into<BoxError>, Data: Send> + Send + 'static,
    {
        let heard = Arc::new(AtomicUsize::new(0));
        let stream = InspectReader::new(stream, {
            let heard = heard.clone();
            move |bytes: &[u8]| _ = heard.fetch_add(bytes.len(), Relaxed)
        });
        let service = TowerToHyperService::new(service);
        let http = http(&self.limits, self.http1);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let silent = || heard.load(Relaxed) < PREFACE;
        let mute = async {
            sleep(self.limits.handshake).await;
            if !silent() {
                pending::<()>().await;
            }
        };
        tokio::select! {
            // The peer has gone, or it does not speak HTTP/2. A call that this ends is logged as cancelled.
            _ = connection.as_mut() => return,
            () = mute => return,
            () = self.stopping.cancelled() => {}
            () = self.open.idle(self.limits.idle) => {}
            () = old(self.limits.age) => {}
        }
        if silent() {
            return;
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            // The peer keeps its side open.
            () = self.open.idle(CLOSING) => {}
        }
    }
}

fn http(limits: &ConnectionLimits, http1: bool) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.handshake)
        .max_buf_size(HEADERS as usize);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.calls)
        .initial_stream_window_size(UNREAD)
        .initial_connection_window_size(limits.calls.saturating_mul(UNREAD).clamp(UNREAD, i32::MAX as u32))
        .max_header_list_size(HEADERS)
        .max_send_buf_size(UNSENT)
        .keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE);
    if http1 { http } else { http.http2_only() }
}

/// Completes at this age, give or take a tenth: the connections of a busy minute do not end in one minute again.
async fn old(age: Option<Duration>) {
    let Some(age) = age else { return pending().await };
    // A new state has new random keys.
    let random = RandomState::new().hash_one(()) % 1024;
    sleep(age.mul_f64(0.9 + 0.2 * random as f64 / 1024.0)).await;
}
