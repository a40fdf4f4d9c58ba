//! A command whose reader has gone, as behind `| head -1`, ends at once and without a word.

use std::{
    io::{Write, pipe},
    process::{Output, Stdio},
};

use crate::support::process::{server, triglot};

/// Runs a command with nobody at the other end of its standard output.
fn unread(arguments: &[&str]) -> Output {
    let (reader, writer) = pipe().expect("a pipe can be made");
    drop(reader);
    // Above "warn" is what goes wrong.
    let mut command = triglot();
    command.args(arguments).env("TRIGLOT_LOG", "warn").stdin(Stdio::piped()).stdout(writer);
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // An error: the program does not read, or ended before it had read everything.
    let _ = stdin.write_all("The council met on Monday. It met again on Tuesday.\n".repeat(500).as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let (mut server, address) = server();
    let translate = ["translate", "--from", "en", "--to", "fr"];
    let commands = [
        [&translate[..], &["--model", "copy"]].concat(),
        [&translate[..], &["--model", "copy", "--json"]].concat(),
        [&translate[..], &["--server", &address]].concat(),
        vec!["summarize"],
        vec!["summarize", "--json"],
        vec!["detect"],
        vec!["models", "list"],
        vec!["health", "--server", &address],
        vec!["bench", "--model", "copy"],
        vec!["bench", "--model", "copy", "--json"],
    ];
    for command in commands {
        let Output { status, stderr, .. } = unread(&command);
        assert_eq!(String::from_utf8_lossy(&stderr), "", "{command:?}");
        assert_eq!(status.code(), Some(141), "{command:?} ends as SIGPIPE ends a program");
    }
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}

/// Nobody reads the errors either, as behind `2>&1 | head -1`.
#[test]
fn closed_errors_are_no_reason_to_panic() {
    let (reader, writer) = pipe().expect("a pipe can be made");
    drop(reader);
    let mut command = triglot();
    command.args(["translate", "--from", "en", "--to", "fr", "--model", "no-such-model"]);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer).status();
    assert_eq!(status.expect("the program runs").code(), Some(1));
}
