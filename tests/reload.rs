//! SIGHUP reloads all models from disk. No call fails, and a model that cannot be loaded changes nothing.

use std::{fs, path::Path, process::Command, time::Duration};

use tempfile::TempDir;
use tokio::{sync::mpsc, time};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use triglot::wire::proto::{
    GetInfoRequest, info_service_client::InfoServiceClient, translate_stream_response::Response,
    translation_service_client::TranslationServiceClient,
};

use crate::support::{self, process};

/// Replaces the content of the folder with a model of the tests.
fn put(folder: &Path, model: &str) {
    for entry in fs::read_dir(folder).expect("it is there") {
        fs::remove_file(entry.expect("it can be read").path()).expect("it is removed");
    }
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(model);
    for entry in fs::read_dir(model).expect("it is there") {
        let path = entry.expect("it can be read").path();
        fs::copy(&path, folder.join(path.file_name().expect("it has a name"))).expect("it is copied");
    }
}

async fn pairs(channel: &Channel) -> usize {
    let mut client = InfoServiceClient::new(channel.clone());
    let info = client.get_info(GetInfoRequest {}).await.expect("it answers").into_inner();
    info.models.iter().map(|model| model.pairs.len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_uses_new_models_and_drops_no_call() {
    let folder = TempDir::new().expect("a folder can be made");
    put(folder.path(), "marian-tiny");
    let kept = TempDir::new().expect("a folder can be made");
    // The file stays open: a second opening would fail.
    let [model, memory] = [folder.path().to_owned(), kept.path().join("memory")]
        .map(|path| path.to_str().expect("its name is text").to_owned());
    let (mut server, address) = process::serving(&["--model", &model, "--memory-file", &memory]);
    let hang_up = || {
        let sent = Command::new("kill").args(["-HUP", &server.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    };
    let channel =
        Channel::from_shared(address).expect("it is an address").connect().await.expect("it answers");
    let mut client = TranslationServiceClient::new(channel.clone());
    assert_eq!(pairs(&channel).await, 1);

    // This stream stays open during the reload.
    let (send, messages) = mpsc::channel(4);
    let text = || support::stream_text(b"The mayor opened two schools in Paris.\n");
    send.send(support::stream_start()).await.expect("the stream is open");
    let answers = client.translate_stream(ReceiverStream::new(messages));
    send.send(text()).await.expect("the stream is open");
    let mut answers = answers.await.expect("it translates").into_inner();
    let mut next =
        async || answers.message().await.expect("the stream goes on").and_then(|answer| answer.response);
    let Some(Response::Piece(first)) = next().await else { panic!("a piece comes first") };

    put(folder.path(), "marian-tiny-tc");
    hang_up();
    while pairs(&channel).await == 1 {
        client
            .translate(support::request("The police closed the airport."))
            .await
            .expect("no call is dropped");
        time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(pairs(&channel).await, 2, "the other model has two directions");

    // The open stream finishes with its first model.
    send.send(text()).await.expect("the stream is open");
    drop(send);
    let mut pieces = Vec::new();
    while let Some(answer) = next().await {
        if let Response::Piece(piece) = answer {
            pieces.push(piece.text);
        }
    }
    assert_eq!(pieces, ["\n", &first.text, "\n"]);

    fs::write(folder.path().join("config.json"), "{}").expect("it is written");
    hang_up();
    for _ in 0..20 {
        client
            .translate(support::request("The police closed the airport."))
            .await
            .expect("no call is dropped");
        time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(pairs(&channel).await, 2, "the loaded model stays");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
