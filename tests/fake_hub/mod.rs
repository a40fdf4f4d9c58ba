//! A local hub with the parts of huggingface.co's protocol that a pull needs. Large files come through a redirect to a second
//! origin, the store. Tests can make it fail.

mod user;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

pub use user::{Outcome, User, run};

pub const MODEL: &str = "hf:acme/tiny";
pub const FOLDER: &str = "models/hf/acme--tiny";
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub const WEIGHTS: &str = "model.safetensors";

/// SHA-256, hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The repository on the hub, and the faults of the hub.
pub struct Repo {
    /// The commit of "main".
    pub commit: String,
    pub files: Vec<Served>,
    /// The access token that every request needs; `None`: the repository is public.
    pub token: Option<String>,
    /// Number of responses that the store interrupts half-way.
    pub cuts: usize,
    /// Whether the store supports ranges.
    pub ranges: bool,
    /// Records of Mozilla's service on the same address, below `/v1`; `None`: there is no such service.
    pub records: Option<Vec<Value>>,
    /// The attachments of the records, by location.
    pub attachments: Vec<(String, Vec<u8>)>,
}

/// A file, and how the hub lists it.
pub struct Served {
    pub name: String,
    pub content: Vec<u8>,
    /// Large files are listed with a SHA-256 and come from the store.
    pub large: bool,
    pub listed_bytes: u64,
    pub listed_sha256: String,
}

/// A request that the hub or the store received.
#[derive(Debug, Clone)]
pub struct Received {
    pub store: bool,
    pub method: String,
    /// With the host, if the request is for a proxy.
    pub uri: String,
    pub range: Option<String>,
    pub token: Option<String>,
}

pub struct FakeHub {
    pub endpoint: String,
    state: Arc<State>,
}

struct State {
    store: SocketAddr,
    repo: Mutex<Repo>,
    received: Mutex<Vec<Received>>,
}

impl Served {
    pub fn small(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            content: content.to_owned(),
            large: false,
            listed_bytes: content.len() as u64,
            listed_sha256: digest(content),
        }
    }

    pub fn large(name: &str, content: &[u8]) -> Self {
        Self { large: true, ..Self::small(name, content) }
    }
}

/// 200 kB without repetitions.
pub fn weights() -> Vec<u8> {
    (0..50_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

impl Repo {
    /// A model with an unknown architecture.
    pub fn tiny() -> Self {
        Self {
            commit: COMMIT.to_owned(),
            files: vec![
                Served::small(".gitattributes", b"*.safetensors filter=lfs"),
                Served::small("README.md", b"# tiny"),
                Served::small("config.json", br#"{"model_type": "imaginary"}"#),
                Served::small("source.spm", b"pieces"),
                Served::large(WEIGHTS, &weights()),
                Served::large("pytorch_model.bin", b"the same, as a pickle"),
                Served::large("tf_model.h5", b"the same, for others"),
            ],
            token: None,
            cuts: 0,
            ranges: true,
            records: None,
            attachments: Vec::new(),
        }
    }

    pub fn file(&mut self, name: &str) -> &mut Served {
        self.files.iter_mut().find(|file| file.name == name).expect("it is there")
    }
}

impl FakeHub {
    /// Serves for as long as the test runs.
    pub fn start(repo: Repo) -> Self {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime starts").block_on(async {
                let bind =
                    async || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
                let (hub, store) = (bind().await, bind().await);
                let address = |listener: &TcpListener| listener.local_addr().expect("it has an address");
                let state = Arc::new(State {
                    store: address(&store),
                    repo: Mutex::new(repo),
                    received: Mutex::default(),
                });
                sender.send((address(&hub), Arc::clone(&state))).expect("the test waits");
                let serve = |listener: TcpListener, is_store: bool| {
                    let state = Arc::clone(&state);
                    let answer = move |request: Request| async move { state.answer(is_store, &request) };
                    async move { axum::serve(listener, Router::new().fallback(answer)).await }
                };
                let (hub, store) = tokio::join!(serve(hub, false), serve(store, true));
                hub.and(store).expect("it serves");
            });
        });
        let (address, state) = receiver.recv().expect("the hub starts");
        Self { endpoint: format!("http://{address}"), state }
    }

    /// Gives access to the repository, to change it.
    pub fn repo(&self) -> MutexGuard<'_, Repo> {
        self.state.repo.lock().expect("no thread panicked")
    }

    /// Returns the requests since the last call.
    pub fn take_requests(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.received.lock().expect("no thread panicked"))
    }

    /// Returns the ranges that the store was asked for since the last call.
    pub fn ranges(&self) -> Vec<String> {
        let requests =
            self.take_requests().into_iter().filter(|request| request.store && request.method == "GET");
        requests.filter_map(|request| request.range).collect()
    }
}

impl State {
    fn answer(&self, store: bool, request: &Request) -> Response {
        let header = |name| Some(request.headers().get(name)?.to_str().expect("it is text").to_owned());
        self.received.lock().expect("no thread panicked").push(Received {
            store,
            method: request.method().to_string(),
            uri: request.uri().to_string(),
            range: header(header::RANGE),
            token: header(header::AUTHORIZATION),
        });
        let mut repo = self.repo.lock().expect("no thread panicked");
        let path: Vec<&str> = request.uri().path().trim_start_matches('/').split('/').collect();
        if !store
            && repo.token.as_ref().is_some_and(|token| {
                header(header::AUTHORIZATION).is_none_or(|given| given != format!("Bearer {token}"))
            })
        {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let answer = match (store, &path[..]) {
            (false, ["api", "models", "acme", "tiny", "revision", revision]) => {
                let asked_blobs = request.uri().query() == Some("blobs=true");
                let commit = if revision.len() == 40 { revision } else { repo.commit.as_str() };
                Some(repo.listing(commit, asked_blobs).to_string().into_response())
            }
            (false, ["acme", "tiny", "resolve", commit, path @ ..]) => {
                let name = path.join("/");
                let file = repo.files.iter().find(|file| file.name == name);
                file.map(|file| {
                    let whole = [("x-repo-commit", (*commit).to_owned()), ("etag", file.etag())];
                    if file.large {
                        let place = format!("http://{}/blobs/{name}", self.store);
                        (StatusCode::FOUND, whole, [("location", place)]).into_response()
                    } else {
                        (whole, file.content.clone()).into_response()
                    }
                })
            }
            (false, ["v1", path @ ..]) => {
                repo.record(path, &format!("http://{}/attachments", header(header::HOST).unwrap_or_default()))
            }
            (false, ["attachments", path @ ..]) => {
                let attachment = repo.attachments.iter().find(|(location, _)| *location == path.join("/"));
                attachment.map(|(_, content)| content.clone().into_response())
            }
            (true, ["blobs", name]) => repo.blob(name, request.method() == "GET", request.headers()),
            _ => None,
        };
        answer.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
    }
}

impl Served {
    fn etag(&self) -> String {
        format!("\"{}\"", self.listed_sha256)
    }
}

impl Repo {
    /// The listing. It has sizes and digests only if `blobs` is set.
    fn listing(&self, commit: &str, blobs: bool) -> Value {
        let siblings = self.files.iter().map(|file| {
            let mut sibling = json!({ "rfilename": file.name });
            if blobs {
                sibling["size"] = file.listed_bytes.into();
            }
            if blobs && file.large {
                sibling["lfs"] =
                    json!({ "sha256": file.listed_sha256, "size": file.listed_bytes, "pointerSize": 130 });
            }
            sibling
        });
        json!({
            "id": "acme/tiny",
            "sha": commit,
            "siblings": siblings.collect::<Vec<_>>(),
            "cardData": { "license": "cc-by-4.0" },
        })
    }

    /// Mozilla's service: what it can do, and the records.
    fn record(&self, path: &[&str], attachments: &str) -> Option<Response> {
        let records = self.records.as_ref()?;
        let answer = match path {
            [] | [""] => json!({ "capabilities": { "attachments": { "base_url": attachments } } }),
            ["buckets", "main", "collections", "translations-models-v2", "records"] => {
                json!({ "data": records })
            }
            _ => return None,
        };
        Some(answer.to_string().into_response())
    }

    /// A file of the store, or the requested range of it.
    fn blob(&mut self, name: &str, get: bool, headers: &HeaderMap) -> Option<Response> {
        let file = self.files.iter().find(|file| file.large && file.name == name)?;
        let whole = file.content.len();
        let range = headers.get(header::RANGE).filter(|_| self.ranges).map(|range| {
            let range = range.to_str().expect("it is text").trim_start_matches("bytes=");
            let (first, last) = range.split_once('-').expect("it is a range");
            let number = |text: &str| text.parse::<usize>().expect("it is a number");
            number(first).min(whole)..(number(last) + 1).min(whole)
        });
        let part = file.content[range.clone().unwrap_or(0..whole)].to_vec();
        let length = [("content-length", part.len().to_string()), ("etag", file.etag())];
        let body = if get && self.cuts > 0 {
            self.cuts -= 1;
            let half = Bytes::copy_from_slice(&part[..part.len() / 2]);
            // This pause lets the server send the first half.
            let off = futures::stream::once(async {
                tokio::task::yield_now().await;
                Err(std::io::Error::other("the connection breaks off"))
            });
            Body::from_stream(futures::stream::iter([Ok(half)]).chain(off))
        } else {
            Body::from(part)
        };
        Some(match range {
            Some(range) => {
                let place = format!("bytes {}-{}/{whole}", range.start, range.end.saturating_sub(1));
                (StatusCode::PARTIAL_CONTENT, length, [("content-range", place)], body).into_response()
            }
            None => (length, body).into_response(),
        })
    }
}
