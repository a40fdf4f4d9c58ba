//! The work that unary calls were promised, and whether there is time for one more.
//!
//! A queue that is only bounded in memory holds minutes of work. Callers give up while they wait, and what is computed for them
//! is lost. So each call is tried before it may wait: with the speed that the engine has shown, can it and all calls before it
//! be done in time, and does it leave time for the calls after it? This is the test of schedules in which the earliest deadline
//! goes first (Liu and Layland, "Scheduling Algorithms for Multiprogramming in a Hard-Real-Time Environment", 1973).
//!
//! The test alone would promise all of the time to the caller who asks most often. So a part of the time is only for callers who
//! have less than an equal share of the promises. They fill the queue while those with more are refused, until all have as much
//! of it, and as much is done for each.
//!
//! Work is counted in characters of the source, which are known before anything is computed. A batch works on many calls at
//! once, and each takes longer in it than alone. The estimates are right all the same, since the work of a running segment
//! counts in full until the segment is finished.
//!
//! [`Promises`] makes the decisions, without clock or threads. [`Backlog`] shares them between callers and the worker.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Caller, speed::Speed};

/// The part of its time in which a call must be done by the estimate. The rest is for errors of the estimate.
const SHARE: f64 = 0.8;
/// The same for a call whose caller has less than an equal share of the promises. No other call can take this room.
const SHARE_OF_LESS: f64 = 0.9;
/// A caller with less who was refused has this long to come again, after the time that it was told. Until then, callers with more
/// are promised nothing.
const RETURN: Duration = Duration::from_secs(1);
/// While the speed is not known, a text of more characters is a long one.
const LONG: usize = 10_000;

/// A call that wants to wait.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub caller: Caller,
    /// When it came.
    pub at: Instant,
    /// The characters of its text; `None` for a stream, whose length nobody knows.
    pub chars: Option<usize>,
    /// When its caller gives up.
    pub deadline: Option<Instant>,
    /// The longest time that it may wait before it runs.
    pub longest_wait: Duration,
}

impl Arrival {
    /// A unary call with a text of so many characters.
    pub fn text(caller: Caller, chars: usize, deadline: Option<Instant>, longest_wait: Duration) -> Self {
        Self { caller, at: Instant::now(), chars: Some(chars), deadline, longest_wait }
    }

    /// A stream. It is promised nothing and refused for no queue: it waits for room as it sends its text.
    pub fn stream(caller: Caller) -> Self {
        Self { caller, at: Instant::now(), chars: None, deadline: None, longest_wait: Duration::MAX }
    }
}

/// When the work of a call is due; the number tells calls apart that are due at the same time.
type Key = (Instant, u64);

/// What a call still has to get.
#[derive(Debug)]
struct Owed {
    caller: Caller,
    chars: f64,
}

/// A caller with less than its share who was refused, and until when it may come again.
#[derive(Debug)]
struct Refused {
    caller: Caller,
    until: Instant,
}

/// Which calls wait, and how fast they are served.
#[derive(Debug, Default)]
struct Promises {
    speed: Speed,
    by_due: BTreeMap<Key, Owed>,
    /// The number of calls of each caller.
    callers: HashMap<Caller, usize>,
    made: u64,
    refused: Option<Refused>,
}

impl Promises {
    /// Promises a call its work, or returns the time after which it may try again. `None`: a stream, or a text that takes longer
    /// than a call may wait; such a call would hold up all others, so it has no promise and waits like a stream.
    fn promise(&mut self, arrival: &Arrival) -> Result<Option<Key>, Duration> {
        let Arrival { ref caller, at, chars: Some(count), deadline, longest_wait } = *arrival else {
            return Ok(None);
        };
        let chars = count as f64;
        let speed = self.speed.known(at);
        let work = speed.map_or(0.0, |speed| chars / speed);
        let longest_wait = longest_wait.as_secs_f64();
        let long = speed.map_or(count > LONG, |_| work > longest_wait);
        let due = later(at, longest_wait + work);
        let due = due.min(deadline.unwrap_or(due));
        let excess = speed.map_or(0.0, |speed| {
            if long {
                return deadline.map_or(0.0, |deadline| work - time(at, deadline) * SHARE);
            }
            let to_come =
                self.refused.as_ref().filter(|refused| refused.until > at && refused.caller != *caller);
            let (own, has_less) = self.share(caller, chars, to_come.map(|refused| &refused.caller));
            let share = if has_less { SHARE_OF_LESS } else { SHARE };
            let excess = self.excess(due, chars, speed, |due| time(at, due) * share);
            match to_come {
                Some(refused) if !has_less => return excess.max(time(at, refused.until)),
                // A call for which there would be no time in any case holds up nobody.
                None if has_less && excess > 0.0 && own / speed <= time(at, due) * SHARE => {
                    self.refused =
                        Some(Refused { caller: caller.clone(), until: later(at, excess) + RETURN });
                }
                _ => {}
            }
            excess
        });
        match excess > 0.0 {
            true => Err(seconds(excess)),
            false => Ok((!long).then(|| self.keep(caller, due, chars))),
        }
    }

    /// The characters that a caller would have with a new call, and whether it has less than an equal share. Half of the new call
    /// counts for this, so those with long calls and those with short ones have as much on average.
    fn share(&self, caller: &Caller, chars: f64, to_come: Option<&Caller>) -> (f64, bool) {
        let (mut all, mut own) = (0.0, 0.0);
        for owed in self.by_due.values() {
            all += owed.chars;
            own += if owed.caller == *caller { owed.chars } else { 0.0 };
        }
        let others = self.callers.keys().filter(|other| *other != caller).count();
        let to_come = to_come.filter(|other| !self.callers.contains_key(other)).iter().count();
        let callers = 1 + others + to_come;
        let half = chars / 2.0;
        (own + chars, callers > 1 && (own + half) * callers as f64 <= all + half)
    }

    /// By how many seconds a new call would be late, or make another one late. `until` says how many seconds there are for what
    /// is due at a time.
    fn excess(&self, due: Instant, chars: f64, speed: f64, until: impl Fn(Instant) -> f64) -> f64 {
        let sooner = self.by_due.range(..=(due, u64::MAX)).map(|(_, owed)| owed.chars);
        let mut before = chars + sooner.sum::<f64>();
        let mut excess = before / speed - until(due);
        // Those that are due later have to wait for this call.
        for (&(due, _), owed) in self.by_due.range((due, u64::MAX)..) {
            before += owed.chars;
            excess = excess.max(before / speed - until(due));
        }
        excess
    }

    fn keep(&mut self, caller: &Caller, due: Instant, chars: f64) -> Key {
        self.refused.take_if(|refused| refused.caller == *caller);
        *self.callers.entry(caller.clone()).or_default() += 1;
        self.made += 1;
        self.by_due.insert((due, self.made), Owed { caller: caller.clone(), chars });
        (due, self.made)
    }

    /// Seconds until all promises are kept, at the known speed.
    fn seconds(&self, now: Instant) -> Option<f64> {
        self.speed.known(now).map(|speed| self.by_due.values().map(|owed| owed.chars).sum::<f64>() / speed)
    }

    /// So many characters of a call were done. A second try of a segment is work that nobody promised, and counts for nothing.
    fn done(&mut self, key: Key, chars: usize) {
        if let Some(Owed { chars: left, .. }) = self.by_due.get_mut(&key) {
            let chars = left.min(chars as f64);
            *left -= chars;
            self.speed.done(chars);
        }
    }

    /// A call gives up what it still has to get.
    fn give_up(&mut self, key: Key) {
        let Some(Owed { caller, .. }) = self.by_due.remove(&key) else { return };
        if let Entry::Occupied(mut calls) = self.callers.entry(caller) {
            match calls.get() {
                0 | 1 => _ = calls.remove(),
                more => *calls.get_mut() = more - 1,
            }
        }
    }
}

/// Seconds from one time to a later one.
fn time(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64()
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

fn later(time: Instant, by: f64) -> Instant {
    time.checked_add(seconds(by)).unwrap_or(time)
}

/// The promises of one engine. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Backlog {
    promises: Arc<Mutex<Promises>>,
}

impl Backlog {
    /// Ignores poisoning: every method leaves the promises consistent.
    fn lock(&self) -> MutexGuard<'_, Promises> {
        self.promises.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Promises::promise`].
    pub(super) fn promise(&self, arrival: &Arrival) -> Result<Option<Promise>, Duration> {
        let key = self.lock().promise(arrival)?;
        Ok(key.map(|key| Promise { backlog: self.clone(), key }))
    }

    /// Seconds until all promises are kept; 0 if the speed is not known.
    pub(super) fn seconds(&self) -> f64 {
        self.lock().seconds(Instant::now()).unwrap_or_default()
    }

    /// Tells when a step began and that it has ended, and whether a segment with a promise waited meanwhile.
    pub(super) fn step(&self, began: Instant, waited_for: bool) {
        let now = Instant::now();
        self.lock().speed.step(now, now - began, waited_for);
    }
}

/// The work that a call was promised. Dropping it gives up what is left of it.
#[derive(Debug)]
pub(super) struct Promise {
    backlog: Backlog,
    key: Key,
}

impl Promise {
    /// When all of it is due.
    pub(super) fn due(&self) -> Instant {
        self.key.0
    }

    /// So many characters of the call were done.
    pub(super) fn done(&self, chars: usize) {
        self.backlog.lock().done(self.key, chars);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.backlog.lock().give_up(self.key);
    }
}

#[cfg(test)]
mod tests;
