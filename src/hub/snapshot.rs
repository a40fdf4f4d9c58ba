//! A snapshot is a folder with a repository's files at one commit. It is installed atomically, has a lock, and never changes
//! to another commit.
//!
//! As with a single file, all work is done in a `.part` folder, from which an interrupted pull resumes.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{
    HubError, ModelFile, Progress, Remote, Repository, Task,
    download::Origin,
    install::sha256_file,
    lock::{FILES, Lock, PICKLE, SAFETENSORS},
    remote::{Connection, Listing, RemoteFile},
};

/// The snapshot of a repository, installed or not.
pub(super) struct Snapshot {
    repository: Repository,
    /// The folder of all snapshots.
    parent: PathBuf,
    pub folder: PathBuf,
}

impl Snapshot {
    pub fn new(parent: PathBuf, repository: &Repository) -> Self {
        let folder = parent.join(repository.folder());
        Self { repository: repository.clone(), parent, folder }
    }

    /// Whether the folder has a lock. The files are not checked.
    pub fn is_pulled(&self) -> bool {
        self.folder.join(Lock::NAME).is_file()
    }

    /// Reads the lock.
    ///
    /// # Errors
    /// When the lock is invalid or belongs to another reference.
    pub fn lock(&self) -> Result<Lock, HubError> {
        let lock = Lock::read(&self.folder)?;
        if lock.source != self.repository {
            let path = self.folder.join(Lock::NAME);
            return Err(HubError::Lock { path, reason: format!("it belongs to {}", lock.source) });
        }
        Ok(lock)
    }

    /// Checks the files against the lock, and returns it.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Lock, HubError> {
        let lock = self.lock()?;
        lock.check(&self.folder, progress)?;
        Ok(lock)
    }

    /// Downloads the missing and damaged files, and checks them. An installed snapshot stays at its commit, even if its branch
    /// has moved.
    pub fn pull(&self, remote: &Remote, progress: &dyn Progress) -> Result<Lock, HubError> {
        let staging = self.parent.join(".part");
        fs::create_dir_all(&staging).map_err(HubError::io(&staging))?;
        // "%" in a folder's name is always followed by "2F", so no folder has this name.
        let lock_path = staging.join(format!("{}%lock", self.repository.folder()));
        let turn = File::create(&lock_path).map_err(HubError::io(&lock_path))?;
        // The second of two pulls waits here, and then finds the files installed.
        turn.lock().map_err(HubError::io(&lock_path))?;
        let staging = staging.join(self.repository.folder());
        let lock = if self.is_pulled() {
            self.repair(&staging, remote, progress)?
        } else {
            self.install(&staging, remote, progress)?
        };
        // The snapshot is installed; leftovers do no harm.
        let _ = fs::remove_dir_all(&staging);
        Ok(lock)
    }

    /// Downloads all files of a repository that is not installed.
    fn install(&self, staging: &Path, remote: &Remote, progress: &dyn Progress) -> Result<Lock, HubError> {
        if self.folder.exists() {
            let path = self.folder.join(Lock::NAME);
            return Err(HubError::Lock { path, reason: "it is missing".to_owned() });
        }
        let connection = remote.connect()?;
        let listing = connection.list(&self.repository, None)?;
        let files = self.needed(&listing)?;
        let work = self.commit_folder(staging, &listing)?;
        let download =
            Download { repository: &self.repository, connection, commit: &listing.commit, work: &work };
        let lock = Lock {
            source: self.repository.clone(),
            revision: listing.commit.clone(),
            licence: listing.licence.clone(),
            files: files.into_iter().map(|file| download.fetch(file, progress)).collect::<Result<_, _>>()?,
        };
        lock.write(&work)?;
        fs::rename(&work, &self.folder).map_err(HubError::io(&self.folder))?;
        File::open(&self.parent).and_then(|folder| folder.sync_all()).map_err(HubError::io(&self.parent))?;
        Ok(lock)
    }

    /// Downloads the files that are missing or differ from the lock.
    fn repair(&self, staging: &Path, remote: &Remote, progress: &dyn Progress) -> Result<Lock, HubError> {
        let lock = self.lock()?;
        if lock.check(&self.folder, progress).is_ok() {
            return Ok(lock);
        }
        let connection = remote.connect()?;
        let listing = connection.list(&self.repository, Some(&lock.revision))?;
        let work = self.commit_folder(staging, &listing)?;
        let changed = |file: &str| HubError::Changed {
            repository: self.repository.to_string(),
            file: file.to_owned(),
            revision: lock.revision.clone(),
        };
        let download =
            Download { repository: &self.repository, connection, commit: &listing.commit, work: &work };
        for file in lock.damaged(&self.folder) {
            let listed = listing.files.iter().find(|listed| listed.name == file.name);
            let same = |listed: &&RemoteFile| {
                listed.bytes == file.bytes
                    && listed.sha256.as_ref().is_none_or(|digest| *digest == file.sha256)
            };
            let listed = listed.filter(same).ok_or_else(|| changed(&file.name))?;
            if download.fetch(listed, progress)? != *file {
                // The next pull must not reuse it.
                let _ = fs::remove_file(work.join(&file.name));
                return Err(changed(&file.name));
            }
            let goal = self.folder.join(&file.name);
            fs::rename(work.join(&file.name), &goal).map_err(HubError::io(&goal))?;
        }
        lock.check(&self.folder, progress)?;
        Ok(lock)
    }

    /// Returns the files to download: all files that a model may have, but the weights in one format only.
    fn needed<'a>(&self, listing: &'a Listing) -> Result<Vec<&'a RemoteFile>, HubError> {
        let listed = |name: &str| listing.files.iter().find(|file| file.name == name);
        let missing = |what: &str| HubError::Fetch {
            package: self.repository.to_string(),
            reason: format!("it has no {what} at commit {}", listing.commit),
        };
        listed("config.json").ok_or_else(|| missing("config.json"))?;
        let weights = listed(SAFETENSORS).or_else(|| listed(PICKLE));
        let weights = weights.ok_or_else(|| missing(&format!("{SAFETENSORS} or {PICKLE}")))?;
        let others = FILES.iter().filter(|(name, _)| ![SAFETENSORS, PICKLE].contains(name));
        Ok(others.filter_map(|(name, _)| listed(name)).chain([weights]).collect())
    }

    /// Returns the staging folder of a commit. Creating it deletes the files of other commits, which the branch has left.
    fn commit_folder(&self, staging: &Path, listing: &Listing) -> Result<PathBuf, HubError> {
        let work = staging.join(&listing.commit);
        if !work.is_dir() {
            let _ = fs::remove_dir_all(staging);
            fs::create_dir_all(&work).map_err(HubError::io(&work))?;
        }
        Ok(work)
    }
}

/// Downloads the files of one commit.
struct Download<'a> {
    repository: &'a Repository,
    connection: Connection,
    commit: &'a str,
    work: &'a Path,
}

impl Download<'_> {
    /// Downloads a file, unless an earlier pull has, and checks it.
    fn fetch(&self, listed: &RemoteFile, progress: &dyn Progress) -> Result<ModelFile, HubError> {
        let path = self.work.join(&listed.name);
        if !path.is_file() {
            let part = self.work.join(format!("{}.part", listed.name));
            if listed.sha256.is_none() {
                // Without a digest, nothing shows whether two halves belong together.
                let _ = fs::remove_file(&part);
            }
            progress.begin(Task::Fetch, &format!("{} {}", self.repository, listed.name), listed.bytes);
            let origin = Origin::Hub { repository: self.repository, commit: self.commit, path: &listed.name };
            let done = self.connection.download(origin, listed.bytes, &part, progress);
            progress.end();
            done?;
            fs::rename(&part, &path).map_err(HubError::io(&path))?;
        }
        progress.begin(Task::Check, &listed.name, listed.bytes);
        let sha256 = sha256_file(&path, progress);
        progress.end();
        let file = ModelFile { name: listed.name.clone(), bytes: listed.bytes, sha256: sha256? };
        match &listed.sha256 {
            Some(digest) if *digest != file.sha256 => {
                // The next pull must not reuse a wrong file.
                let _ = fs::remove_file(&path);
                let reason =
                    format!("the SHA-256 of {} is {}, but the hub lists {digest}", file.name, file.sha256);
                Err(HubError::Fetch { package: self.repository.to_string(), reason })
            }
            _ => Ok(file),
        }
    }
}
