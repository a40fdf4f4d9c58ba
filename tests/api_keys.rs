//! A server with keys: who may call it, how often and with how much text; and the commands that make and show keys.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use futures::{StreamExt, channel::mpsc};
use tempfile::{NamedTempFile, TempDir};
use tonic::{Code, Request, Status, metadata::AsciiMetadataValue, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
};
use tonic_types::StatusExt;
use triglot::{
    engine::{EngineOptions, LoadedModel},
    server::{Keys, keys::Class},
    wire::proto::{
        GetInfoRequest, ListGlossariesRequest, TranslateResponse,
        glossary_service_client::GlossaryServiceClient, info_service_client::InfoServiceClient,
        translation_service_client::TranslationServiceClient,
    },
};

use crate::support::{
    self,
    keys::{file, key},
    process,
};

/// Serves with the keys of a file, and follows it.
async fn serve(model: LoadedModel, file: &Path) -> Channel {
    let keys = Keys::read(file).expect("they are right");
    let options = EngineOptions { batch_rows: 2, ..support::engine_options() };
    let followed = keys.clone();
    tokio::spawn(async move { followed.follow().await });
    let translator = support::translator_with(model, options);
    support::connect(support::serve_for(keys, translator, support::limits()).await).await
}

fn with<M>(authorization: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    let value: AsciiMetadataValue = authorization.parse().expect("it is a value");
    request.metadata_mut().insert("authorization", value);
    request
}

async fn translate(server: &Channel, key: &str, text: &str) -> Result<TranslateResponse, Status> {
    let request = with(&format!("Bearer {key}"), support::request(text));
    Ok(TranslationServiceClient::new(server.clone()).translate(request).await?.into_inner())
}

/// The first error of a stream that sends these texts.
async fn stream(server: &Channel, key: &str, texts: &[&[u8]]) -> Result<(), Status> {
    let texts: Vec<_> = texts.iter().map(|text| support::stream_text(text)).collect();
    let messages = tokio_stream::iter(std::iter::once(support::stream_start()).chain(texts));
    let mut client = TranslationServiceClient::new(server.clone());
    let mut answers = client.translate_stream(with(&format!("Bearer {key}"), messages)).await?.into_inner();
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_but_health_needs_a_key() {
    let (key, entry) = key("agency", |_| {});
    let server = serve(LoadedModel::copy(), file(&[&entry]).path()).await;
    let mut client = TranslationServiceClient::new(server.clone());
    let refused = |status: Status| {
        assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
        assert!(!status.message().contains("triglot_"), "{status:?}");
    };
    refused(client.translate(support::request("All is well.")).await.expect_err("there is no key"));
    let wrong = key.replace(&key[8..10], "zz");
    for value in [&wrong, &key, &format!("Basic {key}"), &format!("Bearer {wrong}"), "Bearer ", "Bearer"] {
        refused(client.translate(with(value, support::request("All is well."))).await.expect_err(value));
    }
    refused(stream(&server, &wrong, &[]).await.expect_err("the key is wrong"));
    refused(InfoServiceClient::new(server.clone()).get_info(GetInfoRequest {}).await.expect_err("no key"));
    let list =
        GlossaryServiceClient::new(server.clone()).list_glossaries(ListGlossariesRequest::default()).await;
    refused(list.expect_err("no key"));
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(server.clone());
    let ask = || tokio_stream::iter([ask.clone()]);
    refused(reflection.server_reflection_info(ask()).await.expect_err("no key"));

    let mut health = HealthClient::new(server.clone());
    health.check(HealthCheckRequest::default()).await.expect("it needs no key");
    health.watch(HealthCheckRequest::default()).await.expect("it needs no key");
    assert_eq!(translate(&server, &key, "All is well.").await.expect("it may").translation, "All is well.");
    client
        .translate(with(&format!("bearer {key}"), support::request("Yes.")))
        .await
        .expect("schemes have no case");
    stream(&server, &key, &[b"All is well."]).await.expect("it may");
    reflection.server_reflection_info(with(&format!("Bearer {key}"), ask())).await.expect("it may");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_counts_for_new_calls_and_no_call_ends() {
    let ((old, old_entry), (new, new_entry)) = (key("old", |_| {}), key("new", |_| {}));
    let file = file(&[&old_entry]);
    let server = serve(LoadedModel::copy(), file.path()).await;
    let mut client = TranslationServiceClient::new(server.clone());
    let (send, messages) = mpsc::unbounded();
    send.unbounded_send(support::stream_start()).expect("it is open");
    let answers = client.translate_stream(with(&format!("Bearer {old}"), messages)).await;
    let mut answers = answers.expect("it begins").into_inner();
    translate(&server, &new, "All is well.").await.expect_err("it is not in the file");

    for broken in ["", "keys = []", &old_entry[..60]] {
        fs::write(&file, broken).expect("it can be written");
        tokio::time::sleep(Duration::from_millis(2500)).await;
        translate(&server, &old, "All is well.").await.expect("the old keys stay");
    }
    fs::write(&file, &new_entry).expect("it can be written");
    while translate(&server, &new, "All is well.").await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let status = translate(&server, &old, "All is well.").await.expect_err("it is not in the file");
    assert_eq!(status.code(), Code::Unauthenticated);
    send.unbounded_send(support::stream_text(b"All is well.")).expect("it is open");
    drop(send);
    answers.next().await.expect("there is an answer").expect("the stream goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_a_rate_of_calls() {
    let (slow, entry) = key("slow", |entry| {
        entry.calls_per_second = Some(0.01);
        entry.burst = std::num::NonZeroU32::new(3);
    });
    let (free, other) = key("free", |_| {});
    let server = serve(LoadedModel::copy(), file(&[&entry, &other]).path()).await;
    for _ in 0..3 {
        translate(&server, &slow, "All is well.").await.expect("three may come at once");
    }
    let status = translate(&server, &slow, "All is well.").await.expect_err("the next one may not");
    assert_eq!(status.code(), Code::ResourceExhausted);
    let retry = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
    let retry = retry.expect("it says when to retry").as_secs();
    assert!((60..=100).contains(&retry), "{retry}");
    stream(&server, &slow, &[]).await.expect_err("streams are calls");
    translate(&server, &free, "All is well.").await.expect("others may");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_a_quota_of_characters() {
    let (key, entry) = key("small", |entry| entry.chars_per_day = std::num::NonZeroU64::new(30));
    let server = serve(LoadedModel::copy(), file(&[&entry]).path()).await;
    translate(&server, &key, "Très bien.").await.expect("ten of thirty");
    // The same ten characters, cut in the middle of one.
    stream(&server, &key, &["Tr\u{e8}".as_bytes()[..3].as_ref(), &"è".as_bytes()[1..], "s bien.".as_bytes()])
        .await
        .expect("twenty of thirty");
    let status = stream(&server, &key, &[b"Yes.", b"All is well."]).await.expect_err("36 of thirty");
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    let violations = &details.quota_failure().expect("it says which quota").violations;
    assert_eq!(violations[0].subject, "small");
    assert!(violations[0].description.contains("30 characters"), "{violations:?}");
    // What was refused does not count.
    let status = translate(&server, &key, "Very well.").await.expect_err("34 of thirty");
    assert!(status.get_error_details().quota_failure().is_some());
    translate(&server, &key, "Alright").await.expect_err("31 of thirty");
    translate(&server, &key, "Well.").await.expect("29 of thirty");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unary_calls_of_a_batch_key_wait_like_streams() {
    let (batch, entry) = key("batch", |entry| entry.class = Class::Batch);
    let (first, other) = key("first", |_| {});
    let (gate, model) = support::gated();
    let server = serve(model, file(&[&entry, &other]).path()).await;
    let run = |key: String| {
        let server = server.clone();
        tokio::spawn(async move { translate(&server, &key, "All is well.").await.expect("it translates") })
    };
    let waits = run(batch);
    let _ = gate.send(());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let goes = run(first);
    tokio::time::sleep(Duration::from_millis(100)).await;
    // One step at a time: the later call overtakes the one that is running.
    support::until(|| {
        let _ = gate.send(());
        goes.is_finished()
    })
    .await;
    drop((goes, gate));
    waits.await.expect("it ends");
}

fn run(key: Option<(&str, &str)>, flags: &[&str]) -> Output {
    let mut command = process::triglot();
    command.args(["translate", "--from", "en", "--to", "fr"]).args(flags).envs(key);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    // Fails if the program ends before it reads.
    let _ = child.stdin.take().expect("it is piped").write_all(b"All is well.");
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_new_key_opens_a_server_and_is_printed_once() {
    let folder = TempDir::new().expect("a folder can be made");
    let (keys, secret) = (folder.path().join("keys.toml"), folder.path().join("agency.key"));
    let new = process::triglot().args(["keys", "new", "agency", "--chars-per-day", "1000"]).output();
    let new = new.expect("the program runs");
    assert!(new.status.success(), "{new:?}");
    let key = String::from_utf8(new.stderr).expect("it is text");
    assert!(key.starts_with("triglot_") && key.trim_end().len() == 8 + 64, "256 bits");
    assert!(!String::from_utf8_lossy(&new.stdout).contains(&key[8..40]));
    fs::write(&keys, new.stdout).expect("it can be written");
    fs::write(&secret, &key).expect("it can be written");
    let path = |path: &Path| path.to_str().expect("its name is text").to_owned();
    let (keys, secret) = (path(&keys), path(&secret));
    let flags = ["--model", "copy", "--listen", "0.0.0.0:0", "--insecure", "--api-keys", &keys];
    let (mut server, address, mut log) = process::logging(process::triglot(), &flags);
    let address = address.replace("0.0.0.0", "127.0.0.1");

    let at = ["--server", &address];
    let with_file = [&at[..], &["--api-key-file", &secret]].concat();
    let translated = run(None, &with_file);
    assert_eq!(translated.stdout, b"All is well.", "{translated:?}");
    assert_eq!(run(Some(("TRIGLOT_API_KEY", key.trim_end())), &at).stdout, b"All is well.");
    assert_eq!(run(Some(("TRIGLOT_API_KEY", "wrong")), &with_file).stdout, b"All is well.");
    for (given, flags) in [(None, &at[..]), (Some(("TRIGLOT_API_KEY", "triglot_00")), &at)] {
        let refused = run(given, flags);
        let said = String::from_utf8(refused.stderr).expect("it is text");
        assert!(!refused.status.success() && said.contains("key") && !said.contains("triglot_00"), "{said}");
    }
    assert!(process::triglot().args(["health"]).args(at).status().expect("it runs").success());

    server.kill().expect("it runs");
    server.wait().expect("it ends");
    let mut rest = String::new();
    log.read_to_string(&mut rest).expect("it is text");
    assert!(rest.contains("key=\"agency\"") && !rest.contains(&key[8..40]), "{rest}");
}

#[test]
fn a_key_never_goes_over_a_network_in_plain_text() {
    let file = file(&["triglot_00\n"]);
    let path = file.path().to_str().expect("its name is text");
    let empty = NamedTempFile::new().expect("a file can be made");
    for (server, flags, problem) in [
        ("http://192.0.2.1:1", ["--api-key-file", path], "without encryption"),
        ("http://localhost.example:1", ["--api-key-file", path], "without encryption"),
        ("http://127.0.0.1:1", ["--api-key-file", path], "cannot connect"),
        ("http://[::1]:1", ["--api-key-file", path], "cannot connect"),
        ("http://127.0.0.1:1", ["--api-key-file", empty.path().to_str().expect("text")], "has no key"),
        ("http://127.0.0.1:1", ["--api-key-file", "/none"], "cannot read /none"),
    ] {
        let output = run(None, &[&["--server", server][..], &flags].concat());
        let said = String::from_utf8(output.stderr).expect("it is text");
        assert!(
            !output.status.success() && said.contains(problem) && !said.contains("_00"),
            "{server}: {said}"
        );
    }
}

#[test]
fn a_server_with_wrong_keys_does_not_start() {
    let file = file(&["[[keys]]\nname = \"a\"\nsha256 = \"triglot_00\"\n"]);
    let path = file.path().to_str().expect("its name is text");
    for (path, problem) in [(path, "line 3"), ("/none", "cannot read the keys in /none")] {
        let output = process::triglot().args(["serve", "--model", "copy", "--api-keys", path]).output();
        let output = output.expect("the program runs");
        let said = String::from_utf8(output.stderr).expect("it is text");
        assert!(!output.status.success() && said.contains(problem) && !said.contains("_00"), "{said}");
    }
}
