//! A pull uses the right hub, token and proxy; and `--model` accepts a model on a hub.

use std::fs;

use crate::fake_hub::{FOLDER, FakeHub, MODEL, Repo, User, run};

#[test]
fn a_token_opens_a_private_repository_and_goes_only_to_the_hub() {
    let hub = FakeHub::start(Repo { token: Some("hf_secret".to_owned()), ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).fails();
    assert!(error.contains("HF_TOKEN"), "{error}");
    let error = run(user.command(&["models", "pull", MODEL]).env("HF_TOKEN", "hf_wrong")).fails();
    assert!(error.contains("the token was rejected") && !error.contains("hf_wrong"), "{error}");
    hub.take_requests();
    run(user.command(&["models", "pull", MODEL]).env("HF_TOKEN", "hf_secret")).succeeds();
    let requests = hub.take_requests();
    assert!(requests.iter().any(|request| request.store), "the weights come from the store");
    for request in requests {
        assert_eq!(request.token.as_deref(), (!request.store).then_some("Bearer hf_secret"), "{request:?}");
    }
    // The token file of the hub's own command line.
    let user = User::of(&hub);
    fs::create_dir(user.path("home")).expect("it can be made");
    fs::write(user.path("home/token"), "hf_secret\n").expect("it can be written");
    user.pull(MODEL).succeeds();
}

#[test]
fn a_pull_of_something_else_explains_the_error() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let error = user.pull("hf:acme/nothing").fails();
    assert!(error.contains(&format!("hf:acme/nothing does not exist on {}", hub.endpoint)), "{error}");
    hub.repo().files.retain(|file| file.name != "source.spm");
    let error = user.pull("hf:acme/../tiny").fails();
    assert!(error.contains("is not of the form hf:OWNER/NAME"), "{error}");
    let error = user.run(&["models", "pull", "./tiny"]).fails();
    assert!(error.contains("is your own folder"), "{error}");
}

#[test]
fn a_proxy_is_used() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().files.iter_mut().for_each(|file| file.large = false);
    let user = User::of(&hub);
    let mut command = user.command(&["models", "pull", MODEL]);
    run(command.env("HF_ENDPOINT", "http://hub.invalid").env("HTTP_PROXY", &hub.endpoint)).succeeds();
    let requests = hub.take_requests();
    assert!(requests.iter().all(|request| request.uri.starts_with("http://hub.invalid/")), "{requests:?}");
}

#[test]
fn running_a_model_fetches_it_first() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let error = user.run(&["translate", "--to", "fr", "--model", MODEL]).fails();
    assert!(error.contains("\"imaginary\" is not supported"), "{error}");
    assert!(user.path(FOLDER).join("lock.toml").exists());
    assert_eq!(user.run(&["models", "path", MODEL]).succeeds(), user.path(FOLDER).to_string_lossy());
    let error = user.run(&["translate", "--to", "fr", "--model", MODEL, "--adapter", "news"]).fails();
    assert!(error.contains("does not support adapters"), "{error}");

    // A folder without a lock.
    fs::remove_file(user.path(FOLDER).join("lock.toml")).expect("it is there");
    let folder = user.path(FOLDER);
    let error = user.run(&["translate", "--to", "fr", "--model", &folder.to_string_lossy()]).fails();
    assert!(error.contains("\"imaginary\" is not supported"), "{error}");
    fs::remove_file(folder.join("config.json")).expect("it is there");
    let error = user.run(&["translate", "--to", "fr", "--model", &folder.to_string_lossy()]).fails();
    assert!(error.contains("config.json"), "{error}");
}

#[test]
fn the_list_shows_installed_and_unsupported_models() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let list = user.run(&["models", "list"]).succeeds();
    assert!(list.contains("opus-mt-ru-fr (not installed"), "{list}");
    assert!(list.contains("madlad400-3b-mt (not installed; this version cannot run t5)"), "{list}");
    assert!(list.contains("mt5-xlsum (not installed)"), "{list}");
    assert!(list.contains("CC-BY-NC-SA-4.0"), "{list}");
    assert!(!list.contains(MODEL), "{list}");
    user.pull(MODEL).succeeds();
    let list = user.run(&["models", "list"]).succeeds();
    assert!(list.contains("hf:acme/tiny (installed)\n  licence: cc-by-4.0\n"), "{list}");

    hub.take_requests();
    let error = user.run(&["translate", "--to", "fr", "--model", "madlad400-3b-mt"]).fails();
    assert!(error.contains("\"t5\" is not supported"), "{error}");
    assert!(hub.take_requests().is_empty(), "an unsupported model of 12 GB is not fetched");
}
