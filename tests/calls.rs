//! Each call has a span and a last line in the log: which call, from whom, with which status. The text is never in it.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tonic::{Request, transport::Channel};
use tracing::{Level, subscriber::DefaultGuard};
use triglot::{
    engine::LoadedModel,
    wire::proto::{TranslateRequest, translation_service_client::TranslationServiceClient},
};

use crate::support;

/// What this thread logs. A server of the test's own runtime, which has no other thread, logs here too.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panicked").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The last lines of calls.
    fn ended(&self) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().expect("no test panicked").clone()).expect("it is text");
        log.lines().filter(|line| line.contains("the call ended")).map(str::to_owned).collect()
    }

    /// The only such line, once it is there.
    async fn only(&self) -> String {
        support::until(|| !self.ended().is_empty()).await;
        let [line] = <[String; 1]>::try_from(self.ended()).expect("there was one call");
        line
    }
}

async fn client(model: LoadedModel) -> TranslationServiceClient<Channel> {
    TranslationServiceClient::new(support::serve(support::translator(model)).await)
}

#[tokio::test]
async fn a_call_is_logged_with_its_request_id_and_without_its_text() {
    let (log, _guard) = Log::start();
    let mut request = Request::new(support::request("The harbour was closed."));
    request.metadata_mut().insert("x-request-id", "feed-7".parse().expect("it is a value"));
    client(LoadedModel::copy()).await.translate(request).await.expect("it is translated");
    let line = log.only().await;
    for part in [
        "method=\"/triglot.v1.TranslationService/Translate\"",
        "peer=127.0.0.1:",
        "request_id=\"feed-7\"",
        "status=Ok duration=",
    ] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("harbour"), "{line}");
}

#[tokio::test]
async fn a_refused_call_is_logged_with_its_status() {
    let (log, _guard) = Log::start();
    let request = TranslateRequest { target_language: "xx".to_owned(), ..support::request("All is well.") };
    client(LoadedModel::copy()).await.translate(request).await.expect_err("there is no such language");
    let line = log.only().await;
    assert!(line.contains("status=InvalidArgument"), "{line}");
}

#[tokio::test]
async fn a_stream_that_the_client_drops_is_logged_as_cancelled() {
    let (log, _guard) = Log::start();
    let (_gate, model) = support::gated();
    let messages = [support::stream_start(), support::stream_text(b"All is well.")];
    let answers = client(model).await.translate_stream(tokio_stream::iter(messages)).await;
    drop(answers.expect("it begins"));
    let line = log.only().await;
    assert!(line.contains("TranslateStream\"") && line.contains("status=Cancelled"), "{line}");
}

#[tokio::test]
async fn a_long_request_id_is_cut() {
    let (log, _guard) = Log::start();
    let mut request = Request::new(support::request("All is well."));
    request.metadata_mut().insert("x-request-id", "7".repeat(1000).parse().expect("it is a value"));
    client(LoadedModel::copy()).await.translate(request).await.expect("it is translated");
    let line = log.only().await;
    assert!(line.contains(&format!("request_id=\"{}\"", "7".repeat(64))), "{line}");
}
