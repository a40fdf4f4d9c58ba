//! A repository's files as they were at one commit, in a folder of their own: put there whole or not at all, locked, and
//! never replaced by anything else.
//!
//! As with a single file, all work is done in a `.part` folder, where a pull that was broken off goes on.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{
    HubError, ModelFile, Progress, Remote, Repository,
    install::sha256_file,
    lock::{FILES, Lock, PICKLE, SAFETENSORS},
    remote::{Connection, Listing, RemoteFile},
};

/// Where the snapshot of a repository is and is made.
pub(super) struct Place {
    repository: Repository,
    /// The folder of all snapshots.
    parent: PathBuf,
    pub folder: PathBuf,
}

impl Place {
    pub fn new(parent: PathBuf, repository: &Repository) -> Self {
        let folder = parent.join(repository.folder());
        Self { repository: repository.clone(), parent, folder }
    }

    /// Whether something was pulled to here; its content is not looked at.
    pub fn is_taken(&self) -> bool {
        self.folder.join(Lock::NAME).is_file()
    }

    /// Reads the lock, which must be the reference's own.
    pub fn lock(&self) -> Result<Lock, HubError> {
        let lock = Lock::read(&self.folder)?;
        if lock.source != self.repository {
            let path = self.folder.join(Lock::NAME);
            return Err(HubError::Lock { path, reason: format!("it belongs to {}", lock.source) });
        }
        Ok(lock)
    }

    /// Checks what is there.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Lock, HubError> {
        let lock = self.lock()?;
        lock.check(&self.folder, progress)?;
        Ok(lock)
    }

    /// Fetches what is missing or damaged, and checks it. What was pulled before stays at its commit, whatever became of
    /// the branch since.
    pub fn pull(&self, remote: &Remote, progress: &dyn Progress) -> Result<Lock, HubError> {
        let staging = self.parent.join(".part");
        fs::create_dir_all(&staging).map_err(HubError::io(&staging))?;
        // No repository's folder has such a name.
        let lock_path = staging.join(format!("{}%lock", self.repository.folder()));
        let turn = File::create(&lock_path).map_err(HubError::io(&lock_path))?;
        // Two pulls of one repository take turns; the second finds the work done.
        turn.lock().map_err(HubError::io(&lock_path))?;
        let staging = staging.join(self.repository.folder());
        let lock = if self.is_taken() {
            self.repair(&staging, remote, progress)?
        } else {
            self.install(&staging, remote, progress)?
        };
        // All is in place; what cannot be cleared away does no harm.
        let _ = fs::remove_dir_all(&staging);
        Ok(lock)
    }

    /// Fetches all files.
    fn install(&self, staging: &Path, remote: &Remote, progress: &dyn Progress) -> Result<Lock, HubError> {
        if self.folder.exists() {
            let path = self.folder.join(Lock::NAME);
            return Err(HubError::Lock { path, reason: "it is missing".to_owned() });
        }
        let connection = remote.connect()?;
        let listing = connection.list(&self.repository, None)?;
        let files = self.needed(&listing)?;
        let work = self.work(staging, &listing)?;
        let bring = Bring { repository: &self.repository, connection, commit: &listing.commit, work: &work };
        let lock = Lock {
            source: self.repository.clone(),
            revision: listing.commit.clone(),
            licence: listing.licence.clone(),
            files: files.into_iter().map(|file| bring.file(file, progress)).collect::<Result<_, _>>()?,
        };
        lock.write(&work)?;
        fs::rename(&work, &self.folder).map_err(HubError::io(&self.folder))?;
        File::open(&self.parent).and_then(|folder| folder.sync_all()).map_err(HubError::io(&self.parent))?;
        Ok(lock)
    }

    /// Brings back the files that are not as the lock has them.
    fn repair(&self, staging: &Path, remote: &Remote, progress: &dyn Progress) -> Result<Lock, HubError> {
        let lock = self.lock()?;
        if lock.check(&self.folder, progress).is_ok() {
            return Ok(lock);
        }
        let connection = remote.connect()?;
        let listing = connection.list(&self.repository, Some(&lock.revision))?;
        let work = self.work(staging, &listing)?;
        let changed = |file: &str| HubError::Changed {
            repository: self.repository.to_string(),
            file: file.to_owned(),
            revision: lock.revision.clone(),
        };
        let bring = Bring { repository: &self.repository, connection, commit: &listing.commit, work: &work };
        for file in lock.damaged(&self.folder) {
            let listed = listing.files.iter().find(|listed| listed.name == file.name);
            let same = |listed: &&RemoteFile| {
                listed.bytes == file.bytes
                    && listed.sha256.as_ref().is_none_or(|digest| *digest == file.sha256)
            };
            let listed = listed.filter(same).ok_or_else(|| changed(&file.name))?;
            if bring.file(listed, progress)? != *file {
                // It must not be found again by the next pull.
                let _ = fs::remove_file(work.join(&file.name));
                return Err(changed(&file.name));
            }
            let goal = self.folder.join(&file.name);
            fs::rename(work.join(&file.name), &goal).map_err(HubError::io(&goal))?;
        }
        lock.check(&self.folder, progress)?;
        Ok(lock)
    }

    /// The files that are fetched: all that a model may have, but its weights only once.
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

    /// The folder in which a commit's files gather. Those of another commit, which a branch has left, are given up.
    fn work(&self, staging: &Path, listing: &Listing) -> Result<PathBuf, HubError> {
        let work = staging.join(&listing.commit);
        if !work.is_dir() {
            let _ = fs::remove_dir_all(staging);
            fs::create_dir_all(&work).map_err(HubError::io(&work))?;
        }
        Ok(work)
    }
}

/// What it takes to get the files of one commit.
struct Bring<'a> {
    repository: &'a Repository,
    connection: Connection,
    commit: &'a str,
    work: &'a Path,
}

impl Bring<'_> {
    /// Gets a file, unless an earlier pull did, and checks it.
    fn file(&self, listed: &RemoteFile, progress: &dyn Progress) -> Result<ModelFile, HubError> {
        let path = self.work.join(&listed.name);
        if !path.is_file() {
            let part = self.work.join(format!("{}.part", listed.name));
            if listed.sha256.is_none() {
                // Whether two halves belong together could not be told.
                let _ = fs::remove_file(&part);
            }
            progress.begin(&format!("{} {}", self.repository, listed.name), listed.bytes);
            let done = self.connection.download(self.repository, self.commit, listed, &part, progress);
            progress.end();
            done?;
            fs::rename(&part, &path).map_err(HubError::io(&path))?;
        }
        progress.begin(&format!("checking {}", listed.name), listed.bytes);
        let sha256 = sha256_file(&path, progress);
        progress.end();
        let file = ModelFile { name: listed.name.clone(), bytes: listed.bytes, sha256: sha256? };
        match &listed.sha256 {
            Some(digest) if *digest != file.sha256 => {
                // A wrong file must not be found again by the next pull.
                let _ = fs::remove_file(&path);
                let reason =
                    format!("the SHA-256 of {} is {}, but the hub lists {digest}", file.name, file.sha256);
                Err(HubError::Fetch { package: self.repository.to_string(), reason })
            }
            _ => Ok(file),
        }
    }
}
