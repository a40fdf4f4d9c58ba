//! A command ends at once and without a message when its reader closes the pipe, as in `| head -1`.

use std::{
    io::{Write, pipe},
    process::{Output, Stdio},
};

use crate::support::process::{server, triglot};

/// Runs a command whose standard output is a closed pipe.
fn unread(arguments: &[&str]) -> Output {
    let (reader, writer) = pipe().expect("a pipe can be made");
    drop(reader);
    // Log only warnings and errors.
    let mut command = triglot();
    command.args(arguments).env("TRIGLOT_LOG", "warn").stdin(Stdio::piped()).stdout(writer);
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // The write fails if the program ends before it has read everything.
    let _ = stdin.write_all("The council met on Monday. It met again on Tuesday.\n".repeat(500).as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

#[test]
fn a_closed_pipe_is_no_error() {
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

/// Standard error is closed too, as in `2>&1 | head -1`.
#[test]
fn a_closed_standard_error_does_not_panic() {
    let (reader, writer) = pipe().expect("a pipe can be made");
    drop(reader);
    let mut command = triglot();
    command.args(["translate", "--from", "en", "--to", "fr", "--model", "no-such-model"]);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer).status();
    assert_eq!(status.expect("the program runs").code(), Some(1));
}
