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

/// The part of the time to its deadline in which a call must be done by the estimate. The rest is for errors of the estimate.
const SHARE: f64 = 0.8;
/// The speed is that of the last seconds: what is older than this counts half.
const RECENT: f64 = 10.0;
/// A shorter time tells no speed.
const LEAST: f64 = 1.0;

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

    /// A stream. It waits for room as it sends its text, so it never has to be refused for a long queue.
    pub fn stream() -> Self {
        Self { at: Instant::now(), chars: None, deadline: None, longest_wait: Duration::MAX }
    }
}

/// Which calls wait, and how fast they are served.
#[derive(Debug, Default)]
struct Promises {
    speed: Speed,
    /// By the time when the last character is due; the number tells calls apart that are due at the same time.
    by_due: BTreeMap<(Instant, u64), Promise>,
    made: u64,
}

/// The work that a call still has to get.
#[derive(Debug, Clone, Copy)]
struct Promise {
    chars: f64,
    /// Whether all of it is due at the same time: the deadline. Without one, each character is due when it would be done if the
    /// call were alone, so a long call does not hold up short ones.
    strict: bool,
}

/// The characters done while calls waited, in how many seconds. Without a waiting call, the batch may have free rows, and the
/// time tells nothing.
#[derive(Debug, Default)]
struct Speed {
    chars: f64,
    seconds: f64,
    waited_for: bool,
}

impl Speed {
    /// Characters a second; `None` as long as too little has been seen.
    fn known(&self) -> Option<f64> {
        (self.seconds >= LEAST && self.chars > 0.0).then(|| self.chars / self.seconds)
    }

    fn step(&mut self, took: Duration, waited_for: bool) {
        self.waited_for = waited_for;
        if waited_for {
            self.seconds += took.as_secs_f64();
        }
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

/// What an admitted call got: its place among the promises, and when its segments are due.
#[derive(Debug, Clone, Copy)]
struct Ticket {
    key: (Instant, u64),
    pace: Pace,
}

/// When the segments of a call are due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    first: Instant,
    /// Seconds from one character to the next.
    a_char: f64,
}

impl Pace {
    /// When the character after so many others is due.
    pub(super) fn due(&self, chars: usize) -> Instant {
        later(self.first, chars as f64 * self.a_char)
    }
}

impl Promises {
    /// The work that is due at this time or before.
    fn due_by(&self, time: Instant, speed: f64) -> f64 {
        let due = |(&(due, _), promise): (&(Instant, u64), &Promise)| match promise.strict {
            _ if due <= time => promise.chars,
            true => 0.0,
            false => (promise.chars - (due - time).as_secs_f64() * speed).max(0.0),
        };
        self.by_due.iter().map(due).sum()
    }

    /// Promises a call its work, or returns the time after which it may try again.
    fn promise(&mut self, arrival: &Arrival) -> Result<Ticket, Duration> {
        let Arrival { at, deadline, longest_wait, .. } = *arrival;
        let chars = arrival.chars.unwrap_or(0) as f64;
        let first = deadline.unwrap_or_else(|| later(at, longest_wait.as_secs_f64()));
        let (a_char, excess) = match self.speed.known() {
            Some(speed) => {
                let a_char = if deadline.is_some() { 0.0 } else { speed.recip() };
                (a_char, self.excess(arrival, chars, first, speed))
            }
            None => (0.0, 0.0),
        };
        if excess > 0.0 {
            return Err(seconds(excess));
        }
        let pace = Pace { first, a_char };
        self.made += 1;
        let key = (later(first, chars * a_char), self.made);
        self.by_due.insert(key, Promise { chars, strict: deadline.is_some() });
        Ok(Ticket { key, pace })
    }

    /// By how many seconds a promise, the new one or another, would be broken; not above 0 if none is.
    fn excess(&self, arrival: &Arrival, chars: f64, first: Instant, speed: f64) -> f64 {
        let in_time = |due: Instant| (due.saturating_duration_since(arrival.at)).as_secs_f64() * SHARE;
        let wait = self.due_by(first, speed) / speed;
        let mut excess = wait - arrival.longest_wait.as_secs_f64();
        if let Some(deadline) = arrival.deadline {
            excess = excess.max(wait + chars / speed - in_time(deadline));
        }
        // Those that are due later wait for this one.
        let mut before = chars;
        for (&(due, _), promise) in &self.by_due {
            before += promise.chars;
            if promise.strict && due > first {
                excess = excess.max(before / speed - in_time(due));
            }
        }
        excess
    }

    fn done(&mut self, key: (Instant, u64), chars: usize) {
        if let Some(promise) = self.by_due.get_mut(&key) {
            // A second try of a segment is work that nobody promised; it makes the engine slower.
            let chars = promise.chars.min(chars as f64);
            promise.chars -= chars;
            self.speed.done(chars);
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

    /// Promises a call its work until the result is dropped, or returns the time after which it may try again.
    pub(super) fn promise(&self, arrival: &Arrival) -> Result<Promised, Duration> {
        let ticket = self.lock().promise(arrival)?;
        Ok(Promised { backlog: self.clone(), ticket })
    }

    /// Tells how long a step took, and whether a segment of a unary call waited meanwhile.
    pub(super) fn step(&self, took: Duration, waited_for: bool) {
        self.lock().speed.step(took, waited_for);
    }
}

/// The work that a call was promised. What is left of it is nobody's when this is dropped.
#[derive(Debug)]
pub(super) struct Promised {
    backlog: Backlog,
    ticket: Ticket,
}

impl Promised {
    pub(super) fn pace(&self) -> Pace {
        self.ticket.pace
    }

    /// So many characters of the call were done.
    pub(super) fn done(&self, chars: usize) {
        self.backlog.lock().done(self.ticket.key, chars);
    }
}

impl Drop for Promised {
    fn drop(&mut self) {
        self.backlog.lock().by_due.remove(&self.ticket.key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WAIT: Duration = Duration::from_secs(10);

    /// Promises of an engine that has shown its speed, in characters a second.
    fn known(speed: f64) -> Promises {
        let speed = Speed { chars: speed * RECENT, seconds: RECENT, waited_for: true };
        Promises { speed, ..Promises::default() }
    }

    fn call(at: Instant, chars: usize, deadline: Option<u64>) -> Arrival {
        let deadline = deadline.map(|time| at + Duration::from_secs(time));
        Arrival { at, chars: Some(chars), deadline, longest_wait: WAIT }
    }

    #[test]
    fn an_engine_of_unknown_speed_refuses_nothing() {
        let (mut promises, now) = (Promises::default(), Instant::now());
        promises.promise(&call(now, 1_000_000, Some(1))).expect("nobody knows better");
    }

    #[test]
    fn a_call_that_would_be_late_is_told_when_to_come_again() {
        let (mut promises, now) = (known(100.0), Instant::now());
        promises.promise(&call(now, 300, Some(5))).expect("three seconds of five");
        let excess = promises.promise(&call(now, 200, Some(5))).expect_err("five seconds of four");
        assert_eq!(excess, Duration::from_secs(1));
        promises.promise(&call(now, 100, Some(5))).expect("four seconds of four");
    }

    #[test]
    fn a_call_without_a_deadline_is_refused_for_its_wait_and_not_for_its_length() {
        let (mut promises, now) = (known(100.0), Instant::now());
        promises.promise(&call(now, 1100, Some(60))).expect("it has a minute");
        promises.promise(&call(now, 100_000, None)).expect("the other is due later");
        promises.promise(&call(now, 1100, Some(9))).expect_err("it has nine seconds");
        promises.promise(&call(now, 1100, Some(8))).expect_err("it takes eleven seconds");
        promises.promise(&call(now, 600, Some(9))).expect("the long text has time");
        promises.promise(&call(now, 500, Some(10))).expect_err("ten seconds have passed");
    }

    #[test]
    fn a_long_text_does_not_hold_up_short_ones() {
        let (mut promises, mut now) = (known(100.0), Instant::now());
        let long = promises.promise(&call(now, 60_000, None)).expect("nothing waits");
        assert_eq!(long.pace.due(0), now + WAIT);
        assert_eq!(long.pace.due(1000), now + 2 * WAIT);
        for _ in 0..5 {
            now += WAIT;
            promises.done(long.key, 1000);
            let short = promises.promise(&call(now, 100, None)).expect("only the segments before it wait");
            assert!(short.pace.due(0) <= long.pace.due(60_000));
            promises.done(short.key, 100);
        }
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
        let mut speed = Speed::default();
        speed.done(1000.0);
        speed.step(Duration::from_secs(2), false);
        speed.done(1000.0);
        assert_eq!(speed.known(), None);
        speed.step(Duration::from_secs(2), true);
        assert_eq!(speed.known(), None);
        speed.done(400.0);
        assert_eq!(speed.known(), Some(200.0));
        for _ in 0..100 {
            speed.step(Duration::from_secs(2), true);
            speed.done(100.0);
        }
        assert!(speed.known().is_some_and(|known| (known - 50.0).abs() < 5.0), "{speed:?}");
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
                let mut rest = after as f64 / 1000.0 * SPEED;
                now += Duration::from_millis(after);
                while let Some((key, promise)) = promises.by_due.first_key_value().map(|(key, left)| (*key, *left)) {
                    if promise.chars > rest {
                        promises.by_due.insert(key, Promise { chars: promise.chars - rest, ..promise });
                        break;
                    }
                    rest -= promise.chars;
                    promises.by_due.remove(&key);
                }
                let mut before = 0.0;
                for (&(due, _), promise) in &promises.by_due {
                    before += promise.chars;
                    prop_assert!(now + seconds(before / SPEED) <= due + Duration::from_millis(1));
                }
                let _ = promises.promise(&call(now, chars, Some(deadline)));
            }
        }
    }
}
