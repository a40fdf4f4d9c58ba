//! `lock.toml` pins the files of a pulled repository: the pull writes it, and every load checks the files against it.

use std::{fs::File, io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::{HubError, ModelFile, Progress, Repository, install};

/// Names of the files that a model may consist of, with the size limit of each in bytes. Only these are downloaded, and only
/// these names reach the file system.
pub(super) const FILES: [(&str, u64); 12] = [
    ("config.json", MEBIBYTE),
    ("generation_config.json", MEBIBYTE),
    ("tokenizer_config.json", MEBIBYTE),
    ("source.spm", 16 * MEBIBYTE),
    ("target.spm", 16 * MEBIBYTE),
    ("spiece.model", 16 * MEBIBYTE),
    ("vocab.json", 64 * MEBIBYTE),
    ("target_vocab.json", 64 * MEBIBYTE),
    ("README.md", MEBIBYTE),
    ("LICENSE", MEBIBYTE),
    (SAFETENSORS, WEIGHTS),
    (PICKLE, WEIGHTS),
];
/// The weights in the safetensors format, which contains no code.
pub(super) const SAFETENSORS: &str = "model.safetensors";
/// The weights as a pickle, as in old repositories.
pub(super) const PICKLE: &str = "pytorch_model.bin";

const MEBIBYTE: u64 = 1 << 20;
/// Size limit of the weights. The largest model of the catalogue has 12 GB.
const WEIGHTS: u64 = 32 << 30;
/// Size limit of a lock, in bytes.
const MAX_LOCK: u64 = 64 << 10;
pub(super) const HEADER: &str =
    "# Written by `triglot models pull`; every load checks the files against it.\n";

/// Describes a pulled repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The reference that was pulled.
    pub source: Repository,
    /// The commit that was pulled, hexadecimal.
    pub revision: String,
    /// The licence in the model card, as an identifier in the manner of SPDX; empty if there is none.
    #[serde(default)]
    pub licence: String,
    #[serde(rename = "file")]
    pub files: Vec<ModelFile>,
}

impl Lock {
    /// Its file name.
    pub const NAME: &str = "lock.toml";

    /// Parses a lock. Checks the commit, the digests, and that all file names are in `FILES`, with sizes in their limits.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lock: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if !is_commit(&lock.revision) {
            return Err(format!("{:?} is not a commit", lock.revision));
        }
        for (index, file) in lock.files.iter().enumerate() {
            let most =
                most_bytes(&file.name).ok_or_else(|| format!("{:?} is not a file of a model", file.name))?;
            if file.bytes > most {
                return Err(format!("{} has {} bytes, more than the limit of {most}", file.name, file.bytes));
            }
            if !is_sha256(&file.sha256) {
                return Err(format!("{:?} is not a SHA-256", file.sha256));
            }
            if lock.files[..index].iter().any(|other| other.name == file.name) {
                return Err(format!("{} is listed twice", file.name));
            }
        }
        if lock.weights().is_none() {
            return Err("it lists no file with weights".to_owned());
        }
        Ok(lock)
    }

    /// Returns the file with the weights.
    pub fn weights(&self) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.name == SAFETENSORS || file.name == PICKLE)
    }

    /// Total size of the files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Reads the lock of a folder and checks the folder's files against it.
    pub(super) fn open(folder: &Path, progress: &dyn Progress) -> Result<Self, HubError> {
        let lock = Self::read(folder)?;
        lock.check(folder, progress)?;
        Ok(lock)
    }

    pub(super) fn read(folder: &Path) -> Result<Self, HubError> {
        let path = folder.join(Self::NAME);
        let text = String::from_utf8(install::read(&path, MAX_LOCK)?).map_err(|error| error.to_string());
        text.and_then(|text| Self::parse(&text)).map_err(|reason| HubError::Lock { path, reason })
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), HubError> {
        let path = folder.join(Self::NAME);
        let text = toml::to_string(self)
            .map_err(|error| HubError::Lock { path: path.clone(), reason: error.to_string() })?;
        let write = |mut file: File| {
            file.write_all(HEADER.as_bytes())?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        File::create(&path).and_then(write).map_err(HubError::io(&path))
    }

    /// Returns the locked files that are missing from a folder or differ from the lock.
    pub(super) fn damaged(&self, folder: &Path) -> impl Iterator<Item = &ModelFile> {
        self.files.iter().filter(move |file| install::verify(&folder.join(&file.name), file, &()).is_err())
    }

    /// Checks the files of a folder against the lock.
    pub(super) fn check(&self, folder: &Path, progress: &dyn Progress) -> Result<(), HubError> {
        for file in &self.files {
            install::verify(&folder.join(&file.name), file, progress)?;
        }
        // A loader could prefer an unlisted file to a checked one.
        let unlisted = FILES
            .iter()
            .map(|(name, _)| folder.join(name))
            .find(|path| path.exists() && !self.files.iter().any(|file| path.ends_with(&file.name)));
        unlisted.map_or(Ok(()), |path| {
            Err(HubError::Altered { path, reason: format!("{} does not list it; delete it", Self::NAME) })
        })
    }
}

/// Size limit of a file, in bytes. `None`: a model has no such file.
pub(super) fn most_bytes(name: &str) -> Option<u64> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, most)| *most)
}

/// Whether a text is a full commit hash, SHA-1 or SHA-256, in lower-case hexadecimal.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && is_hexadecimal(text)
}

/// Whether a text is a SHA-256 in lower-case hexadecimal.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && is_hexadecimal(text)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let file = |name: &str| ModelFile {
            name: name.to_owned(),
            bytes: 3,
            sha256: format!("{:064x}", name.len()),
        };
        Lock {
            source: "hf:acme/tiny@v1".parse().expect("it is a repository"),
            revision: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            licence: "apache-2.0".to_owned(),
            files: vec![file("config.json"), file(SAFETENSORS)],
        }
    }

    #[test]
    fn a_written_lock_reads_back() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        lock().write(folder.path()).expect("it can be written");
        assert_eq!(Lock::read(folder.path()).expect("it can be read"), lock());
    }

    #[test]
    fn an_invalid_lock_is_refused() {
        let text = toml::to_string(&lock()).expect("it is a table");
        assert_eq!(Lock::parse(&text), Ok(lock()));
        for (right, wrong) in [
            ("config.json", "../config.json"),
            ("config.json", "pickle.py"),
            ("config.json", "model.safetensors"),
            ("bytes = 3", "bytes = 99999999999999"),
            ("bytes = 3", "bytes = -1"),
            ("hf:acme/tiny@v1", "hf:acme/../tiny"),
            ("0123456789abcdef0", "../../etc/passwd0"),
            (&lock().files[0].sha256, "00"),
            ("model.safetensors", "vocab.json"),
            ("licence =", "license ="),
        ] {
            assert!(text.contains(right), "{right}");
            assert!(Lock::parse(&text.replacen(right, wrong, 1)).is_err(), "{wrong}");
        }
    }
}
