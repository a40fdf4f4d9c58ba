//! `triglot feed --watch`: feeds are fetched again and again, and only what has changed is sent and translated.

use std::{
    fs,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::{self, process};

fn feed(edition: usize) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Harbour news</title><language>en</language><item><guid>{edition}</guid>\
         <title>Boat {edition} came back to the harbour</title></item></channel></rss>"
    )
}

fn has(path: &Path, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|found| found.contains(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_read_again_when_it_has_changed() {
    let (edition, unchanged) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(0)));
    let site = {
        let (edition, unchanged) = (edition.clone(), unchanged.clone());
        move |request: Request| async move {
            let edition = edition.load(SeqCst);
            let tag = format!("\"{edition}\"");
            if request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| *known == *tag) {
                unchanged.fetch_add(1, SeqCst);
                return StatusCode::NOT_MODIFIED.into_response();
            }
            ([(header::ETAG, tag)], feed(edition)).into_response()
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/news.xml", get(site))).await });

    let folder = TempDir::new().expect("there is room");
    let url = format!("http://{address}/news.xml");
    let mut watch = process::triglot()
        .args([
            "feed",
            "--model",
            "copy",
            "--to",
            "fr",
            "--watch",
            "1",
            "--private",
            "--output",
            "out/",
            &url,
        ])
        .current_dir(folder.path())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let output = folder.path().join("out/fr/127_0_0_1_news.xml");
    support::until(|| has(&output, "Boat 1 came back")).await;
    support::until(|| unchanged.load(SeqCst) >= 2).await;
    edition.store(2, SeqCst);
    support::until(|| has(&output, "Boat 2 came back")).await;
    watch.kill().expect("it runs");
    watch.wait().expect("it ends");
}
