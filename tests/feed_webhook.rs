//! `triglot feed --webhook`: each finished article reaches a receiver once, with a signature, whatever happens on the way.

use std::{
    collections::HashMap,
    fs,
    process::{Command, Output},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::{self, process};

const SECRET: [u8; 32] = [7; 32];

/// A message as it came.
#[derive(Debug, Clone)]
struct Got {
    id: String,
    body: String,
    is_taken: bool,
}

/// What a receiver answers to a message with this number (from 0) and this body.
type Answer = dyn Fn(usize, &str) -> Response + Send + Sync;

/// Receives messages on a port of its own.
#[derive(Clone)]
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    answer: Arc<Answer>,
}

impl Receiver {
    async fn start(answer: impl Fn(usize, &str) -> Response + Send + Sync + 'static) -> (Self, String) {
        Self::breaking(0, answer).await
    }

    /// It breaks the first connections.
    async fn breaking(
        broken: usize,
        answer: impl Fn(usize, &str) -> Response + Send + Sync + 'static,
    ) -> (Self, String) {
        let receiver = Self { got: Arc::default(), answer: Arc::new(answer) };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/news", listener.local_addr().expect("it has an address"));
        let routes = Router::new().route("/news", post(Self::take)).with_state(receiver.clone());
        tokio::spawn(async move {
            for _ in 0..broken {
                drop(listener.accept().await);
            }
            axum::serve(listener, routes).await
        });
        (receiver, url)
    }

    async fn take(State(receiver): State<Self>, headers: HeaderMap, body: Bytes) -> Response {
        let header = |name: &str| headers[name].to_str().expect("it is text").to_owned();
        let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
        let body = String::from_utf8(body.to_vec()).expect("it is text");
        let mac = Hmac::<Sha256>::new_from_slice(&SECRET).expect("any length is good");
        let expected = mac.chain_update(format!("{id}.{time}.{body}")).finalize().into_bytes();
        if header("webhook-signature") != format!("v1,{}", BASE64_STANDARD.encode(expected)) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let mut got = receiver.got.lock().expect("no test has failed");
        let answer = (receiver.answer)(got.len(), &body);
        got.push(Got { id, body, is_taken: answer.status().is_success() });
        answer
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().expect("no test has failed").clone()
    }

    /// The bodies that were taken, sorted.
    fn taken(&self) -> Vec<String> {
        let mut taken: Vec<_> =
            self.got().into_iter().filter(|got| got.is_taken).map(|got| got.body).collect();
        taken.sort();
        taken
    }
}

/// A folder with some articles and a secret.
fn folder(articles: usize) -> TempDir {
    let folder = TempDir::new().expect("there is room");
    let line =
        |number| format!("{{\"id\":{number},\"language\":\"en\",\"title\":\"Boat {number} is back\"}}\n");
    let lines: String = (0..articles).map(line).collect();
    fs::write(folder.path().join("in.jsonl"), lines).expect("it is written");
    let secret = format!("whsec_{}\n", BASE64_STANDARD.encode(SECRET));
    fs::write(folder.path().join("secret"), secret).expect("it is written");
    folder
}

fn feed(folder: &TempDir, url: &str, more: &[&str]) -> Command {
    let mut command = process::triglot();
    command.current_dir(folder.path()).args(["feed", "--model", "copy", "--to", "fr,ru", "in.jsonl"]);
    command.args(["--webhook", url, "--webhook-secret-file", "secret"]).args(more);
    command
}

fn run(folder: &TempDir, url: &str, more: &[&str]) -> Output {
    feed(folder, url, more).output().expect("the program starts")
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const ALL: &[&str] = &["--private", "--output", "out.jsonl"];
const ALONE: &[&str] = &["--private", "--journal", "journal"];

#[tokio::test(flavor = "multi_thread")]
async fn each_line_of_the_output_is_sent_once() {
    let (receiver, url) = Receiver::start(|_, _| StatusCode::NO_CONTENT.into_response()).await;
    let folder = folder(40);
    for _ in 0..2 {
        let output = run(&folder, &url, ALL);
        assert!(output.status.success(), "{}", log(&output));
        let out = read(&folder, "out.jsonl");
        let mut lines: Vec<&str> = out.lines().collect();
        lines.sort_unstable();
        assert_eq!(receiver.taken(), lines);
    }
    assert_eq!(receiver.got().len(), 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_noticed() {
    let (receiver, url) = Receiver::start(|_, _| StatusCode::OK.into_response()).await;
    let folder = folder(1);
    let secret = format!("whsec_{}", BASE64_STANDARD.encode([8; 32]));
    fs::write(folder.path().join("secret"), secret).expect("it is written");
    let output = run(&folder, &url, ALONE);
    assert_eq!(output.status.code(), Some(3), "{}", log(&output));
    assert!(receiver.got().is_empty());
    fs::write(folder.path().join("secret"), "swordfish-swordfish").expect("it is written");
    let output = run(&folder, &url, ALONE);
    assert_eq!(output.status.code(), Some(1));
    assert!(log(&output).contains("its first line is no secret"), "{}", log(&output));
    assert!(!log(&output).contains("swordfish"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_busy_gets_it_again_with_the_same_id() {
    let answer = |number, _: &str| match number {
        0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        1 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response(),
        2 => StatusCode::REQUEST_TIMEOUT.into_response(),
        _ => StatusCode::OK.into_response(),
    };
    let (receiver, url) = Receiver::breaking(1, answer).await;
    let folder = folder(1);
    let output = run(&folder, &url, ALONE);
    assert!(output.status.success(), "{}", log(&output));
    assert!(output.stdout.is_empty(), "the webhook is the output");
    let mut ids: HashMap<String, String> = HashMap::new();
    for Got { id, body, .. } in receiver.got() {
        assert_eq!(ids.entry(id).or_insert_with(|| body.clone()), &body);
    }
    assert_eq!((ids.len(), receiver.got().len(), receiver.taken().len()), (2, 5, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_does_not_keep_the_job() {
    let answer = |_, body: &str| match body {
        // Both messages of this article come after one of the others has failed.
        _ if body.contains("Boat 8 ") => match body.contains(r#""target":"fr""#) {
            true => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            false => StatusCode::OK.into_response(),
        },
        // A longer pause than a message waits.
        _ => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "3600")]).into_response(),
    };
    let (receiver, url) = Receiver::start(answer).await;
    let folder = folder(9);
    let output = run(&folder, &url, ALONE);
    assert_eq!(output.status.code(), Some(3), "{}", log(&output));
    assert_eq!((receiver.got().len(), receiver.taken().len()), (18, 1), "one try for each");
    assert_eq!(read(&folder, "journal.failed.jsonl").lines().count(), 17);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_listed_and_sent_by_the_next_run() {
    let is_open = Arc::new(Mutex::new(false));
    let answer = {
        let is_open = is_open.clone();
        move |_, body: &str| {
            let refused = body.contains("Boat 3 ") && !*is_open.lock().expect("no test has failed");
            let status = match body.contains(r#""target":"fr""#) {
                _ if !refused => StatusCode::OK,
                true => StatusCode::GONE,
                // A redirect is not followed.
                false => return (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
            };
            status.into_response()
        }
    };
    let (receiver, url) = Receiver::start(answer).await;
    let folder = folder(6);
    let output = run(&folder, &url, ALONE);
    assert_eq!(output.status.code(), Some(3), "{}", log(&output));
    assert_eq!((receiver.got().len(), receiver.taken().len()), (12, 10));
    let failures = read(&folder, "journal.failed.jsonl");
    assert_eq!(failures.lines().count(), 2, "{failures}");
    for status in [410, 302] {
        let reason = format!("the webhook did not take it: its host returned the HTTP status {status}");
        assert!(failures.contains(&reason), "{failures}");
    }
    assert!(!failures.contains("is back") && !log(&output).contains("is back"), "no text of an article");
    *is_open.lock().expect("no test has failed") = true;
    let output = run(&folder, &url, ALONE);
    assert!(output.status.success(), "{}", log(&output));
    assert_eq!((receiver.got().len(), receiver.taken().len()), (14, 12));
    assert!(!folder.path().join("journal.failed.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_killed_loses_nothing_and_repeats_only_what_was_on_its_way() {
    let (receiver, url) = Receiver::start(|_, _| StatusCode::OK.into_response()).await;
    let folder = folder(600);
    let mut before = 0;
    for _ in 0..6 {
        let mut job = feed(&folder, &url, ALONE).spawn().expect("the program starts");
        support::until(|| receiver.got().len() > before + 30).await;
        job.kill().expect("it runs");
        job.wait().expect("it ends");
        before = receiver.got().len();
    }
    assert!(before < 1200, "no job was killed before its end");
    let output = run(&folder, &url, ALONE);
    assert!(output.status.success(), "{}", log(&output));
    let got = receiver.got();
    let mut bodies: Vec<&str> = got.iter().map(|got| got.body.as_str()).collect();
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), 1200, "each article in each language");
    let ids: HashMap<&str, &str> = got.iter().map(|got| (got.id.as_str(), got.body.as_str())).collect();
    assert_eq!(ids.len(), 1200, "what comes again has the id that it had");
    // At most the messages that were on their way when a job was killed, 17 with the second language of an article.
    assert!(got.len() <= 1200 + 6 * 17, "{} messages", got.len());
    let output = run(&folder, &url, ALONE);
    assert!(output.status.success() && receiver.got().len() == got.len(), "nothing is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_needs_a_public_address_and_a_journal() {
    let (receiver, url) = Receiver::start(|_, _| StatusCode::OK.into_response()).await;
    let folder = folder(1);
    for url in [&url, "http://localhost:1/"] {
        let output = run(&folder, url, &["--journal", "journal"]);
        assert_eq!(output.status.code(), Some(3), "{}", log(&output));
        assert!(read(&folder, "journal.failed.jsonl").contains("not on the public internet"));
    }
    for more in [&["--private"][..], &["--private", "--output", "-"]] {
        let output = run(&folder, &url, more);
        assert_eq!(output.status.code(), Some(1));
        assert!(log(&output).contains("--journal FILE"), "{}", log(&output));
    }
    assert!(receiver.got().is_empty());
}
