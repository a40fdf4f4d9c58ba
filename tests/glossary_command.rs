//! `triglot glossary` manages the glossaries of a file or of a server, and `triglot translate` uses them.

use std::{fs, io::Write, process::Stdio};

use tempfile::TempDir;

use crate::support::process;

const TBX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<martif type="TBX" xml:lang="en"><text><body><termEntry>
  <langSet xml:lang="en"><tig><term>key rate</term></tig></langSet>
  <langSet xml:lang="fr"><tig><term>taux directeur</term></tig></langSet>
  <langSet xml:lang="ru"><tig><term>ключевая ставка</term></tig></langSet>
</termEntry></body></text></martif>"#;

/// Runs the program with an input, and returns what it prints.
fn run(arguments: &[&str], input: &str) -> Result<String, String> {
    let mut command = process::triglot();
    let child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// Runs all commands on the glossaries at a place.
fn check(folder: &TempDir, place: &[&str]) {
    let path = |name: &str| folder.path().join(name).to_str().expect("it is text").to_owned();
    let glossary = |arguments: &[&str]| run(&[&["glossary"], arguments, place].concat(), "");
    fs::write(path("bank.tbx"), TBX).expect("it is written");
    fs::write(path("more.tsv"), "mill\tmoulin\nkey rate\ttaux de base\n").expect("it is written");
    let direction = ["--from", "en", "--to", "fr"];

    let import = |file: &str, more: &[&str]| {
        let path = path(file);
        glossary(&[&["import", "bank", &path], more, &direction].concat())
    };
    let said = import("bank.tbx", &[]).expect("it imports");
    assert!(said.starts_with("1 terms read: bank has 1 terms and revision "), "{said}");
    let said = import("more.tsv", &[]).expect("it imports");
    assert!(said.starts_with("2 terms read: bank has 2 terms "), "{said}");
    let exported = glossary(&["export", "bank"]).expect("it exports");
    assert!(
        exported.contains("<term>taux de base</term>") && exported.contains("<term>mill</term>"),
        "{exported}"
    );

    let text = "The key rate of the mill rises.";
    let translate = ["translate", "--model", "copy", "--from", "en", "--to", "fr", "--glossary", "bank"];
    let translated = run(&[&translate, place].concat(), text).expect("it translates");
    assert_eq!(translated.trim(), "The taux de base of the moulin rises.");

    let other = glossary(&["import", "bank", &path("bank.tbx"), "--from", "en", "--to", "ru"]);
    assert!(other.expect_err("it is refused").contains("the glossary bank is for en-fr"));
    let said = import("bank.tbx", &["--replace"]).expect("it imports");
    assert!(said.starts_with("1 terms read: bank has 1 terms "), "{said}");
    let list = glossary(&["list"]).expect("it lists");
    assert!(list.starts_with("bank\ten-fr\t1 terms\trevision "), "{list}");
    glossary(&["delete", "bank"]).expect("it is deleted");
    assert_eq!(glossary(&["list"]).expect("it lists"), "");
    for gone in [glossary(&["export", "bank"]), glossary(&["delete", "bank"])] {
        assert!(gone.expect_err("it is gone").contains("there is no glossary bank"));
    }
}

#[test]
fn the_glossaries_of_a_file_are_managed() {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("glossaries");
    check(&folder, &["--glossary-file", file.to_str().expect("its name is text")]);
    let error = run(&["glossary", "list"], "").expect_err("it names no place");
    assert!(error.contains("--server") && error.contains("--glossary-file"), "{error}");
}

#[test]
fn the_glossaries_of_a_server_are_managed() {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("glossaries");
    let file = file.to_str().expect("its name is text");
    let (mut server, address) = process::serving(&["--model", "copy", "--glossary-file", file]);
    check(&folder, &["--server", &address]);
    server.kill().expect("it ends");
    server.wait().expect("it ends");
}

#[test]
fn the_terms_of_a_termbase_count_in_their_direction() {
    let folder = TempDir::new().expect("a folder can be made");
    let path = folder.path().join("bank.TBX");
    fs::write(&path, TBX).expect("it is written");
    let translate = ["translate", "--model", "copy", "--terms-file", path.to_str().expect("it is text")];
    for (to, expected) in
        [("fr", "The taux directeur of the mill rises."), ("ru", "The ключевая ставка of the mill rises.")]
    {
        let arguments = [&translate[..], &["--from", "en", "--to", to]].concat();
        let translated = run(&arguments, "The key rate of the mill rises.").expect("it translates");
        assert_eq!(translated.trim(), expected);
    }
    fs::write(&path, "key rate\ttaux directeur\n").expect("it is written");
    let error = run(&[&translate[..], &["--to", "fr"]].concat(), "Rain.").expect_err("it is no TBX");
    assert!(error.contains("it has no <tbx> or <martif> element"), "{error}");
}
