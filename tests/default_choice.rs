//! The first start without a model decides which one runs; later ones keep to the decision.

use std::{fs, os::unix::fs::symlink};

use triglot::config::default_data_dir;

use crate::fake_hub::{FakeHub, Outcome, Repo, User, run};

const DECISION: &str = "default-model.toml";

/// A user who has the built-in model, and a hub and a service without Firefox's models.
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
fn without_firefox_s_models_the_built_in_one_runs_and_goes_on_running() {
    let (hub, user) = user();
    let first = translate(&hub, &user, &[]);
    assert!(first.stderr.contains("the small built-in model gemma3-270m runs instead"), "{}", first.stderr);
    let translation = first.succeeds();
    assert!(translation.contains("musée"), "{translation}");
    let decision = fs::read_to_string(user.path(DECISION)).expect("it is written down");
    assert!(decision.contains("model = \"gemma3-270m\""), "{decision}");
    assert!(!hub.take_requests().is_empty());
    assert_eq!(translate(&hub, &user, &[]).succeeds(), translation);
    assert!(hub.take_requests().is_empty(), "the decision stands");
    let list = user.run(&["models", "list"]).succeeds();
    assert!(list.ends_with("default: gemma3-270m"), "{list}");
}

#[test]
fn the_operator_changes_the_decision() {
    let (hub, user) = user();
    assert!(user.run(&["models", "use", "no-such-model"]).fails().contains("unknown model"));
    user.run(&["models", "use", "firefox"]).succeeds();
    let error = translate(&hub, &user, &[]).fails();
    assert!(error.contains("cannot fetch firefox-"), "a decision is no preference: {error}");
    user.run(&["models", "use", "gemma3-270m"]).succeeds();
    translate(&hub, &user, &["--model", "auto"]).succeeds();
    user.run(&["models", "use", "auto"]).succeeds();
    assert!(!user.path(DECISION).exists());
}

#[test]
fn offline_nothing_is_decided() {
    let (hub, user) = user();
    translate(&hub, &user, &["--offline"]).succeeds();
    assert!(!user.path(DECISION).exists());
    assert!(hub.take_requests().is_empty());
}

#[test]
fn an_adapter_asks_for_the_built_in_model() {
    let (hub, user) = user();
    translate(&hub, &user, &["--adapter", "none"]).succeeds();
    assert!(!user.path(DECISION).exists());
    assert!(hub.take_requests().is_empty());
}
