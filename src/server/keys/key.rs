//! One key: who has it, and what its calls may take.

use std::{
    num::{NonZeroU32, NonZeroU64},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use super::{Class, Entry, KeyName};
use crate::{engine::Caller, server::error::ServiceError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A key that may call, with what its calls took so far. It does not know the key itself.
pub(in crate::server) struct Key {
    entry: Entry,
    pub caller: Caller,
    rate: Option<DefaultDirectRateLimiter>,
    spent: Arc<Mutex<Spent>>,
}

/// The characters of one day.
#[derive(Default)]
struct Spent {
    /// Days since 1970, in UTC.
    day: u64,
    chars: u64,
}

impl Key {
    /// `before`: the same key until now; what it has spent is not forgotten.
    pub fn new(entry: Entry, before: Option<&Self>) -> Self {
        let rate = entry.calls_per_second.and_then(|rate| limiter(rate, entry.burst));
        let spent = before.map(|key| Arc::clone(&key.spent)).unwrap_or_default();
        let caller = Caller::from(entry.name.as_str());
        Self { entry, caller, rate, spent }
    }

    pub fn name(&self) -> &KeyName {
        &self.entry.name
    }

    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    pub fn is_batch(&self) -> bool {
        self.entry.class == Class::Batch
    }

    /// Counts a call, unless there are too many.
    pub fn count_call(&self) -> Result<(), ServiceError> {
        let Some(rate) = &self.rate else { return Ok(()) };
        rate.check().map_err(|until| ServiceError::Rate(until.wait_time_from(DefaultClock::default().now())))
    }

    /// Counts the characters of a text, unless the quota has fewer left.
    pub fn count_chars(&self, chars: usize) -> Result<(), ServiceError> {
        self.count_at(now(), chars as u64)
    }

    /// The characters that were counted today, and how many there may be.
    pub fn chars_today(&self) -> (u64, Option<NonZeroU64>) {
        let spent = self.spent_on(now());
        (spent.chars, self.entry.chars_per_day)
    }

    /// `now`: since 1970.
    fn count_at(&self, now: Duration, chars: u64) -> Result<(), ServiceError> {
        let mut spent = self.spent_on(now);
        let all = spent.chars.saturating_add(chars);
        if let Some(most) = self.entry.chars_per_day.filter(|most| all > most.get()) {
            return Err(ServiceError::Quota { name: self.entry.name.clone(), chars: most });
        }
        spent.chars = all;
        Ok(())
    }

    /// What was spent on the day of `now`.
    fn spent_on(&self, now: Duration) -> MutexGuard<'_, Spent> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.as_secs() / DAY.as_secs();
        if spent.day != day {
            *spent = Spent { day, chars: 0 };
        }
        spent
    }
}

/// The time since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Without a burst, the calls of one second may come at once.
fn limiter(rate: f64, burst: Option<NonZeroU32>) -> Option<DefaultDirectRateLimiter> {
    let second = NonZeroU32::new(rate.ceil() as u32)?;
    let quota = Quota::with_period(Duration::try_from_secs_f64(1.0 / rate).ok()?)?;
    Some(RateLimiter::direct(quota.allow_burst(burst.unwrap_or(second))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(most: u64, before: Option<&Key>) -> Key {
        let entry = Entry {
            name: "agency".parse().expect("it is a name"),
            sha256: [0; 32],
            class: Class::Interactive,
            calls_per_second: None,
            burst: None,
            chars_per_day: NonZeroU64::new(most),
        };
        Key::new(entry, before)
    }

    #[test]
    fn a_quota_is_that_of_a_day_of_utc() {
        let (key, evening) = (key(100, None), 400 * DAY - Duration::from_secs(1));
        key.count_at(evening, 60).expect("60 of 100");
        key.count_at(evening, 60).expect_err("120 of 100");
        key.count_at(evening, u64::MAX).expect_err("the sum has no end");
        key.count_at(evening, 40).expect("100 of 100");
        key.count_at(evening, 1).expect_err("101 of 100");
        key.count_at(400 * DAY, 100).expect("it is another day");
    }

    #[test]
    fn a_changed_entry_does_not_begin_the_day_anew() {
        let old = key(100, None);
        old.count_at(DAY, 60).expect("60 of 100");
        let new = key(80, Some(&old));
        new.count_at(DAY, 21).expect_err("81 of 80");
        // A stream that goes on with the old entry.
        old.count_at(DAY, 20).expect("80 of 100");
        new.count_at(DAY, 1).expect_err("81 of 80");
    }
}
