//! Runs the program as a user does.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, Command, Stdio},
};

pub fn triglot() -> Command {
    with_log(Command::new(env!("CARGO_BIN_EXE_triglot")))
}

fn with_log(mut command: Command) -> Command {
    command.env("TRIGLOT_LOG", "info").env("NO_COLOR", "1").stderr(Stdio::piped());
    command
}

/// Starts a server with the copying model; returns it and its address.
pub fn server() -> (Child, String) {
    serving(&["--model", "copy"])
}

/// Starts a server with these flags; returns it and its address.
pub fn serving(flags: &[&str]) -> (Child, String) {
    let (server, address, log) = logging(triglot(), flags);
    // Reads on, so a full pipe does not block the server.
    std::thread::spawn(move || log.lines().for_each(drop));
    (server, address)
}

/// Starts a server with these flags through a command; returns it, its address, and the rest of its log.
pub fn logging(command: Command, flags: &[&str]) -> (Child, String, BufReader<ChildStderr>) {
    let mut server = with_log(command)
        .env("TRIGLOT_LISTEN", "127.0.0.1:0")
        .arg("serve")
        .args(flags)
        .spawn()
        .expect("the program starts");
    let mut log = BufReader::new(server.stderr.take().expect("it is piped"));
    let address = log
        .by_ref()
        .lines()
        .find_map(|line| {
            let line = line.expect("the log is text");
            let (_, rest) = line.split_once("address")?;
            // Of a line for people, or of one in JSON.
            let address = rest.trim_start_matches(['=', '"', ':']).split([' ', '"']).next();
            address.map(|address| format!("http://{address}"))
        })
        .expect("the address is logged");
    (server, address, log)
}
