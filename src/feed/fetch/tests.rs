//! Redirects from a host on the internet: here a name that the client believes to be at this machine.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    Router,
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect},
};
use tokio::net::TcpListener;

use super::*;

/// Serves `/feed`, and redirects from `/to/ADDRESS` to `http://ADDRESS:PORT/feed`.
async fn host() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = move |uri: Uri| async move {
        match uri.path().strip_prefix("/to/") {
            Some(to) => Redirect::to(&format!("http://{to}:{}/feed", address.port())).into_response(),
            None if uri.path() == "/feed" => "a feed".into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    address
}

#[tokio::test]
async fn no_redirect_leads_into_a_network() {
    let host = host().await;
    let limits = FetchLimits { pause: Duration::ZERO, ..FetchLimits::default() };
    let fetcher = Fetcher::with(Client::builder().resolve("feeds.example", host), limits).unwrap();
    let get = async |to: &str| {
        let url = format!("http://feeds.example:{}/{to}", host.port()).parse().unwrap();
        fetcher.get(&url, None).await
    };
    assert!(matches!(get("feed").await, Ok(Fetched::New { bytes, .. }) if bytes == b"a feed"));
    assert!(matches!(get("to/feeds.example").await, Ok(Fetched::New { .. })));
    for to in ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0x7f000001"] {
        let error = get(&format!("to/{to}")).await.unwrap_err();
        assert_eq!(error.cause, FetchCause::Private, "{error}");
        assert!(!error.url.contains("feeds.example"), "{error}");
    }
}
