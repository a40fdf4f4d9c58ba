//! The page: what comes with it, and who may call from another one.

use reqwest::Method;
use triglot::{engine::LoadedModel, server::Server};

use crate::support::{
    self,
    http::{Doors, answer},
};

#[tokio::test]
async fn the_page_may_only_use_what_comes_from_here() {
    let page = Doors::copying().await.get("/").await;
    assert!(page.status.is_success() && page.text.contains("<!doctype html>"), "{}", page.text);
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.text.contains("https://"), "it asks another place");
}

#[tokio::test]
async fn every_file_that_the_page_names_is_there() {
    let doors = Doors::copying().await;
    // The page names its first files, and modules name others.
    let mut names = vec!["".to_owned()];
    let mut at = 0;
    while at < names.len() {
        let file = doors.get(&format!("/{}", names[at])).await;
        assert!(file.status.is_success(), "{} is not there", names[at]);
        let quoted = file.text.split('"').filter_map(|part| {
            let name = part.strip_prefix("./").unwrap_or(part);
            let is_file = name.ends_with(".js") || name.ends_with(".css") || name.ends_with(".svg");
            (is_file && !name.contains(['/', ' ', '\n'])).then(|| name.to_owned())
        });
        for name in quoted {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        at += 1;
    }
    assert!(names.len() > 10, "{names:?}");
}

#[tokio::test]
async fn other_pages_may_call_if_the_operator_says_so() {
    let change =
        |server| Server { origins: vec!["https://news.example".parse().expect("it is one")], ..server };
    let doors = Doors::with(support::translator(LoadedModel::copy()), support::limits(), change).await;
    let ask = |origin: &'static str| {
        let asks = doors.request(Method::OPTIONS, "/v1/translate").header("origin", origin);
        answer(asks.header("access-control-request-method", "POST"))
    };
    assert_eq!(
        ask("https://news.example").await.header("access-control-allow-origin"),
        "https://news.example"
    );
    assert_eq!(ask("https://other.example").await.header("access-control-allow-origin"), "");
}
