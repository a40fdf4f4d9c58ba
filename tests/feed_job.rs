//! `triglot feed`: jobs over files, which end the same way however often they are stopped.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::support::process;

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Harbour news</title><link>https://example.org/</link>
<description>All about the harbour and its boats</description><language>en-gb</language>
<item><title>The harbour is closed</title><link>https://example.org/1?a=1&amp;b=2</link><guid>1</guid>
<description><![CDATA[<p>The harbour was <b>closed</b> on Monday, and nobody knows for how long.</p>]]></description></item>
<item><title>The mayor spoke</title><guid>2</guid><enclosure url="https://example.org/a.mp3" length="1" type="audio/mpeg"/>
<description>The mayor spoke to the people of the town.</description></item>
</channel></rss>
"#;

fn feed(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = process::triglot();
    command.current_dir(folder).args(["feed", "--model", "copy"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    feed(folder, arguments).output().expect("the program starts")
}

/// Runs a job that must succeed, and returns its standard output.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    String::from_utf8(output.stdout).expect("it is text")
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Lines of articles, with some that are broken, known, odd or empty.
fn lines(count: usize) -> String {
    let line = |number: usize| match number % 10 {
        3 => format!("{{\"id\":{number},\"body\":17}}\n"),
        5 => "\n".to_owned(),
        7 => format!(
            "{{\"id\":\"{number}\",\"price\":1.50,\"language\":\"en\",\"title\":\"The price of bread\"}}\n"
        ),
        _ => format!(
            "{{\"id\":\"{number}\",\"title\":\"Boat {number} is back\",\"body\":\"Boat {number} came back to the harbour. The mayor waved.\",\"big\":123456789012345678901234567890}}\n"
        ),
    };
    (0..count).map(line).collect()
}

#[test]
fn a_feed_comes_back_as_a_feed() {
    let folder = TempDir::new().expect("there is room");
    fs::write(folder.path().join("news.xml"), RSS).expect("it is written");
    let printed = done(folder.path(), &["--to", "fr", "news.xml"]);
    assert_eq!(printed, RSS.replace("en-gb", "fr"));
    done(folder.path(), &["--to", "fr,ru", "--output", "out/", "news.xml"]);
    assert_eq!(read(folder.path(), "out/fr/news.xml"), RSS.replace("en-gb", "fr"));
    assert_eq!(read(folder.path(), "out/ru/news.xml"), RSS.replace("en-gb", "ru"));
    let lines = done(folder.path(), &["--to", "fr", "--form", "lines", "news.xml"]);
    assert_eq!(lines.lines().count(), 2, "the heading of a feed is no article: {lines}");
}

#[test]
fn lines_keep_what_they_have_in_their_order() {
    let folder = TempDir::new().expect("there is room");
    fs::write(folder.path().join("in.jsonl"), lines(30)).expect("it is written");
    let output = run(folder.path(), &["--to", "fr", "--from", "en", "--output", "out.jsonl", "in.jsonl"]);
    // Three lines have no text where one should be.
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let out = read(folder.path(), "out.jsonl");
    let first = out.lines().next().expect("there is one");
    assert!(first.starts_with(r#"{"id":"0","title":"Boat 0 is back","body":"Boat 0 came back"#), "{first}");
    assert!(first.contains(r#""big":123456789012345678901234567890,"language":"fr","triglot":{"#), "{first}");
    assert!(out.contains(r#"{"id":"7","price":1.50,"language":"fr","title":"The price of bread","#), "{out}");
    let failed = r#"{"id":3,"body":17,"triglot":{"error":"the field body is no text","target":"fr"}}"#;
    assert!(out.lines().any(|line| line == failed), "{out}");
    let failures = read(folder.path(), "out.jsonl.failed.jsonl");
    assert_eq!(failures.lines().count(), 3, "{failures}");
    assert!(failures.contains("the field body is no text"), "{failures}");
}

#[test]
fn a_second_run_does_only_what_is_new() {
    let folder = TempDir::new().expect("there is room");
    let text = |body: &str| format!("{{\"id\":\"a\",\"language\":\"en\",\"body\":\"{body}\"}}\n");
    let job = |retry: &[&str]| {
        let output =
            run(folder.path(), &[&["--to", "fr", "--output", "out.jsonl", "in.jsonl"], retry].concat());
        let log = String::from_utf8(output.stderr).expect("it is text");
        let row = |name: &str| {
            let row = log.lines().find_map(|line| line.strip_prefix(name)).expect("the table has it");
            row.trim().parse::<u64>().expect("it is a number")
        };
        (row("articles "), row("finished before"), row("failed"), read(folder.path(), "out.jsonl"))
    };
    let both = text("The harbour is closed.") + &text("The mayor spoke.");
    fs::write(folder.path().join("in.jsonl"), &both).expect("it is written");
    let (articles, known, failed, first) = job(&[]);
    assert_eq!((articles, known, failed), (2, 0, 0));
    assert_eq!(job(&[]), (2, 2, 0, first.clone()));
    fs::write(folder.path().join("in.jsonl"), both + &text("The ferry runs.")).expect("it is written");
    let (articles, known, _, second) = job(&[]);
    assert_eq!((articles, known), (3, 2));
    assert!(second.starts_with(&first));
}

#[test]
fn a_folder_comes_back_as_a_folder() {
    let folder = TempDir::new().expect("there is room");
    fs::create_dir_all(folder.path().join("in/deep")).expect("it is made");
    fs::write(folder.path().join("in/a.md"), "# The harbour\n\nIt was *closed*.\n").expect("it is written");
    fs::write(folder.path().join("in/deep/b.html"), "<p>The mayor <b>spoke</b>.</p>").expect("it is written");
    fs::write(folder.path().join("in/photo.jpg"), [0xff, 0xd8]).expect("it is written");
    done(folder.path(), &["--to", "ru", "--from", "en", "--output", "out/", "in"]);
    assert_eq!(read(folder.path(), "out/ru/a.md"), "# The harbour\n\nIt was *closed*.\n");
    assert_eq!(read(folder.path(), "out/ru/deep/b.html"), "<p>The mayor <b>spoke</b>.</p>");
    assert!(!folder.path().join("out/ru/photo.jpg").exists());
}

#[test]
fn an_input_that_cannot_be_read_does_not_stop_the_others() {
    let folder = TempDir::new().expect("there is room");
    fs::write(folder.path().join("news.xml"), RSS).expect("it is written");
    fs::write(folder.path().join("broken.xml"), "<rss><channel><item>").expect("it is written");
    let inputs = ["missing.xml", "broken.xml", "news.xml", "http://127.0.0.1:9/feed.xml"];
    let output = run(folder.path(), &[&["--to", "fr", "--output", "out/"], &inputs[..]].concat());
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{log}");
    assert_eq!(read(folder.path(), "out/fr/news.xml"), RSS.replace("en-gb", "fr"));
    assert!(log.contains("inputs not read            3"), "{log}");
}

#[test]
fn inputs_of_one_name_have_outputs_of_their_own() {
    let folder = TempDir::new().expect("there is room");
    let inputs = ["a/news.xml", "b/news.xml", "news-2.xml", "news"];
    for (number, input) in inputs.iter().enumerate() {
        let path = folder.path().join(input);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it is made");
        fs::write(path, RSS.replace("The mayor spoke", &format!("Boat {number}"))).expect("it is written");
    }
    done(folder.path(), &[&["--to", "fr,fr", "--output", "out/"], &inputs[..]].concat());
    let outputs = ["news.xml", "news-2.xml", "news-2-2.xml", "news-3.xml"];
    for (number, output) in outputs.iter().enumerate() {
        let read = read(folder.path(), &format!("out/fr/{output}"));
        assert!(read.contains(&format!("Boat {number}")), "{output}");
    }
}

#[test]
fn outputs_that_would_be_one_file_need_a_folder() {
    let folder = TempDir::new().expect("there is room");
    fs::write(folder.path().join("a.xml"), RSS).expect("it is written");
    fs::write(folder.path().join("b.xml"), RSS).expect("it is written");
    for arguments in [&["--to", "fr", "a.xml", "b.xml"][..], &["--to", "fr,ru", "--output", "o.xml", "a.xml"]]
    {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("--output FOLDER/"));
    }
    let output = run(folder.path(), &["--to", "fr", "--watch", "5", "a.xml"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--watch needs a folder"));
}

/// Killed at 50 points, a job ends with the output of one that was never stopped.
#[test]
fn a_job_that_is_killed_again_and_again_ends_as_if_it_was_not() {
    let folder = TempDir::new().expect("there is room");
    fs::write(folder.path().join("in.jsonl"), lines(3000)).expect("it is written");
    fs::write(folder.path().join("news.xml"), RSS).expect("it is written");
    let arguments =
        |output: &'static str| ["--to", "fr,ru", "--from", "en", "--output", output, "in.jsonl", "news.xml"];
    let whole = run(folder.path(), &arguments("whole/"));
    assert_eq!(whole.status.code(), Some(3));
    let mut rng = fastrand::Rng::with_seed(21);
    let mut killed = 0;
    for _ in 0..50 {
        let mut job = feed(folder.path(), &arguments("broken/")).spawn().expect("the program starts");
        std::thread::sleep(Duration::from_millis(rng.u64(20..250)));
        killed += usize::from(job.try_wait().expect("it can be asked").is_none());
        job.kill().expect("it can be killed");
        job.wait().expect("it ends");
    }
    assert!(killed >= 10, "the job was too fast to be killed: {killed}");
    let last = run(folder.path(), &arguments("broken/"));
    assert_eq!(last.status.code(), Some(3));
    for name in ["fr/in.jsonl", "ru/in.jsonl", "fr/news.xml", "ru/news.xml", ".triglot.failed.jsonl"] {
        assert_eq!(
            read(folder.path(), &format!("broken/{name}")),
            read(folder.path(), &format!("whole/{name}")),
            "{name}"
        );
    }
}
