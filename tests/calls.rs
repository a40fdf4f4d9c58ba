//! Each call has one line in the log: which call, from whom, with which status, time and size. The text is never in it.

use std::{
    io::BufRead,
    process::Child,
    sync::{Arc, Mutex},
};

use futures::{StreamExt, stream};
use tokio::runtime::Runtime;
use tonic::{Request, transport::Channel};
use triglot::wire::proto::{TranslateRequest, translation_service_client::TranslationServiceClient};

use crate::support::{self, process};

/// A server with the copying model, and its log.
struct Server {
    process: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
    client: TranslationServiceClient<Channel>,
}

impl Server {
    async fn start(flags: &[&str]) -> Self {
        let (process, address, log) =
            process::logging(process::triglot(), &[&["--model", "copy"], flags].concat());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let copies = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                copies.lock().expect("no test panicked").push(line);
            }
        });
        let client = TranslationServiceClient::connect(address.clone()).await.expect("it listens");
        Self { process, address, log: lines, client }
    }

    /// The last lines of calls.
    fn ended(&self) -> Vec<String> {
        let log = self.log.lock().expect("no test panicked");
        log.iter().filter(|line| line.contains("the call ended")).cloned().collect()
    }

    /// The only such line, once it is there.
    async fn only(&self) -> String {
        support::until(|| !self.ended().is_empty()).await;
        let [line] = <[String; 1]>::try_from(self.ended()).expect("there was one call");
        line
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn with_id(id: &str) -> Request<TranslateRequest> {
    let mut request = Request::new(support::request("The harbour was closed."));
    request.metadata_mut().insert("x-request-id", id.parse().expect("it is a value"));
    request
}

#[tokio::test]
async fn a_call_is_logged_with_its_request_id_and_without_its_text() {
    let mut server = Server::start(&[]).await;
    let answer = server.client.translate(with_id("feed-7")).await.expect("it is translated");
    assert_eq!(answer.metadata().get("x-request-id").expect("it comes back"), "feed-7");
    let line = server.only().await;
    for part in [
        " INFO ",
        "method=\"/triglot.v1.TranslationService/Translate\"",
        "peer=127.0.0.1:",
        "request_id=\"feed-7\"",
        "status=Ok",
        " seconds=",
        " first_seconds=",
        " received_bytes=",
        " sent_bytes=",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains("harbour"), "{line}");
}

#[tokio::test]
async fn a_line_can_be_json() {
    let mut server = Server::start(&["--log-format", "json"]).await;
    server.client.translate(with_id("feed-8")).await.expect("it is translated");
    let line: serde_json::Value = serde_json::from_str(&server.only().await).expect("it is JSON");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["fields"]["status"], "Ok");
    assert!(line["fields"]["received_bytes"].as_u64().is_some_and(|bytes| bytes > 20), "{line}");
    assert_eq!(line["span"]["request_id"], "feed-8");
}

#[tokio::test]
async fn a_call_without_a_request_id_gets_one() {
    let mut server = Server::start(&[]).await;
    let answer = server.client.translate(support::request("All is well.")).await.expect("it is translated");
    let id = answer.metadata().get("x-request-id").expect("it has one").to_str().expect("it is text");
    let line = server.only().await;
    assert!(id.len() == 16 && line.contains(id), "{id}: {line}");
}

#[tokio::test]
async fn a_refused_call_is_logged_with_its_status() {
    let mut server = Server::start(&[]).await;
    let request = TranslateRequest { target_language: "xx".to_owned(), ..support::request("All is well.") };
    server.client.translate(request).await.expect_err("there is no such language");
    let line = server.only().await;
    assert!(line.contains("status=InvalidArgument"), "{line}");
}

#[tokio::test]
async fn a_stream_whose_client_goes_away_is_logged_as_cancelled() {
    let server = Server::start(&[]).await;
    let address = server.address.clone();
    // The client's connection ends with its runtime.
    let client = tokio::task::spawn_blocking(|| {
        let runtime = Runtime::new().expect("it starts");
        runtime.block_on(async {
            let mut client = TranslationServiceClient::connect(address).await.expect("it listens");
            let messages = stream::iter([support::stream_start()]).chain(stream::pending());
            client.translate_stream(messages).await.expect("it begins");
        });
    });
    client.await.expect("it ends");
    let line = server.only().await;
    assert!(line.contains("TranslateStream\"") && line.contains("status=Cancelled"), "{line}");
}

#[tokio::test]
async fn a_long_request_id_is_cut() {
    let mut server = Server::start(&[]).await;
    server.client.translate(with_id(&"7".repeat(1000))).await.expect("it is translated");
    let line = server.only().await;
    assert!(line.contains(&format!("request_id=\"{}\"", "7".repeat(64))), "{line}");
}
