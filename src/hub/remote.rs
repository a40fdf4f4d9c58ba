//! A client for hubs with the protocol of huggingface.co, which lists the files of a repository; `download` fetches them.
//!
//! hf-hub does most of the work: endpoint, token, proxies, retries, redirects, ranges, and the hub's storage protocol. Three
//! things it cannot do are done here. It cannot resume an interrupted download, and it does not limit the number of bytes
//! that it writes: `download` does both on hf-hub's streams. It cannot request a listing with sizes and SHA-256 digests
//! (`blobs=true`; its tree listing lacks the digests): this module makes that request itself. reqwest drops the token on a
//! redirect to another host.

use std::{env, fs, time::Duration};

use hf_hub::{HFClient, repository::RepoSibling};
use serde::Deserialize;

use super::{
    HubError, Repository,
    background::Background,
    lock::{is_commit, is_sha256, most_bytes},
};

/// Size limit of a listing, in bytes.
const MAX_LISTING: usize = 16 << 20;
/// Length limit of a licence identifier, in bytes; a longer one is ignored.
const MAX_LICENCE: usize = 64;
/// Short, so that a start without a network does not seem to hang.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for the next bytes of a response.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

/// A hub and the access token for it.
#[derive(Clone)]
pub struct Remote {
    /// URL of the hub, without a path.
    pub endpoint: String,
    /// Access token, if there is one.
    pub token: Option<String>,
}

/// The files of a repository at one commit.
pub(super) struct Listing {
    /// Hexadecimal.
    pub commit: String,
    /// From the model card; empty if it names none.
    pub licence: String,
    /// Only files that a model may consist of.
    pub files: Vec<RemoteFile>,
}

/// A file that a hub lists.
#[derive(Debug, Clone)]
pub(super) struct RemoteFile {
    /// One of the names in `lock::FILES`.
    pub name: String,
    pub bytes: u64,
    /// Hexadecimal; hubs list it for large files only.
    pub sha256: Option<String>,
}

/// A client for one hub.
pub(super) struct Connection {
    pub remote: Remote,
    pub http: reqwest::Client,
    pub hub: HFClient,
    pub runtime: Background,
}

/// Values that switch an environment variable off, as clap's `FalseyValueParser` has them.
const OFF: [&str; 6] = ["0", "f", "false", "n", "no", "off"];

impl Remote {
    /// Reads the endpoint from `HF_ENDPOINT` and the token from `HF_TOKEN`, or else from the file in which the hub's own command
    /// line stores it. There is no token if `HF_HUB_DISABLE_IMPLICIT_TOKEN` is on.
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
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            // A redirect from HTTPS to plain HTTP fails.
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
    /// Lists the files of a repository at `commit`, or else at the reference's own revision, or else at "main".
    pub fn list(&self, repository: &Repository, commit: Option<&str>) -> Result<Listing, HubError> {
        let revision = commit.or(repository.revision()).unwrap_or("main");
        let url = format!(
            "{}/api/models/{}/{}/revision/{}?blobs=true",
            self.remote.endpoint.trim_end_matches('/'),
            repository.owner(),
            repository.name(),
            // A revision contains no other character that needs an escape.
            revision.replace('/', "%2F"),
        );
        let failed = |reason: String| HubError::Fetch { package: repository.to_string(), reason };
        let mut request = self.http.get(url);
        if let Some(token) = &self.remote.token {
            request = request.bearer_auth(token);
        }
        let body = self.runtime.wait(async {
            let response = request.send().await.map_err(|error| failed(chain(&error)))?;
            match response.status().as_u16() {
                200 => body(response, MAX_LISTING).await.map_err(failed),
                401 | 403 => Err(self.denied(repository)),
                404 => Err(self.unknown(repository)),
                status => Err(failed(format!("the hub returned the HTTP status {status}"))),
            }
        })?;
        let info: Info = serde_json::from_slice(&body)
            .map_err(|error| failed(format!("cannot read the list of its files: {error}")))?;
        let listing = Listing::new(info).map_err(failed)?;
        if is_commit(revision) && listing.commit != revision {
            return Err(failed(format!("the hub returned another commit, {}", listing.commit)));
        }
        Ok(listing)
    }

    pub(super) fn denied(&self, repository: &Repository) -> HubError {
        HubError::Denied { repository: repository.to_string(), token: self.remote.token.is_some() }
    }

    fn unknown(&self, repository: &Repository) -> HubError {
        HubError::UnknownRepository {
            repository: repository.to_string(),
            endpoint: self.remote.endpoint.clone(),
        }
    }
}

/// The fields of a hub's model information that are used.
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
            // All other files are ignored, so a hostile name has no effect.
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

/// Reads the body of a response, which may have `limit` bytes.
pub(super) async fn body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.map_err(|error| chain(&error))? {
        if body.len() + bytes.len() > limit {
            return Err(format!("the response is longer than the limit of {limit} bytes"));
        }
        body.extend_from_slice(&bytes);
    }
    Ok(body)
}

/// Joins an error and its causes: the outermost message seldom has the reason.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut messages = Vec::<String>::new();
    for cause in causes.map(ToString::to_string) {
        if !messages.iter().any(|earlier| earlier.contains(&cause)) {
            messages.push(cause);
        }
    }
    messages.join(": ")
}
