//! A pulled model does not change: every load and `models verify` check it against its lock, a pull repairs it from the same
//! commit, and nothing replaces it silently.

use std::{fs, path::Path, process::Command};

use crate::fake_hub::{COMMIT, FOLDER, FakeHub, MODEL, Repo, User, WEIGHTS, weights};

/// Another commit.
const LATER: &str = "89abcdef0123456789abcdef0123456789abcdef";

fn pulled() -> (FakeHub, User) {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    user.pull(MODEL).succeeds();
    hub.take_requests();
    (hub, user)
}

/// The error of `models verify`, which must be the error of a load as well.
#[track_caller]
fn refused(user: &User, model: &str) -> String {
    let verified = user.run(&["models", "verify", model]).fails();
    let loaded = user.run(&["translate", "--to", "fr", "--model", model]).fails();
    assert_eq!(verified, loaded);
    verified
}

#[test]
fn altered_missing_and_unlisted_files_are_named() {
    let (hub, user) = pulled();
    let folder = user.path(FOLDER);
    let verified = user.run(&["models", "verify", MODEL]).succeeds();
    assert!(verified.ends_with(&format!("{MODEL} at commit {COMMIT}")), "{verified}");

    let mut damaged = weights();
    damaged[7] ^= 1;
    fs::write(folder.join(WEIGHTS), damaged).expect("it can be written");
    let error = refused(&user, MODEL);
    assert!(error.contains("acme--tiny/model.safetensors") && error.contains("SHA-256"), "{error}");
    fs::remove_file(folder.join("source.spm")).expect("it is there");
    let error = refused(&user, MODEL);
    assert!(error.contains("acme--tiny/source.spm") && error.contains("missing"), "{error}");
    assert!(hub.take_requests().is_empty(), "a load repairs nothing");

    user.pull(MODEL).succeeds();
    assert_eq!(fs::read(folder.join(WEIGHTS)).expect("it is there"), weights());
    let requests = hub.take_requests();
    assert!(
        !requests.iter().any(|request| request.uri.contains("README")),
        "only damaged files are fetched: {requests:?}"
    );

    fs::write(folder.join("pytorch_model.bin"), "not from the hub").expect("it can be written");
    let error = refused(&user, MODEL);
    assert!(error.contains("acme--tiny/pytorch_model.bin"), "{error}");
    assert!(user.pull(MODEL).fails().contains("pytorch_model.bin"));
}

#[test]
fn a_damaged_or_foreign_lock_is_refused() {
    let (_hub, user) = pulled();
    let lock = user.path(FOLDER).join("lock.toml");
    let text = fs::read_to_string(&lock).expect("it is there");
    for (right, wrong) in
        [("hf:acme/tiny", "hf:acme/other"), ("config.json", "../config.json"), ("[[file]]", "[[file")]
    {
        fs::write(&lock, text.replace(right, wrong)).expect("it can be written");
        assert!(refused(&user, MODEL).contains("lock.toml is not valid"), "{wrong}");
        assert!(user.pull(MODEL).fails().contains("lock.toml is not valid"), "{wrong}");
    }
    fs::remove_file(&lock).expect("it is there");
    assert!(user.pull(MODEL).fails().contains("lock.toml is not valid"));
    assert!(user.path(FOLDER).join(WEIGHTS).exists(), "unknown files are not replaced");
}

#[test]
fn a_pulled_model_stays_at_its_commit() {
    let (hub, user) = pulled();
    {
        let mut repo = hub.repo();
        repo.commit = LATER.to_owned();
        repo.file("source.spm").content = b"others".to_vec();
    }
    user.pull(MODEL).succeeds();
    assert!(hub.take_requests().is_empty());
    // Another revision has a folder of its own.
    let at = format!("{MODEL}@main");
    user.pull(&at).succeeds();
    let spm = |folder: &str| fs::read_to_string(user.path(folder).join("source.spm")).expect("it is there");
    assert_eq!((spm(FOLDER), spm("models/hf/acme--tiny@main")), ("pieces".to_owned(), "others".to_owned()));
    assert!(user.run(&["models", "verify", &at]).succeeds().ends_with(LATER));
    assert!(user.run(&["models", "verify", MODEL]).succeeds().ends_with(COMMIT));
}

#[test]
fn other_content_at_the_same_commit_is_refused() {
    let pinned = format!("{MODEL}@{COMMIT}");
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    user.pull(&pinned).succeeds();
    let folder = user.path(&format!("{FOLDER}@{COMMIT}"));
    fs::remove_file(folder.join("source.spm")).expect("it is there");
    for content in [&b"others"[..], b"longer than before"] {
        let mut repo = hub.repo();
        let file = repo.file("source.spm");
        (file.content, file.listed_bytes) = (content.to_vec(), content.len() as u64);
        drop(repo);
        let error = user.pull(&pinned).fails();
        assert!(error.contains(&format!("source.spm of {pinned} has changed")), "{error}");
        assert!(!folder.join("source.spm").exists());
    }
}

#[test]
fn offline_sends_no_requests() {
    let (hub, user) = pulled();
    for command in [&["models", "pull"][..], &["translate", "--to", "fr", "--model"]] {
        let run = |model: &str| user.run(&[command, &[model, "--offline"]].concat());
        let error = run("hf:acme/other").fails();
        assert!(error.contains("hf:acme/other is not installed"), "{error}");
        let installed = run(MODEL);
        assert!(installed.success || installed.stderr.contains("imaginary"), "{}", installed.stderr);
    }
    assert!(hub.take_requests().is_empty());
}

#[test]
fn a_copied_data_folder_works_without_a_hub() {
    let (hub, user) = pulled();
    let elsewhere = User::of(&hub);
    let copy = |from: &Path, to: &Path| {
        let copied = Command::new("cp").arg("-R").arg(from).arg(to).status().expect("cp runs");
        assert!(copied.success());
    };
    copy(&user.path("models"), &elsewhere.path("models"));
    elsewhere.run(&["models", "pull", MODEL, "--offline"]).succeeds();
    // A folder with a lock is also checked when a path names it.
    copy(&user.path(FOLDER), &elsewhere.path("mine"));
    let mine = format!("file:{}", elsewhere.path("mine").display());
    elsewhere.run(&["models", "verify", &mine]).succeeds();
    fs::write(elsewhere.path("mine/source.spm"), "other pieces").expect("it can be written");
    assert!(refused(&elsewhere, &mine).contains("mine/source.spm"));
    assert!(hub.take_requests().is_empty());
}
