//! The program as a user runs it: exit codes, standard output, no network with `--offline`, and a clean exit.

use std::{
    io::{BufReader, Read, Write},
    process::{Command, Output, Stdio},
};

use crate::support::process::{server, triglot};

const TEXT: &str = "A first sentence. A second one.\n\n  An indented line";

fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // This fails if the program ends without reading its input.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

#[test]
fn a_server_and_the_process_itself_give_the_same_output() {
    let (mut server, address) = server();
    let health = triglot().args(["health", "--server", &address]).output().expect("the program runs");
    assert!(health.status.success());
    let named = vec!["--server", &address, "--model", "copy"];
    for place in [vec!["--model", "copy"], vec!["--server", &address], named] {
        let output = run(triglot().args(["translate", "--from", "en", "--to", "fr"]).args(&place), TEXT);
        assert!(output.status.success(), "{place:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), TEXT, "{place:?}");

        let output =
            run(triglot().args(["translate", "--from", "en", "--to", "fr", "--json"]).args(&place), TEXT);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert_eq!(answer["translation"], TEXT);
        assert_eq!(answer["model"], "copy");
        assert_eq!(answer["segments"][1]["source"]["start"], 18);

        let summary = ["summarize", "--from", "en", "--sentences", "1"];
        let output = run(triglot().args(summary).args(&place), TEXT);
        assert!(output.status.success(), "{place:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "A first sentence.\n", "{place:?}");
    }
    for (flags, complaint) in [
        (["--model", "./models/other.gguf"], "loaded models: copy"),
        (["--adapter", "none"], "--adapter cannot be used with --server"),
    ] {
        let translate = ["translate", "--from", "en", "--to", "fr", "--server", &address];
        let output = run(triglot().args(translate).args(flags), TEXT);
        assert!(!output.status.success(), "{flags:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(complaint), "{flags:?}: {said}");
    }
    let terminated = Command::new("kill").arg(server.id().to_string()).status().expect("kill runs");
    assert!(terminated.success());
    assert!(server.wait().expect("it ends").success(), "SIGTERM ends the server without an error");
    let health = triglot().args(["health", "--server", &address]).output().expect("the program runs");
    assert!(!health.status.success());
}

#[test]
fn errors_are_reported_and_fail() {
    let output = run(triglot().args(["translate", "--to", "fr", "--model", "copy"]), "OK");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("language"), "the language is unknown");

    let empty = tempfile::tempdir().expect("a folder can be made");
    let offline = |arguments: &[&str]| {
        let output = triglot()
            .args(arguments)
            .args(["--offline", "--python", "/does/not/exist", "--data-dir"])
            .arg(empty.path())
            .stdin(Stdio::null())
            .output()
            .expect("the program runs");
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("gemma3-270m is not installed"), "{arguments:?}: {said}");
    };
    offline(&["translate", "--from", "en", "--to", "fr"]);
    let output = run(
        triglot().args(["models", "pull", "--data-dir"]).arg(empty.path()).env("TRIGLOT_OFFLINE", "1"),
        "",
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("without --offline"), "1 means true");
    offline(&["serve", "--listen", "127.0.0.1:0"]);
    offline(&["models", "pull"]);
    offline(&["models", "path"]);
}

#[test]
fn a_summary_in_the_language_of_the_text_loads_no_model() {
    let empty = tempfile::tempdir().expect("a folder can be made");
    let summarize = |to: &str| {
        let mut command = triglot();
        command
            .args(["summarize", "--sentences", "1", "--offline", "--to", to, "--data-dir"])
            .arg(empty.path());
        run(&mut command, "The mayor closed the old bridge on Monday. Nobody had expected it.")
    };
    let output = summarize("en-GB");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "The mayor closed the old bridge on Monday.\n");
    assert!(!summarize("fr").status.success(), "a translation needs a model");
}

#[test]
fn line_breaks_and_the_fallback_are_flags_and_variables() {
    let translate = |flags: &[&str]| {
        let mut command = triglot();
        command.args(["translate", "--to", "fr", "--json", "--model", "copy"]).args(flags);
        command.env("TRIGLOT_FALLBACK_LANGUAGE", "en").env("TRIGLOT_LINE_BREAKS", "keep");
        let output = run(&mut command, "OK\nZug");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert_eq!(answer["detected"]["language"], "en");
        answer["segments"].as_array().expect("a list").len()
    };
    assert_eq!(translate(&[]), 2);
    assert_eq!(translate(&["--line-breaks", "join"]), 1);
}

#[test]
fn flags_take_precedence_over_the_environment() {
    let text =
        "It rained on Monday in the north. It snowed on Tuesday in the south. The sun shone on Wednesday.";
    let summary = |flags: &[&str]| {
        run(triglot().args(["summarize", "--from", "en"]).args(flags).env("TRIGLOT_SENTENCES", "3"), text)
    };
    let sentences = |output: &Output| String::from_utf8_lossy(&output.stdout).matches('.').count();
    assert_eq!(sentences(&summary(&[])), 3);
    assert_eq!(sentences(&summary(&["--ratio", "0.3"])), 1);
    let two = summary(&["--ratio", "0.3", "--max-chars", "50"]);
    assert!(!two.status.success() && String::from_utf8_lossy(&two.stderr).contains("one length"));

    let mut elsewhere = triglot();
    elsewhere.args(["translate", "--to", "fr", "--server", "http://127.0.0.1:9", "--adapter", "./mine"]);
    let refused = run(elsewhere.env("TRIGLOT_ADAPTER", "none"), text);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("--adapter cannot be used with --server"), "{said}");
}

#[cfg(not(any(feature = "cuda", feature = "metal")))]
/// `script`, which is a part of every Debian, gives the program a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_the_whole_translation() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("article.txt");
    std::fs::write(&file, TEXT).expect("it can be written");
    let program = env!("CARGO_BIN_EXE_triglot");
    let command = format!("{program} translate --from en --to fr --model copy {}", file.display());
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &command, "/dev/null"]).env("TRIGLOT_LOG", "off");
    let output = run(&mut terminal, "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), TEXT.replace('\n', "\r\n"));
}

#[test]
fn a_gpu_needs_a_build_with_its_feature() {
    for how in [&["--gpu"][..], &[]] {
        let mut command = triglot();
        command.args(["translate", "--from", "en", "--to", "fr", "--model", "copy"]).args(how);
        let output = run(command.env("TRIGLOT_GPU", if how.is_empty() { "1" } else { "0" }), TEXT);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("--features cuda"), "{said}");
    }
    let off = run(
        triglot()
            .args(["translate", "--from", "en", "--to", "fr", "--model", "copy"])
            .env("TRIGLOT_GPU", "off"),
        TEXT,
    );
    assert!(off.status.success(), "{}", String::from_utf8_lossy(&off.stderr));
}

#[test]
fn languages_and_licences_are_printed() {
    let output = run(triglot().arg("detect"), "Le conseil se réunit chaque lundi dans la grande salle.");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("fr "));
    let output = run(triglot().arg("detect"), "OK");
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &b"unknown\n"[..]));
    let output = run(triglot().args(["models", "list"]), "");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Gemma Terms of Use"));
    let mut rest = String::new();
    BufReader::new(&output.stderr[..]).read_to_string(&mut rest).expect("it is text");
    assert_eq!(rest, "");
}

#[test]
fn a_diff_has_each_sentence_beside_its_translation() {
    let flags = ["translate", "--model", "copy", "--from", "en", "--to", "fr", "--diff"];
    let output = run(
        triglot().args(flags),
        "The ship left.\nAll twelve of them stayed in the old harbour until the storm was over.\n",
    );
    let text = String::from_utf8(output.stdout).expect("it is text");
    let rows: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(" │ ")).collect();
    assert_eq!(rows[0].0.trim(), "The ship left.");
    assert_eq!(rows[0].1, "The ship left.");
    // Two columns of a terminal of 80 cells: the second sentence has two lines.
    assert_eq!(rows[1].0.trim_end(), "All twelve of them stayed in the old");
    assert_eq!(rows[2].0.trim_end(), "harbour until the storm was over.");
    assert!(text.contains("\n! copied\n"), "{text}");
}
