//! A server with doors for HTTP, and a client of them.

use std::num::NonZeroU64;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};
use triglot::{
    engine::LoadedModel,
    server::{self, Keys, Limits, Monitor, Server},
    translate::Translator,
};

use super::keys;

/// Headers of a request.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

/// A server that runs until the test ends.
pub struct Doors {
    address: String,
    client: Client,
}

/// An answer, as a client without any library sees it.
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The JSON of an answer without an error.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("it is text"))
    }
}

impl Doors {
    /// With the copying model.
    pub async fn copying() -> Self {
        Self::open(super::translator(LoadedModel::copy())).await
    }

    pub async fn open(translator: Translator) -> Self {
        Self::with(translator, super::limits(), |server| server).await
    }

    pub async fn with_keys(translator: Translator, keys: Keys) -> Self {
        Self::with(translator, super::limits(), |server| Server { keys: Some(keys), ..server }).await
    }

    pub async fn with(translator: Translator, limits: Limits, change: impl FnOnce(Server) -> Server) -> Self {
        let (_, translator) = watch::channel(translator);
        let listen = async || TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let (grpc, http) = (listen().await, listen().await);
        let address = http.local_addr().expect("it has an address");
        let server = change(Server { http: Some(http), ..Server::new(grpc, translator, limits) });
        tokio::spawn(server.run(futures::stream::pending()));
        Self { address: format!("http://{address}"), client: Client::new() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// Sends JSON.
    pub async fn send(&self, method: Method, path: &str, headers: Headers<'_>, body: &Value) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        answer(request.body(body.to_string())).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], body).await
    }

    /// Sends an urlencoded form.
    pub async fn form(&self, path: &str, form: &str) -> Answer {
        let request = self.request(Method::POST, path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        answer(request.body(form.to_owned())).await
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.expect("it is text") }
}

/// A key that may send so many characters a day, and the keys of a server that knows only this one.
pub fn key_with_quota(chars: u64) -> (String, Keys) {
    let (secret, entry) = keys::key("agency", |entry| entry.chars_per_day = NonZeroU64::new(chars));
    (secret, keys::fixed(&[&entry]))
}

/// What the operator sees.
pub async fn metrics(monitor: Monitor) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    tokio::spawn(server::administer(listener, monitor));
    answer(Client::new().get(format!("http://{address}/metrics"))).await.text
}
