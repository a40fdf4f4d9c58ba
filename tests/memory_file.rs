//! A memory in a file is there after a restart of the server, also after one that was killed.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time;
use triglot::wire::proto::{TranslateResponse, Usage, translation_service_client::TranslationServiceClient};

use crate::support::{self, process};

const TEXT: &str = "Rain in the north.\n\nSubscribe today.\n\nSun in the south.\n";

fn server(file: &Path, more: &[&str]) -> (Child, String) {
    let file = file.to_str().expect("its name is text");
    process::serving(&[&["--model", "copy", "--memory-file", file], more].concat())
}

async fn translated(address: &str) -> TranslateResponse {
    let mut client = TranslationServiceClient::connect(address.to_owned()).await.expect("it answers");
    client.translate(support::request(TEXT)).await.expect("it is translated").into_inner()
}

fn cost(response: &TranslateResponse) -> (u64, u64) {
    let Usage { remembered, source_tokens, .. } = response.usage.expect("it is there");
    (remembered, source_tokens)
}

fn end(mut server: Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &server.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    server.wait().expect("it ends");
}

/// Runs a command that fails, and returns its message.
fn refused(file: &Path) -> String {
    let file = file.to_str().expect("its name is text");
    let Output { status, stderr, .. } = process::triglot()
        .args(["serve", "--listen", "127.0.0.1:0", "--model", "copy", "--memory-file", file])
        .output()
        .expect("the program starts");
    assert!(!status.success());
    String::from_utf8(stderr).expect("it is text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_translates_nothing_again() {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("memory");
    for more in [&[][..], &["--memory-bytes", "0"]] {
        let (first, address) = server(&file, more);
        translated(&address).await;
        end(first, "-TERM");
        let (second, address) = server(&file, more);
        let again = translated(&address).await;
        assert_eq!(cost(&again), (3, 0));
        assert_eq!(again.translation, TEXT);
        assert!(again.segments.iter().all(|segment| segment.score.is_some()));
        end(second, "-TERM");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_keeps_what_is_older_than_a_second() {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("memory");
    let (first, address) = server(&file, &[]);
    translated(&address).await;
    time::sleep(Duration::from_secs(3)).await;
    end(first, "-KILL");
    let (second, address) = server(&file, &[]);
    assert_eq!(cost(&translated(&address).await), (3, 0));
    end(second, "-TERM");
}

#[test]
fn a_file_in_use_or_a_damaged_file_stops_the_start_with_a_clear_error() {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("memory");
    let (server, _) = server(&file, &[]);
    let message = refused(&file);
    assert!(message.contains("another process uses it"), "{message}");
    end(server, "-TERM");
    let mut bytes = fs::read(&file).expect("it is there");
    bytes.truncate(bytes.len() / 2);
    fs::write(&file, bytes).expect("it is written");
    let message = refused(&file);
    assert!(message.contains("is damaged") && !message.contains("panicked"), "{message}");
    fs::write(&file, TEXT).expect("it is written");
    let message = refused(&file);
    assert!(message.contains("it is a file of another kind") && !message.contains("panicked"), "{message}");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), TEXT);
}
