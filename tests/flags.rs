//! Every flag of every command: it has one meaning in its command, an environment variable, and a row in the table of
//! docs/settings.md, which has no other rows.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, Command, CommandFactory};
use triglot::config::Arguments;

/// Flags that clap adds.
const BUILT_IN: [&str; 2] = ["help", "version"];

/// The command and all below it, with the path of their names.
fn commands(command: &Command, path: &str) -> Vec<(String, Command)> {
    let path = format!("{path} {}", command.get_name());
    let below = command.get_subcommands().flat_map(|below| commands(below, &path));
    std::iter::once((path.clone(), command.clone())).chain(below).collect()
}

/// The flag and its variable, as a row of the table begins; `None` for what is no flag of ours.
fn row(argument: &Arg) -> Option<String> {
    let long = argument.get_long().filter(|long| !BUILT_IN.contains(long))?;
    let variable = argument.get_env().and_then(|name| name.to_str()).unwrap_or("no variable");
    Some(format!("`--{long}` | `{variable}`"))
}

/// The rows of the table: how each begins, and its default.
fn documented() -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    for line in include_str!("../docs/settings.md").lines().filter(|line| line.starts_with("| `--")) {
        let cells: Vec<&str> = line.trim_matches(['|', ' ']).split(" | ").collect();
        let [flag, variable, default, _, _] = cells[..] else { panic!("not five cells: {line}") };
        let before = rows.insert(format!("{flag} | {variable}"), default.to_owned());
        assert!(before.is_none(), "two rows for {flag}");
    }
    rows
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
fn the_table_of_settings_has_exactly_the_flags() {
    let mut flags = BTreeSet::new();
    for (_, command) in commands(&Arguments::command(), "") {
        flags.extend(command.get_arguments().filter_map(row));
    }
    let documented: BTreeSet<String> = documented().into_keys().collect();
    let missing: Vec<&String> = flags.difference(&documented).collect();
    let invented: Vec<&String> = documented.difference(&flags).collect();
    assert!(missing.is_empty(), "the table does not have {missing:?}");
    assert!(invented.is_empty(), "no command has {invented:?}");
}

#[test]
fn the_table_of_settings_has_the_defaults() {
    let documented = documented();
    for (path, command) in commands(&Arguments::command(), "") {
        let valued =
            |argument: &&Arg| argument.get_action().takes_values() && !argument.is_hide_default_value_set();
        for argument in command.get_arguments().filter(valued) {
            let Some(cell) = row(argument).and_then(|row| documented.get(&row)) else { continue };
            for default in argument.get_default_values().iter().filter_map(|value| value.to_str()) {
                assert!(
                    cell.contains(&format!("`{default}`")),
                    "{path}: the default of {argument} is {default}, not {cell}"
                );
            }
        }
    }
}
