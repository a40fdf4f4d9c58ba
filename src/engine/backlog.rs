//! The work that unary calls were promised, and whether there is time for one more.
//!
//! A queue that is only bounded in memory holds minutes of work. Callers give up while they wait, and what is computed for them
//! is lost. So each call is tried before it may wait: with the speed that the engine has shown, can it and all calls before it
//! be done in time, and does it leave time for the calls after it? This is the test of schedules in which the earliest deadline
//! goes first (Liu and Layland, "Scheduling Algorithms for Multiprogramming in a Hard-Real-Time Environment", 1973).
//!
//! Work is counted in characters of the source, which are known before anything is computed. A batch works on many calls at
//! once, and each takes longer in it than alone. The estimates are right all the same, since the work of a running segment
//! counts in full until the segment is finished.
//!
//! [`Promises`] makes the decisions, without clock or threads. [`Backlog`] shares them between callers and the worker.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The part of its time in which a call must be done by the estimate. The rest is for errors of the estimate.
const SHARE: f64 = 0.8;
/// The speed is that of the last seconds: what is older than this counts half.
const RECENT: f64 = 10.0;
/// A shorter time tells no speed.
const LEAST: f64 = 1.0;
/// After so much time without a waiting call, the speed is not known any more: the machine may have been slow for a moment.
const FRESH: Duration = Duration::from_secs(60);
/// While the speed is not known, a text of more characters is a long one.
const LONG: usize = 10_000;

/// A call that wants to wait.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
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
    /// A unary call with a text.
    pub fn text(text: &str, deadline: Option<Instant>, longest_wait: Duration) -> Self {
        Self { at: Instant::now(), chars: Some(text.chars().count()), deadline, longest_wait }
    }

    /// A stream. It is promised nothing and refused for no queue: it waits for room as it sends its text.
    pub fn stream() -> Self {
        Self { at: Instant::now(), chars: None, deadline: None, longest_wait: Duration::MAX }
    }
}

/// When the work of a call is due; the number tells calls apart that are due at the same time.
type Key = (Instant, u64);

/// Which calls wait, and how fast they are served.
#[derive(Debug, Default)]
struct Promises {
    speed: Speed,
    /// The characters that each call still has to get.
    by_due: BTreeMap<Key, f64>,
    made: u64,
}

impl Promises {
    /// Promises a call its work, or returns the time after which it may try again. `None`: a stream, or a text that takes longer
    /// than a call may wait; such a call would hold up all others, so it has no promise and waits like a stream.
    fn promise(&mut self, arrival: &Arrival) -> Result<Option<Key>, Duration> {
        let Arrival { at, chars: Some(count), deadline, longest_wait } = *arrival else { return Ok(None) };
        let chars = count as f64;
        let speed = self.speed.known(at);
        let work = speed.map_or(0.0, |speed| chars / speed);
        let longest_wait = longest_wait.as_secs_f64();
        let long = speed.map_or(count > LONG, |_| work > longest_wait);
        let due = later(at, longest_wait + work);
        let due = due.min(deadline.unwrap_or(due));
        let excess = speed.map_or(0.0, |speed| {
            let time_until = |due: Instant| due.saturating_duration_since(at).as_secs_f64() * SHARE;
            if long {
                return deadline.map_or(0.0, |deadline| work - time_until(deadline));
            }
            let sooner = self.by_due.range(..=(due, u64::MAX)).map(|(_, chars)| chars);
            let mut before = chars + sooner.sum::<f64>();
            let mut excess = before / speed - time_until(due);
            // Those that are due later have to wait for this call.
            for (&(due, _), chars) in self.by_due.range((due, u64::MAX)..) {
                before += chars;
                excess = excess.max(before / speed - time_until(due));
            }
            excess
        });
        match excess > 0.0 {
            true => Err(seconds(excess)),
            false => Ok((!long).then(|| self.keep(due, chars))),
        }
    }

    fn keep(&mut self, due: Instant, chars: f64) -> Key {
        self.made += 1;
        self.by_due.insert((due, self.made), chars);
        (due, self.made)
    }

    /// Seconds until all promises are kept, at the known speed.
    fn seconds(&self, now: Instant) -> Option<f64> {
        self.speed.known(now).map(|speed| self.by_due.values().sum::<f64>() / speed)
    }

    /// So many characters of a call were done. A second try of a segment is work that nobody promised, and counts for nothing.
    fn done(&mut self, key: Key, chars: usize) {
        if let Some(left) = self.by_due.get_mut(&key) {
            let chars = left.min(chars as f64);
            *left -= chars;
            self.speed.done(chars);
        }
    }
}

/// The characters done while calls waited, in how many seconds. Without a waiting call, the batch may have free rows, and the
/// time tells nothing.
#[derive(Debug, Default)]
struct Speed {
    chars: f64,
    seconds: f64,
    waited_for: bool,
    /// The last time that a call waited.
    seen: Option<Instant>,
}

impl Speed {
    /// Characters a second; `None` if too little has been seen, or nothing of late.
    fn known(&self, now: Instant) -> Option<f64> {
        let is_fresh = self.seen.is_some_and(|seen| now.saturating_duration_since(seen) < FRESH);
        (is_fresh && self.seconds >= LEAST && self.chars > 0.0).then(|| self.chars / self.seconds)
    }

    /// A step ended.
    fn step(&mut self, now: Instant, took: Duration, waited_for: bool) {
        self.waited_for = waited_for;
        if !waited_for {
            return;
        }
        if self.seen.is_some_and(|seen| now.saturating_duration_since(seen) >= FRESH) {
            (self.chars, self.seconds) = (0.0, 0.0);
        }
        self.seen = Some(now);
        self.seconds += took.as_secs_f64();
        if self.seconds > 2.0 * RECENT {
            (self.chars, self.seconds) = (self.chars / 2.0, self.seconds / 2.0);
        }
    }

    fn done(&mut self, chars: f64) {
        if self.waited_for {
            self.chars += chars;
        }
    }
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
        self.backlog.lock().by_due.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WAIT: Duration = Duration::from_secs(10);

    /// Promises of an engine that has shown its speed, in characters a second.
    fn known(speed: f64) -> Promises {
        let seen = Some(Instant::now());
        let speed = Speed { chars: speed * RECENT, seconds: RECENT, waited_for: true, seen };
        Promises { speed, ..Promises::default() }
    }

    fn call(at: Instant, chars: usize, deadline: Option<u64>) -> Arrival {
        let deadline = deadline.map(|time| at + Duration::from_secs(time));
        Arrival { at, chars: Some(chars), deadline, longest_wait: WAIT }
    }

    #[test]
    fn an_engine_of_unknown_speed_refuses_nothing() {
        let (mut promises, now) = (Promises::default(), Instant::now());
        let short = promises.promise(&call(now, LONG, Some(1))).expect("nobody knows better");
        assert_eq!(short.map(|key| key.0), Some(now + Duration::from_secs(1)));
        assert_eq!(promises.promise(&call(now, LONG + 1, Some(1))), Ok(None));
    }

    #[test]
    fn a_call_that_would_be_late_is_told_when_to_come_again() {
        let (mut promises, now) = (known(100.0), Instant::now());
        promises.promise(&call(now, 300, Some(5))).expect("three seconds of four");
        let excess = promises.promise(&call(now, 200, Some(5))).expect_err("five seconds of four");
        assert_eq!(excess, Duration::from_secs(1));
        promises.promise(&call(now, 100, Some(5))).expect("four seconds of four");
    }

    #[test]
    fn a_call_without_a_deadline_waits_only_so_long() {
        let (mut promises, now) = (known(100.0), Instant::now());
        promises.promise(&call(now, 700, None)).expect("seven seconds of 13.6");
        promises.promise(&call(now, 700, None)).expect_err("fourteen seconds of 13.6");
        promises.promise(&call(now, 600, None)).expect("it goes first, and the other takes thirteen");
    }

    #[test]
    fn a_long_text_has_no_promise_and_holds_up_nobody() {
        let (mut promises, now) = (known(100.0), Instant::now());
        assert_eq!(promises.promise(&call(now, 1001, None)), Ok(None));
        assert_eq!(promises.promise(&call(now, 8000, Some(100))), Ok(None));
        let excess = promises.promise(&call(now, 8100, Some(100))).expect_err("81 seconds of 80");
        assert_eq!(excess, Duration::from_secs(1));
        promises.promise(&call(now, 100, Some(2))).expect("nothing is before it");
    }

    #[test]
    fn a_call_that_would_make_another_late_is_refused() {
        let (mut promises, now) = (known(100.0), Instant::now());
        promises.promise(&call(now, 700, Some(10))).expect("seven seconds of eight");
        promises.promise(&call(now, 200, Some(4))).expect_err("the other would take nine");
        promises.promise(&call(now, 100, Some(4))).expect("the other takes eight");
    }

    #[test]
    fn the_speed_is_that_of_steps_that_calls_waited_for() {
        let (mut speed, now) = (Speed::default(), Instant::now());
        speed.done(1000.0);
        speed.step(now, Duration::from_secs(2), false);
        speed.done(1000.0);
        assert_eq!(speed.known(now), None);
        speed.step(now, Duration::from_secs(2), true);
        assert_eq!(speed.known(now), None);
        speed.done(400.0);
        assert_eq!(speed.known(now), Some(200.0));
        for _ in 0..1000 {
            speed.step(now, Duration::from_millis(100), true);
            speed.done(5.0);
        }
        assert!(speed.known(now).is_some_and(|known| (known - 50.0).abs() < 2.0), "{speed:?}");
    }

    #[test]
    fn a_speed_of_long_ago_is_forgotten() {
        let (Promises { mut speed, .. }, now) = (known(1.0), Instant::now());
        let then = now + FRESH + FRESH;
        assert_eq!((speed.known(now), speed.known(then)), (Some(1.0), None));
        speed.step(then, Duration::from_secs(2), true);
        speed.done(200.0);
        assert_eq!(speed.known(then), Some(100.0));
    }

    proptest! {
        /// On an engine of constant speed that serves what is due first, no admitted call misses its deadline.
        #[test]
        fn every_promise_is_kept(
            arrivals in prop::collection::vec((0..3000u64, 1..2000usize, 1..20u64), 1..60),
        ) {
            const SPEED: f64 = 200.0;
            let (mut promises, mut now) = (known(SPEED), Instant::now());
            for (after, chars, deadline) in arrivals {
                let mut done = after as f64 / 1000.0 * SPEED;
                now += Duration::from_millis(after);
                promises.speed.seen = Some(now);
                for chars in promises.by_due.values_mut() {
                    let now = chars.min(done);
                    (*chars, done) = (*chars - now, done - now);
                }
                promises.by_due.retain(|_, chars| *chars > 0.0);
                let mut before = 0.0;
                for (&(due, _), chars) in &promises.by_due {
                    before += chars;
                    prop_assert!(now + seconds(before / SPEED) <= due + Duration::from_millis(1));
                }
                let _ = promises.promise(&call(now, chars, Some(deadline)));
            }
        }
    }
}
