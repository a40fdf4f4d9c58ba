//! The program as a user of the fake hub runs it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::FakeHub;
use crate::support::process::triglot;

/// A user with an empty data folder, whose hub is the fake one.
pub struct User {
    pub data: TempDir,
    endpoint: String,
}

/// The outcome of a command.
#[derive(Debug)]
pub struct Outcome {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl User {
    pub fn of(hub: &FakeHub) -> Self {
        Self { data: tempfile::tempdir().expect("a folder can be made"), endpoint: hub.endpoint.clone() }
    }

    /// A path below the data folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.data.path().join(path)
    }

    /// Returns the sorted names in a folder.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("the folder is there");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is there").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Prepares a command with these arguments.
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

    /// Runs the program with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        run(&mut self.command(arguments))
    }

    pub fn pull(&self, model: &str) -> Outcome {
        self.run(&["models", "pull", model])
    }
}

/// Runs a command.
pub fn run(command: &mut Command) -> Outcome {
    let output = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    Outcome { success: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Outcome {
    /// Asserts success; returns standard output without the line end.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert!(self.success, "{}", self.stderr);
        self.stdout.trim_end().to_owned()
    }

    /// Asserts failure; returns standard error.
    #[track_caller]
    pub fn fails(self) -> String {
        assert!(!self.success, "{}", self.stdout);
        self.stderr
    }
}
