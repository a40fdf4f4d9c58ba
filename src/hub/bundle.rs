//! A bundle: a model of several files, whose digests are known before the download. So any source with the right bytes will do.
//!
//! A pull tries a mirror on the hub first, then Mozilla's own service, whose copies are compressed. Digests come from the
//! catalogue or else from Mozilla's records, never from the mirror. The first pull saves them, so later pulls install the same
//! files.

use std::{
    fs::{self, File},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
    thread,
};

use ruzstd::decoding::StreamingDecoder;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::{
    Bundle, HubError, ModelFile, Progress, Supply, Task,
    download::Origin,
    install::{read, verify},
    lock::{HEADER, is_sha256},
    records::Records,
    remote::Connection,
};

/// Size limit of `digests.toml`, in bytes.
const MAX_DIGESTS: u64 = 64 << 10;

/// The content of `digests.toml`: the files that a pull installed.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Digests {
    /// The version of triglot in which the model passed `models check`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checked: Option<String>,
    #[serde(rename = "file")]
    files: Vec<ModelFile>,
}

/// A bundle and its folder on disk.
pub(super) struct Installed<'a> {
    bundle: &'a Bundle,
    pub folder: PathBuf,
}

/// The sources of a bundle on the network.
struct Sources<'a> {
    connection: Connection,
    /// Whether the mirror can be reached.
    mirror: Result<(), HubError>,
    records: Result<Records, HubError>,
    bundle: &'a Bundle,
}

impl<'a> Installed<'a> {
    pub fn new(bundle: &'a Bundle, folder: PathBuf) -> Self {
        Self { bundle, folder }
    }

    fn digests(&self) -> PathBuf {
        self.folder.join("digests.toml")
    }

    /// Whether a pull has completed, of the files that the catalogue lists now. Does not check the files.
    pub fn is_pulled(&self) -> bool {
        self.read().is_ok()
    }

    /// The files that a pull installed, from `digests.toml`.
    fn files(&self) -> Result<Vec<ModelFile>, HubError> {
        Ok(self.read()?.files)
    }

    /// Whether the model has passed the check of its translations since the pull, in this version of triglot.
    pub fn is_checked(&self) -> bool {
        self.read().is_ok_and(|digests| digests.checked.as_deref() == Some(env!("CARGO_PKG_VERSION")))
    }

    /// Saves that the model passed the check.
    pub fn set_checked(&self) -> Result<(), HubError> {
        self.write(&Digests { checked: Some(env!("CARGO_PKG_VERSION").to_owned()), ..self.read()? })
    }

    fn read(&self) -> Result<Digests, HubError> {
        let path = self.digests();
        let wrong = |reason: &str| HubError::Lock { path: path.clone(), reason: reason.to_owned() };
        let text = read(&path, MAX_DIGESTS)?;
        let text = str::from_utf8(&text).map_err(|_| wrong("it is not UTF-8"))?;
        let digests: Digests = toml::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        let pinned = self.bundle.files.iter();
        let agrees = digests.files.len() == pinned.len()
            && pinned.zip(&digests.files).all(|(pinned, file)| {
                (&pinned.name, pinned.bytes) == (&file.name, file.bytes)
                    && is_sha256(&file.sha256)
                    && pinned.sha256.as_ref().is_none_or(|sha256| *sha256 == file.sha256)
            });
        if agrees { Ok(digests) } else { Err(wrong("it does not match the catalogue")) }
    }

    /// Checks the files against the saved digests.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Vec<ModelFile>, HubError> {
        let files = self.files()?;
        files.iter().try_for_each(|file| verify(&self.folder.join(&file.name), file, progress))?;
        Ok(files)
    }

    /// Downloads the missing and damaged files and checks them; returns all files.
    ///
    /// # Errors
    /// When no source has a file with the right content.
    pub fn pull(&self, supply: &Supply<'_>, progress: &dyn Progress) -> Result<Vec<ModelFile>, HubError> {
        let staging = self.folder.join(".part");
        fs::create_dir_all(&staging).map_err(HubError::io(&staging))?;
        let lock_path = self.folder.join(".lock");
        let turn = File::create(&lock_path).map_err(HubError::io(&lock_path))?;
        // Serialises pulls of one bundle; the second finds the files in place.
        turn.lock().map_err(HubError::io(&lock_path))?;
        if self.is_pulled()
            && let Ok(files) = self.verify(progress)
        {
            return Ok(files);
        }
        let sources = Sources::reach(self.bundle, supply)?;
        let files = if self.is_pulled() { self.files()? } else { sources.pinned()? };
        for file in &files {
            let goal = self.folder.join(&file.name);
            if verify(&goal, file, &()).is_err() {
                let staged = staging.join(&file.name);
                sources.fetch(file, &staged, progress)?;
                fs::rename(&staged, &goal).map_err(HubError::io(&goal))?;
            }
        }
        self.write(&Digests { checked: None, files: files.clone() })?;
        // The pull has succeeded; leftover work files are harmless.
        let _ = fs::remove_dir_all(&staging);
        Ok(files)
    }

    fn write(&self, digests: &Digests) -> Result<(), HubError> {
        let path = self.digests();
        let text = toml::to_string(digests)
            .map_err(|error| HubError::Lock { path: path.clone(), reason: error.to_string() })?;
        let mut file = NamedTempFile::new_in(&self.folder).map_err(HubError::io(&self.folder))?;
        let written =
            file.write_all([HEADER, &text].concat().as_bytes()).and_then(|()| file.as_file().sync_all());
        written.map_err(HubError::io(&path))?;
        file.persist(&path).map_err(|error| HubError::io(&path)(error.error))?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(HubError::io(&self.folder))
    }
}

impl<'a> Sources<'a> {
    /// Contacts each source once.
    ///
    /// # Errors
    /// When no source responds.
    fn reach(bundle: &'a Bundle, supply: &Supply<'_>) -> Result<Self, HubError> {
        let connection = (supply.remote)().connect()?;
        let pair = bundle.pair()?;
        // In parallel, since each may run into its timeout.
        let (mirror, records) = thread::scope(|scope| {
            let records = scope.spawn(|| Records::request(&connection, &supply.records, pair));
            let mirror = connection.list(&bundle.mirror, bundle.mirror.revision()).map(|_| ());
            (mirror, records.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        match (mirror, records) {
            (Err(mirror), Err(records)) => {
                let reason = format!("the mirror failed: {mirror}; Mozilla's service failed: {records}");
                Err(HubError::Fetch { package: bundle.name.clone(), reason })
            }
            (mirror, records) => Ok(Self { connection, mirror, records, bundle }),
        }
    }

    /// The files in the catalogue. Digests that it lacks come from Mozilla's records.
    fn pinned(&self) -> Result<Vec<ModelFile>, HubError> {
        let files = &self.bundle.files;
        let missing = |reason: String| HubError::Fetch { package: self.bundle.name.clone(), reason };
        let unpinned: Vec<_> = files.iter().filter(|file| file.sha256.is_none()).collect();
        let mut found = Vec::new();
        if !unpinned.is_empty() {
            let records = self.records.as_ref().map_err(|error| {
                missing(format!(
                    "the digests of its files are only in Mozilla's records, which cannot be read: {error}"
                ))
            })?;
            let wanted: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.bytes)).collect();
            found = records
                .newest(&wanted)
                .ok_or_else(|| missing("Mozilla's records no longer list its files".to_owned()))?;
        }
        let digest = |(index, file): (usize, &super::catalog::BundleFile)| {
            let recorded = || found.get(index).map(|record| record.decompressed_hash.clone());
            let sha256 = file.sha256.clone().or_else(recorded).unwrap_or_default();
            ModelFile { name: file.name.clone(), bytes: file.bytes, sha256 }
        };
        Ok(files.iter().enumerate().map(digest).collect())
    }

    /// Downloads a file to `goal` from the first source that has the right content.
    fn fetch(&self, file: &ModelFile, goal: &Path, progress: &dyn Progress) -> Result<(), HubError> {
        let from_mirror = match &self.mirror {
            Ok(()) => self.fetch_from_mirror(file, goal, progress),
            Err(error) => Err(error.to_string()),
        };
        let Err(mirror) = from_mirror else { return Ok(()) };
        let from_records = match &self.records {
            Ok(records) => self.fetch_from_records(records, file, goal, progress),
            Err(error) => Err(error.to_string()),
        };
        from_records.map_err(|records| {
            let reason = format!("the mirror failed: {mirror}; Mozilla's service failed: {records}");
            HubError::Fetch { package: format!("{} of {}", file.name, self.bundle.name), reason }
        })
    }

    fn fetch_from_mirror(
        &self,
        file: &ModelFile,
        goal: &Path,
        progress: &dyn Progress,
    ) -> Result<(), String> {
        let Bundle { name, mirror, mirror_folder, .. } = self.bundle;
        let path = format!("{mirror_folder}/{}", file.name);
        let commit = mirror.revision().unwrap_or("main");
        let origin = Origin::Hub { repository: mirror, commit, path: &path };
        let part = beside(goal, "mirror.part");
        progress.begin(Task::Fetch, &format!("{name}: {}", file.name), file.bytes);
        let done = self.connection.download(origin, file.bytes, &part, progress);
        progress.end();
        done.map_err(|error| error.to_string())?;
        checked(&part, file, goal)
    }

    fn fetch_from_records(
        &self,
        records: &Records,
        file: &ModelFile,
        goal: &Path,
        progress: &dyn Progress,
    ) -> Result<(), String> {
        let record = records.with_digest(&file.sha256);
        let record = record.ok_or_else(|| "its records no longer list the file".to_owned())?;
        let bytes = record.attachment.size;
        // Limits the download. Incompressible data grows only a little.
        if bytes > file.bytes + file.bytes / 8 + 1024 {
            return Err(format!("its compressed copy has {bytes} bytes, more than the file"));
        }
        let part = beside(goal, "zst.part");
        progress.begin(Task::Fetch, &format!("{}: {}", self.bundle.name, file.name), bytes);
        let done = self.connection.download(Origin::Web(&records.address(record)), bytes, &part, progress);
        progress.end();
        done.map_err(|error| error.to_string())?;
        let unpacked = beside(goal, "unpacked");
        let result = unpack(&part, &unpacked, file.bytes);
        let _ = fs::remove_file(&part);
        result.map_err(|error| format!("cannot unpack {}: {error}", file.name))?;
        checked(&unpacked, file, goal)
    }
}

/// The path of a work file for `goal`.
fn beside(goal: &Path, ending: &str) -> PathBuf {
    let mut name = goal.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Renames a complete file to `goal`. Removes it if its content is wrong, so that no later pull resumes it.
fn checked(path: &Path, file: &ModelFile, goal: &Path) -> Result<(), String> {
    if let Err(error) = verify(path, file, &()) {
        let _ = fs::remove_file(path);
        return Err(error.to_string());
    }
    fs::rename(path, goal).map_err(|error| format!("{}: {error}", goal.display()))
}

/// Decompresses a Zstandard file, but writes at most one byte more than `bytes`.
fn unpack(path: &Path, goal: &Path, bytes: u64) -> io::Result<()> {
    let packed = BufReader::new(File::open(path)?);
    let decoder = StreamingDecoder::new(packed).map_err(io::Error::other)?;
    let mut out = File::create(goal)?;
    io::copy(&mut io::Read::take(decoder, bytes + 1), &mut out)?;
    out.sync_all()
}
