//! Standard output. `println!` panics when nobody reads any more, as behind `| head -1`; what is printed here returns an
//! error instead, which ends the program without a message.

use std::{
    fmt::Display,
    io::{self, StdoutLock, Write, stdout},
};

use super::CliError;

/// Prints a line.
pub fn line(line: impl Display) -> Result<(), CliError> {
    write(|out| writeln!(out, "{line}"))
}

/// Prints whatever `write` writes, and does not keep any of it back.
pub fn write(write: impl FnOnce(&mut StdoutLock<'_>) -> io::Result<()>) -> Result<(), CliError> {
    let mut out = stdout().lock();
    write(&mut out).and_then(|()| out.flush()).map_err(CliError::Output)
}
