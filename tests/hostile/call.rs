//! One request by bytes, and how the server ends it.

use std::{error::Error, net::SocketAddr};

use http::{HeaderMap, Method, Request};
use tokio::net::TcpStream;
use tokio_util::bytes::Bytes;
use tonic::Code;

/// A request.
#[derive(Debug)]
pub struct Attack {
    pub name: &'static str,
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    /// Each is sent in a frame of its own, or in more.
    pub body: Vec<Bytes>,
    /// Whether the request ends after its body.
    pub ends: bool,
}

/// How the server ends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The status of gRPC, with its message as it was sent.
    Status(Code, String),
    /// The status of HTTP, if the request is no call.
    Http(u16),
}

impl End {
    /// Whether it is the end of a call that the server lost, as after a panic. (INTERNAL alone is no such end: it is what gRPC says of
    /// requests that break its own rules.)
    pub fn is_surprise(&self) -> bool {
        match self {
            Self::Status(Code::Unknown | Code::Unavailable | Code::DataLoss, _) => true,
            Self::Status(Code::Internal, message) => message.contains("lost"),
            Self::Status(..) | Self::Http(_) => false,
        }
    }
}

impl Attack {
    /// Sends it on a connection of its own.
    ///
    /// # Errors
    /// When there is no status, or more than one.
    pub async fn run(self, server: SocketAddr) -> Result<End, Box<dyn Error>> {
        let (client, connection) = h2::client::handshake(TcpStream::connect(server).await?).await?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(format!("http://{server}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let at_once = self.ends && self.body.is_empty();
        let (response, mut body) = client.ready().await?.send_request(request.body(())?, at_once)?;
        // The server may answer before it has read everything, and then takes no more.
        for part in self.body {
            let _ = body.send_data(part, false);
        }
        if self.ends && !at_once {
            let _ = body.send_data(Bytes::new(), true);
        }
        let response = response.await?;
        let http = response.status().as_u16();
        let mut statuses = statuses(response.headers());
        let mut answer = response.into_body();
        while let Some(part) = answer.data().await {
            answer.flow_control().release_capacity(part?.len())?;
        }
        if let Some(trailers) = answer.trailers().await? {
            statuses.extend(self::statuses(&trailers));
        }
        connection.abort();
        match (http, &statuses[..]) {
            (200, [(code, message)]) => Ok(End::Status(*code, message.clone())),
            (400.., []) => Ok(End::Http(http)),
            other => Err(format!("it ends with {other:?}").into()),
        }
    }
}

fn statuses(headers: &HeaderMap) -> Vec<(Code, String)> {
    let message = headers.get("grpc-message").and_then(|message| message.to_str().ok()).unwrap_or_default();
    let codes = headers.get_all("grpc-status").iter();
    codes.map(|code| (Code::from_bytes(code.as_bytes()), message.to_owned())).collect()
}
