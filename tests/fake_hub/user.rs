//! The program, as somebody runs it who has no other hub.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::FakeHub;
use crate::support::process::triglot;

/// Somebody with an empty data folder, who knows this hub.
pub struct User {
    pub data: TempDir,
    endpoint: String,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub good: bool,
    pub out: String,
    pub error: String,
}

impl User {
    pub fn of(hub: &FakeHub) -> Self {
        Self { data: tempfile::tempdir().expect("a folder can be made"), endpoint: hub.endpoint.clone() }
    }

    /// A path below the data folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.data.path().join(path)
    }

    /// What lies in a folder, by name.
    pub fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path(folder))
    }

    /// The program with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = triglot();
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        for name in ["HF_TOKEN", "HF_TOKEN_PATH", "TRIGLOT_MODEL", "TRIGLOT_ADAPTER", "TRIGLOT_OFFLINE"] {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .env("HF_ENDPOINT", &self.endpoint)
            .env("HF_HOME", self.path("home"))
            .env("TRIGLOT_DATA_DIR", self.data.path())
            .env("TRIGLOT_LOG", "warn")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    pub fn pull(&self, model: &str) -> Said {
        self.run(&["models", "pull", model])
    }
}

/// Runs a command.
pub fn said(command: &mut Command) -> Said {
    let output = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    Said { good: output.status.success(), out: text(output.stdout), error: text(output.stderr) }
}

impl Said {
    /// That it went well; its output without the line end.
    #[track_caller]
    pub fn well(self) -> String {
        assert!(self.good, "{}", self.error);
        self.out.trim_end().to_owned()
    }

    /// That it went wrong, and why.
    #[track_caller]
    pub fn badly(self) -> String {
        assert!(!self.good, "{}", self.out);
        self.error
    }
}

/// What lies in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is there").file_name();
    let mut names: Vec<String> = entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
