//! A pull from a hub installs a model's files atomically, checked and locked. It fetches nothing else, and it resumes where it
//! was interrupted.

use std::fs;

use crate::fake_hub::{COMMIT, FOLDER, FakeHub, MODEL, Repo, Served, User, WEIGHTS, digest, weights};
use triglot::hub::Lock;

#[test]
fn the_files_of_a_model_are_fetched_and_locked() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let folder = user.pull(MODEL).succeeds();
    assert_eq!(folder, user.path(FOLDER).to_string_lossy());
    assert_eq!(user.names(FOLDER), ["README.md", "config.json", "lock.toml", WEIGHTS, "source.spm"]);
    assert_eq!(fs::read(user.path(FOLDER).join(WEIGHTS)).expect("it is there"), weights());

    let lock = fs::read_to_string(user.path(FOLDER).join("lock.toml")).expect("it is there");
    let lock = Lock::parse(&lock).expect("it is a lock");
    assert_eq!((lock.source.to_string().as_str(), lock.revision.as_str()), (MODEL, COMMIT));
    assert_eq!(lock.licence, "cc-by-4.0");
    assert_eq!(lock.files.len(), 4);
    let locked = lock.weights().expect("it names them");
    assert_eq!((locked.bytes, locked.sha256.as_str()), (200_000, digest(&weights()).as_str()));

    assert_eq!(user.names("models/hf/.part"), ["acme--tiny%lock"], "the staging folder is empty");
    hub.take_requests();
    user.pull(MODEL).succeeds();
    assert!(hub.take_requests().is_empty(), "it is already installed");
}

#[test]
fn a_pickle_is_fetched_only_without_safetensors() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().files.retain(|file| file.name != WEIGHTS);
    let user = User::of(&hub);
    user.pull(MODEL).succeeds();
    assert!(user.names(FOLDER).contains(&"pytorch_model.bin".to_owned()));
    hub.repo().files.retain(|file| file.name != "pytorch_model.bin");
    let user = User::of(&hub);
    hub.take_requests();
    let error = user.pull(MODEL).fails();
    assert!(error.contains("no model.safetensors or pytorch_model.bin"), "{error}");
    assert_eq!(hub.take_requests().len(), 1, "no file is fetched from a repository without a model");
}

#[test]
fn an_interrupted_download_resumes() {
    let hub = FakeHub::start(Repo { cuts: 1, ..Repo::tiny() });
    let user = User::of(&hub);
    user.pull(MODEL).succeeds();
    let ranges = hub.ranges();
    let [first, second] = &ranges[..] else { panic!("{ranges:?}") };
    assert_eq!(first, "bytes=0-199999");
    assert_ne!(second, first);
    assert!(second.ends_with("-199999"), "{second}");
    assert_eq!(fs::read(user.path(FOLDER).join(WEIGHTS)).expect("it is there"), weights());
}

#[test]
fn the_next_pull_resumes_a_failed_one() {
    let hub = FakeHub::start(Repo { cuts: 3, ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).fails();
    assert!(error.contains("model.safetensors stopped after"), "{error}");
    assert!(!user.path(FOLDER).exists());
    hub.take_requests();
    user.pull(MODEL).succeeds();
    let requests = hub.take_requests();
    assert!(
        !requests.iter().any(|request| request.uri.contains("config.json")),
        "it was complete: {requests:?}"
    );
    let range = requests.iter().find_map(|request| request.range.as_deref().filter(|_| request.store));
    assert!(range.is_some_and(|range| !range.starts_with("bytes=0-")), "{range:?}");
    assert_eq!(fs::read(user.path(FOLDER).join(WEIGHTS)).expect("it is there"), weights());
}

#[test]
fn without_ranges_the_next_pull_starts_again() {
    let hub = FakeHub::start(Repo { cuts: 1, ranges: false, ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).fails();
    assert!(error.contains("more data than requested"), "{error}");
    user.pull(MODEL).succeeds();
    assert_eq!(fs::read(user.path(FOLDER).join(WEIGHTS)).expect("it is there"), weights());
}

#[test]
fn a_file_with_another_digest_than_listed_is_refused() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().file(WEIGHTS).content[7] ^= 1;
    let user = User::of(&hub);
    let error = user.pull(MODEL).fails();
    assert!(error.contains("the SHA-256 of model.safetensors is"), "{error}");
    assert!(!user.path(FOLDER).exists());
    hub.repo().file(WEIGHTS).content[7] ^= 1;
    user.pull(MODEL).succeeds();
}

#[test]
fn files_over_their_size_limit_are_refused() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().file("config.json").listed_bytes = 2 << 20;
    let user = User::of(&hub);
    hub.take_requests();
    let error = user.pull(MODEL).fails();
    assert!(error.contains("config.json has 2097152 bytes"), "{error}");
    assert_eq!(hub.take_requests().len(), 1, "nothing is fetched");

    // A file that is longer than its listed size.
    let hub = FakeHub::start(Repo { ranges: false, ..Repo::tiny() });
    hub.repo().file(WEIGHTS).listed_bytes = 1_000;
    let user = User::of(&hub);
    let error = user.pull(MODEL).fails();
    assert!(error.contains("more data than requested"), "{error}");
    assert!(!user.path(FOLDER).exists());
}

#[test]
fn unsafe_file_names_are_ignored() {
    let hub = FakeHub::start(Repo::tiny());
    let hostile =
        ["../config.json", "/etc/config.json", "sub/config.json", "..", "config.json/../x", "triglot.py"];
    hub.repo().files.extend(hostile.map(|name| Served::small(name, b"hostile")));
    let user = User::of(&hub);
    user.pull(MODEL).succeeds();
    assert_eq!(user.names(FOLDER), ["README.md", "config.json", "lock.toml", WEIGHTS, "source.spm"]);
    assert_eq!(user.names("models/hf"), [".part", "acme--tiny"]);
    let config = fs::read(user.path(FOLDER).join("config.json")).expect("it is there");
    assert_eq!(config, br#"{"model_type": "imaginary"}"#);
}

#[test]
fn a_path_in_place_of_a_commit_is_refused() {
    let hub = FakeHub::start(Repo { commit: "../../escape".to_owned(), ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).fails();
    assert!(error.contains("contains no commit"), "{error}");
}
