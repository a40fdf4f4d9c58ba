//! The page to try it: a few files inside the program. It asks nothing of any other place.

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use super::Doors;

/// A file: its address, its type and its content.
macro_rules! file {
    ($name:literal, $kind:literal) => {
        (concat!("/", $name), concat!($kind, "; charset=utf-8"), include_str!(concat!("page/", $name)))
    };
}

/// All files.
const FILES: [(&str, &str, &str); 18] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    file!("icon.svg", "image/svg+xml"),
    file!("page.css", "text/css"),
    file!("bytes.js", "text/javascript"),
    file!("calls.js", "text/javascript"),
    file!("card.js", "text/javascript"),
    file!("element.js", "text/javascript"),
    file!("files.js", "text/javascript"),
    file!("findings.js", "text/javascript"),
    file!("glossary.js", "text/javascript"),
    file!("page.js", "text/javascript"),
    file!("say.js", "text/javascript"),
    file!("sentences.js", "text/javascript"),
    file!("source.js", "text/javascript"),
    file!("summary.js", "text/javascript"),
    file!("translation.js", "text/javascript"),
    file!("trouble.js", "text/javascript"),
    file!("words.js", "text/javascript"),
];

/// Only what comes from here may run, and no other page may hold this one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub fn routes() -> Router<Doors> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, content)| {
        router.route(path, get(async move || file(kind, content)))
    })
}

fn file(kind: &'static str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // A new version of the program has a new page.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, content).into_response()
}
