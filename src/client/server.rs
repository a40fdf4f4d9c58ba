//! The address of a server, and how to trust it.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tonic::{
    service::interceptor::InterceptedService,
    transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};

use super::{ClientError, Connection, KeySource};

/// Time to connect, and once more for the handshake of TLS.
const CONNECT: Duration = Duration::from_secs(5);
/// Silence after which a server is asked whether it is still there, and time for its answer: a machine that vanishes ends no connection.
const SILENCE: Duration = Duration::from_secs(15);

/// A server at a URL with `http://` (plain text) or `https://` (TLS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub url: String,
    pub tls: ClientTls,
    pub key: Option<KeySource>,
}

/// What a client of a server with TLS trusts and shows. All files are in PEM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientTls {
    /// Roots of the server's certificate; `None`: those of the system.
    pub roots: Option<PathBuf>,
    /// The client's certificate and its private key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl From<&str> for Server {
    /// A server that needs no key, with a certificate that the system trusts, or without any.
    fn from(url: &str) -> Self {
        Self { url: url.to_owned(), tls: ClientTls::default(), key: None }
    }
}

impl Server {
    /// Connects. Each call ends after `timeout`, if one is given.
    pub async fn connect(&self, timeout: Option<Duration>) -> Result<Connection, ClientError> {
        let failed = |error| ClientError::Connect { server: self.url.clone(), error };
        let endpoint = Endpoint::from_shared(self.url.clone()).map_err(failed)?.connect_timeout(CONNECT);
        let mut endpoint = endpoint.http2_keep_alive_interval(SILENCE).keep_alive_timeout(SILENCE);
        match endpoint.uri().scheme_str() {
            Some("https") => endpoint = endpoint.tls_config(self.tls.config()?).map_err(failed)?,
            Some("http") if self.key.is_some() && !is_loopback(endpoint.uri().host()) => {
                return Err(ClientError::OpenKey { server: self.url.clone() });
            }
            Some("http") if self.tls == ClientTls::default() => {}
            Some("http") => return Err(ClientError::PlainText { server: self.url.clone() }),
            _ => return Err(ClientError::Scheme { server: self.url.clone() }),
        }
        if let Some(timeout) = timeout {
            endpoint = endpoint.timeout(timeout);
        }
        let bearer = self.key.as_ref().map(KeySource::bearer).transpose()?.unwrap_or_default();
        Ok(InterceptedService::new(endpoint.connect().await.map_err(failed)?, bearer))
    }
}

/// Whether a host is this machine.
fn is_loopback(host: Option<&str>) -> bool {
    host.is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        host == "localhost" || address.is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
    })
}

impl ClientTls {
    fn config(&self) -> Result<ClientTlsConfig, ClientError> {
        let read =
            |path: &Path| fs::read(path).map_err(|error| ClientError::File { path: path.to_owned(), error });
        let config = ClientTlsConfig::new().timeout(CONNECT);
        let config = match &self.roots {
            Some(path) => config.ca_certificate(Certificate::from_pem(read(path)?)),
            None => config.with_native_roots(),
        };
        Ok(match &self.identity {
            Some((certificate, key)) => config.identity(Identity::from_pem(read(certificate)?, read(key)?)),
            None => config,
        })
    }
}
