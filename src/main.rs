//! The program: parses the arguments, runs the command, and returns the exit code.

use std::{
    io::{Write, stderr},
    process::ExitCode,
};

use clap::Parser;
use triglot::{cli, config::Arguments};

/// Every step allocates and frees tensors. The system's allocator would return the large ones to the kernel each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code that a shell reports for a program killed by SIGPIPE (128 + 13). Rust ignores that signal, so a server survives
/// a disconnected client. A command with a closed output returns this code, like other programs in a pipeline.
const CLOSED_PIPE: u8 = 141;

fn main() -> ExitCode {
    match cli::run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) if error.is_closed_pipe() => ExitCode::from(CLOSED_PIPE),
        Err(error) => {
            // `eprintln!` panics if standard error is closed as well.
            let _ = writeln!(stderr(), "triglot: {error}");
            ExitCode::FAILURE
        }
    }
}
