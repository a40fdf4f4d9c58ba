//! Feeds are fetched politely and within limits, from servers that may be hostile.

use std::{
    io::Write,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use flate2::{Compression, write::GzEncoder};
use futures::{StreamExt, stream};
use rcgen::{CertificateParams, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, rustls};
use triglot::feed::fetch::{FetchCause, FetchError, FetchLimits, Fetched, Fetcher, Validators};
use url::Url;

const FEED: &str = "<rss><channel><title>The mill</title></channel></rss>";

/// A host with a feed at some paths.
struct Site {
    url: Url,
    seen: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Site {
    /// A host whose robots.txt has this answer, and which answers all else with `feed`.
    async fn with(
        robots: impl Fn() -> Response + Clone + Send + Sync + 'static,
        feed: impl Fn(&str) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let seen = Arc::<Mutex<Vec<_>>>::default();
        let log = Arc::clone(&seen);
        let answer = move |request: Request| {
            let path = request.uri().path().to_owned();
            let answer = if path == "/robots.txt" { robots() } else { feed(&path) };
            log.lock().expect("no thread panicked").push((path, request.headers().clone()));
            async move { answer }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url: format!("http://{address}/").parse().expect("it is an address"), seen }
    }

    /// A host without a robots.txt.
    async fn of(feed: impl Fn(&str) -> Response + Clone + Send + Sync + 'static) -> Self {
        Self::with(|| StatusCode::NOT_FOUND.into_response(), feed).await
    }

    /// A host with a robots.txt.
    async fn with_robots(robots: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Self {
        Self::with(robots, |_| FEED.into_response()).await
    }

    fn at(&self, path: &str) -> Url {
        self.url.join(path).expect("it is an address")
    }

    /// The paths of all requests.
    fn paths(&self) -> Vec<String> {
        self.seen.lock().expect("no thread panicked").iter().map(|(path, _)| path.clone()).collect()
    }

    /// A header of the last request.
    fn last(&self, name: header::HeaderName) -> Option<String> {
        let seen = self.seen.lock().expect("no thread panicked");
        let value = seen.last().expect("there was a request").1.get(name)?;
        Some(value.to_str().expect("it is text").to_owned())
    }
}

/// A fetcher for hosts on this machine, without pauses.
fn fetcher(change: impl FnOnce(&mut FetchLimits)) -> Fetcher {
    let mut limits = FetchLimits { pause: Duration::ZERO, private: true, ..FetchLimits::default() };
    change(&mut limits);
    Fetcher::new(limits).expect("it starts")
}

async fn bytes(fetcher: &Fetcher, url: &Url) -> Result<Vec<u8>, FetchError> {
    match fetcher.get(url, None).await? {
        Fetched::New { bytes, .. } => Ok(bytes),
        Fetched::Unchanged => panic!("it cannot know that"),
    }
}

async fn cause(fetcher: &Fetcher, url: &Url) -> FetchCause {
    bytes(fetcher, url).await.expect_err("it cannot be fetched").cause
}

/// A body that never ends.
fn endless(part: &'static [u8]) -> Response {
    Body::from_stream(stream::repeat(Bytes::from_static(part)).map(Ok::<_, std::io::Error>)).into_response()
}

#[tokio::test]
async fn an_unchanged_feed_is_not_sent_again() {
    let site = Site::of(|_| {
        let headers = [
            (header::CONTENT_TYPE, "application/rss+xml; charset=utf-8"),
            (header::ETAG, "\"one\""),
            (header::LAST_MODIFIED, "Sat, 28 Nov 2026 08:00:00 GMT"),
        ];
        (headers, FEED).into_response()
    })
    .await;
    let fetcher = fetcher(|_| {});
    let feed = site.at("/feed");
    let answer = fetcher.get(&feed, None).await.expect("it arrives");
    let Fetched::New { bytes, media_type, validators, url } = answer else { panic!("it is new") };
    assert_eq!((bytes.as_slice(), url), (FEED.as_bytes(), feed));
    assert_eq!(media_type.as_deref(), Some("application/rss+xml; charset=utf-8"));
    let agent = site.last(header::USER_AGENT).expect("it has a name");
    assert!(agent.starts_with(concat!("triglot/", env!("CARGO_PKG_VERSION"))), "{agent}");
    assert_eq!(site.last(header::IF_NONE_MATCH), None);
    let date = "Sat, 28 Nov 2026 08:00:00 GMT".to_owned();
    assert_eq!(
        validators,
        Validators { etag: Some("\"one\"".to_owned()), last_modified: Some(date.clone()) }
    );

    let site = Site::of(|_| StatusCode::NOT_MODIFIED.into_response()).await;
    let answer = fetcher.get(&site.at("/feed"), Some(&validators)).await;
    assert_eq!(answer.expect("it answers"), Fetched::Unchanged);
    assert_eq!(site.last(header::IF_NONE_MATCH).as_deref(), Some("\"one\""));
    assert_eq!(site.last(header::IF_MODIFIED_SINCE), Some(date));
}

#[tokio::test]
async fn the_limit_of_bytes_counts_what_is_decompressed() {
    let pack = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("a vector can be written");
        Bytes::from(encoder.finish().expect("a vector can be written"))
    };
    let (feed, bomb) = (pack(FEED.as_bytes()), pack(&vec![b' '; 1 << 20]));
    let site = Site::of(move |path| match path {
        "/endless" => endless(b"<item/>"),
        "/packed" => ([(header::CONTENT_ENCODING, "gzip")], feed.clone()).into_response(),
        "/bomb" => ([(header::CONTENT_ENCODING, "gzip")], bomb.clone()).into_response(),
        _ => ([(header::CONTENT_ENCODING, "br")], FEED).into_response(),
    })
    .await;
    let fetcher = fetcher(|limits| limits.bytes = 10_000);
    assert_eq!(cause(&fetcher, &site.at("/endless")).await, FetchCause::TooLong(10_000));
    assert_eq!(bytes(&fetcher, &site.at("/packed")).await.expect("it arrives"), FEED.as_bytes());
    assert_eq!(cause(&fetcher, &site.at("/bomb")).await, FetchCause::TooLong(10_000));
    assert!(
        matches!(cause(&fetcher, &site.at("/brotli")).await, FetchCause::Failed(reason) if reason.contains("br"))
    );
}

#[tokio::test]
async fn a_body_that_does_not_arrive_ends_at_the_limit_of_time() {
    let site = Site::of(|_| {
        let part = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"<rss>")) });
        Body::from_stream(part.chain(stream::pending())).into_response()
    })
    .await;
    let time = Duration::from_millis(200);
    assert_eq!(
        cause(&fetcher(|limits| limits.time = time), &site.at("/feed")).await,
        FetchCause::TooSlow(time)
    );
}

#[tokio::test]
async fn redirects_are_followed_to_a_limit() {
    let site = Site::of(|path| match path {
        "/old" => Redirect::permanent("/new").into_response(),
        "/new" => FEED.into_response(),
        "/nowhere" => StatusCode::FOUND.into_response(),
        "/file" => Redirect::to("file:///etc/passwd").into_response(),
        _ => Redirect::to("/loop").into_response(),
    })
    .await;
    let fetcher = fetcher(|_| {});
    let Ok(Fetched::New { url, .. }) = fetcher.get(&site.at("/old"), None).await else {
        panic!("it arrives")
    };
    assert_eq!(url, site.at("/new"));
    assert_eq!(cause(&fetcher, &site.at("/nowhere")).await, FetchCause::Redirect);
    assert_eq!(cause(&fetcher, &site.at("/file")).await, FetchCause::Scheme);
    assert_eq!(cause(&fetcher, &site.at("/loop")).await, FetchCause::Redirects(5));
    assert_eq!(site.paths().iter().filter(|path| *path == "/loop").count(), 6);
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host() {
    let other = Site::of(|_| FEED.into_response()).await;
    let to = other.at("/feed");
    let site = Site::of(move |_| Redirect::to(to.as_str()).into_response()).await;
    let mut url = site.at("/feed");
    url.set_username("ann").and_then(|()| url.set_password(Some("secret"))).expect("it has a host");
    bytes(&fetcher(|_| {}), &url).await.expect("it arrives");
    assert_eq!(site.last(header::AUTHORIZATION).as_deref(), Some("Basic YW5uOnNlY3JldA=="));
    assert_eq!(other.last(header::AUTHORIZATION), None);
}

#[tokio::test]
async fn this_machine_is_reached_only_if_that_is_allowed() {
    let site = Site::of(|_| FEED.into_response()).await;
    let strict = fetcher(|limits| limits.private = false);
    let mut by_name = site.at("/feed");
    by_name.set_host(Some("localhost")).expect("it is a name");
    for url in [site.at("/feed"), by_name.clone()] {
        let error = bytes(&strict, &url).await.expect_err("it is refused");
        assert_eq!(error.cause, FetchCause::Private, "{error}");
        assert!(error.to_string().contains(url.as_str()), "{error}");
    }
    assert!(site.paths().is_empty(), "{:?}", site.paths());
    assert_eq!(bytes(&fetcher(|_| {}), &by_name).await.expect("it arrives"), FEED.as_bytes());
}

#[tokio::test]
async fn robots_txt_is_obeyed_and_read_once() {
    let site = Site::with_robots(|| {
        "User-agent: *\nDisallow: /\n\nUser-agent: Triglot\nDisallow: /private\nAllow: /private/feed"
            .into_response()
    })
    .await;
    let fetcher = fetcher(|_| {});
    assert_eq!(cause(&fetcher, &site.at("/private/other")).await, FetchCause::Robots);
    assert!(bytes(&fetcher, &site.at("/private/feed")).await.is_ok());
    assert!(bytes(&fetcher, &site.at("/feed")).await.is_ok());
    assert_eq!(site.paths(), ["/robots.txt", "/private/feed", "/feed"]);
}

#[tokio::test]
async fn a_redirect_asks_robots_txt_as_well() {
    let to = |site: &Site| site.at("/feed");
    let other = Site::with_robots(|| "User-agent: *\nDisallow: /feed".into_response()).await;
    let target = to(&other);
    let site = Site::of(move |_| Redirect::to(target.as_str()).into_response()).await;
    let error = bytes(&fetcher(|_| {}), &to(&site)).await.expect_err("it is forbidden");
    assert_eq!((error.cause, error.url), (FetchCause::Robots, to(&other).into()));
    assert_eq!(other.paths(), ["/robots.txt"]);
}

#[tokio::test]
async fn the_beginning_of_a_huge_robots_txt_counts() {
    let site = Site::with_robots(|| {
        let rules = stream::once(async { Ok(Bytes::from_static(b"User-agent: *\nDisallow: /private\n")) });
        let more = stream::repeat(Bytes::from_static(b"Disallow: /feed-of-others\n"));
        Body::from_stream(rules.chain(more.map(Ok::<_, std::io::Error>))).into_response()
    })
    .await;
    let fetcher = fetcher(|_| {});
    assert_eq!(cause(&fetcher, &site.at("/private")).await, FetchCause::Robots);
    assert!(bytes(&fetcher, &site.at("/feed")).await.is_ok());
}

#[tokio::test]
async fn a_host_whose_robots_txt_fails_is_left_alone_for_now() {
    let site = Site::with_robots(|| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    let fetcher = fetcher(|_| {});
    for _ in 0..2 {
        let error = bytes(&fetcher, &site.at("/feed")).await.expect_err("it may be forbidden");
        assert!(
            matches!(&error.cause, FetchCause::RobotsUnavailable { reason, .. } if reason.contains("500")),
            "{error}"
        );
        assert!(error.retry_after() > Some(Duration::from_secs(500)), "{error}");
    }
    assert_eq!(site.paths(), ["/robots.txt"]);
    let url = "http://127.0.0.1:1/feed".parse().expect("it is an address");
    assert!(
        matches!(cause(&fetcher, &url).await, FetchCause::RobotsUnavailable { .. }),
        "nobody listens there"
    );
}

#[tokio::test]
async fn a_busy_host_says_when_to_come_back() {
    let site = Site::of(|path| match path {
        "/feed" => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")]).into_response(),
        "/gone" => StatusCode::GONE.into_response(),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    })
    .await;
    let fetcher = fetcher(|_| {});
    let error = bytes(&fetcher, &site.at("/feed")).await.expect_err("it is busy");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert_eq!(cause(&fetcher, &site.at("/")).await, FetchCause::Busy { status: 503, retry_after: None });
    assert_eq!(cause(&fetcher, &site.at("/gone")).await, FetchCause::Status(410));
}

#[tokio::test]
async fn a_host_gets_one_request_at_a_time() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let high = Arc::clone(&most);
    let site = Site::of(move |_| {
        high.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let now = Arc::clone(&now);
        let body = stream::once(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, std::io::Error>(Bytes::from_static(b"<rss/>"))
        });
        Body::from_stream(body).into_response()
    })
    .await;
    let fetcher = fetcher(|_| {});
    let urls: Vec<Url> = (0..5).map(|n| site.at(&format!("/{n}"))).collect();
    let all = futures::future::join_all(urls.iter().map(|url| bytes(&fetcher, url))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((most.load(Ordering::SeqCst), site.paths().len()), (1, 6));
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_refused() {
    let key = KeyPair::generate().expect("a key can be made");
    let names = ["localhost".to_owned()];
    let certificate = CertificateParams::new(names).and_then(|params| params.self_signed(&key));
    let certificate = certificate.expect("it can be signed").der().clone();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("it has versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.into())
            .expect("they belong together");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let url = format!("https://localhost:{port}/feed").parse().expect("it is an address");
    let error = bytes(&fetcher(|_| {}), &url).await.expect_err("nobody knows it");
    assert!(error.to_string().contains("certificate"), "{error}");
}
