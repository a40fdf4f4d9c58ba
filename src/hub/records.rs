//! Mozilla's records of Firefox's translation models: sizes and SHA-256 digests of the files, and the locations of copies
//! compressed with Zstandard.
//!
//! The records are a collection of Remote Settings, which uses Kinto's protocol. Each record of `translations-models-v2`
//! describes one file, for one direction and version.

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    HubError,
    lock::is_sha256,
    remote::{Connection, body, chain},
};
use crate::lang::Pair;

/// Default address of the service.
pub const DEFAULT_RECORDS: &str = "https://firefox.settings.services.mozilla.com/v1";

/// Size limit of a response, in bytes. The records of one direction take a few kilobytes.
const MAX_RESPONSE: usize = 4 << 20;

/// The records of one direction, and the base address of their attachments.
#[derive(Debug)]
pub(super) struct Records {
    base: String,
    records: Vec<Record>,
}

/// Mozilla's description of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub name: String,
    pub version: String,
    pub decompressed_hash: String,
    pub decompressed_size: u64,
    pub attachment: Attachment,
}

/// The compressed copy of a file.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Attachment {
    /// Relative to the base address.
    pub location: String,
    /// In bytes.
    pub size: u64,
}

#[derive(Deserialize)]
struct List {
    data: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Service {
    capabilities: Capabilities,
}

#[derive(Deserialize)]
struct Capabilities {
    attachments: Attachments,
}

#[derive(Deserialize)]
struct Attachments {
    base_url: String,
}

impl Records {
    /// Requests the records of a direction from the service at `endpoint`.
    ///
    /// # Errors
    /// When the service cannot be reached or its response is invalid.
    pub fn request(connection: &Connection, endpoint: &str, pair: Pair) -> Result<Self, HubError> {
        let endpoint = endpoint.trim_end_matches('/');
        let service: Service = get(connection, endpoint, &format!("{endpoint}/"))?;
        let url = format!(
            "{endpoint}/buckets/main/collections/translations-models-v2/records?sourceLanguage={}&targetLanguage={}",
            pair.source.code(),
            pair.target.code()
        );
        let list: List = get(connection, endpoint, &url)?;
        // Skips records in an unknown format; the others remain usable.
        let records: Vec<Record> =
            list.data.into_iter().filter_map(|record| serde_json::from_value(record).ok()).collect();
        let plain =
            |record: &Record| is_sha256(&record.decompressed_hash) && is_plain(&record.attachment.location);
        let base = format!("{}/", service.capabilities.attachments.base_url.trim_end_matches('/'));
        Ok(Self { base, records: records.into_iter().filter(plain).collect() })
    }

    /// The records of the newest version that has a file of each name and size, in the order of `files`.
    pub fn newest(&self, files: &[(&str, u64)]) -> Option<Vec<&Record>> {
        let of = |version: &str| -> Option<Vec<&Record>> {
            let one = |(name, bytes): &(&str, u64)| {
                let same = |record: &&Record| {
                    record.name == *name && record.decompressed_size == *bytes && record.version == version
                };
                self.records.iter().find(same)
            };
            files.iter().map(one).collect()
        };
        let mut versions: Vec<&str> = self.records.iter().map(|record| record.version.as_str()).collect();
        versions.sort_by_key(|version| number(version));
        versions.into_iter().rev().find_map(of)
    }

    /// The record of a file with this digest.
    pub fn with_digest(&self, sha256: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.decompressed_hash == sha256)
    }

    /// Address of a record's attachment.
    pub fn address(&self, record: &Record) -> String {
        format!("{}{}", self.base, record.attachment.location)
    }
}

/// Sort key of versions such as "3.1" and "3.0". Versions with a letter, such as "3.1a1", come first.
fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Whether a location is a plain relative path, which cannot leave the base address.
fn is_plain(location: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    location.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed))
}

fn get<T: DeserializeOwned>(connection: &Connection, endpoint: &str, url: &str) -> Result<T, HubError> {
    let failed = |reason: String| HubError::Remote { endpoint: endpoint.to_owned(), reason };
    let body = connection.runtime.wait(async {
        let response = connection.http.get(url).send().await.map_err(|error| failed(chain(&error)))?;
        match response.status().as_u16() {
            200 => body(response, MAX_RESPONSE).await.map_err(failed),
            status => Err(failed(format!("the service returned the HTTP status {status}"))),
        }
    })?;
    serde_json::from_slice(&body).map_err(|error| failed(format!("cannot read the response: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, version: &str, bytes: u64) -> Record {
        Record {
            name: name.to_owned(),
            version: version.to_owned(),
            decompressed_hash: format!("{name} {version}"),
            decompressed_size: bytes,
            attachment: Attachment { location: String::new(), size: 1 },
        }
    }

    #[test]
    fn newest_takes_the_latest_complete_version() {
        let records = vec![
            record("model", "3.0", 10),
            record("lex", "3.0", 5),
            record("model", "3.1", 10),
            record("lex", "3.1", 6),
            record("model", "3.10", 10),
            record("lex", "3.10", 5),
            record("model", "3.11a1", 10),
            record("lex", "3.11a1", 5),
            record("model", "4.0", 10),
        ];
        let records = Records { base: String::new(), records };
        let version =
            |bytes| records.newest(&[("model", 10), ("lex", bytes)]).map(|found| found[1].version.as_str());
        assert_eq!((version(5), version(6), version(7)), (Some("3.10"), Some("3.1"), None));
    }

    #[test]
    fn only_plain_relative_locations_are_accepted() {
        assert!(is_plain("main-workspace/translations-models-v2/1d705201-9be0.zst"));
        for wrong in ["", "/etc", "a//b", "a/../b", "../a", "a?b", "http://a", "a b"] {
            assert!(!is_plain(wrong), "{wrong}");
        }
    }
}
