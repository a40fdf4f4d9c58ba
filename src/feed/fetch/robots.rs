//! What hosts let robots fetch (RFC 9309): each robots.txt is read once a day.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::{Expiry, future::Cache};
use reqwest::header::HeaderMap;
use robotxt::Robots;
use url::Url;

use super::{
    FetchCause, FetchError, Fetcher, ROBOT, address,
    transfer::{Answer, Transfer},
};

/// Bytes of a robots.txt that are read; the RFC asks for as many, and what follows is ignored.
const BYTES: u64 = 500 << 10;
/// Longest time of a transfer, with its redirects.
const TIME: Duration = Duration::from_secs(20);
/// Most redirects, as the RFC asks for.
const REDIRECTS: usize = 5;
/// How long rules are kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a host is left alone whose robots.txt cannot be read, if the host does not say.
const RETRY: Duration = Duration::from_secs(10 * 60);
/// Bytes of all robots.txt that are kept. Rules need several times the memory.
const CACHE_BYTES: u64 = 16 << 20;
/// What an entry counts for besides its bytes.
const ENTRY_BYTES: u32 = 500;

/// The rules of hosts, by origin.
#[derive(Debug)]
pub(super) struct RobotsCache(Cache<String, Arc<Access>>);

/// What a host lets robots fetch.
#[derive(Debug)]
pub(super) enum Access {
    Rules {
        rules: Robots,
        /// Bytes of the robots.txt.
        bytes: u32,
    },
    /// The robots.txt cannot be read, so nothing may be fetched for some time.
    Unavailable { reason: String, until: Instant },
}

impl RobotsCache {
    pub fn new() -> Self {
        let cache = Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|origin: &String, access: &Arc<Access>| origin.len() as u32 + access.bytes())
            .expire_after(UntilRetry)
            .build();
        Self(cache)
    }

    /// The rules for the host of an address. Whoever asks while another reads the same robots.txt waits for it.
    pub async fn of(&self, url: &Url, fetcher: &Fetcher) -> Arc<Access> {
        let origin = url.origin().ascii_serialization();
        self.0.get_with(origin, async { Arc::new(Access::read(url, fetcher).await) }).await
    }
}

/// Forgets rules after a day, and a failure when it is time to try again.
struct UntilRetry;

impl Expiry<String, Arc<Access>> for UntilRetry {
    fn expire_after_create(&self, _: &String, access: &Arc<Access>, created: Instant) -> Option<Duration> {
        match &**access {
            Access::Rules { .. } => Some(KEPT),
            Access::Unavailable { until, .. } => Some(until.saturating_duration_since(created)),
        }
    }
}

impl Access {
    async fn read(url: &Url, fetcher: &Fetcher) -> Self {
        let Ok(robots) = url.join("/robots.txt") else { return Self::all() };
        let read = tokio::time::timeout(TIME, fetcher.robots_txt(robots.clone())).await;
        match read.unwrap_or_else(|_| Err(FetchError::new(&robots, FetchCause::TooSlow(TIME)))) {
            Ok(text) => Self::Rules {
                rules: Robots::parse(&text, ROBOT),
                bytes: u32::try_from(text.len()).unwrap_or(u32::MAX),
            },
            Err(error) => match error.cause {
                FetchCause::Status(400..500) | FetchCause::Redirects(_) => Self::all(),
                // A request for the feed fails for the same reason, and says so. If only a redirect led there, there are no rules.
                FetchCause::Private => Self::all(),
                ref cause => Self::Unavailable {
                    reason: cause.to_string(),
                    until: Instant::now() + error.retry_after().unwrap_or(RETRY).min(KEPT),
                },
            },
        }
    }

    fn all() -> Self {
        Self::Rules { rules: Robots::allow_all(), bytes: 0 }
    }

    fn bytes(&self) -> u32 {
        let bytes = match self {
            Self::Rules { bytes, .. } => *bytes,
            Self::Unavailable { .. } => 0,
        };
        bytes.saturating_add(ENTRY_BYTES)
    }

    /// # Errors
    /// [`FetchCause::Robots`] or [`FetchCause::RobotsUnavailable`].
    pub fn allows(&self, url: &Url) -> Result<(), FetchError> {
        let cause = match self {
            Self::Rules { rules, .. } if rules.is_url_allowed(url) => return Ok(()),
            Self::Rules { .. } => FetchCause::Robots,
            Self::Unavailable { reason, until } => FetchCause::RobotsUnavailable {
                reason: reason.clone(),
                retry_after: until.saturating_duration_since(Instant::now()),
            },
        };
        Err(FetchError::new(url, cause))
    }

    /// The time that the host asks for between two requests.
    pub fn delay(&self) -> Duration {
        match self {
            Self::Rules { rules, .. } => rules.crawl_delay().unwrap_or_default(),
            Self::Unavailable { .. } => Duration::ZERO,
        }
    }
}

impl Fetcher {
    /// The beginning of a robots.txt.
    async fn robots_txt(&self, mut url: Url) -> Result<Vec<u8>, FetchError> {
        for _ in 0..=REDIRECTS {
            address::check(&url, self.limits.private)?;
            let transfer = Transfer { headers: HeaderMap::new(), bytes: BYTES, cut: true };
            match self.request(&url, transfer).await? {
                Answer::Redirect(next) => url = next,
                Answer::Unchanged => return Err(FetchError::new(&url, FetchCause::Status(304))),
                Answer::Whole { bytes, .. } => return Ok(whole_lines(bytes)),
            }
        }
        Err(FetchError::new(&url, FetchCause::Redirects(REDIRECTS as u8)))
    }
}

/// Without the line that was cut: half of a rule is another rule.
fn whole_lines(mut text: Vec<u8>) -> Vec<u8> {
    if text.len() as u64 == BYTES {
        text.truncate(text.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(0));
    }
    text
}
