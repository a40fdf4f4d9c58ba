//! The rate at which the server is full: callers in a loop, enough of them to fill every batch.

use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::call::{Caller, Ending};

/// Callers in the loop.
const CALLERS: u64 = 64;
/// What a refused caller waits for.
const PAUSE: Duration = Duration::from_millis(300);

/// Answered calls a second.
pub async fn rate(caller: &Caller, channels: &[Channel], seconds: Duration, seed: u64) -> f64 {
    let patient = Caller { deadline: Duration::from_secs(60), ..caller.clone() };
    let end = Instant::now() + seconds;
    let mut callers = JoinSet::new();
    for (number, channel) in (0..CALLERS).zip(channels.iter().cycle()) {
        let (caller, channel) = (patient.clone(), channel.clone());
        let mut rng = Rng::with_seed(seed.wrapping_add(number));
        callers.spawn(async move {
            let mut answered = 0u64;
            while Instant::now() < end {
                let ended = caller.call(channel.clone(), caller.request(&mut rng), Instant::now()).await;
                match ended.ending {
                    Ending::Answered => answered += u64::from(ended.at <= end),
                    Ending::Refused { .. } | Ending::Late | Ending::Failed(_) => {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
            answered
        });
    }
    callers.join_all().await.iter().sum::<u64>() as f64 / seconds.as_secs_f64()
}
