//! Talks to a hub that speaks the protocol of huggingface.co: what a repository holds, and the bytes of its files.
//!
//! hf-hub does the talking: endpoint, token, proxies, retries, redirects, ranges, and the hub's own storage protocol. It
//! cannot go on with a file that broke off, and writes as many bytes as come; both are done here, on its streams. And it
//! cannot ask for a listing with sizes and SHA-256s (`blobs=true`; the trees that it lists lack the digests), so that one
//! request is made here. A token never follows a redirect to another host: reqwest drops it.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use futures::StreamExt;
use hf_hub::{HFClient, HFError, repository::RepoSibling};
use serde::Deserialize;

use super::{
    HubError, Progress, Repository,
    background::Background,
    lock::{is_commit, is_sha256, most_bytes},
};

/// Longest listing that is read.
const MAX_LISTING: usize = 16 << 20;
/// Longest identifier of a licence that is believed to be one.
const MAX_LICENCE: usize = 64;
/// How often a file that breaks off is gone on with before the pull gives up; the next pull goes on from there.
const ATTEMPTS: usize = 3;
/// How long a connection may take to come about, and how long a server may be silent.
const CONNECT: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_secs(60);
const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

/// Which hub is asked, and as whom.
#[derive(Clone)]
pub struct Remote {
    /// Its address, without a path.
    pub endpoint: String,
    /// What it knows us by, if it has to.
    pub token: Option<String>,
}

/// A repository's content at one commit.
pub(super) struct Listing {
    /// Hexadecimal.
    pub commit: String,
    /// As the model card names it; empty if it does not.
    pub licence: String,
    /// Only such as a model may consist of.
    pub files: Vec<RemoteFile>,
}

/// A file that a hub lists.
#[derive(Debug, Clone)]
pub(super) struct RemoteFile {
    /// One of the names that a model's files may have.
    pub name: String,
    pub bytes: u64,
    /// Hexadecimal; hubs know it of their large files.
    pub sha256: Option<String>,
}

/// A hub that is talked to.
pub(super) struct Connection {
    remote: Remote,
    http: reqwest::Client,
    hub: HFClient,
    runtime: Background,
}

/// What switches a variable off, as it does for those of the command line.
const OFF: [&str; 6] = ["0", "f", "false", "n", "no", "off"];

impl Remote {
    /// What `HF_ENDPOINT` and `HF_TOKEN` say; without the latter, the token that the hub's own command line has stored. None
    /// where `HF_HUB_DISABLE_IMPLICIT_TOKEN` is set.
    pub fn from_environment() -> Self {
        let set = |name: &str| {
            let value = env::var(name).ok()?.trim().to_owned();
            Some(value).filter(|value| !value.is_empty())
        };
        let stored = || {
            let path = set("HF_TOKEN_PATH").map_or_else(|| hf_hub::hf_home().join("token"), Into::into);
            let token = fs::read_to_string(path).ok()?.trim().to_owned();
            Some(token).filter(|token| !token.is_empty())
        };
        let on = |value: &String| !OFF.contains(&value.to_ascii_lowercase().as_str());
        let implicit = set("HF_HUB_DISABLE_IMPLICIT_TOKEN").filter(on).is_none();
        Self {
            endpoint: set("HF_ENDPOINT").unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned()),
            token: implicit.then(|| set("HF_TOKEN").or_else(stored)).flatten(),
        }
    }

    pub(super) fn connect(&self) -> Result<Connection, HubError> {
        let failed = |reason: String| HubError::Remote { endpoint: self.endpoint.clone(), reason };
        let http = reqwest::Client::builder()
            .user_agent(concat!("triglot/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // No redirect leads out of encryption.
            .https_only(self.endpoint.starts_with("https:"))
            .build()
            .map_err(|error| failed(chain(&error)))?;
        let mut hub = HFClient::builder().client(http.clone()).endpoint(&self.endpoint).cache_enabled(false);
        if let Some(token) = &self.token {
            hub = hub.token(token);
        }
        Ok(Connection {
            remote: self.clone(),
            http,
            hub: hub.build().map_err(|error| failed(chain(&error)))?,
            runtime: Background::start().map_err(|error| failed(error.to_string()))?,
        })
    }
}

impl Connection {
    /// What a repository holds at `revision`; a commit, or else the revision that it is asked for by, or else "main".
    pub fn list(&self, repository: &Repository, commit: Option<&str>) -> Result<Listing, HubError> {
        let revision = commit.or(repository.revision()).unwrap_or("main");
        let url = format!(
            "{}/api/models/{}/{}/revision/{}?blobs=true",
            self.remote.endpoint.trim_end_matches('/'),
            repository.owner(),
            repository.name(),
            // All its other characters stand for themselves.
            revision.replace('/', "%2F"),
        );
        let failed = |reason: String| HubError::Fetch { package: repository.to_string(), reason };
        let mut request = self.http.get(url);
        if let Some(token) = &self.remote.token {
            request = request.bearer_auth(token);
        }
        let body = self.runtime.wait(async {
            let mut response = request.send().await.map_err(|error| failed(chain(&error)))?;
            match response.status().as_u16() {
                200 => {}
                401 | 403 => return Err(self.denied(repository)),
                404 => return Err(self.unknown(repository)),
                status => return Err(failed(format!("the hub returned the HTTP status {status}"))),
            }
            let mut body = Vec::new();
            while let Some(bytes) = response.chunk().await.map_err(|error| failed(chain(&error)))? {
                if body.len() + bytes.len() > MAX_LISTING {
                    return Err(failed(format!(
                        "the list of its files is longer than the limit of {MAX_LISTING} bytes"
                    )));
                }
                body.extend_from_slice(&bytes);
            }
            Ok(body)
        })?;
        let info: Info = serde_json::from_slice(&body)
            .map_err(|error| failed(format!("cannot read the list of its files: {error}")))?;
        let listing = Listing::new(info).map_err(failed)?;
        if is_commit(revision) && listing.commit != revision {
            return Err(failed(format!("the hub returned another commit, {}", listing.commit)));
        }
        Ok(listing)
    }

    /// Writes a file's bytes to `part`, behind those that are there already.
    pub fn download(
        &self,
        repository: &Repository,
        commit: &str,
        file: &RemoteFile,
        part: &Path,
        progress: &dyn Progress,
    ) -> Result<(), HubError> {
        let mut out = OpenOptions::new().create(true).append(true).open(part).map_err(HubError::io(part))?;
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            let have = out.metadata().map_err(HubError::io(part))?.len();
            if have >= file.bytes {
                break;
            }
            match self.runtime.wait(self.go_on(repository, commit, file, have, &mut out, progress)) {
                Ok(()) => "the connection closed too early".clone_into(&mut reason),
                Err(Broken::Off(why)) => reason = why,
                Err(Broken::File(error)) => return Err(HubError::io(part)(error)),
                Err(Broken::Refused(error)) => return Err(error),
            }
        }
        out.sync_all().map_err(HubError::io(part))?;
        let have = out.metadata().map_err(HubError::io(part))?.len();
        if have == file.bytes {
            return Ok(());
        }
        if have > file.bytes {
            // Perhaps the server knows no ranges and began anew; so must we.
            let _ = fs::remove_file(part);
            reason = "the hub sent more data than requested".to_owned();
        }
        let reason =
            format!("the download of {} stopped after {have} of {} bytes: {reason}", file.name, file.bytes);
        Err(HubError::Fetch { package: repository.to_string(), reason })
    }

    /// Asks for the bytes of a file behind the first `have`, once.
    async fn go_on(
        &self,
        repository: &Repository,
        commit: &str,
        file: &RemoteFile,
        have: u64,
        out: &mut File,
        progress: &dyn Progress,
    ) -> Result<(), Broken> {
        let model = self.hub.model(repository.owner(), repository.name());
        let stream = model
            .download_file_stream()
            .filename(file.name.as_str())
            .revision(commit)
            .range(have..file.bytes)
            .send();
        // hf-hub reads whatever comes with a refusal; so long, at most.
        let stream = tokio::time::timeout(SILENCE, stream).await;
        let stream = stream.map_err(|_| Broken::Off("the hub did not respond in time".to_owned()))?;
        let (_, mut stream) = stream.map_err(|error| match error {
            HFError::AuthRequired { .. } | HFError::Forbidden { .. } => {
                Broken::Refused(self.denied(repository))
            }
            HFError::EntryNotFound { path, .. } => Broken::Refused(HubError::Fetch {
                package: repository.to_string(),
                reason: format!("the hub lists {path}, but does not provide it"),
            }),
            other => Broken::Off(chain(&other)),
        })?;
        let mut done = have;
        // What a server claims about lengths is not relied on.
        while done <= file.bytes
            && let Some(bytes) = stream.next().await
        {
            let bytes = bytes.map_err(|error| Broken::Off(chain(&error)))?;
            out.write_all(&bytes).map_err(Broken::File)?;
            done += bytes.len() as u64;
            progress.at(done);
        }
        Ok(())
    }

    fn denied(&self, repository: &Repository) -> HubError {
        HubError::Denied { repository: repository.to_string(), token: self.remote.token.is_some() }
    }

    fn unknown(&self, repository: &Repository) -> HubError {
        HubError::UnknownRepository {
            repository: repository.to_string(),
            endpoint: self.remote.endpoint.clone(),
        }
    }
}

/// Why a file did not come whole.
enum Broken {
    /// It may be gone on with.
    Off(String),
    /// It cannot be written.
    File(io::Error),
    /// The hub does not give it.
    Refused(HubError),
}

/// What is read of a hub's answer.
#[derive(Deserialize)]
struct Info {
    sha: String,
    siblings: Vec<RepoSibling>,
    #[serde(default, rename = "cardData")]
    card: serde_json::Value,
}

impl Listing {
    fn new(info: Info) -> Result<Self, String> {
        if !is_commit(&info.sha) {
            return Err("the list of its files contains no commit".to_owned());
        }
        let mut files: Vec<RemoteFile> = Vec::new();
        for listed in info.siblings {
            // Everything else, whatever its name may look like, is left alone.
            let Some(most) = most_bytes(&listed.rfilename) else { continue };
            let name = listed.rfilename;
            let bytes = listed.size.ok_or_else(|| format!("the hub does not give the size of {name}"))?;
            if bytes > most {
                return Err(format!("{name} has {bytes} bytes, more than the limit of {most}"));
            }
            let sha256 = listed.lfs.and_then(|lfs| lfs.sha256).filter(|digest| is_sha256(digest));
            if !files.iter().any(|file| file.name == name) {
                files.push(RemoteFile { name, bytes, sha256 });
            }
        }
        let licence = info.card.get("license").and_then(|licence| licence.as_str()).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.+".contains(c);
        let is_plain = licence.len() <= MAX_LICENCE && licence.chars().all(plain);
        let licence = if is_plain { licence } else { "" };
        Ok(Self { commit: info.sha, licence: licence.to_owned(), files })
    }
}

/// An error with its causes; the outermost seldom says what is wrong.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut said = Vec::<String>::new();
    for cause in causes.map(ToString::to_string) {
        if !said.iter().any(|earlier| earlier.contains(&cause)) {
            said.push(cause);
        }
    }
    said.join(": ")
}
