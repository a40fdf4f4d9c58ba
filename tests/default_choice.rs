//! The first start without `--model` chooses the default model. Later starts keep the choice.

use std::{fs, os::unix::fs::symlink};

use triglot::config::default_data_dir;

use crate::fake_hub::{FakeHub, Outcome, Repo, User, run};

const DECISION: &str = "default-model.toml";

/// A user with the built-in model; a hub and a records service without Firefox's models.
fn user() -> (FakeHub, User) {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let installed = std::env::var_os("TRIGLOT_DATA_DIR").map_or_else(default_data_dir, Into::into);
    crate::support::files("gemma3-270m");
    fs::create_dir(user.path("models")).expect("the folder can be made");
    symlink(installed.join("models/gemma3-270m"), user.path("models/gemma3-270m")).expect("it can be linked");
    (hub, user)
}

fn translate(hub: &FakeHub, user: &User, flags: &[&str]) -> Outcome {
    let input = user.path("article.txt");
    fs::write(&input, "The museum is closed.").expect("it can be written");
    let input = input.to_string_lossy();
    let arguments = [&["translate", "--from", "en", "--to", "fr", &input], flags].concat();
    let records = format!("{}/v1", hub.endpoint);
    run(user.command(&arguments).env("TRIGLOT_FIREFOX_RECORDS", records).env("TRIGLOT_LOG", "info"))
}

#[test]
fn the_built_in_model_replaces_missing_firefox_models_for_good() {
    let (hub, user) = user();
    let first = translate(&hub, &user, &[]);
    assert!(first.stderr.contains("the small built-in model gemma3-270m runs instead"), "{}", first.stderr);
    let translation = first.succeeds();
    assert!(translation.contains("musée"), "{translation}");
    let decision = fs::read_to_string(user.path(DECISION)).expect("the choice is saved");
    assert!(decision.contains("model = \"gemma3-270m\""), "{decision}");
    assert!(!hub.take_requests().is_empty());
    assert_eq!(translate(&hub, &user, &[]).succeeds(), translation);
    assert!(hub.take_requests().is_empty(), "the choice is kept");
    let list = user.run(&["models", "list"]).succeeds();
    assert!(list.ends_with("default: gemma3-270m"), "{list}");
}

#[test]
fn models_use_changes_the_choice() {
    let (hub, user) = user();
    assert!(user.run(&["models", "use", "no-such-model"]).fails().contains("unknown model"));
    user.run(&["models", "use", "firefox"]).succeeds();
    let error = translate(&hub, &user, &[]).fails();
    assert!(error.contains("cannot fetch firefox-"), "a chosen model has no fallback: {error}");
    user.run(&["models", "use", "gemma3-270m"]).succeeds();
    translate(&hub, &user, &["--model", "auto"]).succeeds();
    user.run(&["models", "use", "auto"]).succeeds();
    assert!(!user.path(DECISION).exists());
}

#[test]
fn offline_starts_save_no_choice() {
    let (hub, user) = user();
    translate(&hub, &user, &["--offline"]).succeeds();
    assert!(!user.path(DECISION).exists());
    assert!(hub.take_requests().is_empty());
}

#[test]
fn an_adapter_selects_the_built_in_model() {
    let (hub, user) = user();
    translate(&hub, &user, &["--adapter", "none"]).succeeds();
    assert!(!user.path(DECISION).exists());
    assert!(hub.take_requests().is_empty());
}
