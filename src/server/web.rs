//! gRPC-Web, for pages: a browser cannot speak gRPC itself. It may be HTTP/1.1, and the browser asks which pages may call (CORS).

use std::{
    convert::Infallible,
    str::FromStr,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use hyper::body::Incoming;
use tonic::body::Body;
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{BoxError, Layer, Service};
use tower_http::cors::{AllowMethods, AllowOrigin, Cors, CorsLayer};

/// What a page may send beside the headers that every page may.
const REQUEST_HEADERS: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-user-agent"),
];
/// What a page may read beside the headers that every page may.
const RESPONSE_HEADERS: [HeaderName; 4] = [
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-status-details-bin"),
    HeaderName::from_static("x-request-id"),
];
/// How long a browser remembers the answer.
const REMEMBERED: Duration = Duration::from_secs(2 * 60 * 60);

/// An origin of pages, such as `https://news.example`, or `*` for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an origin is * or has a scheme and a host and nothing after them, such as https://news.example")]
pub struct OriginError;

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let value = HeaderValue::from_str(text).map_err(|_| OriginError)?;
        let is_origin = || {
            let uri: Uri = text.parse().ok()?;
            // A browser sends it without a slash at the end, and compares byte by byte.
            let whole = format!("{}://{}", uri.scheme_str()?, uri.authority()?.as_str().to_lowercase());
            Some(whole == text && !text.contains('@'))
        };
        match text == "*" || is_origin().unwrap_or_default() {
            true => Ok(Self(value)),
            false => Err(OriginError),
        }
    }
}

/// A service of gRPC, and of gRPC-Web for pages of some origins.
#[derive(Clone)]
pub(super) struct Web<S> {
    grpc: S,
    /// `None`: no page may call.
    pages: Option<Cors<GrpcWebService<S>>>,
}

impl<S: Clone> Web<S> {
    pub fn new(grpc: S, origins: &[Origin]) -> Self {
        let pages = (!origins.is_empty())
            .then(|| cors(origins, [Method::POST]).layer(GrpcWebLayer::new().layer(grpc.clone())));
        Self { grpc, pages }
    }
}

/// Which pages may call.
pub(super) fn cors(origins: &[Origin], methods: impl Into<AllowMethods>) -> CorsLayer {
    let is_any = origins.iter().any(|Origin(value)| value == "*");
    let origins = match is_any {
        true => AllowOrigin::any(),
        false => AllowOrigin::list(origins.iter().map(|Origin(value)| value.clone())),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods(methods)
        .allow_headers(REQUEST_HEADERS)
        .expose_headers(RESPONSE_HEADERS)
        .max_age(REMEMBERED)
}

impl<S, R> Service<Request<Incoming>> for Web<S>
where
    S: Service<Request<Incoming>, Response = Response<R>, Error = Infallible, Future: Send + 'static>
        + Service<Request<Body>, Response = Response<R>, Error = Infallible, Future: Send + 'static>,
    R: http_body::Body<Data = tonic::codegen::Bytes, Error: Into<BoxError> + std::fmt::Display>
        + Send
        + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match &mut self.pages {
            Some(pages) => Service::<Request<Incoming>>::poll_ready(pages, context),
            None => Service::<Request<Incoming>>::poll_ready(&mut self.grpc, context),
        }
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        match &mut self.pages {
            Some(pages) => pages.call(request).boxed(),
            None => self.grpc.call(request).map_ok(|response| response.map(Body::new)).boxed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for text in ["*", "https://news.example", "http://localhost:8080", "https://xn--80ak6aa92e.example"] {
            assert_eq!(text.parse(), Ok(Origin(HeaderValue::from_static(text))));
        }
        for text in [
            "",
            "news.example",
            "https://news.example/",
            "https://News.example",
            "https://a@b",
            "https://a/b",
            "null",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError), "{text}");
        }
    }
}
