//! What a person reads when something fails: one line, with the cause.

use std::{
    fs,
    io::{BufRead, Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::support::process;

/// Runs a command that fails, and returns its message.
fn message(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("it is text")
}

#[test]
fn a_file_that_is_no_model_has_one_line() {
    let folder = TempDir::new().expect("a folder can be made");
    let path = folder.path().join("noise.gguf");
    fs::write(&path, "This is a letter to the editor.").expect("it can be written");
    let mut serve = process::triglot();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--model"]).arg(&path).env("RUST_BACKTRACE", "1");
    let said = message(&mut serve);
    let said: Vec<&str> = said.lines().filter(|line| !line.contains("INFO")).collect();
    let [line] = said[..] else { panic!("more than a line: {said:?}") };
    assert!(line.contains("not a valid GGUF file"), "{line}");
}

#[test]
fn a_log_that_is_no_terminal_has_no_colours() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_triglot"));
    command.args(["serve", "--model", "copy", "--listen", "127.0.0.1:0"]).env_remove("NO_COLOR");
    let mut server =
        command.env("TRIGLOT_LOG", "info").stderr(Stdio::piped()).spawn().expect("the program starts");
    let log = std::io::BufReader::new(server.stderr.take().expect("it is piped"));
    let line = log.lines().map_while(Result::ok).find(|line| line.contains("serving")).expect("it is logged");
    assert!(!line.contains('\x1b'), "{line:?}");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}

#[test]
fn a_broken_connection_is_told_with_its_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it has an address"));
    let breaks = thread::spawn(move || {
        let mut stream = listener.accept().expect("it connects").0;
        // Empty settings; then the connection ends as soon as the call has begun.
        stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).expect("it is open");
        let mut heard = [0; 200];
        stream.read_exact(&mut heard).expect("it is open");
    });
    let mut translate = process::triglot();
    let said = message(translate.args(["translate", "--from", "en", "--to", "fr", "--server", &address]));
    assert!(said.contains("the connection to the server broke: "), "{said}");
    assert!(!said.contains("transport error"), "{said}");
    breaks.join().expect("it ends");
}

/// The folder says which disk is full.
#[test]
fn a_pull_that_fails_names_its_folder_and_what_pip_says() {
    let folder = TempDir::new().expect("a folder can be made");
    let python = folder.path().join("python");
    let script = "#!/bin/sh\necho 'ERROR: [Errno 28] No space left on device' >&2\nexit 2\n";
    fs::write(&python, script).expect("it can be written");
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("it can be set");
    let mut pull = process::triglot();
    pull.args(["models", "pull", "gemma3-270m", "--data-dir"])
        .arg(folder.path())
        .arg("--python")
        .arg(&python);
    let said = message(&mut pull);
    assert!(said.contains("No space left on device"), "{said}");
    assert!(said.contains(folder.path().to_str().expect("its name is text")), "{said}");
}
