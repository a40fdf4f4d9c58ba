//! `triglot completions` and `triglot man`: what a shell and `man` want to know, made of the flags.

use std::io::Write;

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::{CliError, output};
use crate::config::Arguments;

/// Prints the completions of a shell.
pub fn completions(shell: Shell) -> Result<(), CliError> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "triglot", &mut text);
    output::write(|out| out.write_all(&text))
}

/// Prints the page of the program, or of one of its commands, such as `models pull`.
pub fn man(path: &[String]) -> Result<(), CliError> {
    let mut command = Arguments::command();
    // Gives the commands below it their whole names.
    command.build();
    let page = |command: &Command| {
        let mut text = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut text).map(|()| text)
    };
    let found = path.iter().try_fold(&command, |command, name| command.find_subcommand(name));
    let text = page(found.ok_or_else(|| CliError::NoCommand(path.join(" ")))?)?;
    output::write(|out| out.write_all(&text))
}
