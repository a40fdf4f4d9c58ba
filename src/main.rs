//! The program: parse, build the runtime, run, exit code.

use std::{
    io::{Write, stderr},
    process::ExitCode,
};

use clap::Parser;
use triglot::{cli, config::Arguments, telemetry};

/// Tensors are allocated and freed at every step; the system's allocator gives large ones back to the kernel each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a shell shows for a program that SIGPIPE ended (128 + 13). Rust ignores that signal, so that a server survives a
/// client that goes; a command whose reader has gone still ends like any other program of a pipeline.
const CLOSED_PIPE: u8 = 141;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    telemetry::start(&arguments.log);
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) if error.is_closed_pipe() => ExitCode::from(CLOSED_PIPE),
        Err(error) => {
            // `eprintln!` would panic where standard error is closed as well.
            let _ = writeln!(stderr(), "triglot: {error}");
            ExitCode::FAILURE
        }
    }
}
