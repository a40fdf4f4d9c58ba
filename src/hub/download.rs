//! Downloads of single files, from a hub or from any other address, which resume where an earlier attempt stopped.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use futures::{Stream, StreamExt, TryStreamExt, future::Either, stream};
use hf_hub::HFError;
use tokio_util::bytes::Bytes;

use super::{
    HubError, Progress, Repository,
    remote::{Connection, READ_TIMEOUT, chain},
};

/// Attempts per file in one pull. The next pull resumes an incomplete file.
const ATTEMPTS: usize = 3;

/// The origin of a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin<'a> {
    /// A path in a repository on the hub, at a commit.
    Hub { repository: &'a Repository, commit: &'a str, path: &'a str },
    /// A web address.
    Web(&'a str),
}

impl Origin<'_> {
    fn failed(&self, reason: String) -> HubError {
        let package = match self {
            Self::Hub { repository, .. } => repository.to_string(),
            Self::Web(url) => (*url).to_owned(),
        };
        HubError::Fetch { package, reason }
    }
}

/// Why a download stopped early.
enum DownloadError {
    /// Another attempt can resume it.
    Interrupted(String),
    /// The local file cannot be written.
    Write(io::Error),
    /// The server does not provide the file.
    Refused(HubError),
}

impl Connection {
    /// Downloads a file of `bytes` bytes to `part`, and resumes after the bytes that `part` already has.
    pub fn download(
        &self,
        origin: Origin<'_>,
        bytes: u64,
        part: &Path,
        progress: &dyn Progress,
    ) -> Result<(), HubError> {
        let mut out = OpenOptions::new().create(true).append(true).open(part).map_err(HubError::io(part))?;
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            let have = out.metadata().map_err(HubError::io(part))?.len();
            if have >= bytes {
                break;
            }
            match self.runtime.wait(self.download_rest(origin, have, bytes, &mut out, progress)) {
                Ok(()) => "the connection closed too early".clone_into(&mut reason),
                Err(DownloadError::Interrupted(why)) => reason = why,
                Err(DownloadError::Write(error)) => return Err(HubError::io(part)(error)),
                Err(DownloadError::Refused(error)) => return Err(error),
            }
        }
        out.sync_all().map_err(HubError::io(part))?;
        let have = out.metadata().map_err(HubError::io(part))?.len();
        if have == bytes {
            return Ok(());
        }
        if have > bytes {
            // The server may have ignored the range and sent the whole file, so the next pull must start over.
            let _ = fs::remove_file(part);
            "the server sent more data than requested".clone_into(&mut reason);
        }
        let name = part.file_stem().unwrap_or_default().display();
        Err(origin.failed(format!("the download of {name} stopped after {have} of {bytes} bytes: {reason}")))
    }

    /// Requests the bytes of a file after the first `have`, once, and appends them to `out`.
    async fn download_rest(
        &self,
        origin: Origin<'_>,
        have: u64,
        bytes: u64,
        out: &mut File,
        progress: &dyn Progress,
    ) -> Result<(), DownloadError> {
        let mut stream = match origin {
            Origin::Hub { repository, commit, path } => {
                Either::Left(self.hub_stream(repository, commit, path, have..bytes).await?)
            }
            Origin::Web(url) => Either::Right(self.web_stream(url, have..bytes).await?),
        };
        let mut done = have;
        // Counts the bytes itself, since the server's Content-Length may be wrong.
        while done <= bytes
            && let Some(received) = stream.next().await
        {
            let received = received.map_err(DownloadError::Interrupted)?;
            out.write_all(&received).map_err(DownloadError::Write)?;
            done += received.len() as u64;
            progress.at(done);
        }
        Ok(())
    }

    async fn hub_stream(
        &self,
        repository: &Repository,
        commit: &str,
        path: &str,
        range: std::ops::Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, String>> + Unpin + use<>, DownloadError> {
        let model = self.hub.model(repository.owner(), repository.name());
        let stream = model.download_file_stream().filename(path).revision(commit).range(range).send();
        // hf-hub reads the whole body of an error response; this limits the time for it.
        let stream = tokio::time::timeout(READ_TIMEOUT, stream).await;
        let stream =
            stream.map_err(|_| DownloadError::Interrupted("the hub did not respond in time".to_owned()))?;
        let (_, stream) = stream.map_err(|error| match error {
            HFError::AuthRequired { .. } | HFError::Forbidden { .. } => {
                DownloadError::Refused(self.denied(repository))
            }
            HFError::EntryNotFound { path, .. } => DownloadError::Refused(HubError::Fetch {
                package: repository.to_string(),
                reason: format!("the hub lists {path}, but does not provide it"),
            }),
            other => DownloadError::Interrupted(chain(&other)),
        })?;
        Ok(stream.map_err(|error| chain(&error)))
    }

    async fn web_stream(
        &self,
        url: &str,
        range: std::ops::Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, String>> + Unpin + use<>, DownloadError> {
        let mut request = self.http.get(url);
        if range.start > 0 {
            request = request.header("Range", format!("bytes={}-{}", range.start, range.end - 1));
        }
        let response = request.send().await.map_err(|error| DownloadError::Interrupted(chain(&error)))?;
        match response.status().as_u16() {
            200 | 206 => {}
            status @ 400..500 => {
                let reason = format!("the server returned the HTTP status {status}");
                return Err(DownloadError::Refused(Origin::Web(url).failed(reason)));
            }
            status => {
                return Err(DownloadError::Interrupted(format!(
                    "the server returned the HTTP status {status}"
                )));
            }
        }
        let chunks = stream::try_unfold(response, async |mut response| {
            let chunk = response.chunk().await.map_err(|error| chain(&error))?;
            Ok(chunk.map(|chunk| (chunk, response)))
        });
        Ok(Box::pin(chunks))
    }
}
