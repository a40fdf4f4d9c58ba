//! Clients that keep a server full and go away as people and networks do: some drop a call, some cut a stream, and some lose their
//! connection with all that is on it.

use std::{
    collections::BTreeMap,
    io,
    net::{Shutdown, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures::{StreamExt, stream};
use hyper_util::rt::TokioIo;
use tokio::{task::JoinSet, time::timeout};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint, Uri},
};
use tower::service_fn;
use triglot::wire::proto::{
    TranslateStreamRequest, TranslateStreamStart, translate_stream_request::Request,
    translation_service_client::TranslationServiceClient,
};

use super::{
    Result,
    call::{Caller, Ending},
};

/// Calls that a client has at the same time.
const AT_ONCE: usize = 3;
/// The longest time until a client loses interest, in milliseconds.
const INTEREST: u64 = 1500;
/// Sentences of a stream at most.
const SENTENCES: usize = 60;

/// How often something happened, by its name.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counts {
    fn add(&self, what: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(what.into()).or_default() += 1;
    }

    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One client after the other, each with a connection of its own, until a time.
pub async fn come_and_go(caller: Caller, mut rng: Rng, counts: Counts, end: Instant) -> Result<()> {
    while Instant::now() < end {
        let (channel, socket) = connect(&caller.server).await?;
        let is_killed = rng.u8(..4) == 0;
        let mut calls = JoinSet::new();
        for _ in 0..AT_ONCE {
            calls.spawn(several(caller.clone(), channel.clone(), rng.fork(), counts.clone(), end));
        }
        if is_killed {
            tokio::time::sleep(Duration::from_millis(rng.u64(..INTEREST))).await;
            // The server may have closed it before.
            let _ = socket.shutdown(Shutdown::Both);
            counts.add("connections killed");
        }
        calls.join_all().await;
    }
    Ok(())
}

/// A connection, and its socket, which can be shut under all calls.
async fn connect(server: &str) -> Result<(Channel, TcpStream)> {
    let endpoint = Endpoint::from_shared(server.to_owned())?;
    let opened = Arc::new(Mutex::new(None));
    let open = {
        let opened = Arc::clone(&opened);
        service_fn(move |uri: Uri| {
            let opened = Arc::clone(&opened);
            async move {
                let at = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80));
                let socket = tokio::net::TcpStream::connect(at).await?.into_std()?;
                *opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket.try_clone()?);
                Ok::<_, io::Error>(TokioIo::new(tokio::net::TcpStream::from_std(socket)?))
            }
        })
    };
    let channel = endpoint.connect_with_connector(open).await?;
    let socket = opened.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok((channel, socket.ok_or("the connection has no socket")?))
}

/// A few calls, one after the other.
async fn several(caller: Caller, channel: Channel, mut rng: Rng, counts: Counts, end: Instant) {
    for _ in 0..rng.u8(1..30) {
        if Instant::now() >= end {
            return;
        }
        let interest = Duration::from_millis(rng.u64(..INTEREST));
        match rng.u8(..10) {
            0 | 1 => {
                let call = caller.call(channel.clone(), caller.request(&mut rng), Instant::now());
                if timeout(interest, call).await.is_err() {
                    counts.add("calls dropped");
                }
            }
            2 => match timeout(interest, read_stream(&caller, channel.clone(), &mut rng)).await {
                Err(_) => counts.add("streams cut"),
                Ok(Ok(())) => counts.add("streams read"),
                Ok(Err(status)) if status.code() == Code::Unknown => {
                    counts.add("streams lost with their connection");
                }
                Ok(Err(status)) => counts.add(format!("streams: {:?}", status.code())),
            },
            _ => {
                let ended = caller.call(channel.clone(), caller.request(&mut rng), Instant::now()).await;
                counts.add(match ended.ending {
                    Ending::Answered => "calls answered".to_owned(),
                    Ending::Refused { .. } => "calls refused".to_owned(),
                    Ending::Late => "calls late".to_owned(),
                    // What a client sees when its connection is lost.
                    Ending::Failed(Code::Unknown) => "calls lost with their connection".to_owned(),
                    Ending::Failed(code) => format!("calls: {code:?}"),
                });
                if !matches!(ended.ending, Ending::Answered) {
                    tokio::time::sleep(interest).await;
                }
            }
        }
    }
}

/// Sends a text in portions, and reads its translation.
async fn read_stream(caller: &Caller, channel: Channel, rng: &mut Rng) -> std::result::Result<(), Status> {
    let start = TranslateStreamStart {
        source_language: caller.from.clone(),
        target_language: caller.to.clone(),
        ..TranslateStreamStart::default()
    };
    let text = |_| Request::Text(format!("{}\n", caller.texts.choose(rng)).into_bytes());
    let texts: Vec<Request> = (0..SENTENCES).map(text).collect();
    let requests = [Request::Start(start)].into_iter().chain(texts);
    let requests = stream::iter(requests).map(|request| TranslateStreamRequest { request: Some(request) });
    let mut answers = TranslationServiceClient::new(channel).translate_stream(requests).await?.into_inner();
    while answers.message().await?.is_some() {}
    Ok(())
}
