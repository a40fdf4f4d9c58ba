//! Which hub is asked, as whom and by which way; and that a model of a hub is as good a `--model` as any other.

use std::fs;

use crate::fake_hub::{FOLDER, FakeHub, MODEL, Repo, User, said};

#[test]
fn a_token_opens_a_private_repository_and_stays_with_the_hub() {
    let hub = FakeHub::start(Repo { token: Some("hf_secret".to_owned()), ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).badly();
    assert!(error.contains("HF_TOKEN"), "{error}");
    let error = said(user.command(&["models", "pull", MODEL]).env("HF_TOKEN", "hf_wrong")).badly();
    assert!(error.contains("the token was rejected") && !error.contains("hf_wrong"), "{error}");
    hub.asked();
    said(user.command(&["models", "pull", MODEL]).env("HF_TOKEN", "hf_secret")).well();
    let asked = hub.asked();
    assert!(asked.iter().any(|asked| asked.store), "the weights lie elsewhere");
    for asked in asked {
        assert_eq!(asked.token.as_deref(), (!asked.store).then_some("Bearer hf_secret"), "{asked:?}");
    }
    // As the hub's own command line stores it.
    let user = User::of(&hub);
    fs::create_dir(user.path("home")).expect("it can be made");
    fs::write(user.path("home/token"), "hf_secret\n").expect("it can be written");
    user.pull(MODEL).well();
}

#[test]
fn what_the_hub_does_not_have_is_said() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let error = user.pull("hf:acme/nothing").badly();
    assert!(error.contains(&format!("hf:acme/nothing does not exist on {}", hub.endpoint)), "{error}");
    hub.repo().files.retain(|file| file.name != "source.spm");
    let error = user.pull("hf:acme/../tiny").badly();
    assert!(error.contains("is not of the form hf:OWNER/NAME"), "{error}");
    let error = user.run(&["models", "pull", "./tiny"]).badly();
    assert!(error.contains("is your own folder"), "{error}");
}

#[test]
fn a_proxy_is_used() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().files.iter_mut().for_each(|file| file.large = false);
    let user = User::of(&hub);
    let mut command = user.command(&["models", "pull", MODEL]);
    said(command.env("HF_ENDPOINT", "http://hub.invalid").env("HTTP_PROXY", &hub.endpoint)).well();
    let asked = hub.asked();
    assert!(asked.iter().all(|asked| asked.uri.starts_with("http://hub.invalid/")), "{asked:?}");
}

#[test]
fn a_model_that_is_run_fetches_itself() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let error = user.run(&["translate", "--to", "fr", "--model", MODEL]).badly();
    assert!(error.contains("\"imaginary\" is not supported"), "{error}");
    assert!(user.path(FOLDER).join("lock.toml").exists());
    assert_eq!(user.run(&["models", "path", MODEL]).well(), user.path(FOLDER).to_string_lossy());
    let error = user.run(&["translate", "--to", "fr", "--model", MODEL, "--adapter", "news"]).badly();
    assert!(error.contains("does not support adapters"), "{error}");

    // A folder as it is, without a lock.
    fs::remove_file(user.path(FOLDER).join("lock.toml")).expect("it is there");
    let folder = user.path(FOLDER);
    let error = user.run(&["translate", "--to", "fr", "--model", &folder.to_string_lossy()]).badly();
    assert!(error.contains("\"imaginary\" is not supported"), "{error}");
    fs::remove_file(folder.join("config.json")).expect("it is there");
    let error = user.run(&["translate", "--to", "fr", "--model", &folder.to_string_lossy()]).badly();
    assert!(error.contains("config.json"), "{error}");
}

#[test]
fn the_list_tells_what_is_here_and_what_cannot_be_run() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let list = user.run(&["models", "list"]).well();
    assert!(list.contains("opus-mt-ru-fr (not installed"), "{list}");
    assert!(list.contains("madlad400-3b-mt (not installed; this version cannot run t5)"), "{list}");
    assert!(list.contains("mt5-xlsum (not installed)"), "{list}");
    assert!(list.contains("CC-BY-NC-SA-4.0"), "{list}");
    assert!(!list.contains(MODEL), "{list}");
    user.pull(MODEL).well();
    let list = user.run(&["models", "list"]).well();
    assert!(list.contains("hf:acme/tiny (installed)\n  licence: cc-by-4.0\n"), "{list}");

    hub.asked();
    let error = user.run(&["translate", "--to", "fr", "--model", "madlad400-3b-mt"]).badly();
    assert!(error.contains("\"t5\" is not supported"), "{error}");
    assert!(hub.asked().is_empty(), "12 GB are not fetched in vain");
}
