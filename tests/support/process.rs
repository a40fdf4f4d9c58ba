//! Runs the program as a user does.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

pub fn triglot() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_triglot"));
    command.env("TRIGLOT_LOG", "info").env("NO_COLOR", "1").stderr(Stdio::piped());
    command
}

/// Starts a server with the copying model; returns it and its address.
pub fn server() -> (Child, String) {
    serving(&["--model", "copy"])
}

/// Starts a server with these flags; returns it and its address.
pub fn serving(flags: &[&str]) -> (Child, String) {
    let mut server =
        triglot().args(["serve", "--listen", "127.0.0.1:0"]).args(flags).spawn().expect("the program starts");
    let mut log = BufReader::new(server.stderr.take().expect("it is piped")).lines();
    let address = log
        .find_map(|line| {
            let line = line.expect("the log is text");
            let (_, rest) = line.split_once("address=")?;
            rest.split_whitespace().next().map(|address| format!("http://{address}"))
        })
        .expect("the address is logged");
    // Reads on, so a full pipe does not block the server.
    std::thread::spawn(move || log.for_each(drop));
    (server, address)
}
