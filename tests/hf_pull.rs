//! A pull from a hub puts a model's files in place whole, checked and locked, or not at all; it fetches nothing else, and
//! goes on where it was broken off.

use std::fs;

use crate::fake_hub::{COMMIT, FOLDER, FakeHub, MODEL, Repo, Served, User, WEIGHTS, digest, weights};
use triglot::hub::Lock;

#[test]
fn what_a_model_needs_is_fetched_and_locked() {
    let hub = FakeHub::start(Repo::tiny());
    let user = User::of(&hub);
    let folder = user.pull(MODEL).well();
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

    assert_eq!(user.names("models/hf/.part"), ["acme--tiny%lock"], "nothing of the work is left");
    hub.asked();
    user.pull(MODEL).well();
    assert!(hub.asked().is_empty(), "it is there already");
}

#[test]
fn a_pickle_is_fetched_only_where_there_is_nothing_else() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().files.retain(|file| file.name != WEIGHTS);
    let user = User::of(&hub);
    user.pull(MODEL).well();
    assert!(user.names(FOLDER).contains(&"pytorch_model.bin".to_owned()));
    hub.repo().files.retain(|file| file.name != "pytorch_model.bin");
    let user = User::of(&hub);
    hub.asked();
    let error = user.pull(MODEL).badly();
    assert!(error.contains("no model.safetensors or pytorch_model.bin"), "{error}");
    assert_eq!(hub.asked().len(), 1, "nothing is fetched of a repository that is no model");
}

#[test]
fn a_file_that_breaks_off_is_gone_on_with() {
    let hub = FakeHub::start(Repo { cuts: 1, ..Repo::tiny() });
    let user = User::of(&hub);
    user.pull(MODEL).well();
    let ranges = hub.ranges();
    let [first, second] = &ranges[..] else { panic!("{ranges:?}") };
    assert_eq!(first, "bytes=0-199999");
    assert_ne!(second, first);
    assert!(second.ends_with("-199999"), "{second}");
    assert_eq!(fs::read(user.path(FOLDER).join(WEIGHTS)).expect("it is there"), weights());
}

#[test]
fn a_pull_that_was_given_up_is_gone_on_with_by_the_next() {
    let hub = FakeHub::start(Repo { cuts: 3, ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).badly();
    assert!(error.contains("model.safetensors stopped after"), "{error}");
    assert!(!user.path(FOLDER).exists());
    hub.asked();
    user.pull(MODEL).well();
    let asked = hub.asked();
    assert!(!asked.iter().any(|asked| asked.uri.contains("config.json")), "it had come whole: {asked:?}");
    let range = asked.iter().find_map(|asked| asked.range.as_deref().filter(|_| asked.store));
    assert!(range.is_some_and(|range| !range.starts_with("bytes=0-")), "{range:?}");
    assert_eq!(fs::read(user.path(FOLDER).join(WEIGHTS)).expect("it is there"), weights());
}

#[test]
fn a_store_without_ranges_serves_the_next_pull() {
    let hub = FakeHub::start(Repo { cuts: 1, ranges: false, ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).badly();
    assert!(error.contains("more data than requested"), "{error}");
    user.pull(MODEL).well();
    assert_eq!(fs::read(user.path(FOLDER).join(WEIGHTS)).expect("it is there"), weights());
}

#[test]
fn a_digest_that_is_not_the_listed_one_is_refused() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().file(WEIGHTS).content[7] ^= 1;
    let user = User::of(&hub);
    let error = user.pull(MODEL).badly();
    assert!(error.contains("the SHA-256 of model.safetensors is"), "{error}");
    assert!(!user.path(FOLDER).exists());
    hub.repo().file(WEIGHTS).content[7] ^= 1;
    user.pull(MODEL).well();
}

#[test]
fn no_file_is_longer_than_it_may_be() {
    let hub = FakeHub::start(Repo::tiny());
    hub.repo().file("config.json").listed_bytes = 2 << 20;
    let user = User::of(&hub);
    hub.asked();
    let error = user.pull(MODEL).badly();
    assert!(error.contains("config.json has 2097152 bytes"), "{error}");
    assert_eq!(hub.asked().len(), 1, "nothing is fetched");

    // One that is longer than it is said to be.
    let hub = FakeHub::start(Repo { ranges: false, ..Repo::tiny() });
    hub.repo().file(WEIGHTS).listed_bytes = 1_000;
    let user = User::of(&hub);
    let error = user.pull(MODEL).badly();
    assert!(error.contains("more data than requested"), "{error}");
    assert!(!user.path(FOLDER).exists());
}

#[test]
fn names_that_lead_elsewhere_are_left_alone() {
    let hub = FakeHub::start(Repo::tiny());
    let hostile =
        ["../config.json", "/etc/config.json", "sub/config.json", "..", "config.json/../x", "triglot.py"];
    hub.repo().files.extend(hostile.map(|name| Served::small(name, b"hostile")));
    let user = User::of(&hub);
    user.pull(MODEL).well();
    assert_eq!(user.names(FOLDER), ["README.md", "config.json", "lock.toml", WEIGHTS, "source.spm"]);
    assert_eq!(user.names("models/hf"), [".part", "acme--tiny"]);
    let config = fs::read(user.path(FOLDER).join("config.json")).expect("it is there");
    assert_eq!(config, br#"{"model_type": "imaginary"}"#);
}

#[test]
fn an_address_in_place_of_a_commit_is_refused() {
    let hub = FakeHub::start(Repo { commit: "../../escape".to_owned(), ..Repo::tiny() });
    let user = User::of(&hub);
    let error = user.pull(MODEL).badly();
    assert!(error.contains("contains no commit"), "{error}");
}
