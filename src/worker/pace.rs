//! How many articles a worker takes: as many as it can finish in some seconds, by the speed that it has shown, so that others find work,
//! too, and little is to be done again when it dies.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

/// Time for which a worker takes work.
const AHEAD: Duration = Duration::from_secs(10);
/// Articles that it takes while it does not know its speed.
const FIRST: usize = 8;
/// Most articles at once.
const MOST: usize = 128;
/// Time after which an old speed counts half.
const HALF: f64 = 30.0;

/// What a worker has at hand, and how fast it is.
#[derive(Default)]
pub struct Pace {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    articles: usize,
    bytes: usize,
    /// Bytes that were finished, and the seconds that they took; older ones count less.
    finished: f64,
    seconds: f64,
    /// When the last article began or ended.
    last: Option<Instant>,
}

/// An article at hand.
pub struct Held {
    pace: Arc<Pace>,
    bytes: usize,
}

impl Pace {
    /// Waits until there is room, and returns for how many articles.
    pub async fn room(&self) -> usize {
        loop {
            let changed = self.changed.notified();
            let room = self.state().room();
            match room {
                0 => changed.await,
                room => return room,
            }
        }
    }

    /// An article with a payload of so many bytes is at hand.
    pub fn begin(self: &Arc<Self>, bytes: usize) -> Held {
        let mut state = self.state();
        state.advance(Instant::now());
        state.articles += 1;
        state.bytes += bytes;
        Held { pace: self.clone(), bytes }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// It is finished.
    pub fn end(self) {
        let mut state = self.pace.state();
        state.advance(Instant::now());
        state.finished += self.bytes as f64;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.pace.state();
        state.articles -= 1;
        state.bytes -= self.bytes;
        drop(state);
        self.pace.changed.notify_waiters();
    }
}

impl State {
    /// Counts the time since the last change, if there was work in it.
    fn advance(&mut self, now: Instant) {
        let passed = self.last.replace(now).map_or(0.0, |last| (now - last).as_secs_f64());
        if self.articles > 0 {
            let keep = 0.5f64.powf(passed / HALF);
            self.finished *= keep;
            self.seconds = self.seconds * keep + passed;
        }
    }

    fn room(&self) -> usize {
        let free = MOST.saturating_sub(self.articles);
        if self.finished <= 0.0 || self.seconds <= 0.0 {
            return free.min(FIRST.saturating_sub(self.articles));
        }
        let speed = self.finished / self.seconds;
        let left = AHEAD.as_secs_f64() * speed - self.bytes as f64;
        if left <= 0.0 && self.articles > 0 {
            return 0;
        }
        // About as many as have the size of those at hand; a lone one may be larger than all that can be done.
        let size = (self.bytes as f64 / self.articles.max(1) as f64).max(200.0);
        free.min(((left / size) as usize).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_worker_takes_less_than_a_fast_one() {
        let room =
            |finished: f64| State { articles: 1, bytes: 1000, finished, seconds: 1.0, last: None }.room();
        assert_eq!(State::default().room(), FIRST);
        // 1,000 bytes a second: ten articles of 1,000 bytes, one of which is at hand.
        assert_eq!((room(50.0), room(1000.0), room(1e9)), (0, 9, MOST - 1));
    }

    #[test]
    fn a_worker_without_work_always_takes_an_article() {
        let state = State { finished: 1.0, seconds: 1e6, ..State::default() };
        assert_eq!(state.room(), 1);
    }

    #[tokio::test]
    async fn room_comes_back_when_an_article_ends() {
        let pace = Arc::new(Pace::default());
        let held: Vec<Held> = (0..FIRST).map(|_| pace.begin(1000)).collect();
        let mut waits = Box::pin(pace.room());
        assert!(futures::poll!(waits.as_mut()).is_pending());
        drop(held);
        assert_eq!(waits.await, FIRST);
    }
}
