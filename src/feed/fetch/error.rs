//! Why a feed is not fetched, and when to come back.

use std::{
    error::Error,
    iter::successors,
    time::{Duration, SystemTime},
};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use url::Url;

use super::address::NotPublic;

/// Longest wait that a host can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a feed is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot fetch {url}: {cause}; {}", cause.advice())]
pub struct FetchError {
    /// The address that failed, perhaps one that a redirect led to. Without credentials.
    pub url: String,
    pub cause: FetchCause,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchCause {
    #[error("it is not an address of http or https")]
    Scheme,
    #[error("it leads to an address that is not on the public internet")]
    Private,
    #[error("the robots.txt of its host forbids it")]
    Robots,
    #[error("the robots.txt of its host cannot be read: {reason}")]
    RobotsUnavailable { reason: String, retry_after: Duration },
    #[error("its host is busy, with the HTTP status {status}")]
    Busy { status: u16, retry_after: Option<Duration> },
    #[error("its host returned the HTTP status {0}")]
    Status(u16),
    #[error("it redirects more than {0} times")]
    Redirects(u8),
    #[error("it redirects to an address that cannot be used, or from https to http")]
    Redirect,
    #[error("it has more than {0} bytes")]
    TooLong(u64),
    #[error("it did not arrive in {0:?}")]
    TooSlow(Duration),
    #[error("{0}")]
    Failed(String),
}

impl FetchCause {
    /// How to go on.
    fn advice(&self) -> &'static str {
        match self {
            Self::Scheme => "give an address with http or https",
            Self::Private => "allow private addresses to fetch it",
            Self::Robots => "ask the publisher, or save the feed to a file and read the file",
            Self::RobotsUnavailable { .. } | Self::Busy { .. } => "try again later",
            Self::Status(_) | Self::Failed(_) => "check the address, or try again later",
            Self::Redirects(_) | Self::Redirect => "use the address at which the feed is",
            Self::TooLong(_) => "raise the limit of bytes",
            Self::TooSlow(_) => "raise the limit of time, or try again later",
        }
    }
}

impl FetchError {
    pub(super) fn new(url: &Url, cause: FetchCause) -> Self {
        let mut url = url.clone();
        // They fail only for addresses that have no credentials.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Self { url: url.into(), cause }
    }

    /// What the client could not do. The innermost error has the reason.
    pub(in crate::feed) fn of_client(url: &Url, error: &reqwest::Error) -> Self {
        let mut causes = successors(Some(error as &(dyn Error + 'static)), |&error| error.source());
        let cause = match causes.clone().any(|cause| cause.is::<NotPublic>()) {
            true => FetchCause::Private,
            false => FetchCause::Failed(causes.by_ref().last().map(ToString::to_string).unwrap_or_default()),
        };
        Self::new(url, cause)
    }

    /// How long to wait, if the host says that: a day at most.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.cause {
            FetchCause::RobotsUnavailable { retry_after, .. } => Some(*retry_after),
            FetchCause::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// How long a host asks to wait: seconds or a date (RFC 9110, section 10.2.3).
pub(in crate::feed) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |date| httpdate::parse_http_date(date).ok()?.duration_since(SystemTime::now()).ok();
    let wait = value.parse().map(Duration::from_secs).ok().or_else(|| until(value));
    wait.map(|wait| wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_host_names_seconds_or_a_date() {
        let wait =
            |value| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]));
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert!(wait("Fri, 01 Jan 2100 00:00:00 GMT") > Some(Duration::from_secs(3600)));
        assert_eq!(wait("18446744073709551615"), Some(LONGEST_WAIT));
        assert_eq!(wait("Fri, 01 Jan 2010 00:00:00 GMT"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn credentials_are_in_no_message() {
        let url = "https://ann:secret@example.com/feed?page=2".parse().unwrap();
        let error = FetchError::new(&url, FetchCause::Robots);
        assert_eq!(error.url, "https://example.com/feed?page=2");
    }
}
