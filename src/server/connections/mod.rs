//! The connections of clients: how many there may be, how long each may last, and how all of them end.
//!
//! tonic's own loop counts no connections, gives a silent one all the time it wants, and spins when the process has no file
//! left, so this loop takes its place.

mod connection;
mod places;
mod seldom;
mod tls;

use std::{io, time::Duration};

use http::{Request, Response};
use hyper::body::Incoming;
use prometheus_client::metrics::gauge::Gauge;
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::transport::server::{Connected, TcpConnectInfo};
use tower::{BoxError, Service, util::MapRequest};

pub use self::tls::{Tls, TlsError, TlsFiles};
use self::{connection::Connection, places::Places, seldom::Seldom};
pub(super) use self::{
    connection::{Open, OpenCall},
    places::network,
};

/// Time without another try when a connection cannot be accepted, as when the process has no file left.
const PAUSE: Duration = Duration::from_millis(200);

/// Limits on connections.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Most connections at once.
    pub total: usize,
    /// Most connections at once from one address; for IPv6, from one network of 64 bits.
    pub per_peer: usize,
    /// Most calls at once on one connection.
    pub calls: u32,
    /// Time for the handshakes.
    pub handshake: Duration,
    /// Longest time without a call.
    pub idle: Duration,
    /// Age at which a connection takes no new calls, give or take a tenth; `None`: any age.
    pub age: Option<Duration>,
}

/// Where connections come in.
pub(super) struct Entrance {
    pub listener: TcpListener,
    pub tls: Option<Tls>,
    /// Whether HTTP/1.1 is spoken beside HTTP/2.
    pub http1: bool,
}

/// The connections of all entrances.
pub(super) struct Connections {
    limits: ConnectionLimits,
    places: Places,
    stopping: CancellationToken,
}

impl Connections {
    /// `count` has the number of open ones.
    pub fn new(limits: ConnectionLimits, count: Gauge, stopping: CancellationToken) -> Self {
        let places = Places::new(limits.total, limits.per_peer, count);
        Self { limits, places, stopping }
    }

    /// Accepts connections until `stopping`, and serves each with a service of its own that `service` makes. Returns when the last
    /// connection has ended. Dropping this future closes all connections.
    pub async fn accept<S, B>(&self, entrance: Entrance, service: impl Fn(Open) -> S)
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Error: Into<BoxError>, Data: Send> + Send + 'static,
    {
        let Entrance { listener, tls, http1 } = entrance;
        let mut tasks = JoinSet::new();
        let (mut refused, mut failed) = (Seldom::default(), Seldom::default());
        loop {
            let accepted = tokio::select! {
                () = self.stopping.cancelled() => break,
                // Forgets the connections that have ended.
                Some(_) = tasks.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Some(place) = self.places.take(peer.ip()) else {
                        refused.note(
                            |times| tracing::warn!(%peer, times, "refused connections: too many are open"),
                        );
                        continue;
                    };
                    // Fails only if the peer has gone.
                    let _ = stream.set_nodelay(true);
                    let info = stream.connect_info();
                    let open = Open::default();
                    let inner = MapRequest::new(service(open.clone()), move |request| with(&info, request));
                    let connection = Connection {
                        open,
                        limits: self.limits.clone(),
                        http1,
                        stopping: self.stopping.clone(),
                    };
                    let tls = tls.as_ref().map(|tls| tls.acceptor(http1));
                    tasks.spawn(async move {
                        match tls {
                            Some(tls) => connection.serve_encrypted(stream, &tls, inner).await,
                            None => connection.serve(stream, inner).await,
                        }
                        drop(place);
                    });
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    failed.note(|times| tracing::error!(%error, times, "cannot accept connections"));
                    // Ends early if the server stops.
                    let _ = timeout(PAUSE, self.stopping.cancelled()).await;
                }
            }
        }
        drop(listener);
        while tasks.join_next().await.is_some() {}
    }
}

/// A request that knows its connection's addresses.
fn with(info: &TcpConnectInfo, mut request: Request<Incoming>) -> Request<Incoming> {
    request.extensions_mut().insert(info.clone());
    request
}

/// Whether only the accepted connection failed, which has ended already.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
