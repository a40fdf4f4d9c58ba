//! Fetches feeds over HTTP: politely, for it visits the servers of others again and again, and safely, for anybody may have
//! written an address or a redirect.
//!
//! Polite: it asks only for what has changed, obeys robots.txt (RFC 9309), makes one request at a time to a host, with a pause
//! between them, and tells its caller when to come back. Safe: a transfer has limits of size, time and redirects, and it does not
//! reach into private networks (`address`).

mod address;
mod error;
mod robots;
mod transfer;

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use reqwest::{
    Client, ClientBuilder,
    header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH},
    redirect::Policy,
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};
use url::Url;

pub use self::error::{FetchCause, FetchError};
use self::{
    address::PublicOnly,
    robots::RobotsCache,
    transfer::{Answer, Transfer},
};
pub(super) use self::{address::check, error::retry_after};

/// The name that robots.txt knows this program by.
const ROBOT: &str = "triglot";
/// So that a host which does not answer leaves time for the others.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A longer pause that a robots.txt asks for is cut to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Hosts whose last request is remembered.
const HOSTS: u64 = 10_000;
/// Media types of feeds, the best first.
const FEEDS: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, \
                     application/json;q=0.9, */*;q=0.8";

/// Limits of a [`Fetcher`].
#[derive(Debug, Clone)]
pub struct FetchLimits {
    /// Most bytes of a feed, when it is decompressed.
    pub bytes: u64,
    /// Longest time of a whole transfer with its redirects; waits for a turn do not count.
    pub time: Duration,
    /// Most redirects.
    pub redirects: u8,
    /// Shortest time between the starts of two requests to a host.
    pub pause: Duration,
    /// Whether addresses inside of networks may be reached, and the proxies of the environment be used: a proxy would resolve
    /// names by itself, so nobody could check where they lead.
    pub private: bool,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            time: Duration::from_secs(60),
            redirects: 5,
            pause: Duration::from_secs(1),
            private: false,
        }
    }
}

/// What a host says about the version of a feed. It sends the feed again only if they have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The feed is as it was.
    Unchanged,
    New {
        bytes: Vec<u8>,
        /// The value of `Content-Type`, with its parameters.
        media_type: Option<String>,
        validators: Validators,
        /// Where the redirects led to.
        url: Url,
    },
}

/// Fetches feeds.
#[derive(Debug)]
pub struct Fetcher {
    http: Client,
    limits: FetchLimits,
    robots: RobotsCache,
    /// When the next request to a host may start, by origin. Who holds the lock makes a request.
    turns: Cache<String, Arc<Mutex<Instant>>>,
}

impl Fetcher {
    /// # Errors
    /// When the client for HTTP cannot start, as without any root certificate.
    pub fn new(limits: FetchLimits) -> Result<Self, reqwest::Error> {
        Self::with(Client::builder(), limits)
    }

    fn with(builder: ClientBuilder, limits: FetchLimits) -> Result<Self, reqwest::Error> {
        let http = client(builder, limits.private)?;
        Ok(Self { http, limits, robots: RobotsCache::new(), turns: Cache::new(HOSTS) })
    }

    /// Fetches a feed, unless the host says that it is as it was when it had the `known` validators.
    ///
    /// # Errors
    /// When the feed cannot, may not or should not be fetched. The error says what to do, and when to come back.
    pub async fn get(&self, url: &Url, known: Option<&Validators>) -> Result<Fetched, FetchError> {
        let mut url = url.clone();
        let mut left = self.limits.time;
        for _ in 0..=self.limits.redirects {
            check(&url, self.limits.private)?;
            let robots = self.robots.of(&url, self).await;
            robots.allows(&url)?;
            let turns = self
                .turns
                .get_with(url.origin().ascii_serialization(), || Arc::new(Mutex::new(Instant::now())));
            let mut turn = turns.lock().await;
            sleep_until(*turn).await;
            let start = Instant::now();
            *turn = start + robots.delay().min(LONGEST_PAUSE).max(self.limits.pause);
            let transfer = Transfer { headers: headers(known), bytes: self.limits.bytes, cut: false };
            let answer = tokio::time::timeout(left, self.request(&url, transfer)).await;
            left = left.saturating_sub(start.elapsed());
            let too_slow = |_| FetchError::new(&url, FetchCause::TooSlow(self.limits.time));
            match answer.map_err(too_slow)?? {
                Answer::Redirect(next) => url = next,
                Answer::Unchanged => return Ok(Fetched::Unchanged),
                Answer::Whole { bytes, media_type, validators } => {
                    return Ok(Fetched::New { bytes, media_type, validators, url });
                }
            }
        }
        Err(FetchError::new(&url, FetchCause::Redirects(self.limits.redirects)))
    }
}

/// A client that reaches private addresses only if it may, for addresses that were checked ([`check`]). It follows no redirect:
/// each step must be checked, too.
pub(super) fn client(mut builder: ClientBuilder, private: bool) -> Result<Client, reqwest::Error> {
    if !private {
        builder = builder.no_proxy().dns_resolver(PublicOnly);
    }
    builder.user_agent(agent()).connect_timeout(CONNECT_TIMEOUT).redirect(Policy::none()).build()
}

/// The headers of a request for a feed.
fn headers(known: Option<&Validators>) -> HeaderMap {
    let mut headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static(FEEDS)),
        (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
    ]);
    let mut set = |name: HeaderName, value: Option<&String>| {
        // A value that no host can have sent is left out: then the feed comes whole.
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    };
    if let Some(known) = known {
        set(IF_NONE_MATCH, known.etag.as_ref());
        set(IF_MODIFIED_SINCE, known.last_modified.as_ref());
    }
    headers
}

/// The header `User-Agent`: with an address of the project, if it has one, for the people whose logs it is in.
fn agent() -> String {
    let name = concat!("triglot/", env!("CARGO_PKG_VERSION"));
    match env!("CARGO_PKG_REPOSITORY") {
        "" => name.to_owned(),
        address => format!("{name} (+{address})"),
    }
}

#[cfg(test)]
mod tests;
