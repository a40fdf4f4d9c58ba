//! The program: parse, build the runtime, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use triglot::{cli, config::Arguments, telemetry};

/// Tensors are allocated and freed at every step; the system's allocator gives large ones back to the kernel each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    telemetry::start(&arguments.log);
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("triglot: {error}");
            ExitCode::FAILURE
        }
    }
}
