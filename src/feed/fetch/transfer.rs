//! One request and its answer, within limits. Redirects are answers: the caller decides whether to follow them.

use reqwest::{
    Response,
    header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED, LOCATION},
};
use url::Url;

use super::{FetchCause, FetchError, Fetcher, Validators, error::retry_after};
use crate::feed::coding::{Body, BodyError};

/// Longest validator or media type that is kept, in bytes.
const VALUE_BYTES: usize = 1024;

/// What a request asks for.
pub(super) struct Transfer {
    pub headers: HeaderMap,
    /// Most bytes of the body, when it is decoded.
    pub bytes: u64,
    /// Whether a longer body is cut there; otherwise it is an error.
    pub cut: bool,
}

/// What comes back.
pub(super) enum Answer {
    Redirect(Url),
    Unchanged,
    Whole { bytes: Vec<u8>, media_type: Option<String>, validators: Validators },
}

impl Fetcher {
    /// Makes a request to an address that was checked.
    pub(super) async fn request(&self, url: &Url, transfer: Transfer) -> Result<Answer, FetchError> {
        let failed = |cause| FetchError::new(url, cause);
        let request = self.http.get(url.clone()).headers(transfer.headers);
        let response = request.send().await.map_err(|error| FetchError::of_client(url, &error))?;
        match response.status().as_u16() {
            200 => {
                let value =
                    |name| header(response.headers(), &name).filter(|value| value.len() <= VALUE_BYTES);
                let validators = Validators { etag: value(ETAG), last_modified: value(LAST_MODIFIED) };
                let media_type = value(CONTENT_TYPE);
                let bytes = body(url, response, transfer.bytes, transfer.cut).await?;
                Ok(Answer::Whole { bytes, media_type, validators })
            }
            301 | 302 | 303 | 307 | 308 => {
                let next = header(response.headers(), &LOCATION).and_then(|to| redirected(url, &to));
                next.map(Answer::Redirect).ok_or_else(|| failed(FetchCause::Redirect))
            }
            304 => Ok(Answer::Unchanged),
            status @ (429 | 503) => {
                Err(failed(FetchCause::Busy { status, retry_after: retry_after(response.headers()) }))
            }
            status => Err(failed(FetchCause::Status(status))),
        }
    }
}

async fn body(url: &Url, mut response: Response, most: u64, cut: bool) -> Result<Vec<u8>, FetchError> {
    let failed = |cause| FetchError::new(url, cause);
    let too_long = |error| match error {
        BodyError::TooLong => failed(FetchCause::TooLong(most)),
        BodyError::Damaged(_) => failed(FetchCause::Failed(error.to_string())),
    };
    let coding = header(response.headers(), &CONTENT_ENCODING).unwrap_or_default();
    let unknown = || failed(FetchCause::Failed(format!("its host compresses it as {coding:?}, unasked")));
    let mut body = Body::new(&coding, most).ok_or_else(unknown)?;
    while let Some(arrived) = response.chunk().await.map_err(|error| FetchError::of_client(url, &error))? {
        match body.push(&arrived) {
            Err(BodyError::TooLong) if cut => return Ok(body.so_far().to_vec()),
            pushed => pushed.map_err(too_long)?,
        }
    }
    body.end().map_err(too_long)
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Where a redirect leads. `None` if that is no address, or if it would leave TLS.
fn redirected(from: &Url, to: &str) -> Option<Url> {
    let mut next = from.join(to).ok()?;
    if from.scheme() == "https" && next.scheme() == "http" {
        return None;
    }
    // Credentials are for the host that they were given for, and a host has none to give.
    let (name, password) = match from.origin() == next.origin() {
        true => (from.username(), from.password()),
        false => ("", None),
    };
    if next.has_host() {
        next.set_username(name).ok()?;
        next.set_password(password).ok()?;
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_with_their_host() {
        let to = |from: &str, to: &str| redirected(&from.parse().unwrap(), to).map(String::from);
        let from = "https://ann:secret@example.com/feed";
        assert_eq!(to(from, "/new").unwrap(), "https://ann:secret@example.com/new");
        assert_eq!(to(from, "https://example.com/new").unwrap(), "https://ann:secret@example.com/new");
        assert_eq!(to(from, "https://example.org/new").unwrap(), "https://example.org/new");
        assert_eq!(to(from, "https://example.com:8443/new").unwrap(), "https://example.com:8443/new");
        assert_eq!(to(from, "https://eve:pass@example.org/new").unwrap(), "https://example.org/new");
        assert_eq!(to(from, "http://example.com/new"), None);
        assert_eq!(to("http://example.com/feed", "https://example.com/").unwrap(), "https://example.com/");
        assert_eq!(to("http://example.com/feed", "http://["), None);
        assert_eq!(to("http://example.com/feed", "data:,x").unwrap(), "data:,x");
    }
}
