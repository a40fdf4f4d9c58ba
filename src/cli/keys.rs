//! `triglot keys`: makes the keys of callers.

use std::{
    io::{Write, stderr},
    process::ExitCode,
};

use super::{CliError, output};
use crate::{
    config::{KeysCommand, NewKeyArguments},
    server::keys::NewKey,
};

pub fn run(KeysCommand::New(arguments): KeysCommand) -> Result<ExitCode, CliError> {
    new(arguments)?;
    Ok(ExitCode::SUCCESS)
}

/// The entry goes to standard output, as in `>> keys.toml`, and the key alone to standard error, as in `2> agency.key`.
fn new(arguments: NewKeyArguments) -> Result<(), CliError> {
    let key = NewKey::random().map_err(CliError::NoRandom)?;
    let entry = arguments.entry(key.sha256());
    entry.check().map_err(CliError::Entry)?;
    // First, since an entry whose key is lost would be of no use.
    writeln!(stderr(), "{}", key.secret())?;
    output::line(entry.to_toml()?)
}
