//! The listener of the operator, over HTTP/1: metrics, and whether the server lives and is ready. It knows nothing of any text.

mod metrics;
mod process;

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use http::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::Monitor;

/// Connections at once; others wait.
const CONNECTIONS: usize = 64;
/// Longest time of a connection. A scrape takes milliseconds, and each comes with a connection of its own.
const LONGEST: Duration = Duration::from_secs(10);
/// Time without another try when a connection cannot be accepted.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers until it is dropped.
pub async fn run(listener: TcpListener, monitor: Monitor) {
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(monitor);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // It is never closed.
    while let Ok(place) = places.clone().acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(routes.clone());
        tokio::spawn(async move {
            let mut http = http1::Builder::new();
            http.keep_alive(false).timer(TokioTimer::new());
            // What fails here, only the peer has to know.
            let _ = timeout(LONGEST, http.serve_connection(TokioIo::new(stream), service)).await;
            drop(place);
        });
    }
}

async fn metrics(State(monitor): State<Monitor>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::text(&monitor))
}

async fn ready(State(monitor): State<Monitor>) -> impl IntoResponse {
    match monitor.is_ready() {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the models are loading, or the server is stopping\n"),
    }
}
