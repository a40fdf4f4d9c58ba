//! Every flag of every command: it has one meaning in its command, an environment variable, and a line in the README's table.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory};
use triglot::config::Arguments;

/// Flags that clap adds.
const BUILT_IN: [&str; 2] = ["help", "version"];

/// The command and all below it, with the path of their names.
fn commands(command: &Command, path: &str) -> Vec<(String, Command)> {
    let path = format!("{path} {}", command.get_name());
    let below = command.get_subcommands().flat_map(|below| commands(below, &path));
    std::iter::once((path.clone(), command.clone())).chain(below).collect()
}

#[test]
fn no_command_has_two_arguments_of_one_name() {
    for (path, command) in commands(&Arguments::command(), "") {
        let mut seen = BTreeSet::new();
        for argument in command.get_arguments() {
            assert!(seen.insert(argument.get_id().as_str()), "{path}: {} is there twice", argument.get_id());
        }
    }
}

#[test]
fn the_readme_has_every_flag_with_its_variable() {
    let readme = include_str!("../README.md");
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `--")).collect();
    let mut missing = BTreeSet::new();
    for (_, command) in commands(&Arguments::command(), "") {
        for argument in command.get_arguments() {
            let Some(long) = argument.get_long().filter(|long| !BUILT_IN.contains(long)) else { continue };
            let variable = argument.get_env().and_then(|name| name.to_str()).unwrap_or("no variable");
            let row = |row: &&str| row.starts_with(&format!("| `--{long}` | `{variable}` |"));
            if !rows.iter().any(row) {
                missing.insert(format!("--{long} ({variable})"));
            }
        }
    }
    assert!(missing.is_empty(), "the README does not have {missing:?}");
}
