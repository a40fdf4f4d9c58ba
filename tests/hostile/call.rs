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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The status of gRPC.
    Status(Code),
    /// The status of HTTP, if the request is no call.
    Http(u16),
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
        let mut statuses: Vec<Code> = statuses(response.headers());
        let mut answer = response.into_body();
        while let Some(part) = answer.data().await {
            answer.flow_control().release_capacity(part?.len())?;
        }
        if let Some(trailers) = answer.trailers().await? {
            statuses.extend(self::statuses(&trailers));
        }
        connection.abort();
        match (http, &statuses[..]) {
            (200, [code]) => Ok(End::Status(*code)),
            (400.., []) => Ok(End::Http(http)),
            other => Err(format!("it ends with {other:?}").into()),
        }
    }
}

fn statuses(headers: &HeaderMap) -> Vec<Code> {
    headers.get_all("grpc-status").iter().map(|code| Code::from_bytes(code.as_bytes())).collect()
}
