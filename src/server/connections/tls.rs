//! TLS, with certificates from files that are read again when they change.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::watch;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, RootCertStore, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject},
        },
        server::{VerifierBuilderError, WebPkiClientVerifier},
    },
};

use crate::server::follow::follow;

/// The files of a server with TLS, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and its root.
    pub certificate: PathBuf,
    /// The private key of the certificate.
    pub key: PathBuf,
    /// Roots of the certificates of clients; with it, each client must show one.
    pub client_roots: Option<PathBuf>,
}

/// Why TLS cannot start. No message quotes a file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("{path} has no {what} in PEM: {error}")]
    Pem { path: PathBuf, what: &'static str, error: pem::Error },
    #[error("{path} has no certificate in PEM")]
    NoCertificate { path: PathBuf },
    #[error("{path}: {error}")]
    ClientRoots { path: PathBuf, error: VerifierBuilderError },
    #[error("cannot use {certificate} with {key}: {error}")]
    Pair { certificate: PathBuf, key: PathBuf, error: rustls::Error },
    #[error("{path}: {error}")]
    Root { path: PathBuf, error: rustls::Error },
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

/// What new connections are encrypted with. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    /// What the files had when the server started.
    first: Arc<Contents>,
    config: Arc<watch::Sender<Arc<ServerConfig>>>,
}

/// The bytes of the files.
#[derive(Clone, PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_roots: Option<Vec<u8>>,
}

impl Tls {
    /// Reads the files.
    pub fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let first = files.read()?;
        let config = Arc::new(watch::Sender::new(first.config(&files)?));
        Ok(Self { files, first: Arc::new(first), config })
    }

    /// Reads the files again whenever they change. New connections use what they say then, if it is valid; calls go on.
    pub async fn follow(&self) {
        let files = self.files.clone();
        let apply = |contents: &Contents| {
            self.config.send_replace(contents.config(&self.files)?);
            Ok::<_, TlsError>(())
        };
        follow("the files of TLS", Contents::clone(&self.first), move || files.read(), apply).await;
    }

    /// Accepts one connection.
    pub(super) fn acceptor(&self, http1: bool) -> TlsAcceptor {
        let mut config = self.config.borrow().clone();
        if http1 {
            Arc::make_mut(&mut config).alpn_protocols.push(b"http/1.1".to_vec());
        }
        config.into()
    }
}

impl TlsFiles {
    fn read(&self) -> Result<Contents, TlsError> {
        let read = |path: &Path| fs::read(path).map_err(|error| TlsError::File { path: path.into(), error });
        Ok(Contents {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            client_roots: self.client_roots.as_deref().map(read).transpose()?,
        })
    }
}

impl Contents {
    fn config(&self, files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let builder = match (&self.client_roots, &files.client_roots) {
            (Some(bytes), Some(path)) => {
                let mut roots = RootCertStore::empty();
                for root in certificates(path, bytes)? {
                    roots.add(root).map_err(|error| TlsError::Root { path: path.clone(), error })?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let invalid = |error| TlsError::ClientRoots { path: path.clone(), error };
                builder.with_client_cert_verifier(verifier.build().map_err(invalid)?)
            }
            _ => builder.with_no_client_auth(),
        };
        let chain = certificates(&files.certificate, &self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| TlsError::Pem {
            path: files.key.clone(),
            what: "private key",
            error,
        })?;
        let mut config = builder.with_single_cert(chain, key).map_err(|error| TlsError::Pair {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            error,
        })?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }
}

/// All certificates of a file, of which there must be one.
fn certificates(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let invalid = |error| TlsError::Pem { path: path.into(), what: "certificate", error };
    match all.map_err(invalid)? {
        none if none.is_empty() => Err(TlsError::NoCertificate { path: path.into() }),
        all => Ok(all),
    }
}
