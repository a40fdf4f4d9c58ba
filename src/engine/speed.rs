//! How fast an engine is, as it has shown of late.

use std::time::{Duration, Instant};

/// The speed is that of the last seconds: what is older than this counts half.
const RECENT: f64 = 10.0;
/// A shorter time tells no speed.
const LEAST: f64 = 1.0;
/// After so much time without a waiting call, the speed is not known any more: the machine may have been slow for a moment.
const FRESH: Duration = Duration::from_secs(60);

/// The characters done while calls waited, in how many seconds. Without a waiting call, the batch may have free rows, and the
/// time tells nothing.
#[derive(Debug, Default)]
pub(super) struct Speed {
    chars: f64,
    seconds: f64,
    waited_for: bool,
    /// The last time that a call waited.
    seen: Option<Instant>,
}

impl Speed {
    /// Characters a second; `None` if too little has been seen, or nothing of late.
    pub(super) fn known(&self, now: Instant) -> Option<f64> {
        let is_fresh = self.seen.is_some_and(|seen| now.saturating_duration_since(seen) < FRESH);
        (is_fresh && self.seconds >= LEAST && self.chars > 0.0).then(|| self.chars / self.seconds)
    }

    /// A step ended.
    pub(super) fn step(&mut self, now: Instant, took: Duration, waited_for: bool) {
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

    pub(super) fn done(&mut self, chars: f64) {
        if self.waited_for {
            self.chars += chars;
        }
    }
}

#[cfg(test)]
impl Speed {
    /// A speed that was seen a moment ago, in characters a second.
    pub(super) fn of(speed: f64, now: Instant) -> Self {
        Self { chars: speed * RECENT, seconds: RECENT, waited_for: true, seen: Some(now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let now = Instant::now();
        let mut speed = Speed::of(1.0, now);
        let then = now + FRESH + FRESH;
        assert_eq!((speed.known(now), speed.known(then)), (Some(1.0), None));
        speed.step(then, Duration::from_secs(2), true);
        speed.done(200.0);
        assert_eq!(speed.known(then), Some(100.0));
    }
}
