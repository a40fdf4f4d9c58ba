//! Makes keys.

use super::{Digest, digest};

/// What all keys begin with, so that people and tools that look for leaked secrets know one when they see it.
const PREFIX: &str = "triglot_";

/// A new key of 256 random bits. It is not printed by accident: it has no `Debug`.
pub struct NewKey(String);

impl NewKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{PREFIX}{}", hex::encode(bytes))))
    }

    /// The key itself, for its caller alone.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// What a file has of it.
    pub fn sha256(&self) -> Digest {
        digest(self.0.as_bytes())
    }
}
