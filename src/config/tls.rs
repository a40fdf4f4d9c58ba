//! TLS: the certificates of a server, and what a client trusts.

use std::path::PathBuf;

use clap::{Args, builder::FalseyValueParser};

use crate::{
    client::{ClientTls, KeySource, Server},
    server::TlsFiles,
};

/// How a server speaks to its clients.
#[derive(Debug, Args)]
pub struct ServerTlsArguments {
    /// File with the server's certificate in PEM, and those between it and its root; turns on TLS. The files of TLS are read again
    /// when they change.
    #[arg(long, env = "TRIGLOT_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// File with the private key of --tls-cert in PEM.
    #[arg(long, env = "TRIGLOT_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// File with root certificates in PEM: each client must show a certificate that one of them signed.
    #[arg(long, env = "TRIGLOT_TLS_CLIENT_CA", value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,

    /// Listen without TLS on an address that other machines can reach, for a network that you trust.
    #[arg(long, env = "TRIGLOT_INSECURE", value_parser = FalseyValueParser::new())]
    pub insecure: bool,
}

/// The server that does the work of a command.
#[derive(Debug, Args)]
pub struct RemoteArguments {
    /// Address of the server that does the work, with https:// or http:// before it [default: none, the work is done here].
    #[arg(long, env = "TRIGLOT_SERVER", value_name = "URL")]
    server: Option<String>,

    #[command(flatten)]
    access: AccessArguments,
}

/// What a client shows to the servers that it calls.
#[derive(Debug, Args)]
pub struct AccessArguments {
    #[command(flatten)]
    tls: ClientTlsArguments,

    /// File with the key of this client in its first line, for a server with --api-keys [default: none, or the key in the variable
    /// TRIGLOT_API_KEY].
    #[arg(long, env = "TRIGLOT_API_KEY_FILE", value_name = "FILE")]
    api_key_file: Option<PathBuf>,
}

/// What a client of a server with TLS trusts and shows.
#[derive(Debug, Args)]
pub struct ClientTlsArguments {
    /// File with root certificates in PEM, for a server with https:// [default: those of the system].
    #[arg(long, env = "TRIGLOT_TLS_CA", value_name = "FILE")]
    tls_ca: Option<PathBuf>,

    /// File with a certificate in PEM, for a server that asks for one (--tls-client-ca).
    #[arg(long, env = "TRIGLOT_CLIENT_CERT", value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,

    /// File with the private key of --client-cert in PEM.
    #[arg(long, env = "TRIGLOT_CLIENT_KEY", value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
}

impl ServerTlsArguments {
    /// The files of TLS, if it is on.
    pub fn files(&self) -> Option<TlsFiles> {
        let (certificate, key) = self.tls_cert.clone().zip(self.tls_key.clone())?;
        Some(TlsFiles { certificate, key, client_roots: self.tls_client_ca.clone() })
    }
}

impl RemoteArguments {
    /// The server, if one is given.
    pub fn server(&self) -> Option<Server> {
        self.server.as_deref().map(|url| self.access.server(url))
    }
}

impl AccessArguments {
    /// The server at this address.
    pub fn server(&self, url: &str) -> Server {
        Server { key: KeySource::new(self.api_key_file.as_deref()), ..self.tls.server(url) }
    }
}

impl ClientTlsArguments {
    /// The server at this address, for calls that need no key.
    pub fn server(&self, url: &str) -> Server {
        let tls = ClientTls {
            roots: self.tls_ca.clone(),
            identity: self.client_cert.clone().zip(self.client_key.clone()),
        };
        Server { url: url.to_owned(), tls, key: None }
    }
}
