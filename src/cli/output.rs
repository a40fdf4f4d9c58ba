//! Prints to standard output. `println!` panics when the reader closes it, as in `| head -1`. These functions return an error
//! instead, which ends the program without a message.

use std::{
    fmt::Display,
    io::{self, StdoutLock, Write, stdout},
};

use super::CliError;

/// Prints a line.
pub fn line(line: impl Display) -> Result<(), CliError> {
    write(|out| writeln!(out, "{line}"))
}

/// Prints the output of `write` and flushes it.
pub fn write(write: impl FnOnce(&mut StdoutLock<'_>) -> io::Result<()>) -> Result<(), CliError> {
    let mut out = stdout().lock();
    write(&mut out).and_then(|()| out.flush()).map_err(CliError::Output)
}
