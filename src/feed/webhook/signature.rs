//! Signatures of the Standard Webhooks specification (standardwebhooks.com), with its symmetric scheme `v1`.

use std::{fs, io, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// What a webhook and its sender share.
pub struct Secret(Hmac<Sha256>);

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("cannot read the file: {0}")]
    File(#[from] io::Error),
    #[error("its first line is no secret: write whsec_ and the Base64 of 24 to 64 random bytes")]
    Form,
}

impl Secret {
    /// Reads the first line of a file.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        Self::parse(fs::read_to_string(path)?.lines().next().unwrap_or_default())
    }

    fn parse(text: &str) -> Result<Self, SecretError> {
        let bytes = text.trim().strip_prefix(PREFIX).and_then(|text| BASE64_STANDARD.decode(text).ok());
        let bytes = bytes.filter(|bytes| (24..=64).contains(&bytes.len())).ok_or(SecretError::Form)?;
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| SecretError::Form)
    }

    /// The header `webhook-signature`. `timestamp`: seconds since 1970.
    pub(super) fn sign(&self, id: &str, timestamp: u64, body: &str) -> String {
        let mac = self.0.clone().chain_update(format!("{id}.{timestamp}.")).chain_update(body);
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference implementations.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").ok().unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn other_secrets_are_refused() {
        let long = format!("whsec_{}", BASE64_STANDARD.encode([7; 65]));
        for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_MfKQ9r8G", "whsec_!", &long] {
            assert!(matches!(Secret::parse(text), Err(SecretError::Form)), "{text}");
        }
    }
}
