//! The memory that the requests of all calls may take together.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::sleep;

use crate::server::error::ServiceError;

/// Time between two looks for room, and how many there are.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: u32 = 600;

/// All of it. Cheap to clone.
#[derive(Clone)]
pub(in crate::server) struct Memory(Arc<AtomicUsize>);

/// What one call has of it, until it is dropped.
pub(in crate::server) struct Share {
    free: Memory,
    held: usize,
}

impl Memory {
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    pub fn share(&self) -> Share {
        Share { free: self.clone(), held: 0 }
    }

    /// A share of this size for a part of a stream, which can wait until others give theirs back.
    ///
    /// # Errors
    /// When there is not enough for half a minute.
    pub async fn hold(&self, bytes: usize) -> Result<Share, ServiceError> {
        let mut share = self.share();
        for _ in 1..LOOKS {
            if share.resize(bytes).is_ok() {
                return Ok(share);
            }
            sleep(LOOK).await;
        }
        share.resize(bytes)?;
        Ok(share)
    }
}

impl Share {
    /// Makes the share this large, or leaves it as it is if there is not enough.
    pub fn resize(&mut self, bytes: usize) -> Result<(), ServiceError> {
        let resized = |free: usize| free.checked_add(self.held)?.checked_sub(bytes);
        self.free.0.fetch_update(Relaxed, Relaxed, resized).map_err(|_| ServiceError::Memory)?;
        self.held = bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.free.0.fetch_add(self.held, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_take_no_more_than_there_is_and_give_it_back() {
        let memory = Memory::new(100);
        let (mut first, mut second) = (memory.share(), memory.share());
        first.resize(60).expect("there is enough");
        assert!(second.resize(41).is_err());
        second.resize(40).expect("there is enough");
        first.resize(50).expect("less is always there");
        second.resize(50).expect("there is enough");
        drop(first);
        second.resize(100).expect("the other has given all back");
    }
}
