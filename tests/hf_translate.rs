//! A reference to a hub is enough to translate: the first use fetches the model, the next one reads it from the data folder.

use std::{fs, path::Path};

use crate::fake_hub::{FOLDER, FakeHub, MODEL, Repo, Served, User, WEIGHTS};

const TEXT: &str = "The mayor signed an agreement with the workers on Monday.\n";
const TRANSLATION: &str = "Le maire a signé un accord avec les salariés lundi.";

/// The small Marian of the tests, as a repository.
fn repository() -> Repo {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/marian-tiny");
    let file = |name: &str| {
        let content = fs::read(folder.join(name)).expect("it is there");
        if name == WEIGHTS { Served::large(name, &content) } else { Served::small(name, &content) }
    };
    let names =
        ["config.json", "generation_config.json", "tokenizer_config.json", "source.spm", "target.spm"];
    Repo { files: names.into_iter().chain(["vocab.json", WEIGHTS]).map(file).collect(), ..Repo::tiny() }
}

#[test]
fn a_reference_is_enough_to_translate() {
    let hub = FakeHub::start(repository());
    let user = User::of(&hub);
    let article = user.path("article.txt");
    fs::write(&article, TEXT).expect("it is written");
    let article = article.to_str().expect("its name is text");
    let translate =
        |more: &[&str]| user.run(&[&["translate", "--model", MODEL, "--to", "fr", article], more].concat());
    assert!(translate(&["--offline"]).fails().contains("not installed"));
    assert_eq!(translate(&[]).succeeds(), TRANSLATION);
    hub.take_requests();
    assert_eq!(translate(&["--offline", "--compute-type", "f32"]).succeeds(), TRANSLATION);
    assert!(hub.take_requests().is_empty(), "the pulled files are used");

    let weights = user.path(FOLDER).join(WEIGHTS);
    let mut altered = fs::read(&weights).expect("it is there");
    let last = altered.last_mut().expect("it is not empty");
    *last ^= 1;
    fs::write(&weights, altered).expect("it is written");
    assert!(translate(&[]).fails().contains(WEIGHTS), "an altered file is not used");
}
